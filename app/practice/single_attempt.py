"""Writing one judged attempt of a session: what `attempt_writer` does for many, without arrays.

Half of what learners cost is this statement, so it is written out for each number of skills, met before or
not: PostgreSQL starts no function scans and joins for it, and no array is encoded.

It goes by what was read before. Learner, item and session are updated first, in this order, each only as it
was read; when one has changed since, `overtaken()` undoes everything. Policies alone keep it within the
organization: a second condition that says the same costs a plan node for each table.
"""

import uuid
from datetime import UTC, datetime
from functools import cache
from typing import Any

from app.content.item import ItemFacts
from app.kit.database import Writer
from app.kit.ids import new_id
from app.kit.statements import Statement, sql
from app.mastery.packed_states import packed
from app.practice import attempt_event
from app.practice.answer_scoring import OpenSession
from app.practice.attempt_columns import UsedKey
from app.practice.folding import JudgedAttempt, JudgedChange
from app.practice.states import States
from app.realtime.event_log import learner_topic

_CHANGE = """(:tenant, :change_id_{0}, :id, :learner_id, :skill_{0}, :mastery_{0}, :before_{0}::float8,
        :after_{0}::float8, :reference_{0}::float8, :evidence_{0}, :answered_at)"""
_NEW_MASTERY = """(:tenant, :mastery_{0}, :learner_id, :skill_{0}, :model, :state_{0}::bytea,
        :after_{0}::float8, :count_{0}::int, :practiced_at_{0}, :mastered_at_{0}::timestamptz)"""
_MASTERY = """, mastery_{0} AS (
      UPDATE mastery SET model = :model, state = :state_{0}, probability = :after_{0}::float8,
        evidence_count = :count_{0}::int, last_practiced_at = :practiced_at_{0},
        mastered_at = :mastered_at_{0}::timestamptz
      WHERE id = :mastery_{0})"""
_ITEM = """, items AS (
      UPDATE item_parameter SET model = :model, state = :item_state, difficulty = :difficulty,
        standard_error = :standard_error, evidence_count = :item_count
      WHERE item_id = :item_id AND evidence_count = :item_evidence AND EXISTS (SELECT FROM learners)
      RETURNING item_id)"""
_NEW_ITEM = """, items AS (
      INSERT INTO item_parameter (organization_id, item_id, model, state, difficulty, standard_error,
        evidence_count)
      SELECT :tenant, :item_id::uuid, :model, :item_state::float8[], :difficulty::float8,
        :standard_error::float8, :item_count::int
      FROM learners RETURNING item_id)"""
_KEY = """, keys AS (
      INSERT INTO idempotency_key (organization_id, user_id, mutation, key, digest, result, created_at)
      VALUES (:tenant, :user_id, :mutation, :key, :digest, :result, :now))"""


@cache
def _statement(known: tuple[bool, ...], keyed: bool, first: bool) -> Statement:
    """The statement for skills of which some have a mastery row already, and for the first to an item."""
    places = range(len(known))
    new = [place for place in places if not known[place]]
    changes = ", ".join(_CHANGE.format(place) for place in places)
    masteries = ", ".join(_NEW_MASTERY.format(place) for place in new)
    skills = (
        f""", changes AS (
      INSERT INTO mastery_change (organization_id, id, attempt_id, learner_id, skill_id, mastery_id, before,
        after, reference_difficulty, evidence_count, answered_at) VALUES {changes})"""
        if known
        else ""
    )
    added = (
        f""", masteries AS (
      INSERT INTO mastery (organization_id, id, learner_id, skill_id, model, state, probability,
        evidence_count, last_practiced_at, mastered_at) VALUES {masteries})"""
        if new
        else ""
    )
    return sql(f"""
    WITH attempts AS (
      INSERT INTO attempt (organization_id, id, learner_id, session_id, item_id, item_version, response,
        correct, score, feedback, points, duration_ms, hints_used, answered_at, recorded_at, model,
        predicted, item_state, item_evidence, learner_evidence)
      VALUES (:tenant, :id, :learner_id, :session_id, :item_id, :version, :response, :correct, :score,
        :feedback, :points, :duration_ms, :hints, :answered_at, :now, :model, :predicted, :used_state,
        :item_evidence, :learner_evidence)
    ){skills}{added}{"".join(_MASTERY.format(place) for place in places if known[place])}, learners AS (
      UPDATE learner_state SET model = :model, state = :learner_state, attempt_count = :attempt_count
      WHERE learner_id = :learner_id AND attempt_count = :learner_evidence RETURNING learner_id
    ){_NEW_ITEM if first else _ITEM}, next AS (
      SELECT i.id, i.kind, i.version, v.content, i.retired_at, p.difficulty, p.standard_error
      FROM item i
      JOIN item_version v ON v.item_id = i.id AND v.version = i.version
      LEFT JOIN item_parameter p ON p.item_id = i.id
      WHERE i.id = :next_item_id AND i.withheld_at IS NULL
    ), sessions AS (
      UPDATE practice_session SET attempt_count = attempt_count + 1, next_item_id = (SELECT id FROM next),
        last_attempt_at = greatest(last_attempt_at, :answered_at)
      WHERE id = :session_id AND state = 'ACTIVE' AND next_item_id IS NOT DISTINCT FROM :answered_next::uuid
        AND EXISTS (SELECT FROM items)
        AND (NOT :confirms::boolean OR EXISTS (SELECT FROM next WHERE retired_at IS NULL))
      RETURNING id
    ){_KEY if keyed else ""}, numbered AS (
      INSERT INTO topic (organization_id, name, seq) VALUES (:tenant, :topic, 1)
      ON CONFLICT (name, organization_id) DO UPDATE SET seq = topic.seq + 1 RETURNING seq
    ), events AS (
      INSERT INTO event (organization_id, id, topic, seq, kind, payload, at)
      SELECT :tenant, :event_id::uuid, :topic, seq, :kind::text, :payload::jsonb, :now FROM numbered
    )
    SELECT n.*, CASE WHEN s.id IS NULL THEN overtaken() END
    FROM (VALUES (1)) AS one(row) LEFT JOIN sessions s ON true LEFT JOIN next n ON true
""")


