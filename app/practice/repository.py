"""Reading sessions and attempts, in batches."""

import uuid
from collections.abc import Sequence

from app.access.principal import Principal
from app.content.recorded_response import RecordedResponse, recorded_response
from app.kit.database import Reader, Row
from app.kit.loading import Columns, after, by_key, counts_by_key, lists_by_key, slices_by_key
from app.kit.pagination import Page, Slice
from app.kit.statements import sql

Ids = Sequence[uuid.UUID]

_SESSION = """s.id, s.learner_id, s.classroom_id, s.kind, s.state, s.started_at, s.completed_at,
              s.last_attempt_at, s.next_item_id, s.attempt_count"""
_SESSIONS_BY_ID = sql(f"SELECT {_SESSION} FROM practice_session s WHERE s.id = ANY(:keys)")
_SESSIONS_BY_LEARNER = sql(f"""
    SELECT k.key, s.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT {_SESSION} FROM practice_session s
      WHERE s.learner_id = k.key AND (:state::text IS NULL OR s.state = :state)
        AND (:id::uuid IS NULL OR s.id < :id)
      ORDER BY s.id DESC LIMIT :limit) s
""")
_SESSION_COUNT = sql("""
    SELECT learner_id AS key, count(*) AS total FROM practice_session
    WHERE learner_id = ANY(:keys) AND (:state::text IS NULL OR state = :state) GROUP BY 1
""")
_SKILLS_BY_SESSION = sql("""
    SELECT p.id AS key, s.id, s.organization_id, s.code, s.name, s.subject, s.reference_difficulty
    FROM practice_session p CROSS JOIN LATERAL unnest(p.skill_ids) WITH ORDINALITY AS g(skill_id, place)
    JOIN skill s ON s.organization_id = p.organization_id AND s.id = g.skill_id
    WHERE p.id = ANY(:keys) ORDER BY g.place
""")

_ATTEMPT = """a.id, a.learner_id, a.session_id, a.item_id, a.item_version, a.correct, a.score, a.feedback,
              a.points, a.duration_ms, a.hints_used, a.answered_at, a.recorded_at, 'SCORED' AS scoring"""
_ASKS_SKILL = """(:skill_id::uuid IS NULL OR EXISTS (
    SELECT FROM item_skill x WHERE x.item_id = a.item_id AND x.skill_id = :skill_id))"""
_ATTEMPTS_BY_ID = sql(f"SELECT {_ATTEMPT} FROM attempt a WHERE a.id = ANY(:keys)")


def _attempts_by(column: str, condition: str = "true") -> str:
    return f"""
    SELECT k.key, a.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT {_ATTEMPT} FROM attempt a
      WHERE a.{column} = k.key AND {condition} AND (:id::uuid IS NULL OR a.id < :id)
      ORDER BY a.id DESC LIMIT :limit) a
    """


_ATTEMPTS_BY_LEARNER = sql(_attempts_by("learner_id", _ASKS_SKILL))
_ATTEMPTS_BY_SESSION = sql(_attempts_by("session_id"))
_ATTEMPT_COUNT_BY_LEARNER = sql(f"""
    SELECT a.learner_id AS key, count(*) AS total FROM attempt a
    WHERE a.learner_id = ANY(:keys) AND {_ASKS_SKILL} GROUP BY 1
""")
_ATTEMPT_COUNT_BY_SESSION = sql("""
    SELECT session_id AS key, count(*) AS total FROM attempt WHERE session_id = ANY(:keys) GROUP BY 1
""")
_RESPONSES = sql("""
    SELECT a.id, a.response, v.content FROM attempt a JOIN item_version v
      ON v.organization_id = a.organization_id AND v.item_id = a.item_id AND v.version = a.item_version
    WHERE a.id = ANY(:keys) AND a.response IS NOT NULL
""")


async def sessions_by_id(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[Row | None]:
    """Practice sessions by their ids."""
    found = by_key(await reader.fetch(_SESSIONS_BY_ID, keys=list(keys)))
    return [found.get(key) for key in keys]


async def sessions_by_learner(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """Each learner's sessions in a state, or all; the newest first."""
    rows = await reader.fetch(
        _SESSIONS_BY_LEARNER,
        keys=list(keys),
        state=page.filter("state"),
        id=after(page, 0),
        limit=page.first + 1,
    )
    return slices_by_key(rows, keys, page)


async def session_count_by_learner(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    return counts_by_key(
        await reader.fetch(_SESSION_COUNT, keys=list(keys), state=page.filter("state")), keys
    )


async def skills_by_session(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[list[Row]]:
    """The skills that each session practises, in the order they were chosen."""
    return lists_by_key(await reader.fetch(_SKILLS_BY_SESSION, keys=list(keys)), keys)


async def attempts_by_id(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[Row | None]:
    """Attempts by their ids."""
    found = by_key(await reader.fetch(_ATTEMPTS_BY_ID, keys=list(keys)))
    return [found.get(key) for key in keys]


async def attempts_by_learner(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """Each learner's attempts, on items of one skill or on all; the newest first."""
    rows = await reader.fetch(
        _ATTEMPTS_BY_LEARNER, keys=list(keys), skill_id=page.filter("skill_id"), id=after(page, 0),
        limit=page.first + 1,
    )  # fmt: skip
    return slices_by_key(rows, keys, page)


async def attempt_count_by_learner(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    skill_id = page.filter("skill_id")
    return counts_by_key(
        await reader.fetch(_ATTEMPT_COUNT_BY_LEARNER, keys=list(keys), skill_id=skill_id), keys
    )


async def attempts_by_session(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """Each session's attempts, the newest first."""
    rows = await reader.fetch(_ATTEMPTS_BY_SESSION, keys=list(keys), id=after(page, 0), limit=page.first + 1)
    return slices_by_key(rows, keys, page)


async def attempt_count_by_session(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    return counts_by_key(await reader.fetch(_ATTEMPT_COUNT_BY_SESSION, keys=list(keys)), keys)


async def responses_by_attempt(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[RecordedResponse | None]:
    """What was answered, in the texts of the version answered; None where an import did not bring it."""
    rows = await reader.fetch(_RESPONSES, keys=list(keys))
    found = {row.id: recorded_response(row.content, row.response) for row in rows}
    return [found.get(key) for key in keys]
