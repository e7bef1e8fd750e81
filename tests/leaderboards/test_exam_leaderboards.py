"""Leaderboards of exams and of assessments: nothing before the results are released, ranks after."""

from typing import Any

from app.leaderboards.news import BoardNews
from app.realtime.consumers import drain
from tests.analytics.practising import Practice
from tests.assessments.exam_room import Desk, ExamRoom
from tests.client import Client, School
from tests.live.following import LEADERBOARD, board_after
from tests.socket import Stream, socket_of

BOARD = """
  query($id: ID!, $metric: LeaderboardMetric! = SCORE, $first: Int, $around: Boolean! = false) {
    leaderboard(scopeId: $id, metric: $metric, first: $first, around: $around) {
      id scopeId tieRule entries { id rank alias score } viewerEntry { id rank score }
    }
  }
"""
Places = list[tuple[int, float]]


async def board(person: Client, scope_id: str, **asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await person.ask(BOARD, id=scope_id, **asked))["leaderboard"]
    return found


async def places(person: Client, scope_id: str, **asked: Any) -> tuple[Places, tuple[int, float] | None]:
    """The ranks and scores shown, and one's own."""
    found = await board(person, scope_id, **asked)
    own = found["viewerEntry"]
    return [(each["rank"], each["score"]) for each in found["entries"]], (
        (own["rank"], own["score"]) if own else None
    )


async def sit(desk: Desk, right: int) -> None:
    """Join, answer all items, so many of them right, and submit."""
    await desk.join()
    for item in range(len(desk.items)):
        await desk.save(item, 5 if item < right else 4)
    await desk.submit()


async def sat(school: School, right: list[int], **form: Any) -> ExamRoom:
    """An exam that learners have sat, each with so many right answers."""
    room = await ExamRoom.open(school, *[f"Learner {number}" for number in range(len(right))], **form)
    for place, count in enumerate(right):
        await sit(room.desk(place), count)
    return room


async def close(room: ExamRoom) -> None:
    await room.teacher.do("closeExam", {"examId": room.exam_id}, "exam { state }")


async def release(room: ExamRoom) -> None:
    await close(room)
    await room.teacher.do("releaseExam", {"examId": room.exam_id}, "exam { state }")


async def told(school: School) -> None:
    """Wait until what happened is told."""
    await drain(school.runtime.maintenance, [BoardNews()])


async def test_scores_are_told_to_nobody_before_the_results_are_released(school: School) -> None:
    room = await sat(school, [3, 4, 3, 1])
    people = (*room.learners, room.teacher)
    scopes = (room.exam_id, room.assessment_id)

    assert [await places(each, scope) for each in people for scope in scopes] == [([], None)] * 10
    await close(room)
    assert [await places(each, scope) for each in people for scope in scopes] == [([], None)] * 10
    await room.teacher.do("releaseExam", {"examId": room.exam_id}, "exam { state }")

    shown = [(1, 4.0), (2, 3.0), (2, 3.0), (4, 1.0)]
    for scope in scopes:
        assert await places(room.learners[0], scope) == (shown, (2, 3.0))
        assert await places(room.learners[3], scope) == (shown, (4, 1.0))
        assert await places(room.teacher, scope) == (shown, None)
    found = await board(room.teacher, room.exam_id)
    assert (found["scopeId"], found["tieRule"]) == (room.exam_id, "COMPETITION")
    assert room.learners[0].learner_id not in str(found)


