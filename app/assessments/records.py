"""Reading what belongs to exams and sittings, in batches: answers, incidents, acts."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.access.principal import Principal
from app.assessments import actions, incidents
from app.assessments.action import Acknowledgement, Action, action_of
from app.assessments.form import FormItem, item_as_shown
from app.assessments.incidents import Incident, incident_of
from app.assessments.repository import OWN_OR_TAUGHT
from app.content.item import ItemFacts
from app.content.recorded_response import RecordedResponse, recorded_response
from app.kit.database import Reader
from app.kit.loading import Columns, after, counts_by_key, slices_by_key
from app.kit.pagination import Page, Slice
from app.kit.statements import Statement, sql

Ids = Sequence[uuid.UUID]

_ANSWERS = sql("""
    SELECT DISTINCT ON (a.sitting_id, a.item_id) a.sitting_id, a.item_id, a.response, a.sequence, a.saved_at,
           i.kind, v.version, v.content
    FROM exam_answer a
    JOIN exam_sitting s ON s.organization_id = a.organization_id AND s.id = a.sitting_id
    JOIN exam e ON e.organization_id = s.organization_id AND e.id = s.exam_id
    JOIN assessment_item m ON m.organization_id = e.organization_id AND m.assessment_id = e.assessment_id
      AND m.item_id = a.item_id
    JOIN item i ON i.organization_id = m.organization_id AND i.id = m.item_id
    JOIN item_version v
      ON v.organization_id = m.organization_id AND v.item_id = m.item_id AND v.version = m.item_version
    WHERE a.sitting_id = ANY(:keys) ORDER BY a.sitting_id, a.item_id, a.sequence DESC
""")
_INCIDENTS = sql(f"SELECT {incidents.SELECTED} FROM {incidents.FROM} WHERE c.id = ANY(:keys)")
_REACHED = """EXISTS (
    SELECT FROM exam_action_target t
    JOIN exam_sitting s ON s.organization_id = t.organization_id AND s.id = t.sitting_id
    WHERE t.organization_id = a.organization_id AND t.action_id = a.id AND s.learner_id = :learner_id)
    AS reached"""
_ACTION = actions.SELECTED.replace("false AS reached", _REACHED)
_ACTIONS = sql(f"SELECT {_ACTION} FROM {actions.FROM} WHERE a.id = ANY(:keys)")


def _incidents(column: str) -> tuple[Statement, Statement]:
    where = f"c.{column} = k.key AND {OWN_OR_TAUGHT}"
    page = sql(f"""
        SELECT k.key, c.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
          SELECT {incidents.SELECTED} FROM {incidents.FROM}
          WHERE {where} AND (:id::uuid IS NULL OR c.id < :id) ORDER BY c.id DESC LIMIT :limit) c
    """)
    count = sql(f"""
        SELECT k.key, count(*) AS total FROM unnest(:keys::uuid[]) AS k(key), LATERAL (
          SELECT FROM {incidents.FROM} WHERE {where}) c GROUP BY 1
    """)
    return page, count


_INCIDENTS_BY_EXAM, _INCIDENTS_BY_SITTING = _incidents("exam_id"), _incidents("sitting_id")
_ACTIONS_BY_SITTING = sql(f"""
    SELECT k.key, a.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT {_ACTION} FROM {actions.FROM}
      JOIN exam_action_target g ON g.organization_id = a.organization_id AND g.action_id = a.id
      WHERE g.sitting_id = k.key AND (:id::uuid IS NULL OR a.id < :id)
      ORDER BY a.id DESC LIMIT :limit) a
""")
_ACTION_COUNT_BY_SITTING = sql("""
    SELECT sitting_id AS key, count(*) AS total FROM exam_action_target WHERE sitting_id = ANY(:keys)
    GROUP BY 1
""")
_ACTIONS_BY_EXAM = sql(f"""
    SELECT k.key, a.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT {_ACTION} FROM {actions.FROM} WHERE a.exam_id = k.key AND (:id::uuid IS NULL OR a.id < :id)
      ORDER BY a.id DESC LIMIT :limit) a
""")
_ACTION_COUNT_BY_EXAM = sql("""
    SELECT exam_id AS key, count(*) AS total FROM exam_action WHERE exam_id = ANY(:keys) GROUP BY 1
""")
_ACKNOWLEDGEMENTS = sql(f"""
    SELECT t.action_id AS key, t.sitting_id, s.learner_id, t.delivered_at, t.seen_at FROM exam_action_target t
    JOIN exam_sitting s ON s.organization_id = t.organization_id AND s.id = t.sitting_id
    WHERE t.action_id = ANY(:keys) AND {OWN_OR_TAUGHT} ORDER BY t.action_id, t.sitting_id
""")

_ACKNOWLEDGEMENT = sql(f"""
    SELECT t.action_id AS key, t.sitting_id, s.learner_id, t.delivered_at, t.seen_at FROM exam_action_target t
    JOIN exam_sitting s ON s.organization_id = t.organization_id AND s.id = t.sitting_id
    WHERE t.action_id = ANY(:keys) AND t.sitting_id = :sitting_id AND {OWN_OR_TAUGHT}
