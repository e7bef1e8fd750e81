"""A board is read once a second for all who look at it, and anew as soon as something is heard of it."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.columnar import PackedIds
from app.kit.metrics import STATEMENTS, TOLD_AGAIN
from app.leaderboards.board import BoardName, LeaderboardMetric
from app.leaderboards.board_readings import MOST_LEARNERS, BoardReadings, Name
from app.leaderboards.windows import LeaderboardWindow
from app.realtime.event_log import VISIBILITY, leaderboard_topic
from tests.analytics.practising import Practice
from tests.client import Client, School
from tests.conftest import MovableClock
from tests.leaderboards.test_class_board import SHORT, WITH_CURSOR, asked, class_of_two
from tests.live.following import TEACHING

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
OWN = """query($id: ID!) { leaderboard(scopeId: $id, window: ALL_TIME) {
  entries { alias } viewerEntry { rank score } } }"""


@pytest.fixture
def practice(school: School) -> Practice:
    return Practice(school)


@pytest.fixture(autouse=True)
def still(clock: MovableClock) -> None:
    """Time stands still, so that nothing is a second old by itself."""
    clock.stop()


async def test_a_class_that_looks_together_has_its_board_read_once(
    school: School, practice: Practice, clock: MovableClock
) -> None:
    classroom, (ada, ben) = await class_of_two(school, practice)
    first, statements = await asked(ada, OWN, id=classroom["id"])
    second, more = await asked(ben, OWN, id=classroom["id"])
    assert (statements, more) == (1, 0)
    assert (first["viewerEntry"]["rank"], second["viewerEntry"]["rank"]) == (1, 2)
    assert first["entries"] == second["entries"]

    clock.forward(seconds=1)
    assert await asked(ben, OWN, id=classroom["id"]) == (second, 1)


async def test_who_wants_it_anew_has_the_board_read(school: School, practice: Practice) -> None:
    classroom, (ada, _) = await class_of_two(school, practice)
    for _ in range(2):
        before = STATEMENTS._value.get()
        body = {"query": SHORT, "variables": {"id": classroom["id"]}}
        headers = {"authorization": f"Bearer {ada.token}", "cache-control": "no-cache"}
        answer = await ada.http.post("/graphql", json=body, headers=headers)
        assert answer.json()["data"]["leaderboard"]["entries"]
        assert STATEMENTS._value.get() - before == 1


async def test_who_hides_is_gone_at_once_and_still_sees_itself(school: School, practice: Practice) -> None:
    classroom, (ada, ben) = await class_of_two(school, practice)
    assert len((await asked(ben, OWN, id=classroom["id"]))[0]["entries"]) == 2
    hidden = {"learnerId": ada.learner_id, "leaderboardHidden": True}
    await ada.do("updateLearner", hidden, "learner { id }")

    seen, _ = await asked(ben, OWN, id=classroom["id"])
    assert (len(seen["entries"]), seen["viewerEntry"]["rank"]) == (1, 1)
    own, statements = await asked(ada, OWN, id=classroom["id"])
    assert (len(own["entries"]), own["viewerEntry"]["rank"], statements) == (1, 1, 0)


async def test_what_is_answered_shows_as_soon_as_it_is_counted(school: School, practice: Practice) -> None:
    classroom, (_, ben) = await class_of_two(school, practice)
    before, _ = await asked(ben, OWN, id=classroom["id"])
    skill = await practice.skill("Decimals")
    await practice.answers(ben.learner_id, skill, [1.0] * 9, datetime.now(UTC))
    await practice.projected()
    after, statements = await asked(ben, OWN, id=classroom["id"])
    assert statements == 1
    assert after["viewerEntry"]["score"] > before["viewerEntry"]["score"]


async def test_a_learner_of_another_school_is_told_nothing_of_a_board_that_is_kept(
    school: School, anonymous: Client, practice: Practice
) -> None:
    classroom, (ada, _) = await class_of_two(school, practice)
    elsewhere = await School.found(anonymous, school.runtime)
    stranger = await elsewhere.learner(await elsewhere.classroom())
    await asked(ada, SHORT, id=classroom["id"])
    refused = await stranger.post(SHORT, id=classroom["id"])
    assert refused["data"] == {"leaderboard": None}
    assert refused["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_whoever_asks_the_same_again_is_told_the_same_while_the_board_stands(
    school: School, practice: Practice, clock: MovableClock
) -> None:
    classroom, (ada, ben) = await class_of_two(school, practice)

    async def told() -> tuple[Any, float]:
        """Ada's board, and whether she was told it again."""
        before = TOLD_AGAIN._value.get()
        board, _ = await asked(ada, SHORT, id=classroom["id"])
        return board, TOLD_AGAIN._value.get() - before

    first, _ = await told()
    assert await told() == (first, 1)
    clock.forward(seconds=1)
    assert await told() == (first, 0)
    assert await told() == (first, 1)

    hidden = {"learnerId": ben.learner_id, "leaderboardHidden": True}
    await ben.do("updateLearner", hidden, "learner { id }")
    alone = {**first, "entries": [first["entries"][0]]}
    assert await told() == (alone, 0)
    assert await told() == (alone, 1)


