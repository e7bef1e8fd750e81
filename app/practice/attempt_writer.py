"""Writing judged attempts: one statement for one attempt or for thousands.

COPY is refused under row-level security, so every table gets its rows from arrays. States of learners and
items travel as one flat array, since `unnest` takes arrays of arrays apart.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from app.kit.database import Reader, UnitOfWork
from app.kit.ids import new_id
from app.kit.statements import sql
from app.practice import attempt_event
from app.practice.attempt_columns import UsedKey, columns
from app.practice.folding import JudgedAttempt, NewAttempt, fold
from app.practice.states import States, load_states
from app.realtime.event_log import learner_topic


def _state(name: str, place: str) -> str:
    """SQL for the state of one row, cut from the flat array of all."""
    return f"(:{name}s::float8[])[({place} - 1) * :{name}_width::int + 1 : {place} * :{name}_width::int]"


_WRITE = sql(f"""
    WITH attempts AS (
      INSERT INTO attempt (organization_id, id, learner_id, session_id, item_id, item_version, response,
        correct, score, feedback, points, duration_ms, hints_used, answered_at, recorded_at, model,
        predicted, item_state, item_evidence, learner_evidence)
      SELECT :tenant, g.id, g.learner_id, g.session_id, g.item_id, g.item_version, g.response, g.correct,
        g.score, g.feedback, g.points, g.duration_ms, g.hints_used, g.answered_at, :now, :model, g.predicted,
        {_state("used_state", "g.place")}, g.item_evidence, g.learner_evidence
      FROM unnest(:attempt_ids::uuid[], :attempt_learners::uuid[], :attempt_sessions::uuid[],
        :attempt_items::uuid[], :versions::int[], :responses::jsonb[], :corrects::boolean[],
        :scores::float8[], :feedbacks::text[], :points::int[], :durations::int[], :hints::int[],
        :answered_ats::timestamptz[], :predictions::float8[], :item_evidences::int[],
        :learner_evidences::int[])
        WITH ORDINALITY AS g(id, learner_id, session_id, item_id, item_version, response, correct, score,
          feedback, points, duration_ms, hints_used, answered_at, predicted, item_evidence, learner_evidence,
          place)
    ), changes AS (
      INSERT INTO mastery_change (organization_id, id, attempt_id, learner_id, skill_id, mastery_id, before,
        after, reference_difficulty, evidence_count, answered_at)
      SELECT :tenant, g.* FROM unnest(:change_ids::uuid[], :change_attempts::uuid[], :change_learners::uuid[],
        :change_skills::uuid[], :change_mastery::uuid[], :befores::float8[], :afters::float8[],
        :references::float8[], :change_evidences::int[], :change_ats::timestamptz[]) AS g
    ), masteries AS (
      INSERT INTO mastery (organization_id, id, learner_id, skill_id, model, state, probability,
        evidence_count, last_practiced_at, mastered_at)
      SELECT :tenant, g.id, g.learner_id, g.skill_id, :model, g.state,
        g.probability, g.evidence_count, g.last_practiced_at, g.mastered_at
      FROM unnest(:mastery_ids::uuid[], :mastery_learners::uuid[], :mastery_skills::uuid[],
        :skill_states::bytea[], :probabilities::float8[], :evidences::int[], :practiced_ats::timestamptz[],
        :mastered_ats::timestamptz[])
        AS g(id, learner_id, skill_id, state, probability, evidence_count, last_practiced_at, mastered_at)
      ON CONFLICT (organization_id, learner_id, skill_id) DO UPDATE SET model = excluded.model,
        state = excluded.state, probability = excluded.probability, evidence_count = excluded.evidence_count,
        last_practiced_at = excluded.last_practiced_at, mastered_at = excluded.mastered_at
    ), learners AS (
      UPDATE learner_state l
      SET model = :model, state = {_state("learner_state", "g.place")}, attempt_count = g.attempt_count
      FROM unnest(:learner_ids::uuid[], :attempt_counts::int[])
        WITH ORDINALITY AS g(id, attempt_count, place)
      WHERE l.organization_id = :tenant AND l.learner_id = g.id
    ), items AS (
      UPDATE item_parameter p SET model = :model, state = {_state("item_state", "g.place")},
        difficulty = g.difficulty, standard_error = g.standard_error, evidence_count = g.evidence_count
      FROM unnest(:item_ids::uuid[], :difficulties::float8[], :standard_errors::float8[], :item_counts::int[])
        WITH ORDINALITY AS g(id, difficulty, standard_error, evidence_count, place)
      WHERE p.organization_id = :tenant AND p.item_id = g.id
    ), sessions AS (
      UPDATE practice_session s SET attempt_count = s.attempt_count + g.added,
        last_attempt_at = greatest(s.last_attempt_at, g.last_attempt_at)
      FROM unnest(:session_ids::uuid[], :session_counts::int[], :session_ats::timestamptz[])
        AS g(id, added, last_attempt_at)
      WHERE s.organization_id = :tenant AND s.id = g.id
    ), externals AS (
      INSERT INTO attempt_external_id (organization_id, source, external_id, attempt_id)
      SELECT :tenant, :source, g.* FROM unnest(:external_ids::text[], :external_attempts::uuid[]) AS g
    ), keys AS (
      INSERT INTO idempotency_key (organization_id, user_id, mutation, key, digest, result, created_at)
      SELECT :tenant, g.*, :now
      FROM unnest(:key_users::uuid[], :key_mutations::text[], :keys::text[], :digests::bytea[],
        :results::jsonb[]) AS g
    ), given AS (
      SELECT * FROM unnest(:event_ids::uuid[], :topics::text[], :payloads::jsonb[]) AS g(id, topic, payload)
    ), numbered AS (
      INSERT INTO topic (organization_id, name, seq) SELECT :tenant, topic, 1 FROM given ORDER BY topic
      ON CONFLICT (name, organization_id) DO UPDATE SET seq = topic.seq + 1 RETURNING name, seq
    )
    INSERT INTO event (organization_id, id, topic, seq, kind, payload, at)
    SELECT :tenant, g.id, g.topic, n.seq, :kind, g.payload, :now
    FROM given g JOIN numbered n ON n.name = g.topic
