"""Wrong sign-ins are slowed down; right ones and owners are not."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.identity.throttle import SignInThrottle, places_of
from app.kit.errors import RateLimited, Unavailable
from app.runtime import Runtime
from tests.client import PASSWORD, Client, School
from tests.conftest import MovableClock
from tests.serving import serving

QUERY = """mutation($i: SignInInput!) { signIn(input: $i) { accessToken
  userErrors { code reason message retryAfterSeconds } } }"""
OWNER, STRANGER, OTHERS = "203.0.113.7", "198.51.100.9", "192.0.2.{}"


class Time:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def throttle(time: Time) -> SignInThrottle:
    return SignInThrottle(time, places=2)


async def _wrong(throttle: SignInThrottle, email: str, address: str) -> int:
    """Seconds to wait; 0 when the try was made, and failed."""
    try:
        async with throttle.attempt(email, address):
            return 0
    except RateLimited as error:
        return error.retry_after or 0


async def _right(throttle: SignInThrottle, email: str, address: str) -> int:
    try:
        async with throttle.attempt(email, address) as attempt:
            attempt.succeeded()
            return 0
    except RateLimited as error:
        return error.retry_after or 0


async def test_after_five_wrong_ones_each_further_one_waits_twice_as_long(
    throttle: SignInThrottle, time: Time
) -> None:
    waits = []
    for _ in range(12):
        wait = await _wrong(throttle, "ada@school.example", OWNER)
        waits.append(wait)
        time.now += wait
        if wait:
            assert await _wrong(throttle, "ada@school.example", OWNER) == 0
    # Beyond a minute one failure is forgiven for each, so the wait stays.
    assert waits[:11] == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32]


async def test_right_sign_ins_are_never_counted(throttle: SignInThrottle) -> None:
    for number in range(500):
        assert await _right(throttle, f"learner{number}@school.example", OWNER) == 0


async def test_a_right_one_lets_the_owner_begin_anew(throttle: SignInThrottle) -> None:
    for _ in range(20):
        for _ in range(4):
            assert await _wrong(throttle, "ada@school.example", OWNER) == 0
        assert await _right(throttle, "ada@school.example", OWNER) == 0


@pytest.mark.parametrize("at", [OWNER, "203.0.113.200"])
async def test_strangers_do_not_lock_out_an_owner_at_a_known_address_or_network(
    throttle: SignInThrottle, at: str
) -> None:
    assert await _right(throttle, "ada@school.example", OWNER) == 0
    for number in range(200):
        await _wrong(throttle, "ada@school.example", OTHERS.format(number))
    assert await _wrong(throttle, "ada@school.example", STRANGER) > 0
    assert await _right(throttle, "ada@school.example", at) == 0


async def test_strangers_never_lock_an_account_for_longer_than_a_minute(
    throttle: SignInThrottle, time: Time
) -> None:
    for number in range(250):
        time.now += await _wrong(throttle, "ada@school.example", OTHERS.format(number))
        await _wrong(throttle, "ada@school.example", OTHERS.format(number))
    time.now += 60
    assert await _right(throttle, "ada@school.example", OWNER) == 0


async def test_one_address_that_tries_many_accounts_is_slowed(throttle: SignInThrottle) -> None:
    tried = [await _wrong(throttle, f"p{number}@school.example", STRANGER) for number in range(40)]
    assert tried[:30] == [0] * 30
    assert all(wait == 1 for wait in tried[30:])


async def test_many_addresses_of_one_network_are_slowed(throttle: SignInThrottle) -> None:
    tried = [
        await _wrong(throttle, f"p{number}@school.example", OTHERS.format(number)) for number in range(110)
    ]
    assert tried[:100] == [0] * 100
    assert all(wait == 1 for wait in tried[100:])


async def test_tries_at_once_are_no_more_than_tries_in_a_row(throttle: SignInThrottle) -> None:
    async def slow() -> bool:
        try:
            async with throttle.attempt("ada@school.example", STRANGER):
                await asyncio.sleep(0.001)
                return True
        except RateLimited:
            return False

    tried = await asyncio.gather(*(slow() for _ in range(200)))
    assert sum(tried) == 5


async def test_who_waits_too_long_for_a_place_is_told_when_to_come_back(time: Time) -> None:
    throttle = SignInThrottle(time, places=2, patience=0.05)
    async with throttle.attempt("ada@school.example", OWNER), throttle.attempt("al@school.example", OWNER):
        with pytest.raises(Unavailable):
            await _right(throttle, "grace@school.example", OWNER)
    assert await _right(throttle, "grace@school.example", OWNER) == 0


@pytest.mark.parametrize(
    ("address", "places"),
    [
        ("203.0.113.7", ("203.0.113.7/32", "203.0.113.0/24")),
        ("::ffff:203.0.113.7", ("203.0.113.7/32", "203.0.113.0/24")),
        ("2001:db8:1:2:3:4:5:6", ("2001:db8:1:2::/64", "2001:db8:1::/48")),
        ("fe80::1%eth0", ("fe80::/64", "fe80::/48")),
        ("", ("", "")),
        ("a socket", ("a socket", "a socket")),
    ],
)
def test_an_address_stands_for_one_client_and_its_network(address: str, places: tuple[str, str]) -> None:
    assert places_of(address) == places


@pytest.fixture
async def alone(runtime: Runtime, clock: MovableClock) -> AsyncIterator[Client]:
    """A client of a server that has seen no wrong sign-ins, and whose clock stands still."""
    clock.stop()
    async with (
        serving(runtime) as address,
        httpx.AsyncClient(base_url=address, timeout=30) as http,
    ):
        yield Client(http)


async def _account(alone: Client, email: str) -> None:
    given = {"email": email, "password": PASSWORD, "displayName": "A", "organizationName": "S"}
    await alone.do("signUp", given, "accessToken")


async def _sign_in(client: Client, email: str, password: str) -> dict[str, Any]:
    data = await client.ask(QUERY, i={"email": email, "password": password})
    payload: dict[str, Any] = data["signIn"]
    return payload


async def test_of_sixty_wrong_sign_ins_at_once_few_are_tried(alone: Client, clock: MovableClock) -> None:
    email = "sixty@school.example"
    await _account(alone, email)
    answers = await asyncio.gather(*(_sign_in(alone, email, f"wrong {number}") for number in range(60)))
    codes = [answer["userErrors"][0]["code"] for answer in answers]
    assert (codes.count("BAD_INPUT"), codes.count("RATE_LIMITED")) == (5, 55)
    (error,) = (await _sign_in(alone, email, "wrong again"))["userErrors"]
    wait = error["retryAfterSeconds"]
    assert (error["code"], error["message"]) == (
        "RATE_LIMITED",
        f"Too many wrong sign-ins; try again in {wait} s.",
    )
    clock.forward(seconds=wait)
    assert (await _sign_in(alone, email, PASSWORD))["accessToken"] is not None


async def test_an_account_that_does_not_exist_is_slowed_alike(alone: Client) -> None:
    codes = []
    for _ in range(7):
        (error,) = (await _sign_in(alone, "nobody-here@school.example", "wrong password"))["userErrors"]
        codes.append(error["code"])
    assert codes == ["BAD_INPUT"] * 5 + ["RATE_LIMITED"] * 2


async def test_an_address_has_a_hundred_wrong_join_codes_and_another_each_two_seconds(
    runtime: Runtime, school: School, clock: MovableClock
) -> None:
    room = await school.classroom()
    given = {"password": PASSWORD, "displayName": "Ada"}
    clock.stop()
    async with serving(runtime, read_characters=0) as address, httpx.AsyncClient(base_url=address) as http:
        guesser = Client(http)

        async def signed_up(number: int, code: str) -> str | None:
            email = f"guesser{number}.{room['joinCode'].lower()}@school.example"
            payload = await guesser.attempt("signUp", {**given, "email": email, "joinCode": code})
            return payload["userErrors"][0]["code"] if payload["userErrors"] else None

        assert await signed_up(0, room["joinCode"]) is None
        wrong = 0
        while (code := await signed_up(wrong, "2222-2222")) == "BAD_INPUT":
            wrong += 1
        assert (wrong, code) == (100, "RATE_LIMITED")
        clock.forward(seconds=4)
        assert await signed_up(1, room["joinCode"]) is None
        assert await signed_up(2, "2222-2222") == "BAD_INPUT"


async def test_who_tries_addresses_is_told_of_a_hundred_accounts_and_of_another_each_thirty_seconds(
    runtime: Runtime, school: School, clock: MovableClock
) -> None:
    clock.stop()
    async with serving(runtime, read_characters=0) as address, httpx.AsyncClient(base_url=address) as http:
        stranger, admin = Client(http), Client(http, school.admin.token)
        known = f"known.{school.organization_id}@school.example"
        await _account(stranger, known)
        tried = [await _code(admin, "addMember", {"email": known, "roles": ["TEACHER"]}) for _ in range(99)]
        founding = {"password": PASSWORD, "displayName": "A", "organizationName": "S"}

        async def signed_up(email: str) -> str | None:
            return await _code(stranger, "signUp", {**founding, "email": email})

        assert await signed_up(f"new.{known}") is None
        assert [*tried, await signed_up(known)] == ["CONFLICT"] * 100
        assert await signed_up(known) == "RATE_LIMITED"
        clock.forward(seconds=60)
        assert await signed_up(f"other.{known}") is None


async def _code(client: Client, mutation: str, given: dict[str, Any]) -> str | None:
    errors = (await client.attempt(mutation, given))["userErrors"]
    return errors[0]["code"] if errors else None
