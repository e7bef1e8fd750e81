"""The mastery grid of a class: learners by name, skills across, what is known of each pair now."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.access.principal import Principal
from app.content.repository import skills_by_id
from app.kit.database import Reader, Row
from app.kit.errors import BadInput, ErrorReason, not_found
from app.kit.loading import Columns, lists_by_key
from app.kit.pagination import Page, Slice, decode_cursor, encode_cursor
from app.kit.statements import sql
from app.learners.repository import learners_by_classroom
from app.mastery.estimates import READ_NOW, MasteryNow, masteries_now

MOST_SKILLS = 50
USUAL_ROWS = 50

_MOST_PRACTISED = sql("""
    SELECT k.key, s.id, s.organization_id, s.code, s.name, s.subject, s.reference_difficulty
    FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT d.skill_id, sum(d.attempt_count) AS total
      FROM enrollment e JOIN learner_skill_day d
        ON d.organization_id = e.organization_id AND d.learner_id = e.learner_id
      WHERE e.classroom_id = k.key AND e.left_at IS NULL
      GROUP BY d.skill_id ORDER BY total DESC, d.skill_id LIMIT :most) t
    JOIN skill s ON s.id = t.skill_id
    ORDER BY k.key, t.total DESC, s.id
""")
_MASTERY = sql(f"""
    SELECT {READ_NOW}
    FROM mastery m
    JOIN skill s ON s.organization_id = m.organization_id AND s.id = m.skill_id
    JOIN learner_state l ON l.organization_id = m.organization_id AND l.learner_id = m.learner_id
    WHERE m.learner_id = ANY(:learners) AND m.skill_id = ANY(:skills)
""")


@dataclass(frozen=True, slots=True)
class GridRow:
    """A learner, and a cell for each skill; None where it was never practised."""

    learner: Row
    cells: list[MasteryNow | None]


@dataclass(frozen=True, slots=True)
class GridPage:
    """Where the rows stand among the class's learners."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class MasteryGrid:
    """A page of the grid, as of a moment; cells go with `skills`."""

    as_of: datetime
    skills: list[Row]
    rows: list[GridRow]
    page_info: GridPage


async def mastery_grids_by_classroom(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[MasteryGrid]:
    """The grid of each class, with the skills of the filter `skill_ids` or those most practised in it."""
    after = page.filter("after")
    place = decode_cursor(after, (str, uuid.UUID)) if after is not None else None
    learners = await learners_by_classroom(
        reader, keys, Page(page.first or USUAL_ROWS, place), None, principal
    )
    skills = await _skills(reader, keys, page.filter("skill_ids"), principal)
    rows = await reader.fetch(
        _MASTERY,
        learners=[learner.id for slice in learners for learner in slice.rows],
        skills=list({skill.id for of_class in skills for skill in of_class}),
    )
    known = {(each.learner_id, each.skill_id): each for each in masteries_now(rows, reader.now)}
    return [
        MasteryGrid(
            reader.now,
            of_class,
            [GridRow(who, [known.get((who.id, skill.id)) for skill in of_class]) for who in slice.rows],
            _page_info(slice, place is not None),
        )
        for slice, of_class in zip(learners, skills, strict=True)
    ]


async def _skills(
    reader: Reader, keys: Sequence[uuid.UUID], asked: Sequence[uuid.UUID] | None, principal: Principal
) -> list[list[Row]]:
    if asked is None:
        return lists_by_key(await reader.fetch(_MOST_PRACTISED, keys=list(keys), most=MOST_SKILLS), keys)
    if len(asked) > MOST_SKILLS:
        raise BadInput(
            f"At most {MOST_SKILLS} skills at once.", reason=ErrorReason.TOO_MANY_ENTRIES, path=("skillIds",)
        )
    found = [skill for skill in await skills_by_id(reader, asked, None, None, principal) if skill is not None]
    if len(found) < len(asked):
        raise not_found("skill", "skillIds")
    return [found for _ in keys]


def _page_info(found: Slice, after: bool) -> GridPage:
    cursors = [encode_cursor([row.display_name, row.id]) for row in found.rows]
    return GridPage(found.has_next, after, cursors[0] if cursors else None, cursors[-1] if cursors else None)
