"""Choosing a session's next item: one statement for the candidates, then the learner model's chance on each.

The choice is made when something is written and stored with the session; reading a session never decides.
"""

import math
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from app.kit.database import Reader, Row
from app.kit.ids import moment_of, smallest_id_at
from app.kit.statements import sql
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
                     WHERE r.organization_id = s.organization_id AND r.skill_id = s.id
                       AND coalesce(b.probability, 0) < :ready) AS blocked
      FROM skill s LEFT JOIN mastery m
        ON m.organization_id = s.organization_id AND m.learner_id = :learner_id AND m.skill_id = s.id
      WHERE s.organization_id = :tenant AND s.id = ANY(:skill_ids)
    ), near AS (
      SELECT i.id, p.state, abs(coalesce(p.difficulty, 0) - w.target) AS distance,
             CASE WHEN w.blocked THEN 2 ELSE 0 END + CASE WHEN i.id = ANY(ARRAY(
               SELECT item_id FROM attempt
               WHERE learner_id = :learner_id AND id > :recent_from AND id < :until
               ORDER BY id DESC LIMIT :recent)) THEN 1 ELSE 0 END AS rank
      FROM wanted w
      CROSS JOIN LATERAL (
        SELECT item_id FROM item_skill
        WHERE organization_id = :tenant AND skill_id = w.skill_id OFFSET 0) x
      CROSS JOIN LATERAL (
        SELECT id FROM item WHERE organization_id = :tenant AND id = x.item_id
          AND retired_at IS NULL AND kind <> 'EXTERNAL' OFFSET 0) i
      LEFT JOIN LATERAL (
        SELECT state, difficulty FROM item_parameter
        WHERE organization_id = :tenant AND item_id = i.id AND model = :model OFFSET 0) p ON true
      WHERE i.id <> ALL(:answered) AND i.id <> ALL(ARRAY(
        SELECT item_id FROM attempt WHERE session_id = :session_id AND id > :session_from AND id < :until))
      ORDER BY rank, distance, i.id LIMIT :limit
    )
    SELECT n.id, n.state, n.rank,
           (SELECT array_agg(coalesce(m.state, :new_skill::float8[]) ORDER BY x.skill_id)
            FROM item_skill x LEFT JOIN mastery m ON m.organization_id = x.organization_id
              AND m.learner_id = :learner_id AND m.skill_id = x.skill_id AND m.model = :model
            WHERE x.organization_id = :tenant AND x.item_id = n.id) AS skills
    FROM near n ORDER BY n.rank, n.distance, n.id
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
        rows = await self._candidates(reader, session, model, learner, now)
        # An item of several skills came once for each; once is enough.
        best = {row.id: row for row in rows if row.rank == rows[0].rank}
        offered = [
            selection.Candidate(item_id.hex, _chance(model, learner, row, now.timestamp()))
            for item_id, row in best.items()
        ]
        found = selection.next_item(offered, chance, lowest=self.lowest, highest=self.highest)
        return uuid.UUID(found.item_id) if found else None

    async def _candidates(
        self, reader: Reader, session: SessionFacts, model: MasteryModel, learner: State, now: datetime
    ) -> list[Row]:
        unknown = model.estimate(learner, model.new_skill(), 0.0, now.timestamp()).logit
        middle = (self.lowest + self.highest) / 2
        return await reader.fetch(
            _CANDIDATES,
            tenant=reader.organization_id,
            session_id=session.id,
            session_from=smallest_id_at(moment_of(session.id) - CLOCKS_APART),
            recent_from=smallest_id_at(now - LATELY),
            until=smallest_id_at(now + CLOCKS_APART),
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
