"""What is believed of the learners and items at hand: loaded under locks, moved in memory, written back once.

Learners' rows are locked first, then items', each in the order of their ids; so live answers, batches and
imports wait for each other but never in a circle.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from app.kit.database import Reader, Row, UnitOfWork
from app.kit.statements import sql
from app.mastery.packed_states import unpacked
from app.science.estimate import State
from app.science.mastery_model import MasteryModel, model_named, model_names

_CREATE_LEARNERS = sql("""
    INSERT INTO learner_state (organization_id, learner_id, model, state)
    SELECT :tenant, id, :model, :state FROM unnest(:ids::uuid[]) AS g(id) ON CONFLICT DO NOTHING
""")
_LOCK_LEARNERS = sql("""
    SELECT learner_id AS id, model, state, attempt_count AS evidence FROM learner_state
    WHERE learner_id = ANY(:ids) ORDER BY learner_id FOR UPDATE
""")
_CREATE_ITEMS = sql("""
    INSERT INTO item_parameter (organization_id, item_id, model, state, difficulty, standard_error)
    SELECT :tenant, id, :model, :state, :difficulty, :standard_error FROM unnest(:ids::uuid[]) AS g(id)
    ON CONFLICT DO NOTHING
""")
_LOCK_ITEMS = sql("""
    SELECT item_id AS id, model, state, evidence_count AS evidence FROM item_parameter
    WHERE item_id = ANY(:ids) ORDER BY item_id FOR UPDATE
""")
_SKILLS_OF_ITEMS = sql("""
    SELECT x.item_id, x.skill_id, s.reference_difficulty FROM item_skill x
    JOIN skill s ON s.organization_id = x.organization_id AND s.id = x.skill_id
    WHERE x.item_id = ANY(:ids) ORDER BY x.item_id, x.skill_id
""")
_MASTERY = sql("""
    SELECT m.id, m.learner_id, m.skill_id, m.model, m.state, m.probability, m.mastered_at
    FROM unnest(:learner_ids::uuid[], :skill_ids::uuid[]) AS g(learner_id, skill_id)
    JOIN mastery m
      ON m.organization_id = :tenant AND m.learner_id = g.learner_id AND m.skill_id = g.skill_id
""")


class SkillBelief(NamedTuple):
    """A learner's skill: its row, its state, the chance after the last answer, when it was first mastered."""

    mastery_id: uuid.UUID
    state: State
    probability: float | None
    mastered_at: datetime | None


@dataclass(slots=True)
class States:
    """States by id, each with the number of attempts folded in; `references` are difficulties in logits.

    A state of another model than `model` begins anew, since its numbers mean something else.
    """

    model: MasteryModel
    learners: dict[uuid.UUID, tuple[State, int]] = field(default_factory=dict)
    items: dict[uuid.UUID, tuple[State, int]] = field(default_factory=dict)
    item_skills: dict[uuid.UUID, list[uuid.UUID]] = field(default_factory=dict)
    references: dict[uuid.UUID, float] = field(default_factory=dict)
    skills: dict[tuple[uuid.UUID, uuid.UUID], SkillBelief] = field(default_factory=dict)

    def of_model(self, model: str, state: Sequence[float], new: State) -> State:
        """The stored state, or a new one when another model wrote it."""
        return tuple(state) if model == self.model.name else new


def current_model() -> MasteryModel:
    """The model that new attempts are judged by."""
    return model_named(model_names()[0])


async def load_states(work: UnitOfWork, pairs: Collection[tuple[uuid.UUID, uuid.UUID]]) -> States:
    """Lock and load what attempts of these learners on these items need; six statements, however many."""
    states = States(current_model())
    await _lock_learners(work, states, sorted({learner_id for learner_id, _ in pairs}))
    await _lock_items(work, states, sorted({item_id for _, item_id in pairs}))
    for row in await work.fetch(_SKILLS_OF_ITEMS, ids=list(states.items)):
        states.item_skills.setdefault(row.item_id, []).append(row.skill_id)
        states.references[row.skill_id] = row.reference_difficulty
    await _load_skills(work, states, pairs)
    return states


async def _load_skills(
    work: UnitOfWork, states: States, pairs: Collection[tuple[uuid.UUID, uuid.UUID]]
) -> None:
    wanted = {
        (learner_id, skill_id)
        for learner_id, item_id in pairs
        for skill_id in states.item_skills.get(item_id, ())
    }
    await read_skills(work, states, wanted)


async def read_skills(
    reader: Reader, states: States, wanted: Collection[tuple[uuid.UUID, uuid.UUID]]
) -> None:
    """Take in what is stored of these skills of learners."""
    learner_ids = [learner_id for learner_id, _ in wanted]
    skill_ids = [skill_id for _, skill_id in wanted]
    tenant, new_skill = reader.organization_id, states.model.new_skill()
    for row in await reader.fetch(_MASTERY, tenant=tenant, learner_ids=learner_ids, skill_ids=skill_ids):
        state = states.of_model(row.model, unpacked(row.state), new_skill)
        belief = SkillBelief(row.id, state, row.probability, row.mastered_at)
        states.skills[row.learner_id, row.skill_id] = belief


async def create_item_states(work: UnitOfWork, item_ids: Sequence[uuid.UUID]) -> None:
    """Give items a state before their first attempt; `item_ids` sorted."""
    model = current_model()
    state = model.new_item()
    difficulty, standard_error = model.item_difficulty(state)
    await work.execute(
        _CREATE_ITEMS,
        tenant=work.tenant,
        model=model.name,
        state=state,
        difficulty=difficulty,
        standard_error=standard_error,
        ids=item_ids,
    )


async def create_learner_states(work: UnitOfWork, learner_ids: Sequence[uuid.UUID]) -> None:
    """Give learners a state before their first attempt; `learner_ids` sorted."""
    model = current_model()
    state = model.new_learner()
    await work.execute(_CREATE_LEARNERS, tenant=work.tenant, model=model.name, state=state, ids=learner_ids)


async def lock_learners(work: UnitOfWork, ids: list[uuid.UUID]) -> list[Row]:
    """The learners' states, made where missing, locked; `ids` sorted."""
    await create_learner_states(work, ids)
    return await work.fetch(_LOCK_LEARNERS, ids=ids)


async def _lock_learners(work: UnitOfWork, states: States, ids: list[uuid.UUID]) -> None:
    rows = await lock_learners(work, ids)
    states.learners.update(_loaded(states, rows, states.model.new_learner()))


async def lock_items(work: UnitOfWork, ids: list[uuid.UUID]) -> list[Row]:
    """The items' states, made where missing, locked; `ids` sorted."""
    await create_item_states(work, ids)
    return await work.fetch(_LOCK_ITEMS, ids=ids)


async def _lock_items(work: UnitOfWork, states: States, ids: list[uuid.UUID]) -> None:
    rows = await lock_items(work, ids)
    states.items.update(_loaded(states, rows, states.model.new_item()))


def _loaded(states: States, rows: Sequence[Row], new: State) -> dict[uuid.UUID, tuple[State, int]]:
    return {row.id: (states.of_model(row.model, row.state, new), row.evidence) for row in rows}
