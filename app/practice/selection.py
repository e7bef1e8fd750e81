"""Choosing a session's next item: one statement for the candidates, then the learner model's chance on each.

The choice is made when something is written and stored with the session; reading a session never decides.
"""

import math
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.kit.database import Reader, Row
from app.kit.statements import sql
from app.practice.session_kind import SessionKind
from app.science import selection
from app.science.mastery_level import NEARLY_FROM
from app.science.mastery_model import MasteryModel, State, model_named, model_names

CANDIDATES = 12
"""Items nearest to the wanted difficulty for which the learner's chance is computed."""
RECENT = 50
"""The learner's last attempts whose items are offered only when nothing else is left."""

# An item's distance is taken from the difficulty on which the learner would succeed with the wanted chance,
# read off the stored mastery (a chance on an item of the skill's reference difficulty); all in logits.
_CANDIDATES = sql("""
    WITH wanted AS MATERIALIZED (
      SELECT s.id AS skill_id,
             s.reference_difficulty - :ease
               + coalesce(ln(m.probability / (1 - m.probability)), :unknown) AS target,
             EXISTS (SELECT FROM skill_prerequisite r
                     LEFT JOIN mastery b ON b.organization_id = r.organization_id
                       AND b.learner_id = :learner_id AND b.skill_id = r.prerequisite_id
                     WHERE r.skill_id = s.id AND coalesce(b.probability, 0) < :ready) AS blocked
      FROM skill s LEFT JOIN mastery m
        ON m.organization_id = s.organization_id AND m.learner_id = :learner_id AND m.skill_id = s.id
      WHERE s.id = ANY(:skill_ids)
    ), recent AS MATERIALIZED (
      SELECT item_id FROM attempt WHERE learner_id = :learner_id ORDER BY id DESC LIMIT :recent
    ), near AS (
      SELECT i.id, i.organization_id, p.state,
             CASE WHEN bool_and(w.blocked) THEN 2 ELSE 0 END
               + CASE WHEN i.id IN (SELECT item_id FROM recent) THEN 1 ELSE 0 END AS rank,
             min(abs(coalesce(p.difficulty, 0) - w.target)) AS distance
      FROM wanted w JOIN item_skill x ON x.skill_id = w.skill_id
      JOIN item i ON i.organization_id = x.organization_id AND i.id = x.item_id
      LEFT JOIN item_parameter p
        ON p.organization_id = i.organization_id AND p.item_id = i.id AND p.model = :model
      WHERE i.retired_at IS NULL AND i.kind <> 'EXTERNAL' AND i.id <> ALL(:answered)
        AND i.id NOT IN (SELECT item_id FROM attempt WHERE session_id = :session_id)
      GROUP BY i.id, i.organization_id, p.state
      ORDER BY rank, distance, i.id LIMIT :limit
    )
    SELECT n.id, n.state, n.rank,
           (SELECT array_agg(coalesce(m.state, :new_skill::float8[]) ORDER BY x.skill_id)
            FROM item_skill x LEFT JOIN mastery m ON m.organization_id = x.organization_id
              AND m.learner_id = :learner_id AND m.skill_id = x.skill_id AND m.model = :model
            WHERE x.organization_id = n.organization_id AND x.item_id = n.id) AS skills
    FROM near n
""")


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What a policy may know of a session; `answered` are items whose attempts are not stored yet."""

    id: uuid.UUID
    learner_id: uuid.UUID
    skill_ids: Sequence[uuid.UUID]
    answered: Collection[uuid.UUID] = ()


class SelectionPolicy(Protocol):
    """Chooses what comes next in a session."""

    async def choose(
        self, reader: Reader, session: SessionFacts, learner_state: State | None, now: datetime, chance: float
    ) -> uuid.UUID | None:
        """The next item, None when nothing is left; `chance`, in [0, 1), picks among equals."""
        ...


@dataclass(frozen=True, slots=True)
class WithinBand:
    """Items on which the learner's chance of success lies within [lowest, highest], or nearest to it.

    Items of skills whose prerequisites are in place come first, then those not met lately. Items answered in
    the session, retired and external ones never come.
    """

    lowest: float
    highest: float

    async def choose(
        self, reader: Reader, session: SessionFacts, learner_state: State | None, now: datetime, chance: float
    ) -> uuid.UUID | None:
        """One statement, and at most `CANDIDATES` predictions."""
        model = model_named(model_names()[0])
        learner = tuple(learner_state) if learner_state else model.new_learner()
        rows = await self._candidates(reader, session, model, learner, now.timestamp())
        offered = [
            selection.Candidate(row.id.hex, _chance(model, learner, row, now.timestamp()))
            for row in rows
            if row.rank == rows[0].rank
        ]
        found = selection.next_item(offered, chance, lowest=self.lowest, highest=self.highest)
        return uuid.UUID(found.item_id) if found else None

    async def _candidates(
        self, reader: Reader, session: SessionFacts, model: MasteryModel, learner: State, at: float
    ) -> list[Row]:
        unknown = model.estimate(learner, model.new_skill(), 0.0, at).logit
        middle = (self.lowest + self.highest) / 2
        return await reader.fetch(
            _CANDIDATES,
            session_id=session.id,
            learner_id=session.learner_id,
            skill_ids=list(session.skill_ids),
            answered=list(session.answered),
            unknown=unknown,
            ease=math.log(middle / (1 - middle)),
            ready=NEARLY_FROM,
            recent=RECENT,
            limit=CANDIDATES,
            model=model.name,
            new_skill=list(model.new_skill()),
        )


PRACTICE = WithinBand(selection.HARDEST, selection.EASIEST)
POLICIES: Mapping[SessionKind, SelectionPolicy] = {
    SessionKind.PRACTICE: PRACTICE,
    SessionKind.REVIEW: PRACTICE,
    SessionKind.ADAPTIVE_TEST: WithinBand(0.45, 0.55),
}
"""A test asks what tells most: where success and failure are equally likely (van der Linden, Glas 2010)."""


async def next_item(
    work: Reader,
    *,
    session_id: uuid.UUID,
    learner_id: uuid.UUID,
    skill_ids: Sequence[uuid.UUID],
    answered: Collection[uuid.UUID],
    learner_state: State | None,
    now: datetime,
    chance: float,
    kind: str = SessionKind.PRACTICE,
) -> uuid.UUID | None:
    """The next item of a session by the policy of its kind; None when nothing is left.

    Call it after the mastery rows are written. Attempts of the session that are stored are known here;
    `answered` adds those that are not. `learner_state` is the model's state now, None for a new learner.
    """
    facts = SessionFacts(session_id, learner_id, skill_ids, answered)
    return await POLICIES[SessionKind(kind)].choose(work, facts, learner_state, now, chance)


def _chance(model: MasteryModel, learner: State, row: Row, at: float) -> float:
    item = tuple(row.state) if row.state else model.new_item()
    return model.predict(learner, [tuple(skill) for skill in row.skills], item, at)