async def test_a_teacher_and_whoever_wants_the_cursor_are_answered_by_a_look(
    school: School, practice: Practice
) -> None:
    classroom, (ada, _) = await class_of_two(school, practice)
    grace = await school.teacher()
    teaching = {"classroomId": classroom["id"], "userId": grace.user_id}
    await school.admin.ask(TEACHING.format("addClassroomTeacher"), input=teaching)
    for person, text in ((grace, SHORT), (ada, WITH_CURSOR)):
        for _ in range(2):
            before = TOLD_AGAIN._value.get()
            assert (await asked(person, text, id=classroom["id"]))[1] > 0
            assert TOLD_AGAIN._value.get() == before


@given(st.lists(st.binary(min_size=16, max_size=16), max_size=20), st.integers(0, 19))
def test_an_id_is_found_where_it_begins_and_nowhere_between(packed: list[bytes], chosen: int) -> None:
    ids = PackedIds(b"".join(packed))
    known = [uuid.UUID(bytes=each) for each in packed]
    for each in known:
        assert ids.place(each) == known.index(each)
    across = uuid.UUID(bytes=(b"".join(packed) + bytes(40))[chosen : chosen + 16])
    assert ids.place(across) == (known.index(across) if across in known else None)


class Row(dict[str, Any]):
    """A row of one learner's score."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


def _row(score: float) -> Any:
    return Row(scores=[score], aliases=["Quiet otter"], learners=bytes(16), hidden="f", time_zone="UTC")


def _name(number: int = 0) -> tuple[str, Name]:
    board = BoardName(uuid.UUID(int=number), LeaderboardWindow.WEEK, LeaderboardMetric.SCORE)
    return leaderboard_topic(board.classroom_id), (uuid.UUID(int=1), board, NOON)


def test_a_reading_stands_for_a_second_and_the_same_row_is_the_same_reading() -> None:
    readings = BoardReadings()
    first = readings.keep(*_name(), _row(3.0), NOON, readings.news)
    assert readings.find(*_name(), NOON + timedelta(seconds=0.999)) is first
    assert readings.find(*_name(), NOON + timedelta(seconds=1)) is None
    assert readings.find(*_name(), NOON - timedelta(seconds=1)) is None
    later = NOON + timedelta(seconds=5)
    assert readings.keep(*_name(), _row(3.0), later, readings.news) is first
    assert first.seen.stands(later)
    other = readings.keep(*_name(), _row(4.0), later, readings.news)
    assert other is not first
    assert readings.find(*_name(), later) is other


def test_what_is_heard_ends_the_readings_of_the_class_or_all_of_them() -> None:
    readings = BoardReadings()
    for number in range(2):
        readings.keep(*_name(number), _row(3.0), NOON, readings.news)
    readings.hear([_name(0)[0], "learner:1"])
    assert [readings.find(*_name(number), NOON) is None for number in range(2)] == [True, False]
    readings.hear([VISIBILITY])
    assert readings.find(*_name(1), NOON) is None


def test_what_was_read_before_news_of_a_change_is_not_kept() -> None:
    readings = BoardReadings()
    before = readings.news
    readings.hear([_name(5)[0]])
    reading = readings.keep(*_name(), _row(3.0), NOON, before)
    assert not reading.seen.stands(NOON)
    assert readings.find(*_name(), NOON) is None


def test_no_more_entries_are_kept_than_may_be_and_no_long_board() -> None:
    readings = BoardReadings(most=6)
    for number in range(5):
        for score in (1.0, 2.0):
            readings.keep(*_name(number), _row(score), NOON, readings.news)
    # Each is an entry and itself: two of the five are too many.
    assert [readings.find(*_name(number), NOON) is not None for number in range(5)] == [
        False, False, True, True, True,
    ]  # fmt: skip
    long = _row(3.0)
    long["scores"] = [3.0] * (MOST_LEARNERS + 1)
    assert not readings.keep(*_name(9), long, NOON, readings.news).seen.stands(NOON)
