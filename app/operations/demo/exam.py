"""The exams of the demo school: one was held yesterday, with its results, and one is open for a week.

Learners answer as they answered the same items in practice. Each act happens at its own moment, by the code
that serves live exams.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from app.access.principal import Principal, Role
from app.assessments.answer import GivenAnswer
from app.assessments.answers import save_answer
from app.assessments.authoring import NewAssessment, create_assessment
from app.assessments.exams import NewExam, close_exam, open_exam, release_exam
from app.assessments.form import Section
from app.assessments.signals import Signal, report_signals
from app.assessments.sittings import join_exam, submit_exam
from app.assessments.states import ExamSignal, ReleasePolicy
from app.kit.database import Row, UnitOfWork
from app.kit.statements import sql
from app.operations.demo.people import TEACHER

ITEMS = 8
SECTIONS = (Section("Warm-up", 3), Section("Problems", 5))
MINUTES = 45
HELD = timedelta(hours=26)
"""How long ago the first exam was opened."""
OPEN_FOR = timedelta(days=7)
DEVICE = "demo"

_TEACHER = sql("SELECT id FROM user_account WHERE email = :email")
_CLASSROOM = sql("SELECT id FROM classroom ORDER BY id LIMIT 1")
_LEARNERS = sql("""
    SELECT l.id, l.user_id FROM enrollment e
    JOIN learner l ON l.organization_id = e.organization_id AND l.id = e.learner_id
    WHERE e.classroom_id = :classroom_id AND e.left_at IS NULL ORDER BY l.id
""")
# What the class has practised most, so that there are answers of many learners to go by.
_ITEMS = sql("""
    SELECT a.item_id FROM attempt a JOIN enrollment e USING (organization_id, learner_id)
    WHERE e.classroom_id = :classroom_id AND a.response IS NOT NULL
    GROUP BY a.item_id ORDER BY count(*) DESC, a.item_id LIMIT :limit
""")
_RESPONSES = sql("""
    SELECT item_id, response FROM attempt
    WHERE item_id = ANY(:items) AND response IS NOT NULL ORDER BY item_id, id
""")


async def place_exams(work: UnitOfWork, as_of: datetime, seed: int) -> None:
    """Hold an exam and open another, in the school's first class; `as_of` is the end of its story so far."""
    classroom_id = await work.fetch_value(_CLASSROOM)
    teacher = Principal(
        await work.fetch_value(_TEACHER, email=TEACHER.email), work.tenant, None, frozenset({Role.TEACHER})
    )
    items = [row.item_id for row in await work.fetch(_ITEMS, classroom_id=classroom_id, limit=ITEMS)]
    if len(items) < ITEMS:
        return
    now = work.now
    try:
        await _hold(work, teacher, classroom_id, items, as_of - HELD, Random(seed))
        work.now = as_of
        form = NewAssessment("Weekly check", items[:5], 20 * 60, shuffle_items=True)
        assessment_id = await create_assessment(work, teacher, form)
        await open_exam(work, teacher, NewExam(assessment_id, classroom_id, closes_at=as_of + OPEN_FOR))
    finally:
        work.now = now


async def _hold(
    work: UnitOfWork,
    teacher: Principal,
    classroom_id: uuid.UUID,
    items: Sequence[uuid.UUID],
    opened_at: datetime,
    r: Random,
) -> None:
    """Hold the first exam, from opening to release."""
    work.now = opened_at
    form = NewAssessment(
        "Half-term test", items, MINUTES * 60, SECTIONS, release_policy=ReleasePolicy.AT_CLOSE
    )
    assessment_id = await create_assessment(work, teacher, form)
    exam_id, _ = await open_exam(work, teacher, NewExam(assessment_id, classroom_id))
    responses = await work.fetch(_RESPONSES, items=list(items))
    learners = await work.fetch(_LEARNERS, classroom_id=classroom_id)
    # Two were not there.
    for row in learners[:-2]:
        learner = Principal(row.user_id, work.tenant, row.id, frozenset({Role.LEARNER}))
        await _sit(work, learner, exam_id, items, responses, opened_at, r)
    work.now = opened_at + timedelta(minutes=MINUTES + 5)
    await close_exam(work, teacher, exam_id)
    await release_exam(work, teacher, exam_id)


async def _sit(
    work: UnitOfWork,
    learner: Principal,
    exam_id: uuid.UUID,
    items: Sequence[uuid.UUID],
    responses: Sequence[Row],
    opened_at: datetime,
    r: Random,
) -> None:
    work.now = opened_at + timedelta(seconds=r.randrange(20, 180))
    sitting_id = (await join_exam(work, learner, exam_id, DEVICE, "")).sitting_id
    answered = items[: len(items) - r.choice((0, 0, 0, 1, 2))]
    for number, item_id in enumerate(answered, 1):
        work.now += timedelta(seconds=r.randrange(60, 280))
        given = r.choice([row.response for row in responses if row.item_id == item_id])
        await save_answer(work, learner, GivenAnswer(sitting_id, item_id, given, number, DEVICE), "")
        if r.random() < 0.03:
            signals = [
                Signal(ExamSignal.FOCUS_LOST, number * 2),
                Signal(ExamSignal.FOCUS_REGAINED, number * 2 + 1),
            ]
            await report_signals(work, learner, sitting_id, signals, "")
    work.now += timedelta(seconds=r.randrange(10, 90))
    await submit_exam(work, learner, sitting_id)
