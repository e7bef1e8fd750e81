"""Leaderboards of a class: who stands where, who sees what, and what is told when it changes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.access.principal import Principal
from app.kit.database import StatementCount, statement_count
from app.kit.statements import sql
from app.leaderboards.board import BoardName, LeaderboardMetric
from app.leaderboards.repository import leaderboards_by_name
from app.leaderboards.verification import verify_leaderboards
from app.leaderboards.windows import LeaderboardWindow
from app.practice.states import current_model
from app.realtime.event_log import leaderboard_topic, read_after
from app.science.ranking import attempt_points
from tests.analytics.practising import Practice, key
from tests.client import Client, School
from tests.conftest import MovableClock
from tests.live.following import LEADERBOARD
from tests.socket import socket_of

BOARD = """
  query($id: ID!, $window: LeaderboardWindow! = WEEK, $metric: LeaderboardMetric! = SCORE, $at: DateTime,
        $first: Int, $around: Boolean! = false) {
    leaderboard(scopeId: $id, window: $window, metric: $metric, at: $at, first: $first, around: $around) {
      id scopeId startsAt endsAt tieRule cursor
      entries { id rank alias score } viewerEntry { id rank alias score }
    }
  }
"""


@pytest.fixture
def practice(school: School) -> Practice:
    return Practice(school)


def now() -> datetime:
    return datetime.now(UTC)


async def alias(practice: Practice, learner: Client) -> str:
    rows = await practice.rows("SELECT alias FROM learner WHERE id = :id", id=key(learner.learner_id))
    text: str = rows[0]["alias"]
    return text


async def hide(practice: Practice, learner: Client) -> None:
    async with practice.school.runtime.database.unit_of_work(practice.tenant) as work:
        await work.execute(
            sql("UPDATE learner SET leaderboard_hidden = true WHERE id = :id"), id=key(learner.learner_id)
        )


def places(board: dict[str, Any]) -> list[tuple[int, float]]:
    return [(entry["rank"], entry["score"]) for entry in board["entries"]]


async def test_equal_scores_share_a_rank_and_the_next_rank_is_left_out(
    school: School, practice: Practice
) -> None:
    classroom = await school.classroom()
    learners = [await school.learner(classroom, name) for name in ("Ada", "Ben", "Cleo", "Dan")]
    answers: list[list[float]] = [[1, 1, 1], [1, 0.5], [1, 0.5], [0]]
    for learner, scores in zip(learners, answers, strict=True):
        for place, score in enumerate(scores):
            new_item = await practice.skill(f"{learner.user_id} {place}")
            await practice.answers(learner.learner_id, new_item, [score], now())
    await practice.projected()

    board = (await school.admin.ask(BOARD, id=classroom["id"]))["leaderboard"]

    model = current_model()
    new_difficulty = model.item_difficulty(model.new_item())[0]
    whole, half = (float(attempt_points(score, new_difficulty)) for score in (1.0, 0.5))
    assert places(board) == [(1, 3 * whole), (2, whole + half), (2, whole + half), (4, 0.0)]
    assert board["tieRule"] == "COMPETITION"
    assert board["scopeId"] == classroom["id"]
    assert {entry["alias"] for entry in board["entries"]} == {
        await alias(practice, each) for each in learners
    }
    assert board["viewerEntry"] is None


async def test_who_hides_takes_no_rank_and_still_sees_its_own(school: School, practice: Practice) -> None:
    classroom = await school.classroom()
    skill = await practice.skill("Fractions")
    ada, ben = [await school.learner(classroom, name) for name in ("Ada", "Ben")]
    await practice.answers(ada.learner_id, skill, [1.0, 1.0], now())
    await practice.answers(ben.learner_id, skill, [1.0], now())
    await hide(practice, ada)
    await practice.projected()

    seen_by_ben = (await ben.ask(BOARD, id=classroom["id"]))["leaderboard"]
    seen_by_ada = (await ada.ask(BOARD, id=classroom["id"]))["leaderboard"]

    assert [entry["alias"] for entry in seen_by_ben["entries"]] == [await alias(practice, ben)]
    assert seen_by_ben["viewerEntry"] == seen_by_ben["entries"][0]
    assert seen_by_ben["viewerEntry"]["rank"] == 1
    assert seen_by_ada["entries"] == seen_by_ben["entries"]
    assert seen_by_ada["viewerEntry"]["rank"] == 1
    assert seen_by_ada["viewerEntry"]["alias"] == await alias(practice, ada)


async def test_a_learner_of_another_class_does_not_see_the_board(school: School) -> None:
    classroom, other = await school.classroom("7A"), await school.classroom("7B")
    stranger = await school.learner(other)

    assert (await stranger.refused(BOARD, id=classroom["id"]))["extensions"]["code"] == "NOT_FOUND"
    assert (await stranger.refused(BOARD, id=stranger.learner_id))["extensions"]["code"] == "NOT_FOUND"


async def test_accuracy_counts_from_five_attempts_on(school: School, practice: Practice) -> None:
    classroom = await school.classroom()
    skill = await practice.skill("Fractions")
    ada, ben = [await school.learner(classroom, name) for name in ("Ada", "Ben")]
    await practice.answers(ada.learner_id, skill, [1, 1, 1, 0.5, 0], now())
    await practice.answers(ben.learner_id, skill, [1, 1, 1, 1], now())
    await practice.projected()

    board = (await school.admin.ask(BOARD, id=classroom["id"], metric="ACCURACY"))["leaderboard"]

    assert places(board) == [(1, 0.6)]
    assert board["entries"][0]["alias"] == await alias(practice, ada)


async def test_improvement_compares_with_the_window_before(school: School, practice: Practice) -> None:
    classroom = await school.classroom()
    skill = await practice.skill("Fractions")
    ada = await school.learner(classroom)
    await practice.answers(ada.learner_id, skill, [1, 0, 0, 0], now() - timedelta(days=1))
    await practice.answers(ada.learner_id, skill, [1, 1, 1, 0], now())
    await practice.projected()
    too_few = await school.admin.ask(BOARD, id=classroom["id"], window="DAY", metric="IMPROVEMENT")
    await practice.answers(ada.learner_id, skill, [0], now() - timedelta(days=1))
    await practice.answers(ada.learner_id, skill, [1], now())
    await practice.projected()

    board = (await ada.ask(BOARD, id=classroom["id"], window="DAY", metric="IMPROVEMENT"))["leaderboard"]

    assert too_few["leaderboard"]["entries"] == []
    assert places(board) == [(1, 4 / 5 - 1 / 5)]


async def test_a_streak_runs_through_yesterday_while_today_is_open(
    school: School, practice: Practice
) -> None:
    classroom = await school.classroom()
    skill = await practice.skill("Fractions")
    ada, ben = [await school.learner(classroom, name) for name in ("Ada", "Ben")]
    for days in (3, 2, 1):
        await practice.answers(ada.learner_id, skill, [0], now() - timedelta(days=days))
    for days in (3, 0):
        await practice.answers(ben.learner_id, skill, [1], now() - timedelta(days=days))
    await practice.projected()

    board = (await ada.ask(BOARD, id=classroom["id"], metric="STREAK"))["leaderboard"]
    before = (await ada.ask(BOARD, id=classroom["id"], metric="STREAK", window="DAY",
                            at=(now() - timedelta(days=3)).isoformat()))["leaderboard"]  # fmt: skip

    assert places(board) == [(1, 3.0), (2, 1.0)]
    assert board["viewerEntry"] == board["entries"][0]
    assert places(before) == [(1, 1.0), (1, 1.0)]


async def test_an_earlier_window_stays_to_be_seen_and_is_found_again_by_its_id(
    school: School, practice: Practice
) -> None:
    classroom = await school.classroom()
    skill = await practice.skill("Fractions")
    ada = await school.learner(classroom)
    at = datetime(2026, 3, 4, 12, tzinfo=UTC)
    await practice.answers(ada.learner_id, skill, [1.0], at)
    await practice.projected()

    board = (await ada.ask(BOARD, id=classroom["id"], window="MONTH", at=at.isoformat()))["leaderboard"]
    again = await ada.ask(
        "query($id: ID!) { node(id: $id) { id ... on Leaderboard { startsAt entries { rank alias } } } }",
        id=board["id"],
    )
    current = (await ada.ask(BOARD, id=classroom["id"], window="MONTH"))["leaderboard"]
    all_time = (await ada.ask(BOARD, id=classroom["id"], window="ALL_TIME"))["leaderboard"]

    assert (board["startsAt"], board["endsAt"]) == ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")
    assert again["node"]["id"] == board["id"]
    assert again["node"]["startsAt"] == "2026-03-01T00:00:00Z"
    assert again["node"]["entries"] == [{"rank": 1, "alias": await alias(practice, ada)}]
    assert current["entries"] == []
    assert (all_time["startsAt"], all_time["endsAt"], len(all_time["entries"])) == (None, None, 1)


async def test_around_shows_the_entries_near_ones_own(school: School, practice: Practice) -> None:
    classroom = await school.classroom()
    skill = await practice.skill("Fractions")
    learners = [await school.learner(classroom, f"L{number}") for number in range(6)]
    for number, learner in enumerate(learners):
        await practice.answers(learner.learner_id, skill, [1.0] * (6 - number), now())
    await practice.projected()

    board = (await learners[4].ask(BOARD, id=classroom["id"], first=3, around=True))["leaderboard"]
    top = (await learners[4].ask(BOARD, id=classroom["id"], first=3))["leaderboard"]

    assert [rank for rank, _ in places(board)] == [4, 5, 6]
    assert [rank for rank, _ in places(top)] == [1, 2, 3]
    assert board["viewerEntry"]["rank"] == top["viewerEntry"]["rank"] == 5


async def test_a_class_gives_its_current_board(school: School, practice: Practice) -> None:
    classroom = await school.classroom()
    ada = await school.learner(classroom)
    await practice.answers(ada.learner_id, await practice.skill("Fractions"), [1.0], now())
    await practice.projected()

    data = await ada.ask(
        """query($id: ID!) {
          classroom(id: $id) { leaderboard(window: DAY, first: 1) { id entries { rank } } }
        }""",
        id=classroom["id"],
    )

    board = data["classroom"]["leaderboard"]
    assert board == {"id": f"lbd_{key(classroom['id']).hex}_DAY_SCORE", "entries": [{"rank": 1}]}


async def test_a_batch_tells_once_for_each_board_what_moved(school: School, practice: Practice) -> None:
    classroom = await school.classroom()
    skill = await practice.skill("Fractions")
    ada, ben = [await school.learner(classroom, name) for name in ("Ada", "Ben")]
    await practice.answers(ada.learner_id, skill, [1.0], now())
    await practice.projected()
    seq = int((await practice.rows("SELECT seq FROM topic WHERE name = :name",
                                   name=leaderboard_topic(key(classroom["id"]))))[0]["seq"])  # fmt: skip
    await practice.answers(ben.learner_id, skill, [1.0, 1.0], now())
    await practice.answers(ben.learner_id, skill, [1.0], now())
    await practice.projected()

    async with school.runtime.database.reader(practice.tenant) as reader:
        events = await read_after(reader, leaderboard_topic(key(classroom["id"])), seq)
    told = {(event.payload["window"], event.payload["metric"]): event.payload for event in events}
    board = (await school.admin.ask(BOARD, id=classroom["id"]))["leaderboard"]

    assert sorted(told) == sorted(
        (window, metric)
        for window in ("DAY", "WEEK", "MONTH", "TERM", "ALL_TIME")
        for metric in ("SCORE", "STREAK")
    )
    assert len(events) == 10
    assert [(e["learner"], e["rank"], e["score"]) for e in told["WEEK", "SCORE"]["entries"]] == [
        (key(ben.learner_id).hex, 1, board["entries"][0]["score"]),
        (key(ada.learner_id).hex, 2, board["entries"][1]["score"]),
    ]
    assert told["WEEK", "SCORE"]["removed"] == []
    assert told["WEEK", "SCORE"]["starts_at"] == board["startsAt"].replace("Z", "+00:00")


async def test_old_attempts_move_no_board_of_a_current_window(school: School, practice: Practice) -> None:
    classroom = await school.classroom()
    ada = await school.learner(classroom)
    await practice.answers(
        ada.learner_id, await practice.skill("Fractions"), [1.0], datetime(2009, 9, 1, tzinfo=UTC)
    )
    await practice.projected()

    async with school.runtime.database.reader(practice.tenant) as reader:
        events = await read_after(reader, leaderboard_topic(key(classroom["id"])), 0)

    assert [(event.payload["window"], event.payload["metric"]) for event in events] == [("ALL_TIME", "SCORE")]


async def test_who_leaves_and_comes_back_keeps_the_points_of_the_first_stay(
    school: School, practice: Practice, clock: MovableClock
) -> None:
    classroom = await school.classroom()
    ada = await school.learner(classroom)
    skill = await practice.skill("Fractions")
    given = {"classroomId": classroom["id"], "learnerId": ada.learner_id}
    await practice.answers(ada.learner_id, skill, [1.0], clock())
    clock.forward(seconds=5)
    await school.admin.do("unenrollLearner", given, "classroom { id }")
    clock.forward(seconds=5)
    await practice.answers(ada.learner_id, skill, [1.0] * 10, clock())
    clock.forward(seconds=5)
    await ada.do("joinClassroom", {"joinCode": classroom["joinCode"]}, "classroom { id }")
    clock.forward(seconds=5)
    await practice.answers(ada.learner_id, skill, [1.0], clock())
    await practice.projected()

    counted = await practice.rows(
        """SELECT attempt_count FROM leaderboard_score
           WHERE learner_id = :id AND window_kind = 'ALL_TIME'""",
        id=key(ada.learner_id),
    )
    assert counted == [{"attempt_count": 2}]
    assert await verify_leaderboards(school.runtime.maintenance) == []


async def test_a_window_that_is_over_takes_no_late_answers(
    school: School, practice: Practice, clock: MovableClock
) -> None:
    classroom = await school.classroom()
    ada, ben = [await school.learner(classroom, name) for name in ("Ada", "Ben")]
    skill = await practice.skill("Fractions")
    await practice.answers(ada.learner_id, skill, [1.0], clock())
    clock.forward(days=1)
    await practice.answers(ben.learner_id, skill, [1.0, 1.0], clock() - timedelta(days=1))
    await practice.projected()
    counted = await practice.rows(
        """SELECT learner_id, window_kind FROM leaderboard_score
           WHERE classroom_id = :id AND window_kind IN ('DAY', 'ALL_TIME') ORDER BY 2, 1""",
        id=key(classroom["id"]),
    )

    assert [(row["learner_id"], row["window_kind"]) for row in counted] == [
        (key(ada.learner_id), "ALL_TIME"),
        (key(ben.learner_id), "ALL_TIME"),
        (key(ada.learner_id), "DAY"),
    ]
    assert await verify_leaderboards(school.runtime.maintenance) == []


async def test_the_stored_sums_equal_those_recomputed_and_a_changed_one_is_named(
    school: School, practice: Practice
) -> None:
    classroom = await school.classroom()
    ada = await school.learner(classroom)
    skill = await practice.skill("Fractions")
    for days in (0, 40, 200, 400):
        await practice.answers(ada.learner_id, skill, [1.0, 0.25], now() - timedelta(days=days))
    await practice.projected()
    agreed = await verify_leaderboards(school.runtime.maintenance)
    async with school.runtime.maintenance.unit_of_work(None) as work:
        change = sql(
            """UPDATE leaderboard_score SET points = points + :by
               WHERE learner_id = :id AND window_kind = 'ALL_TIME'"""
        )
        await work.execute(change, by=1, id=key(ada.learner_id))
    differing = await verify_leaderboards(school.runtime.maintenance)
    async with school.runtime.maintenance.unit_of_work(None) as work:
        await work.execute(change, by=-1, id=key(ada.learner_id))

    assert agreed == []
    assert len(differing) == 1
    assert differing[0].what == "leaderboard_score"
    assert differing[0].key.startswith(f"{key(classroom['id'])} ALL_TIME 1970-01-01")
    assert differing[0].stored != differing[0].recomputed


async def test_the_cursor_of_a_board_that_was_read_goes_on_in_the_stream_of_changes(
    address: str, school: School, practice: Practice
) -> None:
    classroom = await school.classroom()
    ada = await school.learner(classroom)
    skill = await practice.skill("Fractions")
    await practice.answers(ada.learner_id, skill, [1.0], now())
    await practice.projected()
    board = (await ada.ask(BOARD, id=classroom["id"]))["leaderboard"]
    await practice.answers(ada.learner_id, skill, [1.0], now())
    await practice.projected()
    later = (await ada.ask(BOARD, id=classroom["id"]))["leaderboard"]

    async with socket_of(address, ada.token) as socket:
        stream = await socket.subscribe(LEADERBOARD, id=classroom["id"], after=board["cursor"])
        beat = await stream.event(heartbeats=True)
        change = await stream.event()

    assert (beat["__typename"], beat["cursor"]) == ("StreamHeartbeat", board["cursor"])
    assert change["__typename"] == "LeaderboardChanged"
    assert change["entries"] == later["entries"]


async def test_many_boards_are_read_by_as_many_statements_as_one(school: School, practice: Practice) -> None:
    names = [
        BoardName(key((await school.classroom(f"Class {number}"))["id"]), window, metric)
        for number in range(3)
        for window in LeaderboardWindow
        for metric in LeaderboardMetric
    ]
    sent = []
    for keys in (names[3:4], names):
        count = StatementCount()
        marker = statement_count.set(count)
        async with school.runtime.database.reader(practice.tenant) as reader:
            await leaderboards_by_name(reader, keys, None, None, Principal())
        statement_count.reset(marker)
        sent.append(count.sent)

    assert sent == [3, 4]
