"""Messages of graphql-transport-ws: what a client may say, read strictly; what we say, as UTF-8.

The protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import orjson

from schema.engine.execution import Answer
from schema.engine.requests import Asked, Malformed, read_asked, read_json

PROTOCOL = "graphql-transport-ws"
MESSAGE_LIMIT = 64 * 1024
ID_LIMIT = 256
REASON_LIMIT = 123


class CloseCode(IntEnum):
    """Why we close a socket.

    1012, 1013 and 4403 tell clients to connect again: elsewhere, later, with another token. 4008 is ours: the
    client did not take its frames; it resumes by its cursors.
    """

    FAILED = 1011
    RESTART = 1012
    TRY_LATER = 1013
    SLOW = 4008
    BAD_MESSAGE = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    BAD_PROTOCOL = 4406
    NO_INIT = 4408
    SAME_ID = 4409
    SECOND_INIT = 4429


class Closed(Exception):
    """The socket is to be closed, with this code and reason, which is cut to the 123 bytes that fit."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:REASON_LIMIT].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Init:
    """connection_init, with the credentials given, if any."""

    authorization: str | None


@dataclass(frozen=True, slots=True)
class Subscribe:
    """subscribe: an operation to run under an id; a text instead of a request says what it lacks."""

    id: str
    asked: Asked | str


@dataclass(frozen=True, slots=True)
class Complete:
    """complete: the client wants no more of an operation."""

    id: str


@dataclass(frozen=True, slots=True)
class Ping:
    """ping, with what is to come back, or with credentials that take the place of those at hand."""

    payload: dict[str, Any] | None
    authorization: str | None = None


@dataclass(frozen=True, slots=True)
class Pong:
    """pong: says that the client lives."""


Said = Init | Subscribe | Complete | Ping | Pong


def read_frame(text: str | None) -> Said:
    """What a text frame says; Closed with 4400 when it is no message. A binary frame comes as None."""
    if text is None:
        raise _bad("Send text frames of UTF-8, not binary ones.")
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) > MESSAGE_LIMIT:
        raise _bad(f"A message may have {MESSAGE_LIMIT} bytes.")
    try:
        message = read_json(raw)
    except Malformed as malformed:
        return _malformed(raw, malformed)
    if not isinstance(message, dict):
        raise _bad("A message is a JSON object with a 'type'.")
    return _said(message, _payload(message))


def _malformed(raw: bytes, malformed: Malformed) -> Said:
    """JSON that is refused ends the operation that it is to begin, if it names one, and else the socket."""
    with suppress(orjson.JSONDecodeError, RecursionError):
        message = orjson.loads(raw)
        if isinstance(message, dict) and message.get("type") == "subscribe":
            return Subscribe(_id(message), str(malformed))
    raise _bad(str(malformed))


def _said(message: dict[str, Any], payload: dict[str, Any] | None) -> Said:
    match message.get("type"):
        case "connection_init":
            return Init(_authorization(payload or {}))
        case "ping":
            return Ping(payload, _authorization(payload or {}))
        case "pong":
            return Pong()
        case "complete":
            return Complete(_id(message))
        case "subscribe":
            return _subscribe(_id(message), payload)
    raise _bad("The message has no 'type' of graphql-transport-ws.")


def _payload(message: dict[str, Any]) -> dict[str, Any] | None:
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise _bad("'payload' must be an object.")
    return payload


def _id(message: dict[str, Any]) -> str:
    name = message.get("id")
    if not isinstance(name, str) or not 1 <= len(name) <= ID_LIMIT:
        raise _bad(f"'id' must be a text of 1 to {ID_LIMIT} characters.")
    return name


def _subscribe(name: str, payload: dict[str, Any] | None) -> Subscribe:
    if payload is None:
        raise _bad("'payload' must be an object with 'query'.")
    try:
        return Subscribe(name, read_asked(payload))
    except Malformed as malformed:
        return Subscribe(name, str(malformed))


def _authorization(payload: dict[str, Any]) -> str | None:
    for key, value in payload.items():
        if key.lower() == "authorization" and value is not None:
            if not isinstance(value, str):
                raise _bad("'authorization' must be a text.")
            return value
    return None


def _bad(reason: str) -> Closed:
    return Closed(CloseCode.BAD_MESSAGE, reason)


def ack() -> bytes:
    """connection_ack."""
    return b'{"type":"connection_ack"}'


def ping(payload: dict[str, Any]) -> bytes:
    """ping, with something to know; clients answer it with a pong and no more."""
    return _text({"type": "ping", "payload": payload})


def pong(payload: dict[str, Any] | None) -> bytes:
    """pong, with what the ping held."""
    return _text({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})


def following(name: str, answer: Answer) -> bytes:
    """next: one answer of an operation."""
    return _text({"id": name, "type": "next", "payload": answer})


def head(name: str) -> bytes:
    """What stands before an answer that is written already, to be followed by it and `}`."""
    return b'{"id":%b,"type":"next","payload":' % orjson.dumps(name)


class Framed(list[bytes]):
    """Frames that go to many; `wire` is what they are on a connection, made once."""

    __slots__ = ("wire",)

    def __init__(self, texts: Iterable[bytes]) -> None:
        super().__init__(texts)
        self.wire = wired(self)


def answered(head: bytes, answers: Iterable[bytes]) -> Framed:
    """next: answers that are written already, behind this head."""
    return Framed([b"%b%b}" % (head, answer) for answer in answers])


def wired(texts: Iterable[bytes]) -> bytes:
    """Whole, unmasked frames of text as a server sends them (RFC 6455, 5.2)."""
    return b"".join([part for text in texts for part in (_start(len(text)), text)])


def _start(size: int) -> bytes:
    if size < 126:
        return bytes((0x81, size))
    return struct.pack("!BBH", 0x81, 126, size) if size < 65_536 else struct.pack("!BBQ", 0x81, 127, size)


def error(name: str, errors: list[dict[str, Any]]) -> bytes:
    """error: the operation ends with these; nothing follows for its id."""
    return _text({"id": name, "type": "error", "payload": errors})


def complete(name: str) -> bytes:
    """complete: the operation has ended well."""
    return _text({"id": name, "type": "complete"})


def _text(message: dict[str, Any]) -> bytes:
    return orjson.dumps(message)