""")

_ALREADY_IN = sql("""
    SELECT external_id FROM attempt_external_id WHERE source = :source AND external_id = ANY(:external_ids)
""")
_CLASSROOMS = sql("""
    SELECT id, classroom_id FROM practice_session WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE
""")


async def record_bulk(
    work: UnitOfWork,
    attempts: Sequence[NewAttempt],
    *,
    source: str | None = None,
    classroom_id: uuid.UUID | None = None,
) -> list[JudgedAttempt]:
    """Judge and write scored attempts in this order, of any learners; nine statements, however many.

    With a `source`, attempts whose `external_id` is known there, or came before in this call, are left out:
    the answer holds those that were recorded. `classroom_id` is the class of attempts without a session.
    Learners, items with their versions, and sessions must exist. Keep a call to some thousands: it is one
    transaction.
    """
    if source is not None:
        attempts = await not_yet_in(work, source, attempts, set())
    if not attempts:
        return []
    states = await load_states(work, {(each.learner_id, each.item_id) for each in attempts})
    judged = fold(states, attempts)
    session_ids = {attempt.session_id for attempt in attempts if attempt.session_id is not None}
    classrooms: dict[uuid.UUID, uuid.UUID | None] = {}
    if session_ids:
        rows = await work.fetch(_CLASSROOMS, ids=list(session_ids))
        classrooms = {row.id: row.classroom_id for row in rows}
    await write_attempts(
        work, states, judged, classrooms=classrooms, classroom_id=classroom_id, source=source
    )
    return judged


async def write_attempts(
    work: UnitOfWork,
    states: States,
    judged: Sequence[JudgedAttempt],
    *,
    classrooms: Mapping[uuid.UUID, uuid.UUID | None],
    classroom_id: uuid.UUID | None = None,
    source: str | None = None,
    keys: Sequence[UsedKey] = (),
) -> None:
    """Write attempts with all they changed, count them in their sessions, and tell each learner's topic once.

    `states` are those that `fold` moved; their rows must be locked. One statement.
    """
    values = values_of(
        states, judged, classrooms=classrooms, classroom_id=classroom_id, source=source, keys=keys
    )
    await write_values(work, values)


def values_of(
    states: States,
    judged: Sequence[JudgedAttempt],
    *,
    classrooms: Mapping[uuid.UUID, uuid.UUID | None] | None = None,
    classroom_id: uuid.UUID | None = None,
    source: str | None = None,
    keys: Sequence[UsedKey] = (),
) -> dict[str, Any]:
    """All that is written of attempts, as the states are now."""
    events = attempt_event.payloads(judged, classrooms or {}, classroom_id)
    return {
        **columns(states, judged, source, keys),
        "model": states.model.name,
        "event_ids": [new_id() for _ in events],
        "topics": [learner_topic(learner_id) for learner_id in events],
        "payloads": list(events.values()),
        "kind": attempt_event.KIND,
    }


async def write_values(work: UnitOfWork, values: Mapping[str, Any]) -> None:
    """Write what `values_of` gave; learners and items must be locked since their states were read."""
    await work.execute(_WRITE, tenant=work.tenant, now=work.now, **values)
    for topic in values["topics"]:
        work.after_commit(topic)


async def not_yet_in(
    reader: Reader, source: str, attempts: Sequence[NewAttempt], known: set[str]
) -> Sequence[NewAttempt]:
    """Those whose external id is neither stored nor in `known`, which takes in theirs."""
    names = [attempt.external_id for attempt in attempts if attempt.external_id is not None]
    if not names:
        return attempts
    rows = await reader.fetch(_ALREADY_IN, source=source, external_ids=names)
    stored = {row.external_id for row in rows}
    fresh = []
    for attempt in attempts:
        name = attempt.external_id
        if name is None or (name not in stored and name not in known):
            fresh.append(attempt)
            if name is not None:
                known.add(name)
    return fresh
