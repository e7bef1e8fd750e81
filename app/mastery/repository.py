"""Reading mastery, its explanation and its changes, in batches; forgetting is added as of the reading."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.access.principal import Principal
from app.kit.database import Reader
from app.kit.errors import BadInput
from app.kit.loading import Columns, after, by_key, counts_by_key, lists_by_key
from app.kit.pagination import Page, Slice, cut
from app.kit.statements import sql
from app.mastery.class_page import class_pages
from app.mastery.estimates import READ_NOW, MasteryExplained, MasteryNow, masteries_now, mastery_explained
from app.science.mastery_level import FEWEST_ANSWERS

MOST_SKILLS = 100
TOGETHER = 2
"""From so many learners on masteries are read as those of a class."""
Ids = Sequence[uuid.UUID]

_TO_EXPLAIN = """m.id, m.learner_id, m.skill_id, m.model, m.state, m.evidence_count, m.last_practiced_at,
                 s.reference_difficulty, l.model AS learner_model, l.state AS learner_state"""
_SOURCE = """mastery m
      JOIN skill s ON s.organization_id = m.organization_id AND s.id = m.skill_id
      JOIN learner_state l ON l.organization_id = m.organization_id AND l.learner_id = m.learner_id"""
_BY_ID = sql(f"SELECT {READ_NOW} FROM {_SOURCE} WHERE m.id = ANY(:keys)")
_TO_EXPLAIN_BY_ID = sql(f"SELECT {_TO_EXPLAIN} FROM {_SOURCE} WHERE m.id = ANY(:keys)")
_WANTED = "(:skill_ids::uuid[] IS NULL OR m.skill_id = ANY(:skill_ids))"
_BY_LEARNER = sql(f"""
    SELECT m.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT {READ_NOW} FROM {_SOURCE} WHERE m.learner_id = k.key AND {_WANTED}
        AND (:name::text IS NULL OR (s.name, m.id) > (:name, :id::uuid))
      ORDER BY s.name, m.id LIMIT :limit) m
""")
_COUNT_BY_LEARNER = sql(f"""
    SELECT m.learner_id AS key, count(*) AS total FROM mastery m
    WHERE m.learner_id = ANY(:keys) AND {_WANTED} GROUP BY 1
""")
_CHANGES = sql("""
    SELECT attempt_id AS key, mastery_id, learner_id, skill_id, before, after, evidence_count
    FROM mastery_change WHERE attempt_id = ANY(:keys) ORDER BY attempt_id, id
""")


@dataclass(frozen=True, slots=True)
class ChangeFound:
    """How an attempt moved a skill; a figure is None where there was not enough data for it."""

    mastery_id: uuid.UUID
    learner_id: uuid.UUID
    skill_id: uuid.UUID
    before: float | None
    after: float | None
    evidence_count: int


async def mastery_by_id(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[MasteryNow | None]:
    """Mastery by ids."""
    rows = await reader.fetch(_BY_ID, keys=list(keys))
    found = {each.id: each for each in masteries_now(rows, reader.now)}
    return [found.get(key) for key in keys]


async def mastery_by_learner(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """What each learner has practised, by the skill's name; only `skill_ids` where they are given."""
    skill_ids = _skills(page)
    pages = await class_pages(reader, keys, page) if len(keys) >= TOGETHER else {}
    rest = [key for key in keys if key not in pages]
    if not rest:
        return [pages[key] for key in keys]
    rows = await reader.fetch(
        _BY_LEARNER, keys=rest, skill_ids=skill_ids, name=after(page, 0), id=after(page, 1),
        limit=page.first + 1,
    )  # fmt: skip
    found = masteries_now(rows, reader.now)
    places: defaultdict[uuid.UUID, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row["learner_id"]].append(place)
    return [pages[key] if key in pages else cut(_at(found, places[key]), page) for key in keys]


def _at(found: Sequence[MasteryNow], places: Sequence[int]) -> Sequence[MasteryNow]:
    """Those in these places, kept as columns where they stand together."""
    if places and places[-1] - places[0] == len(places) - 1:
        return found[places[0] : places[-1] + 1]
    return [found[place] for place in places]


async def mastery_count_by_learner(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many skills that is."""
    rows = await reader.fetch(_COUNT_BY_LEARNER, keys=list(keys), skill_ids=_skills(page))
    return counts_by_key(rows, keys)


async def explanation_by_mastery(
    reader: Reader,
    keys: Sequence[tuple[uuid.UUID, datetime]],
    page: Page | None,
    columns: Columns,
    principal: Principal,
) -> list[MasteryExplained | None]:
    """Why each mastery is what it is at a moment; the key is id and moment."""
    ids = list({mastery_id for mastery_id, _ in keys})
    found = by_key(await reader.fetch(_TO_EXPLAIN_BY_ID, keys=ids))
    return [
        mastery_explained(found[mastery_id], at) if mastery_id in found else None for mastery_id, at in keys
    ]


async def changes_by_attempt(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[list[ChangeFound]]:
    """How each attempt moved the skills it needed."""
    rows = lists_by_key(await reader.fetch(_CHANGES, keys=list(keys)), keys)
    return [
        [
            change_found(
                row.mastery_id, row.learner_id, row.skill_id, row.before, row.after, row.evidence_count
            )
            for row in found
        ]
        for found in rows
    ]


def change_found(
    mastery_id: uuid.UUID,
    learner_id: uuid.UUID,
    skill_id: uuid.UUID,
    before: float | None,
    after: float,
    evidence_count: int,
) -> ChangeFound:
    """A change as it is told: figures are held back while there was not enough data for them."""
    return ChangeFound(
        mastery_id,
        learner_id,
        skill_id,
        before if evidence_count > FEWEST_ANSWERS else None,
        after if evidence_count >= FEWEST_ANSWERS else None,
        evidence_count,
    )


def _skills(page: Page) -> list[uuid.UUID] | None:
    given = page.filter("skill_ids")
    if given is None:
        return None
    if len(given) > MOST_SKILLS:
        raise BadInput(f"At most {MOST_SKILLS} skills at once; ask for the rest apart.", path=("skillIds",))
    return list(given)