async def test_where_results_are_released_at_submission_the_board_fills_meanwhile(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben", releasePolicy="AT_SUBMISSION")
    ada, ben = room.desk(0), room.desk(1)
    await ben.join()
    await ben.save(0, 5)
    await sit(ada, 2)
    assert await places(ben.learner, room.exam_id) == ([(1, 2.0)], None)
    await room.act("forceSubmitExam", ben)
    assert await places(ben.learner, room.exam_id) == ([(1, 2.0), (2, 1.0)], (2, 1.0))


async def test_who_hides_and_who_is_a_minor_take_no_rank_and_see_their_own(school: School) -> None:
    room = await sat(school, [4, 3, 2])
    await release(room)
    ada, ben, cleo = room.learners
    await ada.do("updateLearner", {"learnerId": ada.learner_id, "leaderboardHidden": True}, "learner { id }")
    given = {"learnerId": ben.learner_id, "birthYear": school.runtime.clock().year - 12}
    await room.teacher.do("updateLearner", given, "learner { id }")
    for scope in (room.exam_id, room.assessment_id):
        assert await places(cleo, scope) == ([(1, 2.0)], (1, 2.0))
        assert await places(ada, scope) == ([(1, 2.0)], (1, 4.0))
        assert await places(ben, scope) == ([(1, 2.0)], (1, 3.0))
    on = {"classroomId": room.classroom["id"], "leaderboardForMinors": True}
    await room.teacher.do("updateClassroom", on, "classroom { id }")
    assert await places(cleo, room.exam_id) == ([(1, 3.0), (2, 2.0)], (2, 2.0))


async def test_around_shows_the_places_near_ones_own(school: School) -> None:
    room = await sat(school, [4, 3, 2, 1, 0])
    await release(room)
    around = await board(room.learners[3], room.exam_id, first=3, around=True)
    best = await board(room.learners[3], room.exam_id, first=3)
    assert [each["rank"] for each in around["entries"]] == [3, 4, 5]
    assert [each["rank"] for each in best["entries"]] == [1, 2, 3]
    assert around["viewerEntry"] == best["viewerEntry"]
    assert around["viewerEntry"]["id"] == around["entries"][1]["id"]


async def test_the_best_of_several_attempts_counts_and_improvement_from_the_first_to_the_last(
    school: School,
) -> None:
    room = await sat(school, [1, 3], attemptsAllowed=3)
    for right in (4, 2):
        await sit(room.desk(0), right)
    await release(room)
    assert await places(room.teacher, room.exam_id) == ([(1, 4.0), (2, 3.0)], None)
    assert await places(room.teacher, room.exam_id, metric="ACCURACY") == ([(1, 1.0), (2, 0.75)], None)
    assert await places(room.teacher, room.exam_id, metric="IMPROVEMENT") == ([(1, 0.25)], None)
    refused = await room.teacher.refused(BOARD, id=room.exam_id, metric="STREAK")
    assert refused["extensions"]["code"] == "BAD_INPUT"


async def test_an_assessment_ranks_all_classes_that_sat_it_and_each_exam_its_own(school: School) -> None:
    room = await sat(school, [4, 2])
    await release(room)
    other = ExamRoom(school, await school.classroom("7B"), room.items, [], room.skills, room.assessment_id)
    other.learners.append(await school.learner(other.classroom, "Cleo"))
    await other.open_exam()
    await sit(other.desk(), 3)
    cleo, ada = other.learners[0], room.learners[0]
    assert await places(cleo, room.assessment_id) == ([(1, 4.0), (2, 2.0)], None)
    await release(other)
    assert await places(cleo, room.assessment_id) == ([(1, 4.0), (2, 3.0), (3, 2.0)], (2, 3.0))
    assert await places(cleo, other.exam_id) == ([(1, 3.0)], (1, 3.0))
    assert await places(ada, room.exam_id) == ([(1, 4.0), (2, 2.0)], (1, 4.0))
    teacher, stranger = await school.teacher(), await school.learner(await school.classroom("7C"))
    for person, scope in ((cleo, room.exam_id), (stranger, room.assessment_id), (teacher, room.exam_id)):
        assert (await person.refused(BOARD, id=scope))["extensions"]["code"] == "NOT_FOUND"


async def test_a_board_of_an_exam_is_found_by_its_id(school: School) -> None:
    room = await sat(school, [4])
    await release(room)
    found = await board(room.teacher, room.exam_id)
    query = "query($id: ID!) { node(id: $id) { id ... on Leaderboard { scopeId entries { score } } } }"
    again = (await room.teacher.ask(query, id=found["id"]))["node"]
    assert again == {"id": found["id"], "scopeId": room.exam_id, "entries": [{"score": 4.0}]}
    crossed = found["id"].replace(room.exam_id[4:], room.assessment_id[4:])
    assert (await room.teacher.refused(query, id=crossed))["extensions"]["code"] == "NOT_FOUND"


async def until(stream: Stream, held: dict[str, Any], wanted: list[tuple[int, float]]) -> dict[str, Any]:
    """Take events in until the board shows these places."""
    while sorted((each["rank"], each["score"]) for each in held.values()) != wanted:
        held = board_after(held, await stream.event())
    return held


async def test_a_release_is_pushed_to_who_follows_and_nothing_is_before(school: School, address: str) -> None:
    room = await sat(school, [4, 3, 3])
    async with socket_of(address, room.learners[1].token) as socket:
        streams = [
            await socket.subscribe(LEADERBOARD, id=scope) for scope in (room.exam_id, room.assessment_id)
        ]
        held = [board_after({}, await stream.event()) for stream in streams]
        await close(room)
        await told(school)
        await release_only(room)
        await told(school)
        for stream, before, scope in zip(streams, held, (room.exam_id, room.assessment_id), strict=True):
            change = await stream.event()
            assert (before, change["__typename"], change["removed"]) == ({}, "LeaderboardChanged", [])
            later = await board(room.learners[1], scope)
            assert sorted(change["entries"], key=lambda each: str(each["id"])) == sorted(
                later["entries"], key=lambda each: str(each["id"])
            )


async def release_only(room: ExamRoom) -> None:
    await room.teacher.do("releaseExam", {"examId": room.exam_id}, "exam { state }")


async def test_a_submission_that_is_taken_back_leaves_the_board(school: School, address: str) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben", releasePolicy="AT_SUBMISSION")
    ada, ben = await room.desks()
    await ada.save(0, 5)
    async with socket_of(address, ben.learner.token) as socket:
        stream = await socket.subscribe(LEADERBOARD, id=room.exam_id)
        held = board_after({}, await stream.event())
        taken = await room.act("forceSubmitExam", ada)
        await told(school)
        held = await until(stream, held, [(1, 1.0)])
        await undo(room, taken["action"]["id"])
        await told(school)
        assert await until(stream, held, []) == {}


async def undo(room: ExamRoom, action_id: str) -> None:
    query = """mutation($input: UndoExamActionInput!) {
      undoExamAction(input: $input) { action { id } userErrors { code } } }"""
    payload = (await room.teacher.ask(query, input={"actionId": action_id}))["undoExamAction"]
    assert payload["userErrors"] == []


async def test_who_hides_leaves_the_boards_that_others_follow_and_comes_back(
    school: School, address: str
) -> None:
    room = await sat(school, [4, 3])
    await release(room)
    ada, ben = room.learners
    practice = Practice(school)
    skill = await practice.skill("Fractions")
    await practice.answers(ada.learner_id, skill, [1.0], school.runtime.clock())
    await practice.projected()
    await told(school)

    async def hide(hidden: bool) -> None:
        given = {"learnerId": ada.learner_id, "leaderboardHidden": hidden}
        await ada.do("updateLearner", given, "learner { id }")
        await told(school)

    async with socket_of(address, ben.token) as socket:
        of_class = await socket.subscribe(LEADERBOARD, id=room.classroom["id"])
        of_exam = await socket.subscribe(LEADERBOARD, id=room.exam_id)
        first = board_after({}, await of_class.event())
        held = board_after({}, await of_exam.event())
        assert len(first) == 1
        await hide(True)
        assert await until(of_class, first, []) == {}
        held = await until(of_exam, held, [(1, 3.0)])
        await hide(False)
        assert await until(of_class, {}, [(1, each["score"]) for each in first.values()]) == first
        await until(of_exam, held, [(1, 4.0), (2, 3.0)])


async def test_minors_come_and_go_on_a_followed_board_as_the_teacher_says(
    school: School, address: str
) -> None:
    room = await sat(school, [4, 3])
    await release(room)
    ada, ben = room.learners
    given = {"learnerId": ada.learner_id, "birthYear": school.runtime.clock().year - 12}
    await room.teacher.do("updateLearner", given, "learner { id }")
    await told(school)
    async with socket_of(address, ben.token) as socket:
        stream = await socket.subscribe(LEADERBOARD, id=room.exam_id)
        held = await until(stream, board_after({}, await stream.event()), [(1, 3.0)])
        for on, wanted in ((True, [(1, 4.0), (2, 3.0)]), (False, [(1, 3.0)])):
            change = {"classroomId": room.classroom["id"], "leaderboardForMinors": on}
            await room.teacher.do("updateClassroom", change, "classroom { id }")
            await told(school)
            held = await until(stream, held, wanted)
        away = {"classroomId": room.classroom["id"], "learnerId": ben.learner_id}
        await room.teacher.do("unenrollLearner", away, "classroom { id }")
        assert (await stream.error())["extensions"]["code"] == "NOT_FOUND"


async def test_strangers_do_not_follow_the_board_of_an_exam(school: School, address: str) -> None:
    room = await sat(school, [4])
    stranger = await school.learner(await school.classroom("7B"))
    async with socket_of(address, stranger.token) as socket:
        for scope in (room.exam_id, room.assessment_id, "exm_" + "0" * 32, stranger.learner_id):
            stream = await socket.subscribe(LEADERBOARD, id=scope)
            assert (await stream.error())["extensions"]["code"] == "NOT_FOUND"
