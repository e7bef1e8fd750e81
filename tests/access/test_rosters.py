"""Rosters: what many principals may see, read at once, and never another answer than each would get alone."""

import asyncio
import gc
import uuid
import weakref

from app.access.access import Access
from app.access.principal import Principal, Role
from app.access.rosters import Rosters
from app.bootstrap import Addresses
from app.kit import ids
from app.kit.statements import sql
from app.runtime import Runtime
from tests.client import School
from tests.live.following import TEACHING
from tests.realtime.listening import CountingDatabase

_LEAVE = sql("UPDATE enrollment SET left_at = :now WHERE learner_id = :id")


def _key(public_id: str) -> uuid.UUID:
    decoded = ids.decode(public_id)
    assert decoded is not None
    return decoded[1]


async def test_thirty_principals_get_the_answers_they_would_get_alone_by_one_statement_for_each_question(
    school: School, runtime: Runtime, addresses: Addresses
) -> None:
    rooms = [await school.classroom(name) for name in ("7A", "7B", "7C")]
    teachers = [await school.teacher(name) for name in ("Grace", "Hedy")]
    for room, teacher in ((rooms[0], teachers[0]), (rooms[1], teachers[1]), (rooms[2], teachers[1])):
        given = {"classroomId": room["id"], "userId": teacher.user_id}
        await school.admin.ask(TEACHING.format("addClassroomTeacher"), input=given)
    learners = [await school.learner(room, "Ada") for room in rooms for _ in range(2)]
    organization_id = _key(school.organization_id)
    async with runtime.database.unit_of_work(organization_id) as work:
        assert await work.execute(_LEAVE, now=work.now, id=_key(learners[0].learner_id)) == 1
    who = [
        *[(each.user_id, None, Role.TEACHER) for each in teachers],
        *[(each.user_id, each.learner_id, Role.LEARNER) for each in learners],
        (learners[1].user_id, learners[1].learner_id, Role.TEACHER),
        (school.admin.user_id, None, Role.ORGANIZATION_ADMIN),
    ] * 3
    classroom_ids = [_key(room["id"]) for room in rooms]
    learner_ids = [_key(each.learner_id) for each in learners]
    counted = CountingDatabase(addresses.application, readers=2, writers=1)
    await counted.open()
    rosters = Rosters(counted, organization_id)
    seen = set()
    for user_id, learner_id, role in who:
        own = _key(learner_id) if learner_id else None
        principal = Principal(_key(user_id), organization_id, own, frozenset({role}))
        alone, together = Access(principal, runtime.database), Access(principal, counted)
        together.rosters = rosters
        for ask in ("learners", "classrooms", "taught_classrooms"):
            given_ids = learner_ids if ask == "learners" else classroom_ids
            answer = await getattr(together, ask)(given_ids)
            assert answer == await getattr(alone, ask)(given_ids)
            seen.add((ask, tuple(answer)))
    assert len(who) == 30
    assert counted.reads == 3
    assert len(seen) > 9  # they are not all alike

    # What was asked before comes with the first question of the next round.
    after = Rosters(counted, organization_id, rosters)
    assert await after.teach(_key(teachers[0].user_id), classroom_ids[:1]) == [True]
    assert await after.teach(_key(teachers[1].user_id), classroom_ids) == [False, True, True]
    assert counted.reads == 4
    await counted.close()


async def test_who_asks_at_the_same_time_is_answered_by_one_statement(
    school: School, addresses: Addresses
) -> None:
    room = await school.classroom()
    learners = [await school.learner(room, "Ada") for _ in range(5)]
    learner_ids = [_key(each.learner_id) for each in learners]
    counted = CountingDatabase(addresses.application, readers=5, writers=1)
    await counted.open()
    rosters = Rosters(counted, _key(school.organization_id))
    asked = (rosters.teach_learners(_key(school.admin.user_id), [each]) for each in learner_ids)
    assert await asyncio.gather(*asked) == [[True]] * 5
    assert counted.reads == 1
    # One who goes away while it is read does not end it for the others.
    two = [asyncio.create_task(rosters.attend(each, [_key(room["id"])])) for each in learner_ids[:2]]
    await asyncio.sleep(0)
    two[0].cancel()
    assert await two[1] == [True]
    assert counted.reads == 2
    await counted.close()


async def test_the_rosters_of_a_round_are_freed_with_it(school: School, addresses: Addresses) -> None:
    room = await school.classroom()
    database = CountingDatabase(addresses.application, readers=1, writers=1)
    await database.open()
    gc.collect()
    gc.disable()
    try:
        rosters = Rosters(database, _key(school.organization_id))
        assert await rosters.teach(_key(school.admin.user_id), [_key(room["id"])]) == [True]
        past = weakref.ref(rosters)
        del rosters
        await asyncio.sleep(0)
        assert past() is None
    finally:
        gc.enable()
    await database.close()
