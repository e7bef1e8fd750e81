"""Recording one answer: four round trips from the lock to the commit, five when a next item is chosen.

The learner's lock comes with the opening of the transaction; then one statement reads all that is needed and
locks session and item, one reads what the next item may be chosen from, and one writes everything.
"""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.access.principal import Principal
from app.kit.database import Row, UnitOfWork, Writer
from app.kit.errors import not_found
from app.kit.idempotency import conflict
from app.kit.statements import sql
from app.mastery.packed_states import unpacked
from app.practice.answer import Answer, check_answer
from app.practice.answer_scoring import AskedItem, OpenSession, scored
from app.practice.attempt_columns import UsedKey
from app.practice.folding import JudgedAttempt, NewAttempt, fold
from app.practice.recorded import Recorded, recorded_now
from app.practice.selection import POLICIES, Prospects, next_item, read_prospects
from app.practice.session_kind import SessionKind
from app.practice.single_attempt import write_attempt
from app.practice.states import SkillBelief, States, create_item_states, current_model, lock_learners

LOOK_AGAIN = 10
"""A session without a next item looks for one at every so many answers."""
MUTATION = "recordAttempt"

# The session's and the item's rows are locked here; a missing state is made, then this is read again.
_FACTS = sql("""
    WITH session AS (
      SELECT id, learner_id, classroom_id, kind, state, skill_ids, started_at, next_item_id, attempt_count,
             last_attempt_at
      FROM practice_session WHERE id = :session_id AND learner_id = :learner_id FOR NO KEY UPDATE
    ), parameter AS (
      SELECT model, state, evidence_count FROM item_parameter WHERE item_id = :item_id FOR NO KEY UPDATE
    )
    SELECT k.digest, k.result,
           s.id AS session_id, s.learner_id, s.classroom_id, s.kind AS session_kind, s.state AS session_state,
           s.skill_ids AS session_skills, s.started_at, s.next_item_id, s.attempt_count, s.last_attempt_at,
           i.id AS item_id, i.kind, coalesce(i.retired_at, i.withheld_at) AS retired_at,
           v.version, v.content, v.answer_key,
           p.model AS item_model, p.state AS item_state, p.evidence_count AS item_evidence,
           l.model AS learner_model, l.state AS learner_state, l.attempt_count AS learner_evidence,
           x.skill_ids, x.references, x.mastery_ids, x.skill_states, x.probabilities, x.mastered_ats
    FROM (VALUES (1)) AS one(row)
    LEFT JOIN session s ON true
    LEFT JOIN parameter p ON true
    LEFT JOIN learner_state l ON l.organization_id = :tenant AND l.learner_id = :learner_id
    LEFT JOIN item i ON i.organization_id = :tenant AND i.id = :item_id
    LEFT JOIN item_version v ON v.organization_id = :tenant AND v.item_id = i.id
      AND v.version = coalesce(:version::int, i.version)
    LEFT JOIN idempotency_key k ON k.organization_id = :tenant AND k.user_id = :user_id
      AND k.mutation = :mutation AND k.key = :key::text
    CROSS JOIN LATERAL (
      SELECT coalesce(array_agg(x.skill_id ORDER BY x.skill_id), '{}') AS skill_ids,
             array_agg(c.reference_difficulty ORDER BY x.skill_id) AS references,
             array_agg(m.id ORDER BY x.skill_id) AS mastery_ids,
             array_agg(CASE WHEN m.model = :model THEN m.state END ORDER BY x.skill_id) AS skill_states,
             array_agg(m.probability ORDER BY x.skill_id) AS probabilities,
             array_agg(m.mastered_at ORDER BY x.skill_id) AS mastered_ats
      FROM item_skill x
      JOIN skill c ON c.organization_id = x.organization_id AND c.id = x.skill_id
      LEFT JOIN mastery m ON m.organization_id = x.organization_id AND m.learner_id = :learner_id
        AND m.skill_id = x.skill_id
      WHERE x.organization_id = :tenant AND x.item_id = :item_id) x
""")


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """An attempt as recorded. `replayed` says that an earlier request had recorded it."""

    attempt_id: uuid.UUID
    session_id: uuid.UUID
    replayed: bool = False
    now: Recorded | None = None
    """What loaders would read; None for an attempt of an earlier request."""


