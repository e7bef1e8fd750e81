"""Requests over HTTP that nobody sends in good faith, whole ones and ones bent byte by byte."""

import hashlib
import random
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from tests.transport.hostile.documents import Author, Written, bent_document
from tests.transport.hostile.values import STRANGE, as_json, bent

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
HEADERS = [
    "Content-Type: text/plain", "Content-Type: application/x-www-form-urlencoded",
    "Content-Type: multipart/form-data",
    "Content-Type: application/json; charset=utf-16", "Content-Type: application/json; charset=",
    "Content-Type: ",
    "Content-Encoding: gzip", "Content-Encoding: br", "Accept: text/html", "Accept: image/png",
    "Accept: */*;q=0",
    "Accept: application/graphql-response+json;q=2", "Accept: " + "a/b," * 400, "Origin: http://evil.example",
    "Origin: null", "Origin: file://", "Authorization: Basic eDp5", "Authorization: Bearer",
    "Authorization: Bearer a.b.c",
    "Authorization: Bearer eyJhbGciOiJub25lIn0.e30.", "Cookie: a=b", "X-Forwarded-For: ::1, x",
    "Host: evil.example",
    "If-None-Match: *", "X-Long: " + "x" * 9_000, "Apollo-Require-Preflight: no",
    "X-HTTP-Method-Override: DELETE",
]  # fmt: skip
JSON, RESPONSE, EVENTS = "application/json", "application/graphql-response+json", "text/event-stream"


@dataclass(frozen=True)
class Request:
    """The head without length and credentials, the body, and who sends it.

    One that is not `whole` may be no HTTP: it need not be answered.
    """

    person: str
    head: tuple[str, ...]
    body: bytes = b""
    whole: bool = True

    @property
    def is_answered(self) -> bool:
        """Whether it has to be answered: who sends megabytes is cut off."""
        return self.whole and len(self.body) < 1_000_000

    def encoded(self, token: str | None) -> bytes:
        """The bytes to send."""
        if not self.whole:
            return self.body
        lines = list(self.head)
        if token and not any(line.startswith("Authorization:") for line in lines):
            lines.append(f"Authorization: Bearer {token}")
        if not lines[0].startswith("GET "):
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + self.body


def request_of(chance: random.Random, author: Author, person: str) -> Request:
    """One hostile request."""
    written = author.written(chance)
    if chance.random() < 0.25:
        written = bent_document(chance, written)
    makers = [_posted, _got, _with_bent_json, _with_a_bent_head, _bent_bytes]
    return chance.choices(makers, [60, 10, 14, 6, 10])[0](chance, person, written)


def parameters(chance: random.Random, written: Written) -> dict[str, Any]:
    """The members of a request in good order; sometimes known by its hash, which may be wrong."""
    given: dict[str, Any] = {"query": written.text, "variables": written.variables}
    if written.name is not None:
        given["operationName"] = written.name
    if chance.random() < 0.05:
        name = hashlib.sha256(written.text.encode("utf-8", "surrogatepass")).hexdigest()
        persisted = {"version": 1, "sha256Hash": chance.choice([name, name, name[:-1] + "0"])}
        given["extensions"] = {"persistedQuery": persisted}
        if chance.random() < 0.3:
            del given["query"]
    return given


def _head(chance: random.Random, target: str = "POST /graphql") -> list[str]:
    accept = chance.choices([JSON, RESPONSE, EVENTS, "*/*"], [6, 2, 1, 1])[0]
    lines = [f"{target} HTTP/1.1", "Host: 127.0.0.1", f"Accept: {accept}"]
    return [*lines, "Content-Type: application/json"] if target.startswith("POST") else lines


def _posted(chance: random.Random, person: str, written: Written) -> Request:
    head = _head(chance)
    if written.text.startswith("subscription") and chance.random() < 0.8:
        head[2] = f"Accept: {EVENTS}"
    return Request(person, tuple(head), as_json(parameters(chance, written)).encode())


def _got(chance: random.Random, person: str, written: Written) -> Request:
    given = parameters(chance, written)
    pairs = [(name, each if isinstance(each, str) else as_json(each)) for name, each in given.items()]
    if chance.random() < 0.3:
        pairs.append(
            chance.choice([*pairs, ("variables", "["), ("query", ""), ("\0", "\0"), ("extensions", "{}")])
        )
    query = urlencode(pairs, quote_via=quote, errors="surrogatepass")
    if chance.random() < 0.2:
        at = chance.randrange(len(query) + 1)
        query = (
            query[:at] + chance.choice(["%", "%ff", "%00", "&", "=", "?", "%ed%a0%80", "+", ";"]) + query[at:]
        )
    return Request(person, tuple(_head(chance, f"GET /graphql?{query[:30_000]}")))


def _with_bent_json(chance: random.Random, person: str, written: Written) -> Request:
    given = parameters(chance, written)
    strange = chance.choice(STRANGE)
    choices = [
        bent(chance, given),
        [given],
        {**given, "extensions": strange},
        {**given, "documentId": strange},
        strange,
    ]
    text = as_json(chance.choice(choices))
    match chance.randrange(8):
        case 0:
            text = text[: chance.randrange(len(text) + 1)]
        case 1:
            text = text.replace("{", '{"query": 1, ', 1)
        case 2:
            text = '{"variables":' + '{"a":[' * chance.choice([20, 40, 5_000]) + text
        case 3:
            text = text + chance.choice([text, "\0", "}", ",", " " * 5_000])
        case 4:
            text = "\ufeff" + text
    body = text.encode("utf-8", "surrogatepass")
    if chance.random() < 0.15:
        at = chance.randrange(len(body) + 1)
        body = (
            body[:at]
            + chance.choice([b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\0", b"\xf4\x90\x80\x80"])
            + body[at:]
        )
    return Request(person, tuple(_head(chance)), body)


def _with_a_bent_head(chance: random.Random, person: str, written: Written) -> Request:
    method = chance.choice(
        ["POST", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "post", "X"]
    )
    path = chance.choice(
        ["/graphql"] * 6 + ["/graphql/", "//graphql", "/%67raphql", "/graphql%00", "/../etc/passwd", "/x"]
    )
    added = chance.sample(HEADERS, chance.choice([1, 1, 2]))
    names = {line.split(":")[0] for line in added}
    kept = [line for line in _head(chance, f"{method} {path}") if line.split(":")[0] not in names]
    return Request(person, (*kept, *added), as_json(parameters(chance, written)).encode())


def _bent_bytes(chance: random.Random, person: str, written: Written) -> Request:
    good = Request(person, tuple(_head(chance)), as_json(parameters(chance, written)).encode())
    made = bytearray(good.encoded(None))
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
    return Request(person, good.head, bytes(made), whole=False)
