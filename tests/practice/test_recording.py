"""A learner answers: scored at once, mastery moved in the same transaction, repeats harmless."""

import asyncio
import math
from dataclasses import fields
from typing import Any

import pytest

from app.access.principal import ANONYMOUS
from app.kit.database import Row, SingleChange, StatementCount, statement_count
from app.kit.statements import Statement, sql
from app.practice.answer import Answer
from app.practice.recorded import AttemptNow, SessionNow
from app.practice.recording import record_attempt
from app.practice.repository import attempts_by_id, sessions_by_id
from app.practice.unlocked_recording import record_unlocked
from app.practice.verification import SNAPSHOT, verify_mastery
from app.realtime.event_log import learner_topic, read_after
from app.runtime import Runtime
from tests.client import School
from tests.conftest import MovableClock
from tests.mastery.curriculum import new_item, new_skill, new_version, retire, tenant_of, uuid_of
from tests.practice.learner_at_work import LearnerAtWork

ATTEMPTS = sql("SELECT count(*) FROM attempt")


@pytest.fixture
async def ada(school: School) -> LearnerAtWork:
    """A learner with an open session."""
    return await LearnerAtWork.begin(school)


async def test_a_right_answer_is_scored_with_feedback_and_the_session_moves_on(ada: LearnerAtWork) -> None:
    payload = await ada.learner.do(
        "recordAttempt",
        ada.answer(0, 5, durationMs=4200, hintsUsed=1),
        "attempt { correct score feedback scoring itemVersion durationMs hintsUsed item { id } "
        "session { id } response { number text } learner { id } } "
        "session { id attemptCount nextItem { id } }",
    )

    assert payload["attempt"] == {
        "correct": True,
        "score": 1.0,
        "feedback": "Right.",
        "scoring": "SCORED",
        "itemVersion": 1,
        "durationMs": 4200,
        "hintsUsed": 1,
        "item": {"id": ada.item(0)},
        "session": {"id": ada.session_id},
        "response": {"number": 5.0, "text": None},
        "learner": {"id": ada.learner.learner_id},
    }
    assert payload["session"]["id"] == ada.session_id
    assert payload["session"]["attemptCount"] == 1
    assert payload["session"]["nextItem"]["id"] in {ada.item(number) for number in range(1, 6)}


async def test_mastery_is_said_from_the_third_answer_on_and_each_attempt_tells_how_it_moved(
    ada: LearnerAtWork,
) -> None:
    changes = [
        (await ada.record(item, number))["masteryChanges"] for item, number in ((0, 5), (2, 5), (4, 5))
    ]
    fourth = (await ada.record(0, 4))["masteryChanges"]

    assert [(each[0]["before"], each[0]["after"]) for each in changes[:2]] == [(None, None)] * 2
    assert changes[1][0]["mastery"] == {"evidenceCount": 2, "level": "NOT_ENOUGH_DATA", "probability": None}
    assert changes[2][0]["before"] is None
    assert changes[2][0]["mastery"]["evidenceCount"] == 3
    assert changes[2][0]["skill"] == {"id": f"skl_{ada.skills[0].hex}"}
    assert math.isclose(fourth[0]["before"], changes[2][0]["after"], abs_tol=1e-4)
    assert fourth[0]["after"] < fourth[0]["before"]


async def test_what_the_answer_tells_is_what_is_read_later(ada: LearnerAtWork) -> None:
    told_attempt = """id itemVersion correct score points feedback scoring hintsUsed durationMs answeredAt
      recordedAt item { id } learner { id } session { id }
      masteryChanges { before after evidenceCount skill { id } }"""
    told_session = """id kind state startedAt completedAt attemptCount nextItem { id } classroom { id }
      learner { id }"""
    for number in (5, 5, 5, 4):
        told = await ada.learner.do(
            "recordAttempt",
            ada.answer(0, number, durationMs=7, hintsUsed=2),
            f"attempt {{ {told_attempt} }} session {{ {told_session} }}",
        )
        read = await ada.learner.ask(
            f"""query($attempt: ID!, $session: ID!) {{
                attempt: node(id: $attempt) {{ ... on Attempt {{ {told_attempt} }} }}
                session: practiceSession(id: $session) {{ {told_session} }} }}""",
            attempt=told["attempt"]["id"],
            session=ada.session_id,
        )
        assert {name: told[name] for name in ("attempt", "session")} == read


