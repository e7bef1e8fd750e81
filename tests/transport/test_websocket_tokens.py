"""A token's end over a socket: announced, renewed in place, or the socket closed with 4403."""

import asyncio
from datetime import timedelta
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection

from app.runtime import Runtime
from tests.client import PASSWORD, Client, School, sign_in
from tests.conftest import MovableClock
from tests.live.following import MASTERY
from tests.practice.learner_at_work import LearnerAtWork
from tests.socket import PATIENCE, raw_socket, socket_of

VIEWER = "{ viewer { user { id } } }"


@pytest.fixture
async def work(school: School) -> LearnerAtWork:
    return await LearnerAtWork.begin(school)


def _token(runtime: Runtime, person: Client, **life: float) -> str:
    """Another token of the same sign-in, with a life of its own."""
    claims = runtime.principals.claims(person.token or "")
    issued = runtime.clock() - timedelta(seconds=runtime.settings.access_token_seconds) + timedelta(**life)
    token, _ = runtime.tokens.access(
        claims.user_id, claims.organization_id, claims.sign_in_session_id, claims.version, issued
    )
    return token


class Bare:
    """A connection that has said hello, with its frames as they come."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def tell(self, **message: Any) -> None:
        await self.connection.send(orjson.dumps(message).decode())

    async def hello(self, token: str | None) -> None:
        payload = {"authorization": f"Bearer {token}"} if token else {}
        await self.tell(type="connection_init", payload=payload)
        assert await self.heard() == {"type": "connection_ack"}

    async def heard(self) -> Any:
        async with asyncio.timeout(PATIENCE):
            return orjson.loads(await self.connection.recv())

    async def closing(self) -> tuple[int | None, str | None]:
        async with asyncio.timeout(PATIENCE):
            await self.connection.wait_closed()
        return self.connection.close_code, self.connection.close_reason


async def test_a_tokens_end_is_announced_a_minute_before_it_and_closes_even_an_idle_socket_with_4403(
    address: str, runtime: Runtime, school: School, clock: MovableClock
) -> None:
    token = school.admin.token
    ends = runtime.principals.claims(token or "").expires_at
    async with raw_socket(address) as connection:
        bare = Bare(connection)
        await bare.hello(token)
        clock.forward(seconds=545)
        assert await bare.heard() == {
            "type": "ping",
            "payload": {"kind": "TOKEN_EXPIRING", "expiresAt": ends.isoformat()},
        }
        clock.forward(seconds=60)
        assert await bare.closing() == (4403, "The access token has expired; connect again with a new one.")


async def test_streams_tell_that_the_token_ends_once_and_resume_by_the_cursor_after_the_4403(
    address: str, runtime: Runtime, work: LearnerAtWork, clock: MovableClock
) -> None:
    ada = work.learner
    async with socket_of(address, ada.token) as socket:
        streams = [await socket.subscribe(MASTERY, id=ada.learner_id) for _ in range(2)]
        for stream in streams:
            await stream.event()
        clock.forward(seconds=545)
        notices = [await stream.event() for stream in streams]
        assert [(each["__typename"], each["kind"]) for each in notices] == [
            ("StreamNotice", "TOKEN_EXPIRING")
        ] * 2
        clock.forward(seconds=60)
        for stream in streams:
            assert (await stream.error())["extensions"]["code"] == "UNAUTHENTICATED"
        assert (await socket.closed())[0] == 4403
    clock.offset = timedelta(0)
    attempt = await work.record(0)
    async with socket_of(address, ada.token) as socket:
        stream = await socket.subscribe(MASTERY, id=ada.learner_id, after=notices[0]["cursor"])
        assert (await stream.event())["attempt"] == {"id": attempt["id"]}


async def test_a_token_is_renewed_by_a_ping_and_the_streams_go_on_beyond_the_old_ones_end(
    address: str, runtime: Runtime, work: LearnerAtWork, clock: MovableClock
) -> None:
    ada = work.learner
    old, new = _token(runtime, ada, seconds=20), _token(runtime, ada, seconds=300)
    ends = runtime.principals.claims(new).expires_at
    async with raw_socket(address) as connection:
        bare = Bare(connection)
        await bare.hello(old)
        payload = {"query": MASTERY, "variables": {"id": ada.learner_id}}
        await bare.tell(id="1", type="subscribe", payload=payload)
        frames = [await bare.heard() for _ in range(3)]
        assert sorted(each["type"] for each in frames) == ["next", "next", "ping"]
        await bare.tell(type="ping", payload={"authorization": f"Bearer {new}"})
        assert await bare.heard() == {"type": "pong", "payload": {"expiresAt": ends.isoformat()}}
        clock.forward(seconds=60)
        ada.token = new
        attempt = await work.record(0)
        told = (await bare.heard())["payload"]["data"]["masteryChanged"]
        assert told["attempt"] == {"id": attempt["id"]}


async def test_a_renewed_tokens_own_end_is_announced_again(
    address: str, runtime: Runtime, school: School
) -> None:
    async with raw_socket(address) as connection:
        bare = Bare(connection)
        await bare.hello(_token(runtime, school.admin, seconds=20))
        assert (await bare.heard())["payload"]["kind"] == "TOKEN_EXPIRING"
        renewed = _token(runtime, school.admin, seconds=40)
        await bare.tell(type="ping", payload={"Authorization": f"Bearer {renewed}"})
        assert (await bare.heard())["type"] == "pong"
        again = await bare.heard()
        assert again["payload"]["expiresAt"] == runtime.principals.claims(renewed).expires_at.isoformat()


async def _twice_signed_in(anonymous: Client, runtime: Runtime) -> tuple[Client, Client]:
    """One person at two devices."""
    email = f"{runtime.clock().timestamp()}@school.example"
    given = {"email": email, "password": PASSWORD, "displayName": "Ada", "organizationName": "Hill"}
    payload = await anonymous.do("signUp", given, "accessToken")
    return anonymous.with_token(payload["accessToken"]), await sign_in(anonymous, email)


SIGN_OUT = "mutation { signOut { userErrors { code } } }"


async def test_a_token_of_another_sign_in_of_the_same_user_will_do_but_not_one_that_has_ended(
    address: str, runtime: Runtime, anonymous: Client
) -> None:
    first, second = await _twice_signed_in(anonymous, runtime)
    async with raw_socket(address) as connection:
        bare = Bare(connection)
        await bare.hello(first.token)
        await bare.tell(type="ping", payload={"authorization": f"Bearer {second.token}"})
        assert (await bare.heard())["type"] == "pong"
        await first.ask(SIGN_OUT)
        await bare.tell(id="1", type="subscribe", payload={"query": VIEWER})
        assert (await bare.heard())["payload"]["data"] == {"viewer": {"user": {"id": second.user_id}}}
        assert (await bare.heard())["type"] == "complete"
        await bare.tell(type="ping", payload={"authorization": f"Bearer {first.token}"})
        assert (await bare.closing())[0] == 4403


@pytest.mark.parametrize("given", ["other", "nonsense", "ended", "", "Basic eDp5"])
async def test_a_socket_is_not_renewed_for_somebody_else_or_with_a_bad_token(
    address: str, runtime: Runtime, school: School, given: str
) -> None:
    grace = await school.teacher()
    tokens = {
        "other": school.admin.token,
        "nonsense": "a.b.c",
        "ended": _token(runtime, grace, seconds=-1),
    }
    async with raw_socket(address) as connection:
        bare = Bare(connection)
        await bare.hello(grace.token)
        credentials = f"Bearer {tokens[given]}" if given in tokens else given
        await bare.tell(type="ping", payload={"authorization": credentials})
        assert (await bare.closing())[0] == 4403


async def test_nobody_becomes_somebody_by_a_ping_and_credentials_before_the_hello_are_refused(
    address: str, school: School
) -> None:
    authorization = {"authorization": f"Bearer {school.admin.token}"}
    async with raw_socket(address) as connection:
        bare = Bare(connection)
        await bare.hello(None)
        await bare.tell(type="ping", payload=authorization)
        assert (await bare.closing())[0] == 4403
    async with raw_socket(address) as connection:
        bare = Bare(connection)
        await bare.tell(type="ping", payload=authorization)
        assert (await bare.closing())[0] == 4401
