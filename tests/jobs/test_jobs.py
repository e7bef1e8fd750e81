"""Jobs from asking to end: tried again, failed for good, cancelled, in order, seen by whom they concern."""

import asyncio
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app.bootstrap import Addresses
from app.jobs.kinds import Assignment, JobKind, Retries, Schedule
from app.jobs.queue import NewJob, enqueue
from app.jobs.runner import Runner, Verdict
from app.jobs.upkeep import requeue_lost
from app.kit import ids
from app.kit.errors import Conflict, Unavailable
from tests.client import Client, School
from tests.jobs.kinds import JOB, PROGRESS, Doing, Office
from tests.socket import socket_of


async def nothing(assignment: Assignment) -> None:
    return None


async def test_a_job_is_there_with_the_change_that_asked_for_it_or_not_at_all(
    office: Office, addresses: Addresses
) -> None:
    class Undone(Exception):
        pass

    kind = Doing(nothing)

    async def ask_and_fail() -> None:
        async with office.runtime.database.unit_of_work(office.tenant) as work:
            await enqueue(work, NewJob(kind.name, None))
            raise Undone

    with pytest.raises(Undone):
        await ask_and_fail()
    connection = await asyncpg.connect(addresses.owner)
    left = [
        await connection.fetchval("SELECT count(*) FROM job WHERE kind = $1", kind.name),
        await connection.fetchval("SELECT count(*) FROM queue.job WHERE entrypoint = $1", kind.name),
    ]
    kept = await office.ask_for(kind.name)
    queued = await connection.fetch("SELECT payload FROM queue.job WHERE entrypoint = $1", kind.name)
    await connection.close()
    assert left == [0, 0]
    assert (await office.job(kept))["state"] == "QUEUED"
    # The two ids and nothing else.
    assert [json.loads(row["payload"]) for row in queued] == [
        {"organization": str(office.tenant), "job": str(kept_id(kept))}
    ]


def kept_id(public_id: str) -> uuid.UUID:
    found = ids.decode(public_id)
    assert found is not None
    return found[1]


async def test_a_held_subscription_sees_a_job_from_asking_to_its_end(office: Office, address: str) -> None:
    go = asyncio.Event()

    async def count(assignment: Assignment) -> None:
        await go.wait()
        for step in (1, 2, 3):
            await assignment.report(step, 3, f"Step {step} of 3.")
            await asyncio.sleep(0.6)

    kind = Doing(count)
    job_id = await office.ask_for(kind.name)
    async with socket_of(address, office.school.admin.token) as socket:
        stream = await socket.subscribe(PROGRESS, id=job_id)
        first = await stream.event()
        async with office.worker(kind):
            begun = await stream.event()
            go.set()
            told = [await stream.event() for _ in range(4)]
    assert (first["__typename"], first["resumed"], first["job"]["state"]) == ("JobSnapshot", False, "QUEUED")
    assert (begun["__typename"], begun["job"]["state"]) == ("JobChanged", "RUNNING")
    assert [each["job"]["progress"] for each in told] == [
        {"done": 1, "total": 3, "doing": "Step 1 of 3."},
        {"done": 2, "total": 3, "doing": "Step 2 of 3."},
        *[{"done": 3, "total": 3, "doing": "Step 3 of 3."}] * 2,
    ]
    assert [each["job"]["state"] for each in told] == ["RUNNING", "RUNNING", "RUNNING", "DONE"]
    assert told[-1]["job"] == await office.job(job_id)
    async with socket_of(address, office.school.admin.token) as socket:
        stream = await socket.subscribe(PROGRESS, id=job_id, after=told[1]["cursor"])
        missed = [await stream.event() for _ in range(2)]
    assert missed == told[2:]


async def test_a_job_that_fails_is_tried_again_after_growing_pauses_until_it_succeeds(office: Office) -> None:
    at: list[float] = []

    async def third_time_lucky(assignment: Assignment) -> None:
        at.append(asyncio.get_running_loop().time())
        if len(at) < 3:
            raise RuntimeError("the name of a pupil")

    kind = Doing(third_time_lucky, retries=Retries(tries=5, first=timedelta(seconds=0.4)))
    job_id = await office.ask_for(kind.name)
    async with office.worker(kind):
        done = await office.until(job_id, "DONE")
    assert (len(at), done["failures"], done["error"]) == (3, 2, None)
    assert at[1] - at[0] >= 0.4
    assert at[2] - at[1] >= 0.8


