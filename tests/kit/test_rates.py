"""Buckets that refill and failures that are forgiven, on a clock that the test moves."""

from collections.abc import Callable

import pytest

from app.kit.ratelimit import Backoff, Failures, InProcessRates, Rate, Rates


class Time:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


KINDS: list[Callable[[Time], Rates]] = [InProcessRates]
"""Each kind of `Rates` does all that follows."""


@pytest.fixture(params=KINDS)
def rates(request: pytest.FixtureRequest, time: Time) -> Rates:
    made: Rates = request.param(time)
    return made


TEN = Rate(capacity=10, per_second=2)


async def test_a_full_bucket_gives_all_at_once_and_no_more(rates: Rates) -> None:
    assert await rates.take("ada", 10, TEN) == (True, 0, 0)
    assert await rates.take("ada", 1, TEN) == (False, 0, 1)


async def test_what_is_missing_is_there_when_it_was_said_to_be_and_not_before(
    rates: Rates, time: Time
) -> None:
    await rates.take("ada", 10, TEN)
    assert await rates.take("ada", 7, TEN) == (False, 0, 4)
    time.now += 3.4
    assert await rates.take("ada", 7, TEN) == (False, 6, 1)
    time.now += 0.1
    assert await rates.take("ada", 7, TEN) == (True, 0, 0)


async def test_a_refusal_takes_nothing(rates: Rates) -> None:
    assert (await rates.take("ada", 4, TEN)).left == 6
    assert (await rates.take("ada", 7, TEN)).left == 6
    assert await rates.take("ada", 6, TEN) == (True, 0, 0)


async def test_a_bucket_refills_no_further_than_it_is_large(rates: Rates, time: Time) -> None:
    await rates.take("ada", 1, TEN)
    time.now += 1_000
    assert await rates.take("ada", 11, TEN) == (False, 10, 1)
    assert await rates.take("ada", 10, TEN) == (True, 0, 0)


async def test_what_was_not_needed_comes_back_and_no_more(rates: Rates) -> None:
    await rates.take("ada", 8, TEN)
    assert await rates.give_back("ada", 5, TEN) == 7
    assert await rates.give_back("ada", 5, TEN) == 10
    assert await rates.give_back("ada", 0, TEN) == 10


async def test_each_name_has_a_bucket(rates: Rates) -> None:
    await rates.take("ada", 10, TEN)
    assert await rates.take("grace", 10, TEN) == (True, 0, 0)


async def test_a_clock_that_is_set_back_neither_fills_nor_empties(rates: Rates, time: Time) -> None:
    await rates.take("ada", 4, TEN)
    time.now -= 600
    assert await rates.take("ada", 6, TEN) == (True, 0, 0)
    time.now += 1
    assert await rates.take("ada", 2, TEN) == (True, 0, 0)


async def test_as_many_buckets_are_kept_as_may_be_and_those_in_use_stay(time: Time) -> None:
    rates = InProcessRates(time, kept=3)
    await rates.take("ada", 10, TEN)
    for name in ("a", "b", "c", "d"):
        await rates.take(name, 1, TEN)
        assert not (await rates.take("ada", 1, TEN)).allowed
    assert len(rates) == 3


BACKOFF = Backoff(free=3, first=1, longest=60, forgiven=100)


def test_failures_cost_nothing_until_the_free_ones_are_used_then_each_doubles_the_wait(time: Time) -> None:
    failures = Failures(time)
    waits = []
    for _ in range(10):
        waits.append(failures.wait("ada", BACKOFF))
        time.now += waits[-1]
        failures.add("ada", BACKOFF)
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 60]


def test_failures_are_forgiven_one_by_one(time: Time) -> None:
    failures = Failures(time)
    for _ in range(5):
        failures.add("ada", BACKOFF)
    assert failures.wait("ada", BACKOFF) == 4
    time.now += 200
    failures.add("ada", BACKOFF)
    # Of five, two were forgiven; the one just now makes four.
    assert failures.wait("ada", BACKOFF) == 2
    time.now += 400
    assert failures.wait("ada", BACKOFF) == 0


def test_a_try_that_was_right_is_counted_no_longer(time: Time) -> None:
    failures = Failures(time)
    for _ in range(4):
        failures.add("ada", BACKOFF)
    failures.take_back("ada")
    assert failures.wait("ada", BACKOFF) == 1
    failures.forget("ada")
    assert failures.wait("ada", BACKOFF) == 0


def test_a_thousand_names_take_the_place_of_as_many(time: Time) -> None:
    failures = Failures(time, kept=100)
    for number in range(1_000):
        failures.add(str(number), BACKOFF)
    assert len(failures) == 100