def learner_lock(learner_id: uuid.UUID) -> str:
    """SQL that locks all that a learner does; it rides on the opening of the transaction.

    A learner who never answered has no row to lock yet: it is made when that is seen. The plans of the few
    statements that follow do not depend on values, so they are made once a connection.
    """
    return (
        "SET LOCAL plan_cache_mode = force_generic_plan;"
        f"SELECT FROM learner_state WHERE learner_id = '{learner_id.hex}' FOR NO KEY UPDATE;"
    )


async def record_attempt(work: UnitOfWork, principal: Principal, answer: Answer) -> RecordedAnswer:
    """Record an answer of the principal, within a unit of work opened with `learner_lock`.

    BadInput, NotFound, Conflict, IdempotencyConflict with the path of what to correct.
    """
    check_answer(answer, work.now)
    if principal.learner_id is None:
        raise not_found("practice session", "sessionId")
    facts = await _facts(work, principal, answer)
    if facts.digest is not None:
        return replayed(facts.digest, facts.result, answer.digest())
    session = session_of(facts, principal.learner_id) if facts.session_id is not None else None
    attempt = scored(answer, session, _item(facts), work.now)
    if session is None:
        raise not_found("practice session", "sessionId")
    states = _states(facts, attempt)
    known = tuple((attempt.learner_id, each) in states.skills for each in facts.skill_ids)
    prospects = await prospects_of(work, session) if chooses(session, attempt) else None
    (judged,) = fold(states, [attempt])
    next_item_id = session.next_item_id
    if prospects is not None:
        next_item_id = choice(prospects, session, states, judged, work.now)
    recorded = RecordedAnswer(judged.id, answer.session_id)
    keys = used_keys(principal, MUTATION, [(answer, recorded)])
    item = await write_attempt(
        work, states, judged, session, next_item_id=next_item_id, known=known,
        key=keys[0] if keys else None,
    )  # fmt: skip
    if prospects is not None and (item is None or item.retired_at is not None):
        # Nothing in the pools, or something that is not asked any more: this choice reads all anew.
        item, next_item_id = None, await choose_next_item(work, session, states)
    now = recorded_now(judged, session, next_item_id, item, work.now)
    return replace(recorded, now=now)


def chooses(session: OpenSession, attempt: NewAttempt) -> bool:
    """Whether the next item was answered; where nothing was left, we look now and then whether items came."""
    if session.next_item_id is None:
        return session.attempt_count % LOOK_AGAIN == 0
    return session.next_item_id == attempt.item_id


async def prospects_of(work: Writer, session: OpenSession) -> Prospects:
    """What the session's next item may be chosen from."""
    return await read_prospects(
        work, tenant=work.tenant, learner_id=session.learner_id, learner_state=None,
        skill_ids=list(session.skill_ids), session_id=session.id,
    )  # fmt: skip


def choice(
    prospects: Prospects, session: OpenSession, states: States, judged: JudgedAttempt, now: datetime
) -> uuid.UUID | None:
    """The next item after an attempt that is not written yet."""
    prospects.learner_state, _ = states.learners[session.learner_id]
    prospects.answered.add(judged.attempt.item_id)
    for change in judged.changes:
        belief = states.skills[session.learner_id, change.skill_id]
        prospects.move(change.skill_id, belief.state, belief.probability)
    policy = POLICIES[SessionKind(session.kind)]
    return policy.choose(prospects, list(session.skill_ids), now.timestamp(), random.random())


