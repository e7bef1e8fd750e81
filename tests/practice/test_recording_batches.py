"""A device that was off-line sends its answers: each by itself, in any order, repeats recognised."""

from datetime import timedelta
from typing import Any

import pytest

from app.practice.verification import SNAPSHOT, verify_mastery
from app.realtime.event_log import learner_topic, read_after
from tests.client import GraphErrors, School
from tests.conftest import MovableClock
from tests.mastery.curriculum import tenant_of, uuid_of
from tests.practice.learner_at_work import LearnerAtWork

RESULTS = """results { index replayed attempt { id correct answeredAt session { id } }
  userErrors { code reason path } }"""


@pytest.fixture
async def ada(school: School) -> LearnerAtWork:
    """A learner with an open session."""
    return await LearnerAtWork.begin(school)


async def test_answers_of_two_sessions_in_any_order_are_recorded_with_one_event(
    ada: LearnerAtWork, clock: MovableClock
) -> None:
    second = await ada.start()
    minutes = [3, 1, 2, 0]
    moments = [(clock() - timedelta(minutes=ago)).isoformat() for ago in minutes]
    results = await _send(
        ada,
        ada.answer(0, 5, answeredAt=moments[0]),
        ada.answer(1, 4, answeredAt=moments[1], sessionId=second),
        ada.answer(0, 5, answeredAt=moments[2]),
        {**ada.answer(2, 5, answeredAt=moments[3]), "sessionId": second},
    )

    assert [each["attempt"]["correct"] for each in results] == [True, False, True, True]
    assert [each["attempt"]["session"]["id"] for each in results] == [
        ada.session_id,
        second,
        ada.session_id,
        second,
    ]
    (payload,) = await _events(ada)
    assert payload["session"] is None
    assert payload["classroom"] == uuid_of(ada.classroom["id"]).hex
    assert [each["id"] for each in payload["attempts"]] == [
        uuid_of(each["attempt"]["id"]).hex for each in results
    ]
    async with ada.school.runtime.database.unit_of_work(tenant_of(ada.school), first=SNAPSHOT) as reader:
        assert await verify_mastery(reader) == []


async def test_one_refused_entry_leaves_the_others_alone(ada: LearnerAtWork) -> None:
    results = await _send(
        ada,
        ada.answer(0),
        ada.answer(0, hintsUsed=101),
        {**ada.answer(0), "response": {"text": "five"}},
        ada.answer("itm_" + "0" * 32),
        ada.answer("nonsense"),
        ada.answer(1),
    )

    assert [each["index"] for each in results] == [0, 1, 2, 3, 4, 5]
    assert [each["attempt"] is not None for each in results] == [True, False, False, False, False, True]
    assert [each["userErrors"] for each in results[1:5]] == [
        [{"code": "BAD_INPUT", "reason": None, "path": ["attempts", "1", "hintsUsed"]}],
        [{"code": "BAD_INPUT", "reason": "RESPONSE_KIND_MISMATCH", "path": ["attempts", "2", "response"]}],
        [{"code": "NOT_FOUND", "reason": None, "path": ["attempts", "3", "itemId"]}],
        [{"code": "NOT_FOUND", "reason": None, "path": ["attempts", "4", "itemId"]}],
    ]


async def test_repeats_by_key_are_replayed_within_a_batch_and_over_batches(ada: LearnerAtWork) -> None:
    (begun,) = await _send(ada, ada.answer(0, 5, idempotencyKey="a"))
    first = await _send(
        ada,
        ada.answer(0, 5, idempotencyKey="a"),
        ada.answer(1, 5, idempotencyKey="b"),
        ada.answer(1, 5, idempotencyKey="b"),
        ada.answer(1, 4, idempotencyKey="b"),
        ada.answer(1, 4, idempotencyKey="a"),
    )
    again = await _send(ada, ada.answer(1, 5, idempotencyKey="b"))

    assert [each["replayed"] for each in first] == [True, False, True, False, False]
    assert first[0]["attempt"]["id"] == begun["attempt"]["id"]
    assert first[2]["attempt"]["id"] == first[1]["attempt"]["id"] == again[0]["attempt"]["id"]
    assert again[0]["replayed"] is True
    assert [each["userErrors"] for each in first[3:]] == [
        [{"code": "IDEMPOTENCY_CONFLICT", "reason": None, "path": ["attempts", place, "idempotencyKey"]}]
        for place in ("3", "4")
    ]
    assert len(await _events(ada)) == 2


async def test_a_key_belongs_to_its_mutation_and_counts_anew_in_the_other_one(ada: LearnerAtWork) -> None:
    single = await ada.record(0, 5, idempotencyKey="a")
    (batched,) = await _send(ada, ada.answer(1, 4, idempotencyKey="a"))
    (batched_again,) = await _send(ada, ada.answer(1, 4, idempotencyKey="a"))
    single_again = await ada.record(0, 5, idempotencyKey="a")

    assert (batched["replayed"], batched["userErrors"]) == (False, [])
    assert batched["attempt"]["id"] != single["id"]
    assert (batched_again["replayed"], batched_again["attempt"]["id"]) == (True, batched["attempt"]["id"])
    assert single_again["id"] == single["id"]
    assert [len(event["attempts"]) for event in await _events(ada)] == [1, 1]


async def test_more_than_500_answers_are_refused_and_nothing_is_recorded(ada: LearnerAtWork) -> None:
    with pytest.raises(GraphErrors) as refused:
        await ada.learner.attempt("recordAttempts", {"attempts": [ada.answer()] * 501}, "results { index }")

    extensions = refused.value.args[0][0]["extensions"]
    assert (extensions["code"], extensions["reason"]) == ("BAD_INPUT", "TOO_MANY_ENTRIES")
    assert extensions["limit"] == {"name": "list_entries", "used": 501, "most": 500}
    assert await _events(ada) == []


async def test_500_answers_are_recorded_in_one_go_and_none_in_an_empty_one(ada: LearnerAtWork) -> None:
    payload = await ada.learner.do(
        "recordAttempts",
        {"attempts": [ada.answer(number % 6) for number in range(500)]},
        "results { index userErrors { code } }",
    )

    assert [each["index"] for each in payload["results"]] == list(range(500))
    assert all(each["userErrors"] == [] for each in payload["results"])
    assert await _send(ada) == []
    (event,) = await _events(ada)
    assert len(event["attempts"]) == 500


async def test_a_session_of_another_learner_is_not_found_for_any_entry(ada: LearnerAtWork) -> None:
    ben = await ada.school.learner(ada.classroom, "Ben")
    for stranger in (ben, ada.school.admin):
        payload = await stranger.do("recordAttempts", {"attempts": [ada.answer()]}, RESULTS)
        assert payload["results"][0]["userErrors"] == [
            {"code": "NOT_FOUND", "reason": None, "path": ["attempts", "0", "sessionId"]}
        ]


async def _send(ada: LearnerAtWork, *answers: dict[str, Any]) -> list[dict[str, Any]]:
    payload = await ada.learner.do("recordAttempts", {"attempts": list(answers)}, RESULTS)
    results: list[dict[str, Any]] = payload["results"]
    return results


async def _events(ada: LearnerAtWork) -> list[dict[str, Any]]:
    topic = learner_topic(uuid_of(ada.learner.learner_id))
    async with ada.school.runtime.database.reader(tenant_of(ada.school)) as reader:
        events = await read_after(reader, topic, 0)
    return [event.payload for event in events if event.kind == "attempts.recorded"]
