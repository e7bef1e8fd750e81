"""The board of a class as most ask for it: without its cursor, read with one statement."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.kit.metrics import STATEMENTS
from app.kit.statements import sql
from app.leaderboards import class_board
from app.leaderboards.board_readings import BOARDS
from app.realtime.event_log import VISIBILITY
from tests.analytics.practising import Practice, key
from tests.client import Client, School
from tests.conftest import MovableClock

SHORT = """query($id: ID!, $window: LeaderboardWindow! = ALL_TIME, $metric: LeaderboardMetric! = SCORE) {
  leaderboard(scopeId: $id, window: $window, metric: $metric) { startsAt entries { rank alias score } } }"""
WITH_OWN = (
    """query($id: ID!) { leaderboard(scopeId: $id, window: ALL_TIME) { viewerEntry { rank score } } }"""
)
WITH_CURSOR = """query($id: ID!, $window: LeaderboardWindow! = ALL_TIME) {
  leaderboard(scopeId: $id, window: $window) {
    startsAt cursor entries { rank alias score } } }"""


@pytest.fixture
def practice(school: School) -> Practice:
    return Practice(school)


async def class_of_two(school: School, practice: Practice) -> tuple[dict[str, Any], list[Client]]:
    """A class, Ada who has answered six times, Ben who has five times and not all right."""
    classroom = await school.classroom()
    skill = await practice.skill("Fractions")
    learners = [await school.learner(classroom, name) for name in ("Ada", "Ben")]
    for learner, answers in zip(learners, ([1.0] * 6, [1.0, 1.0, 1.0, 0.0, 0.0]), strict=True):
        await practice.answers(learner.learner_id, skill, answers, datetime.now(UTC))
    await practice.projected()
    return classroom, learners


async def asked(person: Client, text: str, **variables: Any) -> tuple[Any, int]:
    """The board, and how many statements it took."""
    before = STATEMENTS._value.get()
    board = (await person.ask(text, **variables))["leaderboard"]
    return board, int(STATEMENTS._value.get() - before)


async def test_who_stands_on_a_board_reads_it_with_one_statement(school: School, practice: Practice) -> None:
    classroom, (_, ben) = await class_of_two(school, practice)

    board, statements = await asked(ben, SHORT, id=classroom["id"])
    own, _ = await asked(ben, WITH_OWN, id=classroom["id"])

    assert statements == 1
    assert [entry["rank"] for entry in board["entries"]] == [1, 2]
    assert own["viewerEntry"] == {"rank": 2, "score": board["entries"][1]["score"]}


async def test_who_attends_without_an_answer_is_looked_for(school: School, practice: Practice) -> None:
    classroom, _ = await class_of_two(school, practice)
    cleo = await school.learner(classroom, "Cleo")

    board, statements = await asked(cleo, SHORT, id=classroom["id"])

    assert statements == 2
    assert len(board["entries"]) == 2


async def test_who_has_left_the_class_no_longer_sees_its_board(
    school: School, practice: Practice, clock: MovableClock
) -> None:
    classroom, (ada, ben) = await class_of_two(school, practice)
    assert (await asked(ada, SHORT, id=classroom["id"]))[0] is not None
    async with school.runtime.database.unit_of_work(practice.tenant) as work:
        left = sql("UPDATE enrollment SET left_at = :now WHERE learner_id = :id")
        await work.execute(left, id=key(ada.learner_id), now=work.now)

    # Nobody has told this process, as if another one had done it.
    clock.forward(seconds=1)
    for text in (SHORT, WITH_OWN, WITH_CURSOR):
        refused = await ada.post(text, id=classroom["id"])
        assert refused["data"] == {"leaderboard": None}
        assert refused["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert [entry["rank"] for entry in (await asked(ben, SHORT, id=classroom["id"]))[0]["entries"]] == [1]


async def test_a_board_is_of_the_organization_s_day_whatever_zone_was_seen_last(
    school: School, practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    classroom, (ada, _) = await class_of_two(school, practice)
    sent = []
    for window in ("DAY", "WEEK", "MONTH", "TERM", "ALL_TIME"):
        known, _ = await asked(ada, WITH_CURSOR, id=classroom["id"], window=window)
        # It is never the same day in both, so one of them has another day than the organization.
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
            monkeypatch.setitem(class_board._zones, practice.tenant, zone)
            BOARDS.hear([VISIBILITY])
            guessed, statements = await asked(ada, SHORT, id=classroom["id"], window=window)
            again, _ = await asked(ada, SHORT, id=classroom["id"], window=window)
            assert (guessed["startsAt"], guessed["entries"]) == (known["startsAt"], known["entries"])
            assert again == guessed
            sent.append(statements)

    assert max(sent) > 1 == min(sent)


async def test_accuracy_is_of_those_who_answered_five_times(school: School, practice: Practice) -> None:
    classroom, (ada, _) = await class_of_two(school, practice)

    board, _ = await asked(ada, SHORT, id=classroom["id"], metric="ACCURACY")

    assert [(entry["rank"], entry["score"]) for entry in board["entries"]] == [(1, 1.0), (2, 0.6)]


async def test_a_class_without_answers_has_an_empty_board(school: School) -> None:
    classroom = await school.classroom()
    ada = await school.learner(classroom, "Ada")

    for text in (SHORT, WITH_CURSOR):
        board, _ = await asked(ada, text, id=classroom["id"])
        assert board["entries"] == []


async def test_a_board_that_is_asked_for_twice_tells_each_what_it_wants(
    school: School, practice: Practice
) -> None:
    classroom, (_, ben) = await class_of_two(school, practice)
    text = """query($id: ID!) {
      begun: leaderboard(scopeId: $id) { startsAt } followed: leaderboard(scopeId: $id) { cursor }
      whole: leaderboard(scopeId: $id) { startsAt cursor } }"""
    found = await ben.ask(text, id=classroom["id"])
    assert found["followed"]["cursor"] == found["whole"]["cursor"] != ""
    assert found["begun"]["startsAt"] == found["whole"]["startsAt"]
