"""Making fixed forms, and setting what extra time a learner has in all of them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.access.principal import Principal
from app.assessments.form import Section
from app.assessments.states import ReleasePolicy
from app.assessments.withholding import free_items, withhold_items
from app.content.kinds import KINDS, ItemKind
from app.kit.database import UnitOfWork
from app.kit.errors import BadInput, Conflict, ErrorReason, Forbidden, not_found
from app.kit.ids import new_id
from app.kit.statements import sql
from app.kit.text import checked_name

MOST_ITEMS = 100
MOST_SECTIONS = 20
SHORTEST, LONGEST = 60, 24 * 60 * 60
"""Seconds that an assessment may last."""
SHORTEST_SECTION = 10
MOST_ATTEMPTS = 10
MOST_EXTRA_PERCENT = 300

_ITEMS = sql("SELECT id, kind, version, retired_at FROM item WHERE id = ANY(:ids)")
_CREATE = sql("""
    INSERT INTO assessment (organization_id, id, title, duration_seconds, sections, shuffle_items,
      shuffle_choices, attempts_allowed, release_policy, item_count, created_by, created_at)
    VALUES (:tenant, :id, :title, :duration_seconds, :sections, :shuffle_items, :shuffle_choices,
      :attempts_allowed, :release_policy, :item_count, :user_id, :now)
""")
_CREATE_ITEMS = sql("""
    INSERT INTO assessment_item (organization_id, assessment_id, item_id, item_version, position, section)
    SELECT :tenant, :id, g.*
    FROM unnest(:items::uuid[], :versions::int[], :positions::int[], :sections::int[]) AS g
""")
_LOCK = sql("SELECT retired_at FROM assessment WHERE id = :id FOR NO KEY UPDATE")
_RETIRE = sql("UPDATE assessment SET retired_at = :now WHERE id = :id")
_GOES_ON = sql("""
    SELECT EXISTS (SELECT FROM exam WHERE assessment_id = :id AND state IN ('SCHEDULED', 'OPEN', 'PAUSED'))
""")
_TAUGHT_LEARNER = sql("""
    SELECT EXISTS (SELECT FROM learner l WHERE l.id = :learner_id AND (:everyone OR EXISTS (
      SELECT FROM enrollment e JOIN classroom_teacher t USING (organization_id, classroom_id)
      WHERE e.learner_id = l.id AND e.left_at IS NULL AND t.user_id = :user_id)))
""")
_ACCOMMODATE = sql("""
    INSERT INTO accommodation (organization_id, learner_id, extra_time_percent, set_by, set_at)
    VALUES (:tenant, :learner_id, :percent, :user_id, :now)
    ON CONFLICT (learner_id, organization_id) DO UPDATE SET
      extra_time_percent = excluded.extra_time_percent, set_by = excluded.set_by, set_at = excluded.set_at