async def choose_next_item(work: UnitOfWork, session: OpenSession, states: States) -> uuid.UUID | None:
    """Choose what comes next in a session, after its attempts are written; stored with the commit."""
    learner, _ = states.learners[session.learner_id]
    chosen = await next_item(
        work,
        tenant=work.tenant,
        session_id=session.id,
        learner_id=session.learner_id,
        skill_ids=list(session.skill_ids),
        learner_state=learner,
        now=work.now,
        chance=random.random(),
        kind=session.kind,
    )
    value = f"'{chosen.hex}'" if chosen else "NULL"
    work.closing += f"UPDATE practice_session SET next_item_id = {value} WHERE id = '{session.id.hex}';"
    return chosen


def replayed(stored: bytes, result: dict[str, str], digest: bytes) -> RecordedAnswer:
    """What the first request with a key recorded; IdempotencyConflict when its body was another."""
    if stored != digest:
        raise conflict()
    return RecordedAnswer(uuid.UUID(result["attempt"]), uuid.UUID(result["session"]), replayed=True)


def used_keys(
    principal: Principal, mutation: str, recorded: Sequence[tuple[Answer, RecordedAnswer]]
) -> list[UsedKey]:
    """The keys to remember. A key is one of its mutation: sent through another one, it is another key."""
    user_id = principal.user_id
    if user_id is None:
        return []
    return [
        UsedKey(user_id, mutation, answer.idempotency_key, answer.digest(),
                {"attempt": each.attempt_id.hex, "session": each.session_id.hex})
        for answer, each in recorded
        if answer.idempotency_key is not None
    ]  # fmt: skip


async def _facts(work: UnitOfWork, principal: Principal, answer: Answer) -> Row:
    row = await _read(work, principal, answer)
    learner_is_new = row.learner_state is None and row.session_id is not None
    item_is_new = row.item_state is None and row.item_id is not None
    if learner_is_new:
        await lock_learners(work, [row.learner_id])
    if item_is_new:
        await create_item_states(work, [answer.item_id])
    return await _read(work, principal, answer) if learner_is_new or item_is_new else row


async def _read(work: UnitOfWork, principal: Principal, answer: Answer) -> Row:
    row = await work.fetch_one(
        _FACTS,
        tenant=work.tenant,
        session_id=answer.session_id,
        learner_id=principal.learner_id,
        item_id=answer.item_id,
        version=answer.item_version,
        user_id=principal.user_id,
        mutation=MUTATION,
        key=answer.idempotency_key,
        model=current_model().name,
    )
    if row is None:
        raise RuntimeError("the facts of an answer are one row")
    return row


def session_of(facts: Row, learner_id: uuid.UUID) -> OpenSession:
    """The learner's session that the facts of an answer tell of."""
    return OpenSession(
        facts["session_id"], learner_id, facts["classroom_id"], facts["session_kind"], facts["session_state"],
        facts["session_skills"], facts["started_at"], facts["next_item_id"], facts["attempt_count"],
        facts["last_attempt_at"],
    )  # fmt: skip


def _item(facts: Row) -> AskedItem | None:
    if facts.item_id is None:
        return None
    return AskedItem(
        facts.item_id, facts.kind, facts.retired_at, facts.skill_ids, facts.version, facts.content,
        facts.answer_key,
    )  # fmt: skip


def _states(facts: Row, attempt: NewAttempt) -> States:
    states = States(current_model())
    model = states.model
    learner = states.of_model(facts.learner_model, facts.learner_state, model.new_learner())
    item = states.of_model(facts.item_model, facts.item_state, model.new_item())
    states.learners[attempt.learner_id] = learner, facts.learner_evidence
    states.items[attempt.item_id] = item, facts.item_evidence
    states.item_skills[attempt.item_id] = facts.skill_ids
    if facts.skill_ids:
        columns = zip(
            facts.skill_ids, facts.references, facts.mastery_ids, facts.skill_states, facts.probabilities,
            facts.mastered_ats, strict=True,
        )  # fmt: skip
        for skill_id, reference, mastery_id, state, probability, mastered_at in columns:
            states.references[skill_id] = reference
            if mastery_id is not None:
                known = unpacked(state) if state is not None else model.new_skill()
                belief = SkillBelief(mastery_id, known, probability, mastered_at)
                states.skills[attempt.learner_id, skill_id] = belief
    return states
