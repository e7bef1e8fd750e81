"""The columns that judged attempts are written from: an array for each, in the order of their tables.

States of learners and items travel as one flat array with its width, since `unnest` takes arrays of arrays
apart.
"""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, NamedTuple

from app.mastery.packed_states import packed
from app.practice.folding import JudgedAttempt, JudgedChange
from app.practice.states import States


class UsedKey(NamedTuple):
    """An idempotency key to be remembered with what came of it (JSON)."""

    user_id: uuid.UUID
    mutation: str
    key: str
    digest: bytes
    result: dict[str, Any]


def columns(
    states: States, judged: Sequence[JudgedAttempt], source: str | None, keys: Sequence[UsedKey]
) -> dict[str, Any]:
    """All arrays by their names; the states are those after the attempts."""
    return {
        **_attempts(judged),
        **_changes(judged),
        **_mastery(states, judged),
        **_learners(states, judged),
        **_items(states, judged),
        **_sessions(judged),
        **_externals(judged, source),
        **_keys(keys),
    }


def _attempts(judged: Sequence[JudgedAttempt]) -> dict[str, Any]:
    ids, attempts, predictions, points, used, item_evidences, learner_evidences, _ = zip(*judged, strict=True)
    (learners, items, versions, scores, corrects, answered_ats, sessions, responses, feedbacks, durations,
     hints, _) = zip(*attempts, strict=True)  # fmt: skip
    return {
        "attempt_ids": ids,
        "attempt_learners": learners,
        "attempt_sessions": sessions,
        "attempt_items": items,
        "versions": versions,
        "responses": responses,
        "corrects": corrects,
        "scores": scores,
        "feedbacks": feedbacks,
        "points": points,
        "durations": durations,
        "hints": hints,
        "answered_ats": answered_ats,
        "predictions": predictions,
        "item_evidences": item_evidences,
        "learner_evidences": learner_evidences,
        "used_states": list(chain.from_iterable(used)),
        "used_state_width": len(used[0]),
    }


def _changes(judged: Sequence[JudgedAttempt]) -> dict[str, Any]:
    changes: list[JudgedChange] = []
    of: list[JudgedAttempt] = []
    for each in judged:
        for change in each.changes:
            changes.append(change)
            of.append(each)
    columns = list(zip(*changes, strict=True)) if changes else [()] * len(JudgedChange._fields)
    ids, mastery, skills, befores, afters, references, evidences, _, _ = columns
    return {
        "change_ids": ids,
        "change_attempts": [each.id for each in of],
        "change_learners": [each.attempt.learner_id for each in of],
        "change_skills": skills,
        "change_mastery": mastery,
        "befores": befores,
        "afters": afters,
        "references": references,
        "change_evidences": evidences,
        "change_ats": [each.attempt.answered_at for each in of],
    }


def _mastery(states: States, judged: Sequence[JudgedAttempt]) -> dict[str, Any]:
    touched = {(each.attempt.learner_id, change.skill_id): None for each in judged for change in each.changes}
    beliefs = [states.skills[pair] for pair in touched]
    evidence = [states.model.evidence(belief.state) for belief in beliefs]
    return {
        "mastery_ids": [belief.mastery_id for belief in beliefs],
        "mastery_learners": [learner_id for learner_id, _ in touched],
        "mastery_skills": [skill_id for _, skill_id in touched],
        "probabilities": [belief.probability for belief in beliefs],
        "evidences": [count for count, _ in evidence],
        "practiced_ats": [datetime.fromtimestamp(at or 0.0, UTC) for _, at in evidence],
        "mastered_ats": [belief.mastered_at for belief in beliefs],
        "skill_states": [packed(belief.state) for belief in beliefs],
    }


def _learners(states: States, judged: Sequence[JudgedAttempt]) -> dict[str, Any]:
    touched = {each.attempt.learner_id: None for each in judged}
    found = [states.learners[learner_id] for learner_id in touched]
    return {
        "learner_ids": list(touched),
        "attempt_counts": [count for _, count in found],
        "learner_states": list(chain.from_iterable(state for state, _ in found)),
        "learner_state_width": len(states.model.new_learner()),
    }


def _items(states: States, judged: Sequence[JudgedAttempt]) -> dict[str, Any]:
    touched = {each.attempt.item_id: None for each in judged}
    found = [states.items[item_id] for item_id in touched]
    difficulties = [states.model.item_difficulty(state) for state, _ in found]
    return {
        "item_ids": list(touched),
        "item_counts": [count for _, count in found],
        "difficulties": [difficulty for difficulty, _ in difficulties],
        "standard_errors": [error for _, error in difficulties],
        "item_states": list(chain.from_iterable(state for state, _ in found)),
        "item_state_width": len(states.model.new_item()),
    }


def _sessions(judged: Sequence[JudgedAttempt]) -> dict[str, Any]:
    counts: dict[uuid.UUID, int] = {}
    lasts: dict[uuid.UUID, datetime] = {}
    for each in judged:
        session_id, at = each.attempt.session_id, each.attempt.answered_at
        if session_id is not None:
            counts[session_id] = counts.get(session_id, 0) + 1
            lasts[session_id] = max(lasts.get(session_id, at), at)
    return {
        "session_ids": list(counts),
        "session_counts": list(counts.values()),
        "session_ats": list(lasts.values()),
    }


def _externals(judged: Sequence[JudgedAttempt], source: str | None) -> dict[str, Any]:
    named = [(each.attempt.external_id, each.id) for each in judged if source and each.attempt.external_id]
    return {
        "source": source,
        "external_ids": [external_id for external_id, _ in named],
        "external_attempts": [attempt_id for _, attempt_id in named],
    }


def _keys(keys: Sequence[UsedKey]) -> dict[str, Any]:
    return {
        "key_users": [each.user_id for each in keys],
        "key_mutations": [each.mutation for each in keys],
        "keys": [each.key for each in keys],
        "digests": [each.digest for each in keys],
        "results": [each.result for each in keys],
    }