async def write_attempt(
    work: Writer,
    states: States,
    judged: JudgedAttempt,
    session: OpenSession,
    *,
    next_item_id: uuid.UUID | None,
    known: tuple[bool, ...],
    key: UsedKey | None,
    confirms: bool = False,
    first: bool = False,
) -> ItemFacts | None:
    """Write an attempt with all it changed, the session's next item among it, and tell the learner's topic.

    `states` are those that `fold` moved; `known` says of each change whether its mastery row exists;
    `session` is as it was read; `first` says that the item's state has no row yet. The answer is the next
    item as it stands, retired or not; None when none is asked. Overtaken when something has changed since it
    was read, and with `confirms` when the next item is not asked any more.
    """
    attempt = judged.attempt
    payload = attempt_event.payload_of(judged, session.classroom_id)
    topic = learner_topic(attempt.learner_id)
    values: dict[str, Any] = {
        "tenant": work.tenant, "now": work.now, "model": states.model.name, "id": judged.id,
        "session_id": attempt.session_id, "version": attempt.item_version, "response": attempt.response,
        "correct": attempt.correct, "score": attempt.score, "feedback": attempt.feedback,
        "points": judged.points, "duration_ms": attempt.duration_ms, "hints": attempt.hints_used,
        "answered_at": attempt.answered_at, "predicted": judged.predicted, "used_state": judged.item_state,
        "item_evidence": judged.item_evidence, "learner_evidence": judged.learner_evidence,
        "next_item_id": next_item_id, "answered_next": session.next_item_id,
        "confirms": confirms, "topic": topic, "event_id": new_id(), "kind": attempt_event.KIND,
        "payload": payload,
        **_states(states, judged),
    }  # fmt: skip
    for place, change in enumerate(judged.changes):
        values.update(_change(states, attempt.learner_id, place, change))
    if key is not None:
        values.update(key._asdict())
    row = await work.write(_statement(known, key is not None, first), **values)
    work.after_commit(topic)
    return ItemFacts(*list(row.values())[:-1]) if row is not None and row["id"] is not None else None


def _states(states: States, judged: JudgedAttempt) -> dict[str, Any]:
    learner_id, item_id = judged.attempt.learner_id, judged.attempt.item_id
    learner, attempt_count = states.learners[learner_id]
    item, item_count = states.items[item_id]
    difficulty, standard_error = states.model.item_difficulty(item)
    return {
        "learner_id": learner_id, "learner_state": learner, "attempt_count": attempt_count,
        "item_id": item_id, "item_state": item, "item_count": item_count, "difficulty": difficulty,
        "standard_error": standard_error,
    }  # fmt: skip


def _change(states: States, learner_id: uuid.UUID, place: int, change: JudgedChange) -> dict[str, Any]:
    belief = states.skills[learner_id, change.skill_id]
    count, practiced_at = states.model.evidence(belief.state)
    values = {
        "change_id": change.id, "skill": change.skill_id, "mastery": change.mastery_id,
        "before": change.before, "after": change.after, "reference": change.reference_difficulty,
        "evidence": change.evidence_count, "state": packed(belief.state), "count": count,
        "practiced_at": datetime.fromtimestamp(practiced_at or 0.0, UTC), "mastered_at": belief.mastered_at,
    }  # fmt: skip
    return {f"{name}_{place}": value for name, value in values.items()}
