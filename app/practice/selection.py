"""Choosing a session's next item: of those nearest to the wanted difficulty by the learner's chance on each.

The choice is made when something is written and stored with the session; reading a session never decides.
"""

import math
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from app.kit.database import Reader
from app.kit.ids import moment_of, smallest_id_at
from app.kit.statements import sql
from app.mastery.packed_states import unpacked
from app.practice.item_pools import ItemPools, Pool, PooledItem
from app.practice.session_kind import SessionKind
from app.science import selection
from app.science.mastery_level import NEARLY_FROM
from app.science.mastery_model import MasteryModel, State, model_named, model_names

CANDIDATES = 12
"""Items nearest to the wanted difficulty for which the learner's chance is computed."""
RECENT = 50
"""The learner's last attempts whose items are offered only when nothing else is left."""
LATELY = timedelta(days=60)
"""How far back these attempts are looked for."""
CLOCKS_APART = timedelta(days=1)
"""How far the clocks that made ids may be apart; bounds on ids leave all but a few months of attempts out."""

_POOLS = ItemPools()
_PROSPECTS = sql("""
    SELECT s.*, r.*,
           ARRAY(SELECT item_id FROM attempt
                 WHERE organization_id = :tenant AND session_id = :session_id AND id > :session_from
                   AND id < :until) AS answered,
           ARRAY(SELECT item_id FROM attempt
                 WHERE organization_id = :tenant AND learner_id = :learner_id AND id > :recent_from
                   AND id < :until ORDER BY id DESC LIMIT :recent) AS recent
    FROM (
      SELECT array_agg(s.id) AS skill_ids, array_agg(s.reference_difficulty) AS references,
             array_agg(m.probability) AS probabilities,
             array_agg(CASE WHEN m.model = :model THEN m.state END) AS states
      FROM skill s LEFT JOIN mastery m
        ON m.organization_id = :tenant AND m.learner_id = :learner_id AND m.skill_id = s.id
      WHERE s.organization_id = :tenant AND s.id = ANY(:skill_ids)) s
    CROSS JOIN (
      SELECT array_agg(r.skill_id) AS dependents, array_agg(r.prerequisite_id) AS prerequisites,
             array_agg(b.probability) AS chances
      FROM skill_prerequisite r LEFT JOIN mastery b
        ON b.organization_id = :tenant AND b.learner_id = :learner_id AND b.skill_id = r.prerequisite_id
      WHERE r.organization_id = :tenant AND r.skill_id = ANY(:skill_ids)) r
""")
_OFFERED = sql("""
    SELECT EXISTS (SELECT FROM item WHERE organization_id = :tenant AND id = :item_id AND retired_at IS NULL
                   AND withheld_at IS NULL)
""")


@dataclass(slots=True)
class SkillProspect:
    """A learner's skill: the chance on an item of the reference difficulty (logits), None if never tried."""

    reference_difficulty: float
    probability: float | None
    state: State


@dataclass(slots=True)
class Prospects:
    """What a policy may know: the learner, its skills with their pools, and items it has met."""

    model: MasteryModel
    learner_state: State
    pools: Mapping[uuid.UUID, Pool]
    skills: dict[uuid.UUID, SkillProspect] = field(default_factory=dict)
    prerequisites: list[tuple[uuid.UUID, uuid.UUID]] = field(default_factory=list)
    """Edges (skill, prerequisite) of the skills."""
    chances: dict[uuid.UUID, float | None] = field(default_factory=dict)
    """The learner's chance in each prerequisite."""
    answered: set[uuid.UUID] = field(default_factory=set)
    """Items of the session, which never come again in it."""
    recent: set[uuid.UUID] = field(default_factory=set)

    def move(self, skill_id: uuid.UUID, state: State, probability: float | None) -> None:
        """Take in what an answer made of a skill."""
        known = self.skills.get(skill_id)
        if known is not None:
            known.state, known.probability = state, probability
        if skill_id in self.chances:
            self.chances[skill_id] = probability

    def blocked(self) -> set[uuid.UUID]:
        """The skills of which a prerequisite is not in place."""
        return {skill for skill, before in self.prerequisites if (self.chances[before] or 0.0) < NEARLY_FROM}


class SelectionPolicy(Protocol):
    """Chooses what comes next in a session."""

    def choose(
        self, prospects: Prospects, skill_ids: Sequence[uuid.UUID], at: float, chance: float
    ) -> uuid.UUID | None:
        """The next item for these skills at `at` (seconds since the epoch), None when nothing is left.

        `chance`, in [0, 1), picks among equals.
        """
        ...