async def test_the_next_item_stays_until_it_is_answered_and_is_null_when_nothing_is_left(
    school: School,
) -> None:
    ada = await LearnerAtWork.begin(school, items=2)
    session = await ada.learner.ask(
        "query($id: ID!) { practiceSession(id: $id) { nextItem { id } } }", id=ada.session_id
    )
    shown = session["practiceSession"]["nextItem"]["id"]
    other = next(ada.item(number) for number in range(2) if ada.item(number) != shown)
    selection = "session { nextItem { id } }"

    kept = await ada.learner.do("recordAttempt", ada.answer(other), selection)
    ended = await ada.learner.do("recordAttempt", ada.answer(shown), selection)

    assert kept["session"]["nextItem"] == {"id": shown}
    assert ended["session"]["nextItem"] is None


async def test_an_older_version_is_scored_by_its_own_key(ada: LearnerAtWork) -> None:
    async with ada.school.runtime.database.unit_of_work(tenant_of(ada.school)) as work:
        await new_version(work, ada.items[0], answer=7.0)

    assert (await ada.record(0, 5, itemVersion=1))["correct"] is True
    assert (await ada.record(0, 5))["correct"] is False
    assert (await ada.record(0, 7))["itemVersion"] == 2


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"itemId": "itm_" + "0" * 32}, ("NOT_FOUND", None, ["itemId"])),
        ({"itemId": "skl_" + "0" * 32}, ("NOT_FOUND", None, ["itemId"])),
        ({"sessionId": "pss_" + "0" * 32}, ("NOT_FOUND", None, ["sessionId"])),
        ({"itemVersion": 2}, ("NOT_FOUND", None, ["itemVersion"])),
        ({"itemVersion": -1}, ("NOT_FOUND", None, ["itemVersion"])),
        ({"durationMs": -1}, ("BAD_INPUT", None, ["durationMs"])),
        ({"durationMs": 86_400_001}, ("BAD_INPUT", None, ["durationMs"])),
        ({"hintsUsed": -1}, ("BAD_INPUT", None, ["hintsUsed"])),
        ({"hintsUsed": 101}, ("BAD_INPUT", None, ["hintsUsed"])),
        ({"answeredAt": "2099-01-01T00:00:00Z"}, ("BAD_INPUT", None, ["answeredAt"])),
        ({"answeredAt": "2020-01-01T00:00:00Z"}, ("BAD_INPUT", None, ["answeredAt"])),
        ({"idempotencyKey": ""}, ("BAD_INPUT", None, ["idempotencyKey"])),
        ({"idempotencyKey": "k" * 129}, ("BAD_INPUT", None, ["idempotencyKey"])),
        ({"idempotencyKey": "a\0b"}, ("BAD_INPUT", None, ["idempotencyKey"])),
        ({"response": {"text": "five"}}, ("BAD_INPUT", "RESPONSE_KIND_MISMATCH", ["response"])),
        ({"response": {"choiceIds": ["a"]}}, ("BAD_INPUT", "RESPONSE_KIND_MISMATCH", ["response"])),
        ({"response": {"text": "x" * 2001}}, ("BAD_INPUT", None, ["response", "text"])),
        ({"response": {"text": "a\0b"}}, ("BAD_INPUT", None, ["response", "text"])),
        (
            {"response": {"gaps": [{"gapId": "g", "text": "x" * 2001}]}},
            ("BAD_INPUT", None, ["response", "gaps", "0", "text"]),
        ),
        ({"response": {"ordering": ["a"] * 101}}, ("BAD_INPUT", None, ["response", "ordering"])),
    ],
)
async def test_an_answer_that_cannot_be_taken_is_refused_with_the_place_to_correct(
    ada: LearnerAtWork, change: dict[str, Any], error: tuple[str, str | None, list[str]]
) -> None:
    assert await ada.refused({**ada.answer(), **change}) == error

    learner = await ada.learner.ask(
        "query($id: ID!) { learner(id: $id) { attempts { totalCount } } }", id=ada.learner.learner_id
    )
    assert learner["learner"]["attempts"]["totalCount"] == 0


async def test_a_retired_item_and_an_item_of_other_skills_are_refused(ada: LearnerAtWork) -> None:
    async with ada.school.runtime.database.unit_of_work(tenant_of(ada.school)) as work:
        await retire(work, ada.items[0])
        foreign = await new_item(work, [await new_skill(work, "fractions")])

    assert await ada.refused(ada.answer(0)) == ("CONFLICT", "ITEM_RETIRED", ["itemId"])
    assert await ada.refused(ada.answer(f"itm_{foreign.hex}")) == ("BAD_INPUT", None, ["itemId"])


async def test_a_paused_and_a_completed_session_take_no_answers(ada: LearnerAtWork) -> None:
    await _move(ada, "pause")
    assert await ada.refused(ada.answer()) == ("CONFLICT", "SESSION_PAUSED", ["sessionId"])
    await _move(ada, "complete")
    assert await ada.refused(ada.answer()) == ("CONFLICT", "SESSION_COMPLETED", ["sessionId"])


