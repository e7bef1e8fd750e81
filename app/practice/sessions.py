"""A learner's sessions: started, paused, resumed, completed.

    ACTIVE ⇄ PAUSED, both → COMPLETED; ACTIVE → ABANDONED when a new one starts after a week without attempts.

A move that was made already changes nothing and writes no event. Moves hold the lock that attempts hold.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from app.access.principal import Principal
from app.content.skills import check_skills
from app.kit.database import Row, UnitOfWork
from app.kit.errors import Conflict, ErrorReason, Forbidden, not_found
from app.kit.ids import new_id
from app.kit.statements import sql
from app.practice.selection import next_item
from app.practice.session_kind import SessionKind, SessionState
from app.practice.skill_choice import chosen_skills
from app.practice.states import create_learner_states
from app.realtime.event_log import NewEvent, append, learner_topic
from app.science.mastery_model import State

MOST_SKILLS = 20
ABANDONED_AFTER = timedelta(days=7)

_LOCK_LEARNER = sql("SELECT state FROM learner_state WHERE learner_id = :learner_id FOR NO KEY UPDATE")
_ATTENDED = sql("""
    SELECT EXISTS (SELECT FROM enrollment WHERE classroom_id = :classroom_id AND learner_id = :learner_id
                   AND left_at IS NULL)
""")
_ABANDON = sql("""
    UPDATE practice_session SET state = 'ABANDONED', completed_at = :now, next_item_id = NULL
    WHERE learner_id = :learner_id AND state = 'ACTIVE' AND coalesce(last_attempt_at, started_at) < :before
    RETURNING id, classroom_id
""")
_START = sql("""
    INSERT INTO practice_session
      (organization_id, id, learner_id, classroom_id, kind, state, skill_ids, started_at, next_item_id)
    VALUES
      (:organization_id, :id, :learner_id, :classroom_id, :kind, 'ACTIVE', :skill_ids, :now, :next_item_id)
""")
_OWN = sql("""
    SELECT s.id, s.classroom_id, s.kind, s.state, s.skill_ids, s.next_item_id,
           i.id IS NULL OR i.retired_at IS NOT NULL OR i.withheld_at IS NOT NULL AS nothing_next
    FROM practice_session s
    LEFT JOIN item i ON i.organization_id = s.organization_id AND i.id = s.next_item_id
    WHERE s.id = :id AND s.learner_id = :learner_id FOR NO KEY UPDATE OF s
""")
_MOVE = sql("""
    UPDATE practice_session SET state = :state, completed_at = :completed_at, next_item_id = :next_item_id
    WHERE id = :id
