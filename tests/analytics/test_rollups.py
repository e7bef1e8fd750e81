"""Rollups: sums of what learners did, equal to what their attempts say."""

from datetime import UTC, datetime

import pytest

from app.analytics.verification import verify_rollups
from app.kit.statements import sql
from tests.analytics.practising import Practice, key
from tests.client import School

AT = datetime(2026, 9, 14, 8, 52, 7, tzinfo=UTC)


@pytest.fixture
def practice(school: School) -> Practice:
    return Practice(school)


async def test_attempts_are_summed_by_quarter_of_an_hour_and_by_skill_and_day(
    school: School, practice: Practice
) -> None:
    ada = await school.learner(await school.classroom())
    skill = await practice.skill("Fractions")
    await practice.answers(ada.learner_id, skill, [1.0, 0.1], AT, duration_ms=4000)
    await practice.answers(ada.learner_id, skill, [1.0], AT.replace(hour=9, minute=0))
    await practice.answers(ada.learner_id, skill, [0.2], AT)
    await practice.projected()

    slots = await practice.rows(
        """SELECT slot, attempt_count, correct_count, score_micros, practice_ms FROM learner_activity
           WHERE learner_id = :id ORDER BY slot""",
        id=key(ada.learner_id),
    )
    days = await practice.rows(
        """SELECT day, attempt_count, correct_count, score_micros FROM learner_skill_day
           WHERE skill_id = :id""",
        id=skill,
    )

    assert [tuple(row.values()) for row in slots] == [
        (datetime(2026, 9, 14, 8, 45, tzinfo=UTC), 3, 1, 1_300_000, 8000),
        (datetime(2026, 9, 14, 9, 0, tzinfo=UTC), 1, 1, 1_000_000, 0),
    ]
    assert [tuple(row.values()) for row in days] == [(AT.date(), 4, 2, 2_300_000)]


async def test_rollups_equal_what_the_attempts_say_and_a_difference_is_named(
    school: School, practice: Practice
) -> None:
    ada = await school.learner(await school.classroom())
    skill = await practice.skill("Fractions")
    await practice.answers(ada.learner_id, skill, [1.0] * 12 + [1 / 3], AT)
    await practice.projected()
    agreed = await verify_rollups(school.runtime.maintenance)
    change = sql("UPDATE learner_activity SET attempt_count = attempt_count + :by WHERE learner_id = :id")
    async with school.runtime.maintenance.unit_of_work(None) as work:
        await work.execute(change, by=1, id=key(ada.learner_id))
    differing = await verify_rollups(school.runtime.maintenance)
    async with school.runtime.maintenance.unit_of_work(None) as work:
        await work.execute(change, by=-1, id=key(ada.learner_id))

    assert agreed == []
    assert [(each.what, each.key) for each in differing] == [
        ("learner_activity", f"{key(ada.learner_id)} 2026-09-14 08:45:00+00")
    ]
    assert '"attempt_count" : 14' in differing[0].stored
    assert '"attempt_count" : 13' in differing[0].recomputed


async def test_an_attempt_that_is_not_yet_added_is_told_as_missing(
    school: School, practice: Practice
) -> None:
    ada = await school.learner(await school.classroom())
    await practice.projected()
    await practice.answers(ada.learner_id, await practice.skill("Fractions"), [1.0], AT)
    missing = await verify_rollups(school.runtime.maintenance)
    await practice.projected()

    assert [(each.what, each.stored) for each in missing] == [
        ("learner_activity", ""),
        ("learner_skill_day", ""),
        ("first_answer", ""),
    ]
    assert await verify_rollups(school.runtime.maintenance) == []
