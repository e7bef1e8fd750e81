"""Judging the next batch of an import while the last one is written.

States are kept in memory from one batch to the next and read without locks where they are new. Under its
locks a batch then looks whether learners and items are at the counts of attempts that it was judged from;
when others answered meanwhile, it is judged again from what is there, and so is the next, judged from it.
"""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.kit.database import Reader, UnitOfWork
from app.kit.statements import sql
from app.practice.attempt_writer import not_yet_in, values_of, write_values
from app.practice.folding import JudgedAttempt, NewAttempt, fold
from app.practice.states import (
    States,
    current_model,
    load_states,
    lock_items,
    lock_learners,
    read_skills,
)

MOST_HELD = 150_000
"""Learners, items and skills of learners whose states are kept; each takes about half a kilobyte."""
_AT_ONCE = 50
"""Attempts judged before what is being sent to the database gets a turn."""

_LEARNERS = sql("""
    SELECT learner_id AS id, model, state, attempt_count AS evidence FROM learner_state
    WHERE learner_id = ANY(:ids)
""")
_ITEMS = sql("""
    SELECT item_id AS id, model, state, evidence_count AS evidence FROM item_parameter
    WHERE item_id = ANY(:ids)
""")
_SKILLS_OF_ITEMS = sql("""
    SELECT item_id, skill_id FROM item_skill WHERE item_id = ANY(:ids) ORDER BY item_id, skill_id
""")
_REFERENCES = sql("SELECT id, reference_difficulty FROM skill WHERE id = ANY(:ids)")


@dataclass(slots=True)
class HeldStates:
    """States as they will be once all that was judged is written."""

    states: States = field(default_factory=lambda: States(current_model()))
    pairs: set[tuple[uuid.UUID, uuid.UUID]] = field(default_factory=set)
    """Learners' skills that were looked up, whether there is anything of them or not."""
    outdated: bool = False
    """Whether others have answered meanwhile."""

    @property
    def is_spent(self) -> bool:
        """Whether it is time to forget, once all that was judged is written."""
        held = len(self.states.learners) + len(self.states.items) + len(self.pairs)
        return self.outdated or held > MOST_HELD

    def forget(self) -> None:
        """Read everything anew from now on."""
        self.states = States(current_model())
        self.pairs = set()
        self.outdated = False

    async def read(
        self,
        reader: Reader,
        attempts: Sequence[NewAttempt],
        new_items: Mapping[uuid.UUID, Sequence[uuid.UUID]],
    ) -> None:
        """Read what these attempts need and is not held; `new_items` have skills, and are not stored yet."""
        states = self.states
        learners = list({each.learner_id for each in attempts} - states.learners.keys())
        items = list({each.item_id for each in attempts} - states.items.keys())
        await self._read_learners(reader, learners)
        await self._read_items(reader, items, new_items)
        wanted = {
            (each.learner_id, skill_id)
            for each in attempts
            for skill_id in states.item_skills.get(each.item_id, ())
        } - self.pairs
        if wanted:
            await read_skills(reader, states, wanted)
            self.pairs |= wanted

    async def _read_learners(self, reader: Reader, ids: list[uuid.UUID]) -> None:
        if ids:
            states, new = self.states, self.states.model.new_learner()
            states.learners.update(dict.fromkeys(ids, (new, 0)))
            for row in await reader.fetch(_LEARNERS, ids=ids):
                states.learners[row.id] = states.of_model(row.model, row.state, new), row.evidence

    async def _read_items(
        self, reader: Reader, ids: list[uuid.UUID], new_items: Mapping[uuid.UUID, Sequence[uuid.UUID]]
    ) -> None:
        if not ids:
            return
        states, new = self.states, self.states.model.new_item()
        states.items.update(dict.fromkeys(ids, (new, 0)))
        for row in await reader.fetch(_ITEMS, ids=ids):
            states.items[row.id] = states.of_model(row.model, row.state, new), row.evidence
        for row in await reader.fetch(_SKILLS_OF_ITEMS, ids=ids):
            states.item_skills.setdefault(row.item_id, []).append(row.skill_id)
        for item_id, skill_ids in new_items.items():
            states.item_skills[item_id] = sorted(skill_ids)
        skills = {skill_id for item_id in ids for skill_id in states.item_skills.get(item_id, ())}
        unknown = skills - states.references.keys()
        if unknown:
            states.references.update(dict.fromkeys(unknown, 0.0))
            for row in await reader.fetch(_REFERENCES, ids=list(unknown)):
                states.references[row.id] = row.reference_difficulty


@dataclass(frozen=True, slots=True)
class JudgedBatch:
    """Attempts judged and ready to be written, and the counts of attempts that they were judged from."""

    attempts: Sequence[NewAttempt]
    judged: Sequence[JudgedAttempt]
    values: Mapping[str, Any]
    learners: Mapping[uuid.UUID, int]
    items: Mapping[uuid.UUID, int]


async def judge_ahead(
    reader: Reader,
    held: HeldStates,
    attempts: Sequence[NewAttempt],
    new_items: Mapping[uuid.UUID, Sequence[uuid.UUID]],
    *,
    source: str,
    classroom_id: uuid.UUID | None,
    known: set[str],
) -> JudgedBatch:
    """Judge attempts of an import in this order; none of them has a session.

    Those whose external id is stored, or in `known`, are left out; `known` takes in the others' ids.
    """
    attempts = await not_yet_in(reader, source, attempts, known)
    await held.read(reader, attempts, new_items)
    states = held.states
    learners = {each.learner_id: states.learners[each.learner_id][1] for each in attempts}
    items = {each.item_id: states.items[each.item_id][1] for each in attempts}
    judged: list[JudgedAttempt] = []
    for start in range(0, len(attempts), _AT_ONCE):
        judged += fold(states, attempts[start : start + _AT_ONCE])
        await asyncio.sleep(0)
    values = values_of(states, judged, classroom_id=classroom_id, source=source) if judged else {}
    return JudgedBatch(attempts, judged, values, learners, items)


async def write_judged(
    work: UnitOfWork, held: HeldStates, batch: JudgedBatch, *, source: str, classroom_id: uuid.UUID | None
) -> int:
    """Write a batch, judged again if others answered meanwhile; how many attempts were recorded."""
    if not batch.judged:
        return 0
    learners = await lock_learners(work, sorted(batch.learners))
    items = await lock_items(work, sorted(batch.items))
    values = batch.values
    # What came before it in memory was judged again: that moved states, though no counts.
    is_old = held.outdated or _counts(learners) != batch.learners or _counts(items) != batch.items
    if is_old:
        held.outdated = True
        states = await load_states(work, {(each.learner_id, each.item_id) for each in batch.attempts})
        values = values_of(states, fold(states, batch.attempts), classroom_id=classroom_id, source=source)
    await write_values(work, values)
    return len(batch.judged)


def _counts(rows: Sequence[Any]) -> dict[uuid.UUID, int]:
    return {row["id"]: row["evidence"] for row in rows}