""")


@dataclass(frozen=True, slots=True)
class AnswerFound:
    """The answer to an item that counts: the one saved last."""

    item: ItemFacts
    response: RecordedResponse
    sequence: int
    saved_at: datetime


async def answers_by_sitting(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[list[AnswerFound]]:
    """The answers of each sitting that count, in the order they were saved."""
    found: defaultdict[uuid.UUID, list[AnswerFound]] = defaultdict(list)
    for row in await reader.fetch(_ANSWERS, keys=list(keys)):
        item = item_as_shown(FormItem(row.item_id, 0, row.kind, row.version, row.content), None, False)
        response = recorded_response(row.content, row.response)
        found[row.sitting_id].append(AnswerFound(item, response, row.sequence, row.saved_at))
    return [sorted(found[key], key=lambda each: each.sequence) for key in keys]


async def incidents_by_id(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[Incident | None]:
    """Incidents by their ids."""
    found = {row.id: incident_of(row) for row in await reader.fetch(_INCIDENTS, keys=list(keys))}
    return [found.get(key) for key in keys]


async def incidents_by_exam(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The incidents of each exam that one may see, the newest first."""
    return await _incident_page(reader, _INCIDENTS_BY_EXAM[0], keys, page, principal)


async def incident_count_by_exam(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    rows = await reader.fetch(_INCIDENTS_BY_EXAM[1], keys=list(keys), **_asked(page, principal))
    return counts_by_key(rows, keys)


async def incidents_by_sitting(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The incidents of each sitting, the newest first."""
    return await _incident_page(reader, _INCIDENTS_BY_SITTING[0], keys, page, principal)


async def incident_count_by_sitting(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    rows = await reader.fetch(_INCIDENTS_BY_SITTING[1], keys=list(keys), **_asked(page, principal))
    return counts_by_key(rows, keys)


async def actions_by_id(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[Action | None]:
    """Acts by their ids."""
    rows = await reader.fetch(_ACTIONS, keys=list(keys), learner_id=principal.learner_id)
    found = {row.id: action_of(row) for row in rows}
    return [found.get(key) for key in keys]


async def actions_by_sitting(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The acts that reached each sitting, the newest first."""
    return await _action_page(reader, _ACTIONS_BY_SITTING, keys, page, principal)


async def action_count_by_sitting(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    return counts_by_key(await reader.fetch(_ACTION_COUNT_BY_SITTING, keys=list(keys)), keys)


async def actions_by_exam(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """All acts on each exam, the newest first."""
    return await _action_page(reader, _ACTIONS_BY_EXAM, keys, page, principal)


async def action_count_by_exam(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    return counts_by_key(await reader.fetch(_ACTION_COUNT_BY_EXAM, keys=list(keys)), keys)


async def acknowledgements_by_action(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[list[Acknowledgement]]:
    """How far each act has come to those it reached: all for teachers, a learner's own for the learner."""
    rows = await reader.fetch(_ACKNOWLEDGEMENTS, keys=list(keys), **_who(principal))
    found: defaultdict[uuid.UUID, list[Acknowledgement]] = defaultdict(list)
    for row in rows:
        found[row.key].append(Acknowledgement(row.sitting_id, row.learner_id, row.delivered_at, row.seen_at))
    return [found[key] for key in keys]


async def acknowledgement_by_action(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Acknowledgement | None]:
    """How far each act has come to the sitting of the filter; None where it did not, or is not to be seen."""
    rows = await reader.fetch(
        _ACKNOWLEDGEMENT, keys=list(keys), sitting_id=page.filter("sitting_id"), **_who(principal)
    )
    found = {
        row.key: Acknowledgement(row.sitting_id, row.learner_id, row.delivered_at, row.seen_at)
        for row in rows
    }
    return [found.get(key) for key in keys]


async def _incident_page(
    reader: Reader, statement: Statement, keys: Ids, page: Page, principal: Principal
) -> list[Slice]:
    rows = await reader.fetch(statement, keys=list(keys), **_asked(page, principal))
    slices = slices_by_key(rows, keys, page)
    return [Slice(list(map(incident_of, each.rows)), each.has_next) for each in slices]


async def _action_page(
    reader: Reader, statement: Statement, keys: Ids, page: Page, principal: Principal
) -> list[Slice]:
    rows = await reader.fetch(
        statement, keys=list(keys), learner_id=principal.learner_id, id=after(page, 0), limit=page.first + 1
    )
    slices = slices_by_key(rows, keys, page)
    return [Slice(list(map(action_of, each.rows)), each.has_next) for each in slices]


def _who(principal: Principal) -> dict[str, object]:
    return {
        "everything": principal.is_admin,
        "user_id": principal.user_id if principal.is_staff else None,
        "learner_id": principal.learner_id,
    }


def _asked(page: Page, principal: Principal) -> dict[str, object]:
    return {**_who(principal), "id": after(page, 0), "limit": page.first + 1}
