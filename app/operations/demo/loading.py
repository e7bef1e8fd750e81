"""Loading the demo school: its learners' answers are recorded by the code that records live ones.

Batches are committed with how many answers are in, so a loading that was cut goes on where it was. Before
anything is recorded, all answers are folded once in memory: so a skill's reference difficulty is the median
of its items' from the first attempt on.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import median
from zoneinfo import ZoneInfo

from app.content.kinds import Scoring, score
from app.identity.passwords import Passwords
from app.kit.database import Database, Row, UnitOfWork
from app.kit.statements import sql
from app.operations.demo.exam import place_exams
from app.operations.demo.people import ADMIN
from app.operations.demo.placing import TIME_ZONE, Placed, place_school, placed_school
from app.operations.demo.simulation import School, Simulation, simulated_school
from app.practice.attempt_writer import record_bulk
from app.practice.folding import NewAttempt, fold
from app.practice.selection import next_item
from app.practice.session_kind import SessionState
from app.practice.states import States, current_model

SEED = 20_26
PASSWORD = "masterygraph-demo"
SOURCE = "demo"
BATCH = 2_000

_CANDIDATE = sql("SELECT organization_ids FROM sign_in_candidate(:email)")
_COUNT = sql("SELECT organization_count()")
_PROGRESS = sql("""
    SELECT line, started_at, finished_at FROM attempt_import WHERE source = :source AND digest = :digest
""")
_BEGIN = sql("""
    INSERT INTO attempt_import (organization_id, source, digest, line, recorded, refused, started_at)
    VALUES (:tenant, :source, :digest, 0, 0, 0, :now)
""")
_MOVE = sql("""
    UPDATE attempt_import SET line = :line, recorded = :line
    WHERE source = :source AND digest = :digest AND line = :from_line
""")
_FINISH = sql("UPDATE attempt_import SET finished_at = :now WHERE source = :source AND digest = :digest")
_UNDER_WAY = sql("""
    SELECT s.id, s.learner_id, s.skill_ids, l.state FROM practice_session s
    LEFT JOIN learner_state l ON l.organization_id = s.organization_id AND l.learner_id = s.learner_id
    WHERE s.state = :state AND s.next_item_id IS NULL