def test_each_pause_is_twice_the_last_up_to_the_longest_and_the_last_try_has_none() -> None:
    retries = Retries(tries=7, first=timedelta(seconds=10), longest=timedelta(minutes=2))
    pauses = [retries.pause(failures) for failures in range(1, 8)]
    assert [pause and pause.total_seconds() for pause in pauses] == [10, 20, 40, 80, 120, 120, None]
    assert Retries(tries=5_000).pause(4_000) == timedelta(minutes=10)


async def test_while_it_waits_for_its_next_try_a_job_says_what_it_failed_of_and_when_that_is(
    office: Office,
) -> None:
    async def away(assignment: Assignment) -> None:
        raise Unavailable("The store of files is away.")

    kind = Doing(away, retries=Retries(tries=2, first=timedelta(minutes=9)))
    job_id = await office.ask_for(kind.name)
    async with office.worker(kind), asyncio.timeout(20):
        while (found := await office.job(job_id))["failures"] == 0:
            await asyncio.sleep(0.05)
    assert (found["state"], found["failures"]) == ("QUEUED", 1)
    assert found["error"] == {"code": "UNAVAILABLE", "message": "The store of files is away."}
    wait = datetime.fromisoformat(found["notBefore"]) - datetime.now(UTC)
    assert timedelta(minutes=8) < wait <= timedelta(minutes=9)


async def test_after_its_last_try_the_failure_is_kept_and_the_cause_stays_in_the_log(
    office: Office, addresses: Addresses
) -> None:
    tries = 0

    async def never(assignment: Assignment) -> None:
        nonlocal tries
        tries += 1
        raise RuntimeError("the name of a pupil")

    kind = Doing(never)
    job_id = await office.ask_for(kind.name)
    async with office.worker(kind):
        failed = await office.until(job_id, "FAILED")
    connection = await asyncpg.connect(addresses.owner)
    held = await connection.fetch("SELECT status::text FROM queue.job WHERE entrypoint = $1", kind.name)
    await connection.close()
    assert (tries, failed["failures"]) == (3, 3)
    assert failed["error"] == {
        "code": "INTERNAL",
        "message": "It failed unexpectedly; the server's log says why, under the id of the job.",
    }
    assert failed["endedAt"] is not None
    assert [row["status"] for row in held] == ["failed"]


async def test_what_another_try_cannot_change_is_not_tried_again(office: Office) -> None:
    async def refused(assignment: Assignment) -> None:
        raise Conflict("The class is archived.")

    kind = Doing(refused)
    job_id = await office.ask_for(kind.name)
    async with office.worker(kind):
        failed = await office.until(job_id, "FAILED")
    assert (failed["failures"], failed["error"]) == (
        1, {"code": "CONFLICT", "message": "The class is archived."},
    )  # fmt: skip


CANCEL = f"""mutation($id: ID!) {{ cancelJob(input: {{jobId: $id}}) {{
  job {{ {JOB} }} userErrors {{ code path }} }} }}"""


async def test_a_job_that_waits_is_cancelled_at_once_and_never_runs(office: Office) -> None:
    ran: list[str] = []

    async def run(assignment: Assignment) -> None:
        ran.append(assignment.input["name"])

    kind = Doing(run)
    cancelled = await office.ask_for(kind.name, input={"name": "first"}, priority=1)
    second = await office.ask_for(kind.name, input={"name": "second"})
    payload = (await office.school.admin.ask(CANCEL, id=cancelled))["cancelJob"]
    assert (payload["job"]["state"], payload["userErrors"]) == ("CANCELLED", [])
    async with office.worker(kind):
        await office.until(second, "DONE")
    assert ran == ["second"]
    again = (await office.school.admin.ask(CANCEL, id=cancelled))["cancelJob"]
    late = (await office.school.admin.ask(CANCEL, id=second))["cancelJob"]
    assert (again["job"], again["userErrors"]) == (payload["job"], [])
    assert (late["job"], late["userErrors"]) == (None, [{"code": "CONFLICT", "path": ["jobId"]}])


