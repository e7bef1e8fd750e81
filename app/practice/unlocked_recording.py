"""Recording one answer without waiting: two round trips, three when a next item is chosen.

One statement reads all that is needed and locks nothing. One writes, and is a transaction by itself: it
checks that learner, item and session are still as they were read, and undoes itself otherwise. Answers of a
learner come one after another and those to an item seldom at the same moment, so that is rare; then, and
whenever something is missing or refused, `recording.record_attempt` does it under locks.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from app.access.principal import Principal
from app.kit.database import Overtaken, Row, SingleChange
from app.kit.errors import DomainError
from app.kit.statements import sql
from app.mastery.packed_states import unpacked
from app.practice.answer import Answer, check_answer
from app.practice.answer_scoring import AskedItem, scored
from app.practice.folding import NewAttempt, fold
from app.practice.recorded import recorded_now
from app.practice.recording import (
    MUTATION,
    RecordedAnswer,
    choice,
    chooses,
    prospects_of,
    replayed,
    session_of,
    used_keys,
)
from app.practice.single_attempt import write_attempt
from app.practice.states import SkillBelief, States, current_model

# A row for each skill of the item. No row when anything is missing: the locked way makes it, or says so.
_FACTS = sql("""
    SELECT k.digest, k.result,
           s.id AS session_id, s.classroom_id, s.kind AS session_kind, s.state AS session_state,
           s.skill_ids AS session_skills, s.started_at, s.next_item_id, s.attempt_count, s.last_attempt_at,
           i.kind, coalesce(i.retired_at, i.withheld_at) AS retired_at,
           v.version, v.content, v.answer_key,
           p.model AS item_model, p.state AS item_state, p.evidence_count AS item_evidence,
           l.model AS learner_model, l.state AS learner_state, l.attempt_count AS learner_evidence,
           x.skill_id, x.reference_difficulty, x.mastery_id, x.model, x.state, x.probability, x.mastered_at
    FROM learner_state l
    JOIN practice_session s ON s.id = :session_id
    JOIN item i ON i.id = :item_id
    JOIN item_version v ON v.item_id = :item_id AND v.version = coalesce(:version::int, i.version)
    LEFT JOIN item_parameter p ON p.item_id = :item_id
    LEFT JOIN idempotency_key k ON k.user_id = :user_id AND k.mutation = :mutation AND k.key = :key::text
    LEFT JOIN LATERAL (
      SELECT x.skill_id, c.reference_difficulty, m.id AS mastery_id, m.model, m.state, m.probability,
             m.mastered_at
      FROM item_skill x JOIN skill c ON c.id = x.skill_id
      LEFT JOIN mastery m ON m.learner_id = :learner_id AND m.skill_id = x.skill_id
      WHERE x.item_id = :item_id ORDER BY x.skill_id) x ON true
    WHERE l.learner_id = :learner_id AND s.learner_id = :learner_id
""")


async def record_unlocked(work: SingleChange, principal: Principal, answer: Answer) -> RecordedAnswer | None:
    """Record an answer of the principal; None when it has to be done, or refused, under locks.

    BadInput and IdempotencyConflict as `record_attempt`.
    """
    check_answer(answer, work.now)
    learner_id = principal.learner_id
    if learner_id is None:
        return None
    rows = await _facts(work, principal, answer)
    if not rows:
        return None
    facts = rows[0]
    if facts["digest"] is not None:
        return replayed(facts["digest"], facts["result"], answer.digest())
    session = session_of(facts, learner_id)
    skill_ids = [row["skill_id"] for row in rows if row["skill_id"] is not None]
    try:
        attempt = scored(answer, session, _item(facts, answer, skill_ids), work.now)
    except DomainError:
        return None
    states = _states(rows, attempt, skill_ids)
    known = tuple([(attempt.learner_id, each) in states.skills for each in skill_ids])
    prospects = await prospects_of(work, session) if chooses(session, attempt) else None
    (judged,) = fold(states, [attempt])
    next_item_id = session.next_item_id
    if prospects is not None:
        next_item_id = choice(prospects, session, states, judged, work.now)
        if next_item_id is None:
            return None
    recorded = RecordedAnswer(judged.id, answer.session_id)
    keys = used_keys(principal, MUTATION, [(answer, recorded)])
    try:
        item = await write_attempt(
            work, states, judged, session, next_item_id=next_item_id, known=known,
            key=keys[0] if keys else None, confirms=prospects is not None,
            first=facts["item_state"] is None,
        )  # fmt: skip
    except Overtaken:
        return None
    return replace(recorded, now=recorded_now(judged, session, next_item_id, item, work.now))


async def _facts(work: SingleChange, principal: Principal, answer: Answer) -> Sequence[Row]:
    return await work.fetch(
        _FACTS,
        session_id=answer.session_id,
        learner_id=principal.learner_id,
        item_id=answer.item_id,
        version=answer.item_version,
        user_id=principal.user_id,
        mutation=MUTATION,
        key=answer.idempotency_key,
    )


def _item(facts: Row, answer: Answer, skill_ids: Sequence[uuid.UUID]) -> AskedItem:
    return AskedItem(
        answer.item_id, facts["kind"], facts["retired_at"], skill_ids, facts["version"], facts["content"],
        facts["answer_key"],
    )  # fmt: skip


def _states(rows: Sequence[Row], attempt: NewAttempt, skill_ids: list[uuid.UUID]) -> States:
    facts = rows[0]
    states = States(current_model())
    model = states.model
    learner = states.of_model(facts["learner_model"], facts["learner_state"], model.new_learner())
    item = states.of_model(facts["item_model"], facts["item_state"] or (), model.new_item())
    states.learners[attempt.learner_id] = learner, facts["learner_evidence"]
    states.items[attempt.item_id] = item, facts["item_evidence"] or 0
    states.item_skills[attempt.item_id] = skill_ids
    for row in rows:
        skill_id = row["skill_id"]
        if skill_id is not None:
            states.references[skill_id] = row["reference_difficulty"]
        if row["mastery_id"] is not None:
            state = states.of_model(row["model"], unpacked(row["state"]), model.new_skill())
            belief = SkillBelief(row["mastery_id"], state, row["probability"], row["mastered_at"])
            states.skills[attempt.learner_id, skill_id] = belief
    return states
