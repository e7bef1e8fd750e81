"""The demo school as it is loaded: cut in the middle, finished by the next start, and alive afterwards."""

import httpx
import pytest

from app.bootstrap import Addresses
from app.cli.database import analyze
from app.kit.statements import sql
from app.operations.demo import loading
from app.operations.demo.loading import DemoState
from app.operations.verify import verify
from app.realtime.consumers import drain
from app.runtime import Runtime
from app.worker import consumers
from tests.client import Client, sign_in


class Cut(Exception):
    """The process dies here."""


def cut_in_the_second_batch(done: int, total: int) -> None:
    """Die between two commits."""
    if done:
        raise Cut


def quiet(done: int, total: int) -> None:
    """Hear nothing."""


@pytest.fixture(scope="module")
async def loaded(runtime: Runtime, addresses: Addresses) -> int:
    """The demo school, loaded in two runs; how many attempts the second one recorded."""
    with pytest.raises(Cut):
        await loading.load(runtime.database, runtime.passwords, runtime.clock(), cut_in_the_second_batch)
    assert await loading.demo_state(runtime.database) is DemoState.UNFINISHED
    recorded = await loading.load(runtime.database, runtime.passwords, runtime.clock(), quiet)
    await drain(runtime.maintenance, consumers())
    # As the command does: PostgreSQL plans by what it last counted, which was next to nothing.
    await analyze(addresses)
    return recorded


@pytest.fixture
async def teacher(loaded: int, http: httpx.AsyncClient) -> Client:
    return await sign_in(Client(http), "teacher@demo.example", loading.PASSWORD)


async def test_a_loading_that_was_cut_is_finished_and_then_nothing_is_left_to_do(
    loaded: int, runtime: Runtime
) -> None:
    assert await loading.demo_state(runtime.database) is DemoState.LOADED
    begun = await loading._find(runtime.database)
    assert begun is not None
    async with runtime.database.reader(begun.organization_id) as reader:
        attempts = await reader.fetch_value(sql("SELECT count(*) FROM attempt"))
    assert attempts == loaded + loading.BATCH
    assert await loading.load(runtime.database, runtime.passwords, runtime.clock(), quiet) == 0


async def test_everything_derived_says_what_the_attempts_say(loaded: int, runtime: Runtime) -> None:
    reports = await verify(runtime.maintenance, consumers())
    assert [(report.part, report.differences) for report in reports] == [
        ("mastery", ()), ("rollups", ()), ("leaderboards", ()),
    ]  # fmt: skip


async def test_the_teacher_finds_six_classes_with_figures(teacher: Client, runtime: Runtime) -> None:
    data = await teacher.ask(
        "{ viewer { classrooms { nodes { name analytics { activeLearners attemptCount } "
        "leaderboard(window: TERM) { entries { rank } } } } } }"
    )
    classes = data["viewer"]["classrooms"]["nodes"]
    assert sorted(each["name"] for each in classes) == [
        "Mathematics 10a", "Mathematics 5a", "Mathematics 6b", "Mathematics 7a", "Mathematics 8c",
        "Mathematics 9b",
    ]  # fmt: skip
    assert all(each["analytics"]["activeLearners"] > 20 for each in classes)
    assert all(each["leaderboard"]["entries"][0]["rank"] == 1 for each in classes)


async def test_the_course_has_a_module_for_each_school_year(teacher: Client) -> None:
    data = await teacher.ask(
        """{ courses(first: 2) { nodes {
               name subject modules(first: 20) { nodes { name skills { code } } } } }
             subjects { nodes { name skillCount courseCount } } }"""
    )
    (course,) = data["courses"]["nodes"]
    modules = course["modules"]["nodes"]
    assert (course["name"], course["subject"]) == ("School mathematics", "Mathematics")
    assert [each["name"] for each in modules] == [f"Grade {grade}" for grade in range(3, 11)]
    assert modules[0]["skills"][0] == {"code": "NUM.COUNT.THOUSAND"}
    assert sum(len(each["skills"]) for each in modules) == 120
    assert data["subjects"]["nodes"] == [{"name": "Mathematics", "skillCount": 120, "courseCount": 1}]


async def test_a_learner_goes_on_with_the_session_that_is_under_way(
    loaded: int, http: httpx.AsyncClient, runtime: Runtime
) -> None:
    begun = await loading._find(runtime.database)
    assert begun is not None
    async with runtime.database.reader(begun.organization_id) as reader:
        row = await reader.fetch_one(
            sql("""
                SELECT u.email, s.id FROM practice_session s JOIN learner l ON l.id = s.learner_id
                JOIN user_account u ON u.id = l.user_id WHERE s.state = 'ACTIVE' ORDER BY s.id LIMIT 1
            """)
        )
    assert row is not None
    learner = await sign_in(Client(http), row.email, loading.PASSWORD)
    data = await learner.ask(
        "query($id: ID!) { practiceSession(id: $id) { state nextItem { stem } } }",
        id=f"pss_{row.id.hex}",
    )
    assert data["practiceSession"]["state"] == "ACTIVE"
    assert data["practiceSession"]["nextItem"]["stem"]


async def test_the_first_class_has_sat_one_exam_and_another_is_open(
    teacher: Client, http: httpx.AsyncClient
) -> None:
    query = """{ viewer { organization { classrooms(search: "5a", first: 1) { nodes {
      exams(first: 2) { nodes { id state assessment { title }
        sittings(first: 30) { nodes { state result { score } } } } } } } } } }"""
    (room,) = (await teacher.ask(query))["viewer"]["organization"]["classrooms"]["nodes"]
    coming, held = room["exams"]["nodes"]
    assert (coming["state"], coming["assessment"]["title"]) == ("OPEN", "Weekly check")
    assert {each["state"] for each in coming["sittings"]["nodes"]} == {"NOT_STARTED"}
    assert (held["state"], held["assessment"]["title"]) == ("RELEASED", "Half-term test")
    states = [each["state"] for each in held["sittings"]["nodes"]]
    assert (states.count("SUBMITTED"), states.count("CLOSED")) == (28, 2)
    scores = [each["result"]["score"] for each in held["sittings"]["nodes"] if each["result"]]
    assert (len(scores), min(scores) < max(scores)) == (28, True)

    learner = await sign_in(Client(http), "learner1@demo.example", loading.PASSWORD)
    joined = await learner.do("joinExam", {"examId": coming["id"]}, "sitting { state items { stem } }")
    assert (joined["sitting"]["state"], len(joined["sitting"]["items"])) == ("ACTIVE", 5)