async def test_a_job_that_runs_is_ended_where_it_is(office: Office) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def run(assignment: Assignment) -> None:
        begun.set()
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    kind = Doing(run)
    job_id = await office.ask_for(kind.name)
    async with office.worker(kind):
        async with asyncio.timeout(20):
            await begun.wait()
        payload = (await office.school.admin.ask(CANCEL, id=job_id))["cancelJob"]
        found = await office.until(job_id, "CANCELLED")
    assert payload["userErrors"] == []
    assert found["cancelRequestedAt"] is not None
    assert (ended.is_set(), found["failures"], found["error"]) == (True, 0, None)


async def test_of_jobs_that_wait_the_more_urgent_is_taken_first_then_the_earlier(
    office: Office, addresses: Addresses
) -> None:
    kind = Doing(nothing)
    priorities = [0, 5, 1, 5, -3]
    asked = [await office.ask_for(kind.name, priority=priority) for priority in priorities]
    async with office.worker(kind):
        for job_id in asked:
            await office.until(job_id, "DONE")
    connection = await asyncpg.connect(addresses.owner)
    taken = await connection.fetch(
        "SELECT job_id FROM queue.job_log WHERE entrypoint = $1 AND status = 'picked' ORDER BY id", kind.name
    )
    queued = await connection.fetch(
        "SELECT job_id FROM queue.job_log WHERE entrypoint = $1 AND status = 'queued' ORDER BY id", kind.name
    )
    await connection.close()
    place = {row["job_id"]: place for place, row in enumerate(queued)}
    assert [place[row["job_id"]] for row in taken] == [1, 3, 2, 0, 4]


async def test_a_job_waits_until_its_time(office: Office) -> None:
    kind = Doing(nothing)
    moment = datetime.now(UTC) + timedelta(seconds=2)
    job_id = await office.ask_for(kind.name, not_before=moment)
    assert datetime.fromisoformat((await office.job(job_id))["notBefore"]) == moment
    async with office.worker(kind):
        done = await office.until(job_id, "DONE")
    assert datetime.fromisoformat(done["startedAt"]) >= moment


async def test_a_worker_that_ends_puts_its_job_back_and_another_does_it_from_the_start(
    office: Office,
) -> None:
    runs: list[int] = []
    begun = asyncio.Event()

    async def run(assignment: Assignment) -> None:
        runs.append(len(runs))
        begun.set()
        if len(runs) == 1:
            await asyncio.sleep(3600)

    kind = Doing(run)
    job_id = await office.ask_for(kind.name)
    async with office.worker(kind), asyncio.timeout(20):
        await begun.wait()
    back = await office.job(job_id)
    async with office.worker(kind):
        done = await office.until(job_id, "DONE")
    assert (back["state"], back["failures"], runs, done["failures"]) == ("QUEUED", 0, [0, 1], 0)


async def test_a_worker_that_was_thought_dead_ends_nothing_that_another_has_taken_up(
    office: Office, addresses: Addresses
) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    gates = iter([first, second])
    cancelled: list[str] = []

    class Slow:
        name = f"TEST_{uuid.uuid4().hex}"
        retries = Retries()

        async def run(self, assignment: Assignment) -> dict[str, Any]:
            gate = next(gates)
            try:
                await gate.wait()
            except asyncio.CancelledError:
                cancelled.append("first" if gate is first else "second")
                raise
            return {"by": "first" if gate is first else "second"}

    kind, runtime = Slow(), office.runtime
    job_id = await office.ask_for(kind.name)
    runner = Runner(runtime.background, runtime.bus, {kind.name: kind})
    stay = asyncio.Event()
    async with asyncio.timeout(30):
        one = asyncio.create_task(runner.run(office.tenant, kept_id(job_id), stay))
        await office.until(job_id, "RUNNING")
        other = asyncio.create_task(runner.run(office.tenant, kept_id(job_id), stay))
        assert (await one).verdict is Verdict.ENDED
        assert (await office.job(job_id))["state"] == "RUNNING"
        second.set()
        assert (await other).verdict is Verdict.ENDED
    connection = await asyncpg.connect(addresses.owner)
    row = await connection.fetchrow("SELECT state, run, result FROM job WHERE id = $1", kept_id(job_id))
    await connection.close()
    assert row is not None
    assert (row["state"], row["run"], row["result"]) == ("DONE", 2, '{"by": "second"}')
    assert cancelled == ["first"]