""")


@dataclass(frozen=True, slots=True)
class NewAssessment:
    """A form to be made; without sections it has none."""

    title: str
    item_ids: Sequence[uuid.UUID]
    duration_seconds: int
    sections: Sequence[Section] = ()
    shuffle_items: bool = False
    shuffle_choices: bool = False
    attempts_allowed: int = 1
    release_policy: ReleasePolicy = ReleasePolicy.MANUAL


async def create_assessment(work: UnitOfWork, principal: Principal, given: NewAssessment) -> uuid.UUID:
    """Make a form of items in their present versions; later versions do not change it.

    From now on learners do not meet the items elsewhere.
    """
    if not principal.is_staff:
        raise Forbidden("Only teachers and admins make assessments; ask an admin for the role.")
    title = checked_name(given.title, "A title", "title")
    _check(given)
    sections = _sections(given)
    await withhold_items(work, given.item_ids)
    versions = await _versions(work, given.item_ids)
    assessment_id, count = new_id(), len(given.item_ids)
    await work.execute(
        _CREATE, tenant=work.tenant, id=assessment_id, title=title, duration_seconds=given.duration_seconds,
        sections=[_as_json(each) for each in sections],
        shuffle_items=given.shuffle_items, shuffle_choices=given.shuffle_choices,
        attempts_allowed=given.attempts_allowed, release_policy=given.release_policy.value, item_count=count,
        user_id=principal.user_id, now=work.now,
    )  # fmt: skip
    places = [place for place, each in enumerate(sections) for _ in range(each.item_count)]
    await work.execute(
        _CREATE_ITEMS, tenant=work.tenant, id=assessment_id, items=list(given.item_ids), versions=versions,
        positions=list(range(1, count + 1)), sections=places or [0] * count,
    )  # fmt: skip
    return assessment_id


async def retire_assessment(work: UnitOfWork, principal: Principal, assessment_id: uuid.UUID) -> uuid.UUID:
    """Open no more exams of an assessment; its items are free when the results of all that were are released.

    Conflict while an exam of it goes on. Doing it twice changes nothing.
    """
    row = await work.fetch_one(_LOCK, id=assessment_id) if principal.is_staff else None
    if row is None:
        raise not_found("assessment", "assessmentId")
    if row.retired_at is None:
        if await work.fetch_value(_GOES_ON, id=assessment_id):
            message = "An exam of this assessment is not closed; close it first."
            raise Conflict(message, path=("assessmentId",))
        await work.execute(_RETIRE, id=assessment_id, now=work.now)
        await free_items(work, assessment_id)
    return assessment_id


async def set_accommodation(
    work: UnitOfWork, principal: Principal, learner_id: uuid.UUID, percent: int
) -> uuid.UUID:
    """Set the extra time of a learner one teaches; exams opened from now on give it."""
    if not principal.is_staff or not await work.fetch_value(
        _TAUGHT_LEARNER, learner_id=learner_id, everyone=principal.is_admin, user_id=principal.user_id
    ):
        raise not_found("learner", "learnerId")
    if not 0 <= percent <= MOST_EXTRA_PERCENT:
        message = f"Extra time is from 0 to {MOST_EXTRA_PERCENT} percent."
        raise BadInput(message, path=("extraTimePercent",))
    await work.execute(
        _ACCOMMODATE, tenant=work.tenant, learner_id=learner_id, percent=percent, user_id=principal.user_id,
        now=work.now,
    )  # fmt: skip
    return learner_id


def _check(given: NewAssessment) -> None:
    if not SHORTEST <= given.duration_seconds <= LONGEST:
        message = f"An assessment lasts from {SHORTEST} to {LONGEST:,} seconds."
        raise BadInput(message, path=("durationSeconds",))
    if not 1 <= given.attempts_allowed <= MOST_ATTEMPTS:
        raise BadInput(f"From 1 to {MOST_ATTEMPTS} attempts are allowed.", path=("attemptsAllowed",))
    if not given.item_ids:
        raise BadInput("Give at least one item.", path=("itemIds",))
    if len(given.item_ids) > MOST_ITEMS:
        message = f"An assessment has at most {MOST_ITEMS} items."
        raise BadInput(message, reason=ErrorReason.TOO_MANY_ENTRIES, path=("itemIds",))
    for place, item_id in enumerate(given.item_ids):
        if item_id in given.item_ids[:place]:
            raise BadInput("This item stands twice; leave one out.", path=("itemIds", str(place)))


def _sections(given: NewAssessment) -> list[Section]:
    if len(given.sections) > MOST_SECTIONS:
        message = f"An assessment has at most {MOST_SECTIONS} sections."
        raise BadInput(message, reason=ErrorReason.TOO_MANY_ENTRIES, path=("sections",))
    for place, each in enumerate(given.sections):
        if each.item_count < 1:
            raise BadInput("A section has at least one item.", path=("sections", str(place), "itemCount"))
    total = sum(each.item_count for each in given.sections)
    if given.sections and total != len(given.item_ids):
        message = f"The sections hold {total} items, {len(given.item_ids)} are given; make the two agree."
        raise BadInput(message, path=("sections",))
    _check_times(given)
    return [
        replace(each, title=checked_name(each.title, "A title", "sections", str(place), "title"))
        for place, each in enumerate(given.sections)
    ]


def _check_times(given: NewAssessment) -> None:
    """Sections with a time of their own come first, and their times fit into the whole."""
    run, open_ended = 0, False
    for place, each in enumerate(given.sections):
        path = ("sections", str(place), "durationSeconds")
        if each.duration_seconds is None:
            open_ended = True
            continue
        if open_ended:
            message = "Sections with a time of their own come before those without; change the order."
            raise BadInput(message, path=path)
        if each.duration_seconds < SHORTEST_SECTION:
            raise BadInput(f"A section lasts {SHORTEST_SECTION} seconds at least.", path=path)
        run += each.duration_seconds
        if run > given.duration_seconds:
            message = f"The sections last {run:,} seconds, the assessment {given.duration_seconds:,}."
            raise BadInput(message, path=path)


def _as_json(section: Section) -> dict[str, Any]:
    kept: dict[str, Any] = {"title": section.title, "items": section.item_count}
    if section.duration_seconds is not None:
        kept["seconds"] = section.duration_seconds
    return kept


async def _versions(work: UnitOfWork, item_ids: Sequence[uuid.UUID]) -> list[int]:
    found = {row.id: row for row in await work.fetch(_ITEMS, ids=list(item_ids))}
    for place, item_id in enumerate(item_ids):
        path = ("itemIds", str(place))
        if item_id not in found:
            raise not_found("item", *path)
        if found[item_id].retired_at is not None:
            message = "This item is no longer asked; take another one."
            raise Conflict(message, reason=ErrorReason.ITEM_RETIRED, path=path)
        if found[item_id].kind == ItemKind.EXTERNAL or ItemKind(found[item_id].kind) not in KINDS:
            raise BadInput("Items of this kind cannot be asked in an exam.", path=path)
    return [found[item_id].version for item_id in item_ids]
