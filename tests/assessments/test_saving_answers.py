"""What saving an answer costs and locks: two statements after its opening, the own sitting, topics last."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from app.access.principal import Principal, Role
from app.assessments.answer import GivenAnswer
from app.assessments.answers import save_answer
from app.assessments.changes import exam_topic, sitting_topic
from app.assessments.sittings import sitting_lock
from app.kit.database import StatementCount, UnitOfWork, statement_count
from app.kit.statements import sql
from app.runtime import Runtime
from tests.assessments.exam_room import Desk, ExamRoom
from tests.client import School
from tests.mastery.curriculum import tenant_of, uuid_of

PATIENCE = 30.0
SAME_NUMBER = sql("""
    INSERT INTO exam_answer (organization_id, sitting_id, sequence, item_id, response, digest, saved_at)
    VALUES (:tenant, :sitting_id, 1, :item_id, '{}', '', now())
""")
WAITING = sql("""
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
""")
LOCK_TOPICS = sql("SELECT name FROM topic WHERE name = ANY(:names) ORDER BY name FOR UPDATE NOWAIT")


class Undone(Exception):
    """Ends a unit of work without a commit."""


def principal_of(school: School, desk: Desk) -> Principal:
    learner = desk.learner
    ids = uuid_of(learner.user_id), tenant_of(school), uuid_of(learner.learner_id)
    return Principal(*ids, frozenset({Role.LEARNER}))


async def until_one_waits(runtime: Runtime) -> None:
    """Until somebody waits for a lock in this database; within one transaction that never changes."""
    async with asyncio.timeout(PATIENCE):
        while not await _waiting(runtime):
            await asyncio.sleep(0.01)


async def _waiting(runtime: Runtime) -> int:
    async with runtime.database.reader(None) as reader:
        count: int = await reader.fetch_value(WAITING)
    return count


async def test_an_answer_is_saved_by_one_statement_that_reads_and_one_that_writes(
    school: School, runtime: Runtime
) -> None:
    room = await ExamRoom.open(school, "Ada")
    desk = room.desk()
    await desk.join()
    ada, sitting_id = principal_of(school, desk), uuid_of(desk.sitting_id)
    given = GivenAnswer(sitting_id, uuid_of(room.items[0]), {"number": 5}, 1, desk.device)
    counted = StatementCount()
    async with runtime.database.unit_of_work(tenant_of(school), sitting_lock(ada, sitting_id)) as work:
        marker = statement_count.set(counted)
        assert await save_answer(work, ada, given, "127.0.0.1") == 1
        statement_count.reset(marker)
    assert counted.sent == 2
    assert await desk.answers() == [(1, 0, 5)]


async def test_an_answer_waits_for_whoever_moves_its_sitting_and_nobody_elses_does(
    school: School, runtime: Runtime
) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben")
    desk, other = room.desk(0), room.desk(1)
    await desk.join()
    await other.join()
    lock = sitting_lock(principal_of(school, desk), uuid_of(desk.sitting_id))
    async with runtime.database.unit_of_work(tenant_of(school), lock):
        saving = asyncio.create_task(desk.save())
        await until_one_waits(runtime)
        own, other.sitting_id = other.sitting_id, desk.sitting_id
        assert (await other.refused(other.answer()))[0] == "NOT_FOUND"
        other.sitting_id = own
        await other.save()
        assert not saving.done()
    await saving
    assert await desk.answers() == await other.answers() == [(1, 0, 5)]


@asynccontextmanager
async def undone(school: School) -> AsyncIterator[UnitOfWork]:
    """A unit of work of which nothing stays."""
    with suppress(Undone):
        async with school.runtime.database.unit_of_work(tenant_of(school)) as work:
            yield work
            raise Undone


async def test_topics_are_locked_when_all_else_is_written(school: School, runtime: Runtime) -> None:
    room = await ExamRoom.open(school, "Ada")
    desk = room.desk()
    await desk.join()
    sitting_id, item_id = uuid_of(desk.sitting_id), uuid_of(room.items[0])
    names = sorted([exam_topic(uuid_of(room.exam_id)), sitting_topic(sitting_id)])
    async with undone(school) as work:
        await work.execute(SAME_NUMBER, tenant=work.tenant, sitting_id=sitting_id, item_id=item_id)
        # The answer waits for this one, which may or may not come to be.
        saving = asyncio.create_task(desk.save())
        await until_one_waits(runtime)
        assert [row.name for row in await work.fetch(LOCK_TOPICS, names=names)] == names
    await saving
    assert await desk.answers() == [(1, 0, 5)]