""")


async def start_session(
    work: UnitOfWork,
    principal: Principal,
    kind: SessionKind,
    skill_ids: Sequence[uuid.UUID],
    classroom_id: uuid.UUID | None,
    chance: float,
) -> uuid.UUID:
    """Start a session of the principal itself, on the skills given or, without any, on those best done now.

    `chance`, in [0, 1), picks among items that suit alike.
    """
    learner_id = _learner(principal)
    # From now on there is a row that the learner's answers can lock.
    await create_learner_states(work, [learner_id])
    state = await _locked_state(work, learner_id)
    if classroom_id is not None:
        attended = await work.fetch_value(_ATTENDED, classroom_id=classroom_id, learner_id=learner_id)
        if not attended:
            raise not_found("classroom", "classroomId")
    if skill_ids:
        wanted = await check_skills(work, skill_ids, MOST_SKILLS)
    else:
        wanted = await chosen_skills(work, learner_id, kind, state, work.now.timestamp())
    left = await work.fetch(_ABANDON, learner_id=learner_id, now=work.now, before=work.now - ABANDONED_AFTER)
    session_id = new_id()
    item_id = await next_item(
        work, tenant=work.tenant, session_id=session_id, learner_id=learner_id, skill_ids=wanted,
        learner_state=state, now=work.now, chance=chance, kind=kind,
    )  # fmt: skip
    await work.execute(
        _START, organization_id=work.tenant, id=session_id, learner_id=learner_id, classroom_id=classroom_id,
        kind=kind.value, skill_ids=wanted, now=work.now, next_item_id=item_id,
    )  # fmt: skip
    events = [_changed(work, learner_id, row.id, row.classroom_id, SessionState.ABANDONED) for row in left]
    await append(work, [*events, _changed(work, learner_id, session_id, classroom_id, SessionState.ACTIVE)])
    return session_id


async def pause_session(work: UnitOfWork, principal: Principal, session_id: uuid.UUID) -> uuid.UUID:
    """Pause a session; it keeps its next item and takes no attempts."""
    row, _ = await _own(work, principal, session_id)
    _check_open(row)
    return await _move(work, principal, row, SessionState.PAUSED, row.next_item_id)


async def resume_session(
    work: UnitOfWork, principal: Principal, session_id: uuid.UUID, chance: float
) -> uuid.UUID:
    """Take up a session again, choosing anew when its next item was retired or there was none."""
    row, state = await _own(work, principal, session_id)
    _check_open(row)
    item_id = row.next_item_id
    if row.nothing_next:
        item_id = await next_item(
            work, tenant=work.tenant, session_id=row.id, learner_id=_learner(principal),
            skill_ids=row.skill_ids, learner_state=state, now=work.now, chance=chance, kind=row.kind,
        )  # fmt: skip
    return await _move(work, principal, row, SessionState.ACTIVE, item_id)


async def complete_session(work: UnitOfWork, principal: Principal, session_id: uuid.UUID) -> uuid.UUID:
    """Complete a session, for good."""
    row, _ = await _own(work, principal, session_id)
    if row.state != SessionState.COMPLETED:
        _check_open(row)
        await _move(work, principal, row, SessionState.COMPLETED, None)
    return session_id


def _learner(principal: Principal) -> uuid.UUID:
    if principal.learner_id is None:
        raise Forbidden("Only learners practise; join a class by its code to become one.")
    return principal.learner_id


async def _locked_state(work: UnitOfWork, learner_id: uuid.UUID) -> State | None:
    state = await work.fetch_value(_LOCK_LEARNER, learner_id=learner_id)
    return tuple(state) if state else None


async def _own(work: UnitOfWork, principal: Principal, session_id: uuid.UUID) -> tuple[Row, State | None]:
    learner_id = _learner(principal)
    state = await _locked_state(work, learner_id)
    row = await work.fetch_one(_OWN, id=session_id, learner_id=learner_id)
    if row is None:
        raise not_found("practice session", "sessionId")
    return row, state


def _check_open(row: Row) -> None:
    if row.state in (SessionState.ACTIVE, SessionState.PAUSED):
        return
    ended = "completed" if row.state == SessionState.COMPLETED else "abandoned"
    raise Conflict(
        f"This session was {ended}; start another one.",
        reason=ErrorReason.SESSION_COMPLETED, path=("sessionId",),
    )  # fmt: skip


async def _move(
    work: UnitOfWork, principal: Principal, row: Row, state: SessionState, item_id: uuid.UUID | None
) -> uuid.UUID:
    session_id: uuid.UUID = row.id
    if (row.state, row.next_item_id) != (state, item_id):
        completed_at = work.now if state is SessionState.COMPLETED else None
        await work.execute(
            _MOVE, id=session_id, state=state.value, completed_at=completed_at, next_item_id=item_id
        )
    if row.state != state:
        await append(work, [_changed(work, _learner(principal), session_id, row.classroom_id, state)])
    return session_id


def _changed(
    work: UnitOfWork,
    learner_id: uuid.UUID,
    session_id: uuid.UUID,
    classroom_id: uuid.UUID | None,
    state: SessionState,
) -> NewEvent:
    payload = {
        "learner": learner_id.hex,
        "session": session_id.hex,
        "classroom": classroom_id.hex if classroom_id else None,
        "state": state.value,
    }
    return NewEvent(learner_topic(learner_id), "session.changed", payload, work.tenant)
