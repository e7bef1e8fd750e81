"""An import judges its next batch while one is written; what others answer meanwhile comes before both."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from app.practice.folding import NewAttempt
from app.practice.judging_ahead import HeldStates, JudgedBatch, judge_ahead, write_judged
from app.practice.verification import verify_mastery
from tests.analytics.practising import Practice, key
from tests.client import School

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def practice(school: School) -> Practice:
    return Practice(school)


async def _judged(practice: Practice, held: HeldStates, attempts: Sequence[NewAttempt]) -> JudgedBatch:
    async with practice.school.runtime.database.reader(practice.tenant) as reader:
        return await judge_ahead(
            reader, held, attempts, {}, source="elsewhere", classroom_id=None, known=set()
        )


async def _written(practice: Practice, held: HeldStates, batch: JudgedBatch) -> None:
    async with practice.school.runtime.database.unit_of_work(practice.tenant) as work:
        assert await write_judged(work, held, batch, source="elsewhere", classroom_id=None) == 1


async def test_what_was_judged_from_a_batch_that_had_to_be_judged_again_is_judged_again_too(
    school: School, practice: Practice
) -> None:
    classroom = await school.classroom()
    ada, ben = [await school.learner(classroom, name) for name in ("Ada", "Ben")]
    adding, counting = await practice.skill("Adding"), await practice.skill("Counting")
    held = HeldStates()
    learner = key(ada.learner_id)
    first = await _judged(practice, held, [NewAttempt(learner, practice.items[adding], 1, 1.0, True, AT)])
    second = await _judged(practice, held, [NewAttempt(learner, practice.items[counting], 1, 1.0, True, AT)])

    # Ben moves the first item. Of Ada and the second item the counts will be as they were expected.
    await practice.answers(ben.learner_id, adding, [0.0] * 5, AT)
    await _written(practice, held, first)
    await _written(practice, held, second)

    async with school.runtime.database.reader(practice.tenant) as reader:
        assert await verify_mastery(reader) == []