async def test_the_end_of_a_run_that_is_no_longer_the_jobs_is_not_written(
    office: Office, addresses: Addresses
) -> None:
    connection = await asyncpg.connect(addresses.owner)

    async def run(assignment: Assignment) -> dict[str, Any]:
        # Another worker takes it up, and this one is done before it hears of that.
        await connection.execute("UPDATE job SET run = run + 1 WHERE id = $1", kept_id(job_id))
        await assignment.report(1, 2, "Half.")
        return {"by": "first"}

    kind = Doing(run)
    job_id = await office.ask_for(kind.name)
    runtime = office.runtime
    known: dict[str, JobKind] = {kind.name: kind.as_kind()}
    runner = Runner(runtime.background, runtime.bus, known)
    async with asyncio.timeout(30):
        outcome = await runner.run(office.tenant, kept_id(job_id), asyncio.Event())
    row = await connection.fetchrow("SELECT state, done, result FROM job WHERE id = $1", kept_id(job_id))
    await connection.close()
    assert outcome.verdict is Verdict.ENDED
    assert row is not None
    assert tuple(row) == ("RUNNING", 0, None)


@pytest.mark.parametrize("state", ["RUNNING", "QUEUED"])
async def test_a_job_that_was_cancelled_while_its_worker_died_does_not_run_again(
    office: Office, addresses: Addresses, state: str
) -> None:
    ran: list[int] = []

    async def run(assignment: Assignment) -> None:
        ran.append(1)

    kind = Doing(run)
    job_id = await office.ask_for(kind.name)
    connection = await asyncpg.connect(addresses.owner)
    left = "UPDATE job SET state = $2, run = 1, cancel_requested_at = now() WHERE id = $1"
    await connection.execute(left, kept_id(job_id), state)
    await connection.close()
    async with office.worker(kind):
        await office.until(job_id, "CANCELLED")
    assert ran == []


async def test_a_job_that_fell_out_of_the_queue_is_put_back(office: Office, addresses: Addresses) -> None:
    kind = Doing(nothing)
    lost, failed = await office.ask_for(kind.name), await office.ask_for(kind.name)
    connection = await asyncpg.connect(addresses.owner)
    rows = await connection.fetch("SELECT id FROM queue.job WHERE entrypoint = $1 ORDER BY id", kind.name)
    await connection.execute("DELETE FROM queue.job WHERE id = $1", rows[0]["id"])
    await connection.execute("UPDATE queue.job SET status = 'failed' WHERE id = $1", rows[1]["id"])
    assert await requeue_lost(office.runtime.maintenance, office.runtime.background) == 2
    assert await requeue_lost(office.runtime.maintenance, office.runtime.background) == 0
    waiting = await connection.fetch("SELECT status::text FROM queue.job WHERE entrypoint = $1", kind.name)
    await connection.close()
    assert [row["status"] for row in waiting] == ["queued", "queued"]
    async with office.worker(kind):
        for job_id in (lost, failed):
            await office.until(job_id, "DONE")


async def test_a_schedule_fires_once_though_two_workers_wait_for_it(office: Office) -> None:
    fired: list[str] = []

    def by(worker: str, at: datetime) -> Schedule:
        async def fire() -> None:
            fired.append(worker)

        moment = f"{at.minute} {at.hour} {at.day} {at.month} * {at.second}"
        return Schedule(f"test {at.isoformat()}", moment, fire)

    async def fired_by(seconds: float) -> int:
        """How often it fires that many seconds from now; not at all where no worker is at work by then."""
        fired.clear()
        at = datetime.now(UTC) + timedelta(seconds=seconds)
        async with (
            office.worker(schedules=(by("one", at),)),
            office.worker(schedules=(by("two", at),)),
        ):
            while not fired and datetime.now(UTC) < at + timedelta(seconds=seconds):
                await asyncio.sleep(0.05)
            await asyncio.sleep(2)
        return len(fired)

    for _ in range(2):
        times = 0
        for patience in (2, 8, 32):
            times = times or await fired_by(patience)
        assert times == 1