async def test_a_session_of_another_learner_is_not_found(ada: LearnerAtWork) -> None:
    ben = await ada.school.learner(ada.classroom, "Ben")

    for stranger in (ben, ada.school.admin):
        payload = await stranger.attempt("recordAttempt", ada.answer(), "attempt { id }")
        assert [(e["code"], e["path"]) for e in payload["userErrors"]] == [("NOT_FOUND", ["sessionId"])]


async def test_nobody_records_without_signing_in(ada: LearnerAtWork) -> None:
    error = await ada.learner.with_token(None).refused(
        "mutation($input: RecordAttemptInput!) { recordAttempt(input: $input) { attempt { id } } }",
        input=ada.answer(),
    )
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_the_same_key_gives_the_same_attempt_and_no_second_event(ada: LearnerAtWork) -> None:
    first = await ada.record(0, 5, idempotencyKey="answer-1")
    again = await ada.record(0, 5, idempotencyKey="answer-1")
    other = await ada.refused(ada.answer(0, 4, idempotencyKey="answer-1"))
    await _move(ada, "complete")
    late = await ada.record(0, 5, idempotencyKey="answer-1")

    assert again["id"] == first["id"] == late["id"]
    assert other == ("IDEMPOTENCY_CONFLICT", None, ["idempotencyKey"])
    assert [event["attempts"][0]["id"] for event in await _events(ada)] == [first["id"].removeprefix("att_")]


async def test_the_event_tells_what_the_attempt_changed(ada: LearnerAtWork) -> None:
    attempt = await ada.record(1, 5, durationMs=900)
    (payload,) = await _events(ada)
    (told,) = payload["attempts"]
    (change,) = told.pop("changes")

    assert payload["learner"] == uuid_of(ada.learner.learner_id).hex
    assert payload["session"] == uuid_of(ada.session_id).hex
    assert payload["classroom"] == uuid_of(ada.classroom["id"]).hex
    assert told == {
        "id": uuid_of(attempt["id"]).hex,
        "item": ada.items[1].hex,
        "skills": [ada.skills[1].hex],
        "score": 1.0,
        "correct": True,
        "points": 8,
        "answered_at": attempt["answeredAt"].replace("Z", "+00:00"),
        "duration_ms": 900,
    }
    assert (change["skill"], change["before"], change["evidence"]) == (ada.skills[1].hex, None, 1)
    assert (change["level"], change["mastered"]) == ("NOT_ENOUGH_DATA", False)


async def test_twenty_answers_at_once_are_all_recorded_once_and_numbered_without_gaps(
    ada: LearnerAtWork,
) -> None:
    answers = [ada.answer(number % 6, 4 + number % 2, idempotencyKey=f"n{number}") for number in range(20)]
    recorded = await asyncio.gather(
        *(ada.learner.do("recordAttempt", answer, "attempt { id }") for answer in answers),
        *(ada.learner.do("recordAttempt", answer, "attempt { id }") for answer in answers),
    )

    assert [each["attempt"] for each in recorded[:20]] == [each["attempt"] for each in recorded[20:]]
    events = await _numbered(ada)
    assert [seq for seq, _ in events] == list(range(2, 22))  # the first tells of the session's start
    assert {payload["attempts"][0]["id"] for _, payload in events} == {
        uuid_of(each["attempt"]["id"]).hex for each in recorded
    }
    async with ada.school.runtime.database.unit_of_work(tenant_of(ada.school), first=SNAPSHOT) as reader:
        count = await reader.fetch_value(sql("SELECT attempt_count FROM practice_session"))
        assert count == 20
        assert await verify_mastery(reader) == []


async def test_many_learners_at_the_same_items_do_not_wait_in_a_circle(school: School) -> None:
    people = [await LearnerAtWork.begin(school)]
    for name in ("Ben", "Cleo", "Dora"):
        learner = await school.learner(people[0].classroom, name)
        other = LearnerAtWork(school, learner, people[0].classroom, people[0].skills, people[0].items)
        other.session_id = await other.start()
        people.append(other)

    await asyncio.gather(*(each.record(number % 6, 5) for number in range(8) for each in people))

    async with school.runtime.database.unit_of_work(tenant_of(school), first=SNAPSHOT) as reader:
        assert await reader.fetch_value(sql("SELECT sum(evidence_count) FROM item_parameter")) == 32
        assert await verify_mastery(reader) == []


