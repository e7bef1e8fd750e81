"""What a body may be: JSON in UTF-8, of a bounded size, depth and time. All else is told what it lacks."""

import asyncio
from typing import Any

import orjson
import pytest

from app.runtime import Runtime
from tests.transport.wire import Answered, exchange, post, served, wire

LIMIT = 256 * 1024
ASKED = b'{"query":"{ __typename }"}'
GOOD = {"data": {"__typename": "Query"}}
NOT_JSON = (400, "BAD_INPUT", "The body is not JSON.")
TOO_LARGE = (413, "BAD_INPUT", "A request may have 262144 bytes.")
MEDIA = (415, "BAD_INPUT", "Send JSON in UTF-8, as content type 'application/json'.")


def padded(size: int) -> bytes:
    """A good request of so many bytes."""
    return ASKED + b" " * (size - len(ASKED))


def nested(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    """A good request whose JSON stands so deep: its own object, the variables, then lists or objects."""
    inner = opening * (depth - 2) + closing * (depth - 2)
    return b'{"query":"{ __typename }","variables":{"v":' + inner.encode() + b"}}"


def data(answer: Answered) -> Any:
    """The data of an answer with 200."""
    assert answer.status == 200
    return {"data": answer.json["data"]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf" + ASKED,
        b'{"query":"\xff"}',
        b'{"query":"\xc0\xaf"}',
        b'{"query":"\xed\xa0\x80"}',
        b'{"query":"\\ud800"}',
        b'{"query":"{ __typename }","variables":{"v":NaN}}',
        b'{"query":"{ __typename }","variables":{"v":-Infinity}}',
        b'{"query":"{ __typename }","variables":{"v":' + b"9" * 5_000 + b"}}",
        b'{"query":"{ __typename }","variables":{"v":1e400}}',
        b'{"query":"{ __typename }",}',
        b"{'query':'{ __typename }'}",
        ASKED + ASKED,
        ASKED.decode().encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 40_000,
        b"query=%7B__typename%7D",
    ],
)
async def test_what_is_no_json_is_refused(address: str, body: bytes) -> None:
    assert (await exchange(address, post(body))).told == NOT_JSON


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"null", "The body must be a JSON object with 'query'."),
        (b"1", "The body must be a JSON object with 'query'."),
        (b'"{ __typename }"', "The body must be a JSON object with 'query'."),
        (
            b"[" + ASKED + b"," + ASKED + b"]",
            "Requests are not taken in batches; send each operation as a request of its own.",
        ),
        (b'{"query":" "}', "'query' must be the text of a GraphQL document."),
        (b'{"query":["{ __typename }"]}', "'query' must be the text of a GraphQL document."),
        (b'{"query":"{ __typename }","extensions":[]}', "'extensions' must be an object."),
        (b'{"query":"{ __typename }","extensions":0}', "'extensions' must be an object."),
        (b'{"query":"{ __typename }","variables":"{}"}', "'variables' must be an object."),
        (b'{"query":"{ __typename }","variables":false}', "'variables' must be an object."),
        (b'{"query":"{ __typename }","operationName":["a"]}', "'operationName' must be a text."),
    ],
)
async def test_json_that_is_no_request_is_refused_with_what_is_wrong(
    address: str, body: bytes, message: str
) -> None:
    assert (await exchange(address, post(body))).told == (400, "BAD_INPUT", message)


@pytest.mark.parametrize(
    "body",
    [
        b'{"query":"{ __typename }","query":"{ viewer { roles } }"}',
        b'{"query":"{ __typename }","\\u0071uery":"{ __typename }"}',
        b'{"query":"{ __typename }","variables":{"a":1,"b":{"c":1,"c":1}}}',
        b'{"query":"{ __typename }","variables":{"a":[{"c" :1,"c"\t:1}]}}',
    ],
)
async def test_a_key_that_comes_twice_is_refused_since_proxies_may_read_the_other(
    address: str, body: bytes
) -> None:
    message = "The body names a key twice in one object; name it once."
    assert (await exchange(address, post(body))).told == (400, "BAD_INPUT", message)


@pytest.mark.parametrize(
    "body",
    [
        b'{"query":"{ __typename }","variables":{"a":"\\"b\\":","c":{"a":":"},"\\\\":"\\\\"}}',
        b'{"query":"{ __typename } # \\"a\\": \\"a\\":","other":null}',
        b' {\n"query" : "{ __typename }" , "variables" : { } , "extensions" : null }\r\n',
        b'{"query":"query A { __typename }","operationName":""}',
    ],
)
async def test_colons_and_quotes_in_texts_are_no_keys(address: str, body: bytes) -> None:
    assert data(await exchange(address, post(body))) == GOOD


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
async def test_json_may_be_nested_64_deep_and_no_deeper(address: str, opening: str, closing: str) -> None:
    def body(depth: int) -> bytes:
        made = nested(depth, opening, closing)
        return made.replace(b":}", b":1}") if opening != "[" else made

    assert data(await exchange(address, post(body(64)))) == GOOD
    refused = await exchange(address, post(body(65)))
    assert refused.told == (400, "BAD_INPUT", "Objects and lists may stand 64 deep within each other.")


async def test_a_body_may_have_256_kilobytes_and_not_one_byte_more(address: str) -> None:
    assert data(await exchange(address, post(padded(LIMIT)))) == GOOD
    refused = await exchange(address, post(padded(LIMIT + 1)))
    assert refused.told == TOO_LARGE
    assert refused.headers["connection"] == "close"