async def test_a_learner_and_another_school_see_nothing_of_a_job(
    office: Office, anonymous: Client, address: str
) -> None:
    kind = Doing(nothing)
    job_id = await office.ask_for(kind.name)
    learner = await office.school.learner(await office.school.classroom())
    teacher = await office.school.teacher()
    stranger = (await School.found(anonymous, office.runtime)).admin
    query = "query($id: ID!) { node(id: $id) { id } }"
    for person in (learner, teacher, stranger):
        assert (await person.refused(query, id=job_id))["extensions"]["code"] == "NOT_FOUND"
        assert (await person.ask("{ viewer { jobs { totalCount nodes { id } } } }"))["viewer"] == {
            "jobs": {"totalCount": 0, "nodes": []}
        }
        payload = (await person.ask(CANCEL, id=job_id))["cancelJob"]
        assert payload["userErrors"] == [{"code": "NOT_FOUND", "path": ["jobId"]}]
        async with socket_of(address, person.token) as socket:
            stream = await socket.subscribe(PROGRESS, id=job_id)
            assert (await stream.error())["extensions"]["code"] == "NOT_FOUND"
    all_jobs = "{ viewer { organization { jobs { nodes { id } } } } }"
    for person in (learner, teacher):
        assert (await person.refused(all_jobs))["extensions"]["code"] == "NOT_FOUND"
    assert (await office.job(job_id))["state"] == "QUEUED"


async def test_one_sees_ones_own_jobs_and_an_admin_all_of_the_organization(office: Office) -> None:
    kind = Doing(nothing)
    teacher = await office.school.teacher()
    own = await office.ask_for(kind.name)
    hers = await office.ask_for(kind.name, by=teacher)
    mine = "{ viewer { jobs { nodes { id } } } }"
    every = "{ viewer { organization { jobs { totalCount nodes { id createdBy { id } } } } } }"
    admin = office.school.admin
    assert (await teacher.ask(mine))["viewer"]["jobs"]["nodes"] == [{"id": hers}]
    assert (await admin.ask(mine))["viewer"]["jobs"]["nodes"] == [{"id": own}]
    assert (await admin.ask(every))["viewer"]["organization"]["jobs"] == {
        "totalCount": 2,
        "nodes": [
            {"id": hers, "createdBy": {"id": teacher.user_id}},
            {"id": own, "createdBy": {"id": (await office.boss()).user_id}},
        ],
    }
    assert (await office.job(hers, teacher))["id"] == hers


async def test_the_role_that_serves_has_no_right_to_the_queue(addresses: Addresses, office: Office) -> None:
    kind = Doing(nothing)
    job_id = await office.ask_for(kind.name)
    stranger = ids.new_id()
    connection = await asyncpg.connect(addresses.application)
    relations = await connection.fetch(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'queue' AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')"
    )
    for row in relations:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT * FROM queue.{row['relname']}")
    await connection.execute("SELECT set_config('app.organization', $1, false)", stranger.hex)
    foreign = await connection.fetchval("SELECT enqueue_job($1)", kept_id(job_id))
    schemas = await connection.fetch(
        "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)' ORDER BY 1"
    )
    await connection.close()
    assert len(relations) == 8  # four tables, their sequences
    assert foreign is None
    assert [row["nspname"] for row in schemas] == ["public", "queue"]


async def test_a_worker_that_loses_its_connections_goes_on_when_it_has_new_ones(
    office: Office, addresses: Addresses
) -> None:
    begun = asyncio.Event()
    runs: list[int] = []

    async def run(assignment: Assignment) -> None:
        runs.append(len(runs))
        begun.set()
        if len(runs) == 1:
            await asyncio.sleep(3600)

    kind = Doing(run)
    job_id = await office.ask_for(kind.name)
    connection = await asyncpg.connect(addresses.maintenance)
    async with office.worker(kind):
        async with asyncio.timeout(20):
            await begun.wait()
        cut = await connection.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE usename = current_user AND pid <> pg_backend_pid()"
        )
        done = await office.until(job_id, "DONE", patience=60)
        other = await office.ask_for(kind.name)
        await office.until(other, "DONE")
    await connection.close()
    assert cut >= 2  # the one that listens, too
    assert (runs, done["failures"]) == ([0, 1, 2], 0)