""")
_OFFER = sql("UPDATE practice_session SET next_item_id = :item_id WHERE id = :id")

Told = Callable[[int, int], None]


class DemoState(StrEnum):
    """What there is of the demo school; the database is EMPTY when it has no organization at all."""

    EMPTY = "EMPTY"
    ABSENT = "ABSENT"
    UNFINISHED = "UNFINISHED"
    LOADED = "LOADED"


@dataclass(frozen=True, slots=True)
class _Begun:
    """A loading that was begun: where, and the row that says how far it came."""

    organization_id: uuid.UUID
    progress: Row


async def demo_state(database: Database) -> DemoState:
    """How far the demo school is."""
    begun = await _find(database)
    if begun is not None:
        return DemoState.UNFINISHED if begun.progress.finished_at is None else DemoState.LOADED
    async with database.reader(None) as reader:
        return DemoState.ABSENT if await reader.fetch_value(_COUNT) else DemoState.EMPTY


async def load(database: Database, passwords: Passwords, now: datetime, told: Told) -> int:
    """Load the demo school, or finish loading it; how many attempts were recorded, 0 when it was there.

    `told` hears how many answers of how many are in. Statements may take a second or two: give a database
    that lets them. Consumers have to be drained afterwards.
    """
    begun = await _find(database)
    if begun is not None and begun.progress.finished_at is not None:
        return 0
    as_of = begun.progress.started_at if begun is not None else now
    school, simulation = simulated_school(SEED, as_of, ZoneInfo(TIME_ZONE))
    answers = _Answers(school, simulation)
    if begun is None:
        organization_id, placed = await _place(database, passwords, school, simulation, answers, as_of)
        line = 0
    else:
        organization_id, line = begun.organization_id, begun.progress.line
        async with database.unit_of_work(organization_id) as work:
            placed = await placed_school(work, len(simulation.sessions))
    total = len(simulation.answers)
    for start in range(line, total, BATCH):
        told(start, total)
        async with database.unit_of_work(organization_id) as work:
            await record_bulk(work, answers.attempts(placed, start, start + BATCH))
            await _move(work, start, min(start + BATCH, total))
    async with database.unit_of_work(organization_id) as work:
        await place_exams(work, as_of, SEED)
        await _offer_items(work)
        await work.execute(_FINISH, **_name(), now=work.now)
    told(total, total)
    return total - line


async def _find(database: Database) -> _Begun | None:
    async with database.reader(None) as reader:
        candidate = await reader.fetch_one(_CANDIDATE, email=ADMIN.email)
    for organization_id in candidate.organization_ids if candidate is not None else ():
        async with database.reader(organization_id) as reader:
            progress = await reader.fetch_one(_PROGRESS, **_name())
        if progress is not None:
            return _Begun(organization_id, progress)
    return None


async def _place(
    database: Database,
    passwords: Passwords,
    school: School,
    simulation: Simulation,
    answers: "_Answers",
    as_of: datetime,
) -> tuple[uuid.UUID, Placed]:
    # Both take seconds on a slow machine, and a transaction that idles is ended.
    hashed, references = await passwords.hash(PASSWORD), answers.reference_difficulties()
    async with database.unit_of_work(None) as work:
        placed = await place_school(work, school, simulation, references, hashed)
        await work.execute(_BEGIN, tenant=work.tenant, **_name(), now=as_of)
        return work.tenant, placed


async def _move(work: UnitOfWork, start: int, line: int) -> None:
    moved = await work.execute(_MOVE, **_name(), from_line=start, line=line)
    if not moved:
        raise RuntimeError("another process loads the demo school; let it finish")


async def _offer_items(work: UnitOfWork) -> None:
    """Choose the next item of each session that is still under way."""
    for row in await work.fetch(_UNDER_WAY, state=SessionState.ACTIVE.value):
        item_id = await next_item(
            work, tenant=work.tenant, session_id=row.id, learner_id=row.learner_id, skill_ids=row.skill_ids,
            learner_state=tuple(row.state) if row.state else None, now=work.now, chance=0.5,
        )  # fmt: skip
        await work.execute(_OFFER, id=row.id, item_id=item_id)


def _name() -> dict[str, str]:
    return {"source": SOURCE, "digest": f"seed {SEED}"}


class _Answers:
    """The simulated answers, scored."""

    def __init__(self, school: School, simulation: Simulation) -> None:
        self._school = school
        self._simulation = simulation
        # A response is one of a few objects of its item.
        self._scored: dict[tuple[int, int], Scoring] = {}

    def attempts(self, placed: Placed, start: int, end: int) -> list[NewAttempt]:
        """The attempts of some answers, in the order they were given."""
        return [
            NewAttempt(
                learner_id=placed.learners[answer.learner_index],
                item_id=placed.items[answer.item_index],
                item_version=1,
                score=scored.score,
                correct=scored.correct,
                answered_at=answer.answered_at,
                session_id=placed.sessions[answer.session_index],
                response=answer.response,
                feedback=scored.feedback,
                duration_ms=answer.duration_ms,
            )
            for answer in self._simulation.answers[start:end]
            for scored in (self._score(answer.item_index, answer.response),)
        ]

    def reference_difficulties(self) -> dict[int, float]:
        """The median difficulty, in logits, of each skill's items after all answers, by the skill's index."""
        states = self._folded()
        found: defaultdict[int, list[float]] = defaultdict(list)
        for item_id, (state, evidence) in states.items.items():
            if evidence:
                index = self._school.items[item_id.int].skill_index
                found[index].append(states.model.item_difficulty(state)[0])
        return {index: median(difficulties) for index, difficulties in found.items()}

    def _folded(self) -> States:
        """The states after all answers, under ids that are the simulation's indices."""
        states = States(current_model())
        indices = [
            uuid.UUID(int=n) for n in range(max(len(self._simulation.sessions), len(self._school.items)))
        ]
        for index, item in enumerate(self._school.items):
            states.items[indices[index]] = states.model.new_item(), 0
            states.item_skills[indices[index]] = [indices[item.skill_index]]
            states.references[indices[item.skill_index]] = 0.0
        for index in range(len(self._school.learners)):
            states.learners[indices[index]] = states.model.new_learner(), 0
        fold(states, self.attempts(Placed(indices, indices, indices), 0, len(self._simulation.answers)))
        return states

    def _score(self, item_index: int, response: dict[str, object]) -> Scoring:
        key = item_index, id(response)
        scored = self._scored.get(key)
        if scored is None:
            item = self._school.items[item_index]
            scored = self._scored[key] = score(item.kind, item.content, item.answer_key, response)
        return scored
