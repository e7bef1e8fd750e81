"""Following a leaderboard: what moves, merged, and a new board when the window ends."""

import random
from datetime import timedelta
from typing import Any

import pytest

from app.live.activity import ClassroomActivity
from app.live.leaderboard import merge_changes
from app.runtime import Runtime
from tests.analytics.practising import Practice
from tests.client import Client, School
from tests.conftest import MovableClock
from tests.live.following import LEADERBOARD, board_after
from tests.socket import Stream, socket_of


@pytest.fixture
def practice(school: School) -> Practice:
    return Practice(school)


async def _answer(practice: Practice, learner: Client, scores: list[float]) -> None:
    skill = await practice.skill(f"{learner.user_id} {random.random()}")
    await practice.answers(learner.learner_id, skill, scores, practice.school.runtime.clock())
    await practice.projected(ClassroomActivity())


async def _until(stream: Stream, held: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Take events in until the board is the wanted one."""
    while held != wanted:
        held = board_after(held, await stream.event())
    return held


async def _board(address: str, person: Client, room: str) -> dict[str, Any]:
    async with socket_of(address, person.token) as socket:
        return board_after({}, await (await socket.subscribe(LEADERBOARD, id=room)).event())


async def test_a_learner_of_the_class_follows_what_moves_and_holds_what_a_later_snapshot_holds(
    address: str, school: School, practice: Practice
) -> None:
    classroom = await school.classroom()
    ada, ben = [await school.learner(classroom, name) for name in ("Ada", "Ben")]
    async with socket_of(address, ada.token) as socket:
        stream = await socket.subscribe(LEADERBOARD, id=classroom["id"])
        snapshot = await stream.event()
        assert (snapshot["resumed"], snapshot["leaderboard"]["entries"]) == (False, [])
        for learner, scores in ((ada, [1.0]), (ben, [1.0, 1.0]), (ada, [1.0, 1.0])):
            await _answer(practice, learner, scores)
        later = await _board(address, ben, classroom["id"])
        held = await _until(stream, board_after({}, snapshot), later)
    assert sorted(each["rank"] for each in held.values()) == [1, 2]


async def test_a_cursor_tells_what_moved_since_and_that_of_another_board_gets_a_snapshot(
    address: str, school: School, practice: Practice
) -> None:
    classroom = await school.classroom()
    ada = await school.learner(classroom, "Ada")
    await _answer(practice, ada, [1.0])
    async with socket_of(address, ada.token) as socket:
        start = await (await socket.subscribe(LEADERBOARD, id=classroom["id"])).event()
    await _answer(practice, ada, [1.0])
    later = await _board(address, ada, classroom["id"])
    async with socket_of(address, ada.token) as socket:
        stream = await socket.subscribe(LEADERBOARD, id=classroom["id"], after=start["cursor"])
        beat = await stream.event(heartbeats=True)
        assert (beat["__typename"], beat["cursor"]) == ("StreamHeartbeat", start["cursor"])
        await _until(stream, board_after({}, start), later)
        other = await socket.subscribe(LEADERBOARD, id=classroom["id"], window="DAY", after=start["cursor"])
        assert (await other.event())["__typename"] == "LeaderboardSnapshot"


async def test_when_the_window_ends_the_stream_goes_on_with_a_snapshot_of_the_next(
    address: str, anonymous: Client, runtime: Runtime, clock: MovableClock
) -> None:
    now = clock()
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    clock.forward(seconds=(midnight - now).total_seconds() - 300)
    school = await School.found(anonymous, runtime)
    classroom = await school.classroom()
    ada = await school.learner(classroom, "Ada")
    await _answer(Practice(school), ada, [1.0])
    async with socket_of(address, ada.token) as socket:
        stream = await socket.subscribe(LEADERBOARD, id=classroom["id"], window="DAY")
        today = await stream.event()
        clock.forward(seconds=301)
        tomorrow = await stream.event()
        late = await socket.subscribe(LEADERBOARD, id=classroom["id"], window="DAY", after=today["cursor"])
        assert (await late.event())["leaderboard"] == tomorrow["leaderboard"]
    assert len(today["leaderboard"]["entries"]) == 1
    assert tomorrow["leaderboard"]["entries"] == []
    assert tomorrow["leaderboard"]["startsAt"] == midnight.isoformat().replace("+00:00", "Z")


async def test_who_is_not_of_the_class_may_not_follow_its_board(address: str, school: School) -> None:
    classroom, other = await school.classroom(), await school.classroom("8A")
    eve = await school.learner(other, "Eve")
    async with socket_of(address, eve.token) as socket:
        stream = await socket.subscribe(LEADERBOARD, id=classroom["id"])
        assert (await stream.error())["extensions"]["code"] == "NOT_FOUND"


def _change(entries: dict[str, int], removed: list[str]) -> dict[str, Any]:
    found = [{"learner": learner, "rank": rank} for learner, rank in entries.items()]
    return {"entries": found, "removed": removed, "window": "WEEK"}


def test_merged_changes_keep_the_latest_of_each_learner() -> None:
    merged = merge_changes(_change({"a": 1, "b": 2, "c": 3}, ["d", "e"]), _change({"b": 4, "d": 5}, ["c"]))
    assert {each["learner"]: each["rank"] for each in merged["entries"]} == {"a": 1, "b": 4, "d": 5}
    assert merged["removed"] == ["e", "c"]
