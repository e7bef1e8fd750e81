"""Recomputed equals stored: every attempt is judged again from what is kept of it, learner by learner.

A learner's states follow from the learner's attempts alone, since each attempt keeps the item's state that
it was judged with. Items are followed along the same way: what an attempt makes of an item must be the state
that the item's next attempt was judged with, or the item's stored state after the last. Equality is exact.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.kit.database import Reader, Row
from app.kit.statements import sql
from app.mastery.packed_states import unpacked
from app.practice.judging import Judgement, judge
from app.science.estimate import State
from app.science.mastery_level import MasteryLevel
from app.science.mastery_model import MasteryModel, model_named

SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;"
"""Open the unit of work with this, so that answers given meanwhile do not look like differences."""

_LEARNERS = sql("""
    SELECT organization_id, learner_id, model, state, attempt_count FROM learner_state
    WHERE (learner_id, organization_id) > (:learner_id::uuid, :organization_id::uuid)
    ORDER BY learner_id, organization_id LIMIT 200
""")
_ATTEMPTS = sql("""
    SELECT a.id, a.item_id, a.score, a.hints_used, a.answered_at, a.model, a.predicted, a.points,
           a.item_state, a.item_evidence, a.learner_evidence, c.skill_ids, c.references, c.said,
           coalesce(n.model, p.model) AS next_model, coalesce(n.item_state, p.state) AS next_state
    FROM attempt a
    CROSS JOIN LATERAL (
      SELECT coalesce(array_agg(c.skill_id ORDER BY c.skill_id), '{}') AS skill_ids,
             coalesce(array_agg(c.reference_difficulty ORDER BY c.skill_id), '{}') AS references,
             coalesce(array_agg(ROW(c.before, c.after, c.evidence_count) ORDER BY c.skill_id), '{}') AS said
      FROM mastery_change c WHERE c.organization_id = a.organization_id AND c.attempt_id = a.id) c
    LEFT JOIN attempt n ON n.organization_id = a.organization_id AND n.item_id = a.item_id
      AND n.item_evidence = a.item_evidence + 1
    LEFT JOIN item_parameter p ON p.organization_id = a.organization_id AND p.item_id = a.item_id
      AND p.evidence_count = a.item_evidence + 1
    WHERE a.organization_id = :organization_id AND a.learner_id = :learner_id
    ORDER BY a.learner_evidence
""")
_MASTERY = sql("""
    SELECT skill_id, model, state, probability, evidence_count, last_practiced_at, mastered_at FROM mastery
    WHERE organization_id = :organization_id AND learner_id = :learner_id ORDER BY skill_id
