"""The skills of an organization as recommendations look at them, and where learners stand in them."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.kit.database import Reader, Row
from app.kit.statements import sql
from app.mastery.estimates import estimate
from app.science.mastery_level import NEARLY_FROM, MasteryLevel, level, probability_without_forgetting
from app.science.mastery_model import model_named, model_names
from app.science.recommendation import SkillStanding

MOST_NEW_SKILLS = 20
"""How many skills never tried are considered at once, the first by their codes."""

_SKILLS = sql("""
    SELECT id, organization_id, code, name, reference_difficulty FROM skill
    WHERE organization_id = ANY(:organizations) ORDER BY code, id
""")
_EDGES = sql("""
    SELECT organization_id, prerequisite_id, skill_id FROM skill_prerequisite
    WHERE organization_id = ANY(:organizations) ORDER BY skill_id, prerequisite_id
""")
_MASTERY = sql("""
    SELECT m.id, m.learner_id, m.skill_id, m.model, m.state, m.evidence_count, s.reference_difficulty,
           l.model AS learner_model, l.state AS learner_state
    FROM mastery m
    JOIN skill s ON s.organization_id = m.organization_id AND s.id = m.skill_id
    JOIN learner_state l ON l.organization_id = m.organization_id AND l.learner_id = m.learner_id
    WHERE m.learner_id = ANY(:learners)
""")


@dataclass(slots=True)
class Catalogue:
    """An organization's skills by id, in the order of their codes, and its edges (prerequisite, skill)."""

    skills: dict[uuid.UUID, Row] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    before: defaultdict[uuid.UUID, list[uuid.UUID]] = field(default_factory=lambda: defaultdict(list))


async def catalogues(reader: Reader, organizations: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Catalogue]:
    """The catalogue of each organization; two statements."""
    found: defaultdict[uuid.UUID, Catalogue] = defaultdict(Catalogue)
    for row in await reader.fetch(_SKILLS, organizations=list(organizations)):
        found[row.organization_id].skills[row.id] = row
    for row in await reader.fetch(_EDGES, organizations=list(organizations)):
        catalogue = found[row.organization_id]
        catalogue.edges.append((row.prerequisite_id.hex, row.skill_id.hex))
        catalogue.before[row.skill_id].append(row.prerequisite_id)
    return found


async def mastery_of(
    reader: Reader, learners: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, dict[uuid.UUID, Row]]:
    """What each learner has practised, by skill; one statement."""
    found: defaultdict[uuid.UUID, dict[uuid.UUID, Row]] = defaultdict(dict)
    for row in await reader.fetch(_MASTERY, learners=list(learners)):
        found[row.learner_id][row.skill_id] = row
    return found


def standings(catalogue: Catalogue, practised: Mapping[uuid.UUID, Row], at: datetime) -> list[SkillStanding]:
    """Where a learner stands: in what it tried, in the prerequisites of that, and in what it is ready for."""
    tried = {skill: _standing(row, at) for skill, row in practised.items() if skill in catalogue.skills}
    missing = _missing(catalogue, tried)
    ready = (skill for skill in catalogue.skills if skill not in tried and _is_ready(catalogue, skill, tried))
    new = list(dict.fromkeys([*sorted(missing), *_first(ready, MOST_NEW_SKILLS)]))
    learner = next(iter(practised.values()), None)
    return [*tried.values(), *(new_standing(catalogue.skills[skill], learner, at) for skill in new)]


def new_standing(skill: Row, learner: Row | None, at: datetime) -> SkillStanding:
    """Where a learner stands in a skill never tried; any of its mastery rows tells its own state."""
    model = model_named(learner.learner_model if learner is not None else model_names()[0])
    state = tuple(learner.learner_state) if learner is not None else model.new_learner()
    found = model.estimate(state, model.new_skill(), skill.reference_difficulty, at.timestamp())
    return SkillStanding(
        skill.id.hex, MasteryLevel.NOT_ENOUGH_DATA, found.probability, found.probability,
        found.standard_error, 0,
    )  # fmt: skip


def _standing(row: Row, at: datetime) -> SkillStanding:
    found = estimate(row, at)
    return SkillStanding(
        row.skill_id.hex,
        level(found, row.evidence_count),
        found.probability,
        probability_without_forgetting(found),
        found.standard_error,
        row.evidence_count,
    )


def _missing(catalogue: Catalogue, tried: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """All that what was tried builds on, near and far, and that was not tried itself."""
    found: set[uuid.UUID] = set()
    pending = list(tried)
    while pending:
        for before in catalogue.before.get(pending.pop(), ()):
            if before not in found and before not in tried:
                found.add(before)
                pending.append(before)
    return found


def _is_ready(catalogue: Catalogue, skill: uuid.UUID, tried: Mapping[uuid.UUID, SkillStanding]) -> bool:
    return all(
        before in tried and tried[before].probability >= NEARLY_FROM
        for before in catalogue.before.get(skill, ())
    )


def _first(skills: Iterable[uuid.UUID], most: int) -> list[uuid.UUID]:
    return [skill for skill, _ in zip(skills, range(most), strict=False)]