async def test_an_answer_slightly_ahead_of_the_clock_is_taken_and_a_far_one_is_not(
    ada: LearnerAtWork, clock: MovableClock
) -> None:
    ahead = clock()
    clock.forward(minutes=-1)
    assert (await ada.record(0, 5, answeredAt=ahead.isoformat()))["correct"] is True
    clock.forward(minutes=-2)
    assert await ada.refused(ada.answer(0, 5, answeredAt=ahead.isoformat())) == (
        "BAD_INPUT",
        None,
        ["answeredAt"],
    )


async def test_the_rows_that_are_answered_from_have_the_columns_that_are_read(ada: LearnerAtWork) -> None:
    attempt = await ada.record()
    async with ada.school.runtime.database.reader(tenant_of(ada.school)) as reader:
        (row,) = await attempts_by_id(reader, [uuid_of(attempt["id"])], None, None, ANONYMOUS)
        (session,) = await sessions_by_id(reader, [uuid_of(ada.session_id)], None, None, ANONYMOUS)

    assert row is not None
    assert session is not None
    assert {each.name for each in fields(AttemptNow)} == set(row.keys())
    assert {each.name for each in fields(SessionNow)} == set(session.keys())


async def _move(ada: LearnerAtWork, verb: str) -> None:
    await ada.learner.ask(
        f"mutation($input: PracticeSessionInput!) {{ {verb}PracticeSession(input: $input) "
        "{ session { id } } }",
        input={"sessionId": ada.session_id},
    )


async def _numbered(ada: LearnerAtWork) -> list[tuple[int, dict[str, Any]]]:
    topic = learner_topic(uuid_of(ada.learner.learner_id))
    async with ada.school.runtime.database.reader(tenant_of(ada.school)) as reader:
        events = await read_after(reader, topic, 0)
    return [(event.seq, event.payload) for event in events if event.kind == "attempts.recorded"]


async def _events(ada: LearnerAtWork) -> list[dict[str, Any]]:
    return [payload for _, payload in await _numbered(ada)]


@pytest.mark.parametrize("item", [0, 3], ids=["an item answered before", "an item never answered"])
async def test_an_answer_takes_one_statement_that_reads_and_one_that_writes(
    ada: LearnerAtWork, runtime: Runtime, item: int
) -> None:
    for before in (0, 1):  # a learner's first answer makes its row, under locks
        await ada.record(before)
    answer = Answer(uuid_of(ada.session_id), ada.items[item], {"number": 5})
    counted = StatementCount()
    statement_count.set(counted)
    async with runtime.database.single_change(tenant_of(ada.school)) as work:
        recorded = await record_unlocked(work, ada.principal(), answer)

    assert recorded is not None
    assert counted.sent in (2, 3)  # one more where the next item was answered, and another is chosen
    assert recorded.now is not None
    assert recorded.now.session.attempt_count == 3
    async with runtime.database.reader(tenant_of(ada.school)) as reader:
        assert await verify_mastery(reader) == []


async def test_an_answer_that_was_overtaken_writes_nothing_and_is_recorded_under_locks(
    ada: LearnerAtWork, runtime: Runtime
) -> None:
    for item in (0, 1):
        await ada.record(item)
    answer = Answer(uuid_of(ada.session_id), ada.items[0], {"number": 5}, idempotency_key="late")

    class Late(SingleChange):
        async def write(self, statement: Statement, /, **values: Any) -> Row | None:
            await ada.record(2)
            return await super().write(statement, **values)

    async with runtime.database.single_change(tenant_of(ada.school)) as work:
        late = Late(work._connection, work.organization_id, work.now)
        assert await record_unlocked(late, ada.principal(), answer) is None
        assert await late.fetch_value(ATTEMPTS) == 3
        async with runtime.database.unit_of_work(tenant_of(ada.school)) as locked:
            await record_attempt(locked, ada.principal(), answer)
        assert await late.fetch_value(ATTEMPTS) == 4

    async with runtime.maintenance.reader(None) as reader:
        events = await read_after(reader, learner_topic(uuid_of(ada.learner.learner_id)), 0)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))


async def test_a_session_that_was_completed_meanwhile_takes_no_answer(
    ada: LearnerAtWork, runtime: Runtime
) -> None:
    for item in (0, 1):
        await ada.record(item)
    answer = Answer(uuid_of(ada.session_id), ada.items[0], {"number": 5})

    class Late(SingleChange):
        async def write(self, statement: Statement, /, **values: Any) -> Row | None:
            await _move(ada, "complete")
            return await super().write(statement, **values)

    async with runtime.database.single_change(tenant_of(ada.school)) as work:
        late = Late(work._connection, work.organization_id, work.now)
        assert await record_unlocked(late, ada.principal(), answer) is None
        assert await late.fetch_value(ATTEMPTS) == 2
