"""Which skills a session practises when nobody said: what is best done now."""

import uuid
from collections.abc import Sequence

from app.kit.database import Reader, Row
from app.kit.errors import Conflict
from app.kit.statements import sql
from app.mastery.packed_states import unpacked
from app.practice.session_kind import SessionKind
from app.science.mastery_level import MasteryLevel, level, probability_without_forgetting
from app.science.mastery_model import MasteryModel, State, model_named, model_names
from app.science.recommendation import SkillStanding, recommendations

CHOSEN = 3

# Only skills with something to offer; one without would keep those that require it waiting for ever.
_SKILLS = sql("""
    SELECT s.id, s.reference_difficulty, m.state FROM skill s
    LEFT JOIN mastery m ON m.organization_id = s.organization_id AND m.learner_id = :learner_id
      AND m.skill_id = s.id AND m.model = :model
    WHERE EXISTS (SELECT FROM item_skill x JOIN item i
                    ON i.organization_id = x.organization_id AND i.id = x.item_id
                  WHERE x.organization_id = s.organization_id AND x.skill_id = s.id
                    AND i.retired_at IS NULL AND i.withheld_at IS NULL AND i.kind <> 'EXTERNAL')
    ORDER BY s.id
""")
_EDGES = sql("SELECT prerequisite_id, skill_id FROM skill_prerequisite")


async def chosen_skills(
    reader: Reader, learner_id: uuid.UUID, kind: SessionKind, learner_state: State | None, at: float
) -> list[uuid.UUID]:
    """At most three skills for a session that begins at `at` (seconds since the epoch).

    Conflict for a review before anything was practised. An empty list when there is nothing to offer at all.
    """
    model = model_named(model_names()[0])
    rows = await reader.fetch(_SKILLS, learner_id=learner_id, model=model.name)
    learner = tuple(learner_state) if learner_state else model.new_learner()
    standings = [_standing(model, learner, row, at) for row in rows]
    if kind is SessionKind.REVIEW:
        last_at = {row.id.hex: model.evidence(unpacked(row.state))[1] or 0.0 for row in rows if row.state}
        return _to_review(standings, last_at)
    edges = [(row.prerequisite_id.hex, row.skill_id.hex) for row in await reader.fetch(_EDGES)]
    best = [each.skill_id for each in recommendations(standings, edges) if each.skill_id]
    return _first(best or [each.skill_id for each in sorted(standings, key=lambda each: each.probability)])


def _to_review(standings: Sequence[SkillStanding], last_at: dict[str, float]) -> list[uuid.UUID]:
    """What fades most, or else what was practised longest ago."""
    fading = [each for each in standings if each.level is MasteryLevel.FADING]
    if fading:
        fading.sort(key=lambda each: each.probability - each.before_forgetting)
        return _first([each.skill_id for each in fading])
    if not last_at:
        raise Conflict(
            "There is nothing to review before something was practised; start a session of kind PRACTICE.",
            path=("kind",),
        )
    return _first(sorted(last_at, key=lambda skill_id: (last_at[skill_id], skill_id)))


def _standing(model: MasteryModel, learner: State, row: Row, at: float) -> SkillStanding:
    state = unpacked(row.state) if row.state else model.new_skill()
    estimate = model.estimate(learner, state, row.reference_difficulty, at)
    count = model.evidence(state)[0]
    return SkillStanding(
        row.id.hex,
        level(estimate, count),
        estimate.probability,
        probability_without_forgetting(estimate),
        estimate.standard_error,
        count,
    )


def _first(skill_ids: Sequence[str]) -> list[uuid.UUID]:
    return [uuid.UUID(each) for each in skill_ids[:CHOSEN]]