@dataclass(frozen=True, slots=True)
class WithinBand:
    """Items on which the learner's chance of success lies within [lowest, highest], or nearest to it.

    Items of skills whose prerequisites are in place come first, then those not met lately. Items answered in
    the session, retired and external ones never come.
    """

    lowest: float
    highest: float

    def choose(
        self, prospects: Prospects, skill_ids: Sequence[uuid.UUID], at: float, chance: float
    ) -> uuid.UUID | None:
        """At most `CANDIDATES` predictions."""
        offered = [
            selection.Candidate(item.id.hex, _chance(prospects, item, at))
            for item in self._candidates(prospects, skill_ids, at)
        ]
        found = selection.next_item(offered, chance, lowest=self.lowest, highest=self.highest)
        return uuid.UUID(found.item_id) if found else None

    def _candidates(
        self, prospects: Prospects, skill_ids: Sequence[uuid.UUID], at: float
    ) -> list[PooledItem]:
        targets = self._targets(prospects, skill_ids, at)
        blocked = prospects.blocked()
        for held_back in (False, True):
            for lately in (False, True):
                # An item of several skills is found once for each; once is enough.
                near = sorted(
                    found
                    for skill_id, target in targets.items()
                    if (skill_id in blocked) is held_back
                    for found in islice(_near(prospects, skill_id, target, lately), CANDIDATES)
                )
                best = {item.id: item for _, _, item in near[:CANDIDATES]}
                if best:
                    return list(best.values())
        return []

    def _targets(
        self, prospects: Prospects, skill_ids: Sequence[uuid.UUID], at: float
    ) -> dict[uuid.UUID, float]:
        """The difficulty on which the learner would succeed with the wanted chance, by skill; in logits.

        Read off mastery, which is a chance on an item of the skill's reference difficulty.
        """
        model = prospects.model
        unknown = model.estimate(prospects.learner_state, model.new_skill(), 0.0, at).logit
        middle = (self.lowest + self.highest) / 2
        found = {}
        for skill_id in skill_ids:
            skill = prospects.skills.get(skill_id)
            if skill is not None:
                known = _logit(skill.probability) if skill.probability is not None else unknown
                found[skill_id] = skill.reference_difficulty - _logit(middle) + known
        return found


PRACTICE = WithinBand(selection.HARDEST, selection.EASIEST)
POLICIES: Mapping[SessionKind, SelectionPolicy] = {
    SessionKind.PRACTICE: PRACTICE,
    SessionKind.REVIEW: PRACTICE,
    SessionKind.ADAPTIVE_TEST: WithinBand(0.45, 0.55),
}
"""A test asks what tells most: where success and failure are equally likely (van der Linden, Glas 2010)."""


async def read_prospects(
    reader: Reader,
    *,
    tenant: uuid.UUID,
    learner_id: uuid.UUID,
    learner_state: State | None,
    skill_ids: Sequence[uuid.UUID],
    session_id: uuid.UUID | None = None,
) -> Prospects:
    """What there is to choose from; one statement, two when pools are to be read.

    `learner_state` is the model's state now, None for a new learner. Without a session no item is left out.
    """
    model = model_named(model_names()[0])
    pools = await _POOLS.of(reader, tenant, skill_ids, model)
    # Items of several skills are predicted with all of them, those that are not asked for too.
    wanted = set(skill_ids).union(*(pool.skill_ids for pool in pools.values()))
    row = await reader.fetch_one(
        _PROSPECTS,
        tenant=tenant,
        session_id=session_id,
        session_from=smallest_id_at(moment_of(session_id) - CLOCKS_APART) if session_id else None,
        recent_from=smallest_id_at(reader.now - LATELY),
        until=smallest_id_at(reader.now + CLOCKS_APART),
        learner_id=learner_id,
        skill_ids=list(wanted),
        recent=RECENT,
        model=model.name,
    )
    if row is None:
        raise RuntimeError("the prospects of a learner are one row")
    found = Prospects(model, tuple(learner_state) if learner_state else model.new_learner(), pools)
    for skill_id, reference, probability, state in zip(
        row.skill_ids or (), row.references or (), row.probabilities or (), row.states or (), strict=True
    ):
        known = unpacked(state) if state is not None else model.new_skill()
        found.skills[skill_id] = SkillProspect(reference, probability, known)
    found.prerequisites = list(zip(row.dependents or (), row.prerequisites or (), strict=True))
    found.chances = dict(zip(row.prerequisites or (), row.chances or (), strict=True))
    found.answered, found.recent = set(row.answered), set(row.recent)
    return found


async def next_item(
    work: Reader,
    *,
    tenant: uuid.UUID,
    session_id: uuid.UUID,
    learner_id: uuid.UUID,
    skill_ids: Sequence[uuid.UUID],
    answered: Collection[uuid.UUID] = (),
    learner_state: State | None,
    now: datetime,
    chance: float,
    kind: str = SessionKind.PRACTICE,
) -> uuid.UUID | None:
    """The next item of a session by the policy of its kind; None when nothing is left.

    Call it after the mastery rows are written. Attempts of the session that are stored are known here;
    `answered` adds those that are not. `learner_state` is the model's state now, None for a new learner.
    """
    while True:
        prospects = await read_prospects(
            work, tenant=tenant, learner_id=learner_id, learner_state=learner_state, skill_ids=skill_ids,
            session_id=session_id,
        )  # fmt: skip
        prospects.answered.update(answered)
        found = POLICIES[SessionKind(kind)].choose(prospects, skill_ids, now.timestamp(), chance)
        read_now = all(pool.read_at == work.now for pool in prospects.pools.values())
        if read_now or (found and await work.fetch_value(_OFFERED, tenant=tenant, item_id=found)):
            return found
        _POOLS.forget(tenant, skill_ids)


def _near(
    prospects: Prospects, skill_id: uuid.UUID, target: float, lately: bool
) -> Iterator[tuple[float, uuid.UUID, PooledItem]]:
    for distance, item in prospects.pools[skill_id].nearest(target):
        if item.id not in prospects.answered and (item.id in prospects.recent) is lately:
            yield distance, item.id, item


def _chance(prospects: Prospects, item: PooledItem, at: float) -> float:
    model = prospects.model
    new = model.new_skill()
    skills = [prospects.skills[each].state if each in prospects.skills else new for each in item.skill_ids]
    return model.predict(prospects.learner_state, skills, item.state, at)


def _logit(chance: float) -> float:
    return math.log(chance / (1 - chance))
