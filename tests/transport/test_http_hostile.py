"""Requests bent at random: each gets a status of its own making, none a 5xx, and the server serves on."""

import asyncio
import random

import pytest

from tests.transport.wire import Answered, Wire, exchange, post, wire

GOOD = post(b'{"query":"{ __typename }","variables":{"a":[1,{"b":"\\u00e9"}]},"extensions":{}}')
PIECES = [
    b"\r\n", b"\0", b"\xff", b"\xc3\x28", b"{", b"[", b'"', b"\\", b"\\u0000", b"\\ud800", b"1e999",
    b"null", b"true", b": ", b",", b"-", b"NaN", b"GET ", b"HTTP/9.9", b"%00", b"%ff", b"?query=", b"&", b"#",
    b"chunked", b"Transfer-Encoding: chunked\r\n", b"Content-Length: 3\r\n", b"Accept: */*;q=\r\n",
    b"Accept: text/event-stream\r\n", b"Origin: null\r\n", b"Origin: http://graph.test\r\n",
    b"Authorization: Bearer \xff\r\n", b"Authorization: Basic x\r\n", b"Content-Encoding: gzip\r\n",
    b"Content-Type: application/json; charset=\xff\r\n", b"Upgrade: websocket\r\nConnection: Upgrade\r\n",
    b"Expect: 100-continue\r\n", b"If-None-Match: *\r\n", b"persistedQuery", b"sha256Hash", b"documentId",
    b"subscription", b"mutation", b"__schema", b"...", b"@skip(if: true)", b"$a",
    b"fragment F on Query { ...F }",
]  # fmt: skip


def bent(chance: random.Random) -> bytes:
    """A good request after a few acts of damage."""
    made = bytearray(GOOD)
    if chance.random() < 0.2:
        made[:4] = chance.choice([b"GET ", b"PUT ", b"get ", b"\0\0\0\0", b"OPTIONS "])
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(made))
        match chance.randrange(4):
            case 0:
                made[at:at] = chance.choice(PIECES)
            case 1:
                del made[at : at + chance.randint(1, 8)]
            case 2:
                made[at] = chance.randrange(256)
            case 3:
                made[at:at] = made[at : at + chance.randint(1, 40)]
    return bytes(made)


async def _answered(connection: Wire) -> Answered | None:
    """The answer; None when the connection ends or waits for more."""
    try:
        async with asyncio.timeout(0.25):
            while True:
                status, headers = await connection.head()
                if status != 100:
                    return Answered(status, headers, b"")
    except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
        return None


@pytest.mark.parametrize("seed", range(4))
async def test_bent_requests_are_answered_or_refused_and_break_nothing(address: str, seed: int) -> None:
    chance = random.Random(seed)
    statuses: set[int] = set()
    for _ in range(150):
        async with wire(address) as connection:
            request = bent(chance)
            await connection.send(request)
            answer = await _answered(connection)
            if answer is not None:
                statuses.add(answer.status)
                assert answer.status < 500, request
    assert statuses >= {400, 404}
    assert (await exchange(address, post(b'{"query":"{ __typename }"}'))).status == 200
