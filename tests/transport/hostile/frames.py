"""Acts over one socket that break the protocol, the frames of WebSocket, or only the operation they begin."""

import base64
import random
from dataclasses import dataclass
from typing import Any

from tests.transport.hostile.bodies import parameters
from tests.transport.hostile.documents import Author, bent_document
from tests.transport.hostile.values import STRANGE, as_json, bent

TYPES = [
    "connection_init",
    "connection_ack",
    "ping",
    "pong",
    "subscribe",
    "next",
    "error",
    "complete",
    "x",
    "",
    None,
]
RAW = [
    b"\x81\x05hello",  # not masked
    b"\x83\x80\0\0\0\0", b"\x8f\x80\0\0\0\0", b"\xf1\x80\0\0\0\0",  # unknown kinds, reserved bits
    b"\x80\x81\0\0\0\0x",  # goes on with what never began
    b"\x01\x81\0\0\0\0x\x01\x81\0\0\0\0y",  # begins anew in the middle
    b"\x89\xfe\x00\x7e\0\0\0\0" + b"x" * 126, b"\x09\x80\0\0\0\0",  # a ping too long, a ping in pieces
    b"\x81\xff" + b"\xff" * 8 + b"\0\0\0\0", b"\x81\xff\0\0\0\0\0\x02\0\0\0\0\0\0",  # lengths beyond measure
    b"\x81\xfe\x00", b"\x81",  # half a head
    b"\x88\x82\0\0\0\0\x03\xee", b"\x88\x82\0\0\0\0\0\0", b"\x88\x81\0\0\0\0\x03",  # no codes to close with
    b"\x88\x84\0\0\0\0\x03\xe8\xff\xff", b"GET / HTTP/1.1\r\n\r\n", b"\0" * 64,
]  # fmt: skip


@dataclass(frozen=True)
class Act:
    """One thing done over a socket: `kind` text, binary, pieces, raw, pings, init, half, cut or close.

    `given` is base64 for what is no text.
    """

    kind: str
    given: str = ""

    @property
    def data(self) -> bytes:
        """What was given as bytes."""
        return base64.b64decode(self.given)


@dataclass(frozen=True)
class Script:
    """All that one client does over one socket; `credentials` go with the hello that is an act of its own."""

    person: str
    acts: tuple[Act, ...]

    @property
    def breaks_frames(self) -> bool:
        """Whether the connection may end without a word."""
        return any(act.kind in ("raw", "cut", "half", "close") for act in self.acts)


def script_of(chance: random.Random, author: Author, person: str) -> Script:
    """One hostile client; most say hello first, and then do up to a dozen things."""
    acts = [Act("init")] if chance.random() < 0.93 else []
    acts += [_act(chance, author) for _ in range(chance.randint(2, 12))]
    if chance.random() < 0.15:
        acts.append(chance.choice([Act("cut"), Act("close"), Act("half", _subscribe(chance, author, "h"))]))
    return Script(person, tuple(acts))


def _act(chance: random.Random, author: Author) -> Act:
    name = str(chance.randint(1, 12))
    match chance.choices(range(8), [62, 10, 9, 3, 5, 4, 4, 3])[0]:
        case 0:
            return Act("text", _subscribe(chance, author, name))
        case 1:
            return Act("text", as_json({"type": "complete", "id": name}))
        case 2:
            return Act(
                "text", as_json({"type": chance.choice(["ping", "pong"]), "payload": {"x": _small(chance)}})
            )
        case 3:
            return Act("pings", str(chance.choice([1, 20, 200])))
        case 4:
            return Act("pieces", _subscribe(chance, author, name))
        case 5:
            return Act("text", _bent_message(chance, author, name))
        case 6:
            return Act("binary", _encoded(chance.choice([b"", b"\0", b'{"type":"ping"}', b"\xff" * 200])))
        case _:
            return Act("raw", _encoded(chance.choice(RAW)))


def _subscribe(chance: random.Random, author: Author, name: str) -> str:
    written = author.written(chance)
    if chance.random() < 0.3:
        written = bent_document(chance, written)
    payload: Any = parameters(chance, written)
    if chance.random() < 0.1:
        payload = bent(chance, payload)
    return as_json({"id": name, "type": "subscribe", "payload": payload})


def _bent_message(chance: random.Random, author: Author, name: str) -> str:
    message: dict[str, Any] = {"id": name, "type": chance.choice(TYPES), "payload": chance.choice(STRANGE)}
    text = as_json(bent(chance, message))
    if chance.random() < 0.4:
        text = _subscribe(chance, author, name)
        at = chance.randrange(len(text))
        text = (
            text[:at]
            + chance.choice(['"', "{", "\\", "\0", "x" * 70_000, '"id":"1",', "\ufeff"])
            + text[at + 1 :]
        )
    return text


def _small(chance: random.Random) -> Any:
    value = chance.choice(STRANGE)
    return value if not isinstance(value, float) else str(value)


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