async def test_a_body_in_chunks_is_counted_too(address: str) -> None:
    def chunked(body: bytes) -> bytes:
        head = post(b"", "Transfer-Encoding: chunked", sized=False)
        parts = [body[at : at + 10_000] for at in range(0, len(body), 10_000)]
        return head + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"

    assert data(await exchange(address, chunked(padded(LIMIT)))) == GOOD
    assert (await exchange(address, chunked(padded(LIMIT + 1)))).told == TOO_LARGE


async def test_chunks_without_end_are_cut_off(address: str) -> None:
    async with wire(address) as connection:
        await connection.send(post(b"", "Transfer-Encoding: chunked", sized=False))
        sending = asyncio.create_task(_endless(connection))
        try:
            assert (await connection.answered()).told == TOO_LARGE
            assert await connection.ended()
        finally:
            sending.cancel()


async def _endless(connection: Any) -> None:
    while True:
        await connection.send(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
        await asyncio.sleep(0.001)


async def test_a_body_that_says_it_is_too_long_is_refused_before_it_is_sent(address: str) -> None:
    async with wire(address) as connection:
        await connection.send(post(b"", "Content-Length: 2000000000", sized=False))
        assert (await connection.answered()).told == TOO_LARGE
        assert await connection.ended()


async def test_a_body_that_would_be_refused_is_not_asked_for(address: str) -> None:
    async with wire(address) as connection:
        head = ("Expect: 100-continue", "Content-Length: 2000000000")
        await connection.send(post(b"", *head, sized=False))
        assert (await connection.answered()).status == 413
    async with wire(address) as connection:
        await connection.send(post(b"", "Expect: 100-continue", f"Content-Length: {len(ASKED)}", sized=False))
        assert (await connection.head())[0] == 100
        await connection.send(ASKED)
        assert data(await connection.answered()) == GOOD


async def test_a_body_that_does_not_arrive_in_time_is_given_up(runtime: Runtime) -> None:
    async with served(runtime, body_seconds=0.3) as address, wire(address) as connection:
        await connection.send(post(b"", f"Content-Length: {len(ASKED)}", sized=False) + ASKED[:5])
        told = (await connection.answered()).told
        assert told == (408, "BAD_INPUT", "The body did not arrive within 0.3 s; send it again.")
        assert await connection.ended()


@pytest.mark.parametrize(
    "head",
    [
        ("Content-Length: 26", "Content-Length: 26"),
        ("Content-Length: 26", "Content-Length: 27"),
        ("Content-Length: 26", "Transfer-Encoding: chunked"),
        ("Content-Length: -1",),
        ("Content-Length: x",),
        ("Content-Length: 0x1a",),
        ("Transfer-Encoding: chunked, gzip",),
    ],
)
async def test_a_length_that_could_be_read_in_two_ways_is_refused_and_the_connection_ended(
    address: str, head: tuple[str, ...]
) -> None:
    async with wire(address) as connection:
        await connection.send(post(ASKED, *head, sized=False))
        status, headers = await connection.head()
        assert (status, headers["connection"]) == (400, "close")


async def test_a_request_without_a_length_has_no_body(address: str) -> None:
    assert (await exchange(address, post(b"", sized=False))).told == NOT_JSON


@pytest.mark.parametrize("name", ["Authorization: Bearer a", "Content-Type: application/json"])
async def test_a_header_that_stands_alone_may_not_come_twice(address: str, name: str) -> None:
    refused = await exchange(address, post(ASKED, name, name))
    plain = name.partition(":")[0].lower()
    assert refused.told == (400, "BAD_INPUT", f"Send one '{plain}' header.")


@pytest.mark.parametrize(
    "media",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json ; charset=utf8",
    ],
)
async def test_json_in_utf_8_is_read_however_it_is_named(address: str, media: str) -> None:
    assert data(await exchange(address, post(ASKED, f"Content-Type: {media}"))) == GOOD


@pytest.mark.parametrize(
    "media",
    [
        "",
        "text/plain",
        "application/jsonx",
        "application/json, text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
        "application/json; charset=utf-8; charset=utf-16",
    ],
)
async def test_another_content_type_is_refused_so_that_no_form_can_send_anything(
    address: str, media: str
) -> None:
    refused = await exchange(address, post(ASKED, f"Content-Type: {media}"))
    assert refused.told == MEDIA
    assert refused.headers["accept-post"] == "application/json"


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "identity, gzip", "x"])
async def test_a_compressed_body_is_refused(address: str, coding: str) -> None:
    refused = await exchange(address, post(ASKED, f"Content-Encoding: {coding}"))
    assert refused.told == (415, "BAD_INPUT", "Send the body without a content encoding.")
    assert refused.headers["accept-encoding"] == "identity"


async def test_a_connection_serves_on_after_what_was_refused(address: str) -> None:
    async with wire(address) as connection:
        for body in (b"[" * 1000, b"{", orjson.dumps({"query": "{"}), ASKED):
            await connection.send(post(body))
            last = await connection.answered()
        assert data(last) == GOOD


async def test_requests_sent_ahead_are_answered_in_their_order(address: str) -> None:
    async with wire(address) as connection:
        await connection.send(post(ASKED) + post(b"{") + post(ASKED))
        assert [(await connection.answered()).status for _ in range(3)] == [200, 400, 200]