""")
_MISCOUNTED_ITEMS = sql("""
    SELECT p.item_id, p.evidence_count, count(a.id) AS attempts, count(DISTINCT a.item_evidence) AS numbers
    FROM item_parameter p LEFT JOIN attempt a ON a.organization_id = p.organization_id AND a.item_id =
    p.item_id GROUP BY p.organization_id, p.item_id, p.evidence_count
    HAVING p.evidence_count <> count(a.id) OR count(a.id) <> count(DISTINCT a.item_evidence) LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored figure that recomputation does not give: whose, which, and both values."""

    kind: str
    id: uuid.UUID
    figure: str
    stored: Any
    recomputed: Any


@dataclass(slots=True)
class _Skill:
    """A skill as recomputed."""

    model: str
    state: State
    probability: float
    evidence_count: int
    mastered_at: datetime | None


async def _unheard(learners: int) -> None:
    pass


async def verify_mastery(
    reader: Reader, most: int = 100, told: Callable[[int], Awaitable[None]] = _unheard
) -> list[Difference]:
    """Judge all attempts that the reader sees again; at most so many differences, none when all is equal.

    One learner is in memory at a time. `told` hears after each how many are done.
    """
    done = 0
    rows = await reader.fetch(_MISCOUNTED_ITEMS, limit=most)
    found = [
        Difference("item", row.item_id, "evidence_count", row.evidence_count, row.attempts) for row in rows
    ]
    last = (uuid.UUID(int=0), uuid.UUID(int=0))
    while len(found) < most:
        learners = await reader.fetch(_LEARNERS, learner_id=last[0], organization_id=last[1])
        if not learners:
            break
        for learner in learners:
            found += await _verify_learner(reader, learner)
            done += 1
            await told(done)
        last = learners[-1].learner_id, learners[-1].organization_id
    return found[:most]


async def _verify_learner(reader: Reader, stored: Row) -> list[Difference]:
    whose = {"organization_id": stored.organization_id, "learner_id": stored.learner_id}
    attempts = await reader.fetch(_ATTEMPTS, **whose)
    replay = _Replay(model_named(attempts[0].model if attempts else stored.model))
    for number, attempt in enumerate(attempts):
        replay.expect("attempt", attempt.id, "learner_evidence", attempt.learner_evidence, number)
        replay.fold(attempt)
    learner_id = stored.learner_id
    replay.expect("learner", learner_id, "attempt_count", stored.attempt_count, len(attempts))
    replay.expect("learner", learner_id, "state", tuple(stored.state), replay.learner)
    rows = {row.skill_id: row for row in await reader.fetch(_MASTERY, **whose)}
    replay.expect("learner", learner_id, "skills", sorted(rows), sorted(replay.skills))
    for skill_id in rows.keys() & replay.skills.keys():
        replay.compare_skill(skill_id, rows[skill_id])
    return replay.differences


class _Replay:
    """One learner's attempts judged again."""

    def __init__(self, model: MasteryModel) -> None:
        self.differences: list[Difference] = []
        self.skills: dict[uuid.UUID, _Skill] = {}
        self.model = model
        self.learner = model.new_learner()

    def expect(self, kind: str, identifier: uuid.UUID, figure: str, stored: Any, recomputed: Any) -> None:
        """Note a difference unless both are equal."""
        if stored != recomputed:
            self.differences.append(Difference(kind, identifier, figure, stored, recomputed))

    def fold(self, attempt: Row) -> None:
        """Judge an attempt and compare all that is stored with it."""
        if attempt.model != self.model.name:
            self.model = model_named(attempt.model)
            self.learner = self.model.new_learner()
        before = [self._state(skill_id) for skill_id in attempt.skill_ids]
        judged = judge(
            self.model, self.learner, before, tuple(attempt.item_state), attempt.references,
            attempt.score, attempt.hints_used, attempt.answered_at.timestamp(),
        )  # fmt: skip
        self.learner = judged.update.learner
        said = [(each.before, each.after, each.evidence_count) for each in judged.skills]
        self.expect("attempt", attempt.id, "predicted", attempt.predicted, judged.update.predicted)
        self.expect("attempt", attempt.id, "points", attempt.points, judged.points)
        self.expect("attempt", attempt.id, "mastery changes", [tuple(each) for each in attempt.said], said)
        self._compare_item(attempt, judged)
        for skill_id, state, each in zip(attempt.skill_ids, judged.update.skills, judged.skills, strict=True):
            known = self.skills.get(skill_id)
            mastered_at = known.mastered_at if known else None
            if mastered_at is None and each.level is MasteryLevel.MASTERED:
                mastered_at = attempt.answered_at
            self.skills[skill_id] = _Skill(
                self.model.name, state, each.after, each.evidence_count, mastered_at
            )

    def compare_skill(self, skill_id: uuid.UUID, row: Row) -> None:
        """Compare a stored skill with the recomputed one."""
        skill = self.skills[skill_id]
        _, at = model_named(skill.model).evidence(skill.state)
        practised_at = datetime.fromtimestamp(at or 0.0, UTC)
        self.expect("skill", skill_id, "model", row.model, skill.model)
        self.expect("skill", skill_id, "state", unpacked(row.state), skill.state)
        self.expect("skill", skill_id, "probability", row.probability, skill.probability)
        self.expect("skill", skill_id, "evidence_count", row.evidence_count, skill.evidence_count)
        self.expect("skill", skill_id, "last_practiced_at", row.last_practiced_at, practised_at)
        self.expect("skill", skill_id, "mastered_at", row.mastered_at, skill.mastered_at)

    def _state(self, skill_id: uuid.UUID) -> State:
        known = self.skills.get(skill_id)
        return known.state if known and known.model == self.model.name else self.model.new_skill()

    def _compare_item(self, attempt: Row, judged: Judgement) -> None:
        if attempt.item_evidence == 0:
            new = self.model.new_item()
            self.expect("item", attempt.item_id, "first state", tuple(attempt.item_state), new)
        if attempt.next_state is None:
            self.expect("item", attempt.item_id, "evidence_count", attempt.item_evidence, "a next attempt")
        elif attempt.next_model == self.model.name:
            after = tuple(attempt.next_state)
            self.expect(
                "item", attempt.item_id, f"state {attempt.item_evidence + 1}", after, judged.update.item
            )
        else:
            new = model_named(attempt.next_model).new_item()
            self.expect("item", attempt.item_id, "state anew", tuple(attempt.next_state), new)
