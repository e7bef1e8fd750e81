"""Sends hostile requests and plays hostile scripts; what came back, and what is wrong with it."""

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from tests.socket import address_of
from tests.transport.hostile.answers import CLOSING, faults, faults_of, texts_of, told, user_errors
from tests.transport.hostile.bodies import Request
from tests.transport.hostile.frames import Act, Script
from tests.transport.wire import Wire, wire

PATIENCE = 30.0
"""Seconds within which a whole request must be answered, on a busy machine too."""
MOMENT = 0.2
"""Seconds for what need not be answered at all."""
QUIET = 0.3
"""Seconds without a word after which a stream of events is left."""
_LAST = '{"id":"last","type":"subscribe","payload":{"query":"{ __typename }"}}'
_JSON = ("application/json", "application/graphql-response+json")
_BODILESS = (204, 304)


@dataclass
class Outcome:
    """What came back: statuses or closing codes, codes of errors, answers a resolver gave, faults."""

    ended: str = "no answer"
    codes: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    resolved: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass
class Sender:
    """Sends as people whose tokens are known; `hidden` are ids that each of them must not read."""

    address: str
    tokens: dict[str, str | None]
    hidden: dict[str, frozenset[str]]

    async def send(self, request: Request) -> Outcome:
        """Send one request over a connection of its own."""
        outcome = Outcome()
        sent = request.encoded(self.tokens[request.person])
        try:
            async with wire(self.address) as connection:
                await connection.send(sent)
                async with asyncio.timeout(PATIENCE if request.is_answered else MOMENT):
                    await self._read(connection, request, sent, outcome)
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError) as error:
            if request.is_answered:
                outcome.faults.append(f"no answer: {type(error).__name__}")
        return outcome

    async def _read(self, connection: Wire, request: Request, sent: bytes, outcome: Outcome) -> None:
        status, headers = await connection.head()
        outcome.ended = str(status)
        if status >= 500 and status != 503:
            outcome.faults.append(f"status {status}")
        if status in (100, 101, *_BODILESS) or sent.startswith(b"HEAD"):
            return
        media = headers.get("content-type", "").partition(";")[0]
        if media == "text/event-stream":
            await self._read_events(connection, request.person, sent, headers, outcome)
            return
        body = await connection.body(int(headers.get("content-length", "0")))
        if media in _JSON and "x-request-id" in headers:
            outcome.faults += faults(status, body, sent, headers["x-request-id"])
            self._take(body, request.person, outcome)
        elif not media.startswith("text/html"):
            outcome.faults += told(body.decode("utf-8", "replace"), sent)

    async def _read_events(
        self, connection: Wire, person: str, sent: bytes, headers: dict[str, str], outcome: Outcome
    ) -> None:
        """Read until the stream is complete, or quiet; only whole events are looked at."""
        text = b""
        with contextlib.suppress(TimeoutError):
            while b"event: complete" not in text:
                async with asyncio.timeout(QUIET):
                    more = await connection.read()
                if not more:
                    break
                text += more
        for line in text.split(b"\n"):
            if line.startswith(b"data: {") and line.endswith(b"}"):
                outcome.faults += faults_of(orjson.loads(line[6:]), sent, headers["x-request-id"])
                self._take(line[6:], person, outcome)

    def _take(self, body: bytes, person: str, outcome: Outcome) -> None:
        """Count an answer, and look for what its reader must not see."""
        with contextlib.suppress(orjson.JSONDecodeError):
            answer = orjson.loads(body)
            if isinstance(answer, dict):
                self._look(answer, person, outcome)

    def _look(self, answer: dict[str, Any], person: str, outcome: Outcome) -> None:
        outcome.answers += 1
        outcome.resolved += "data" in answer
        for error in answer.get("errors") or ():
            outcome.codes[str((error.get("extensions") or {}).get("code"))] += 1
        for error in user_errors(answer.get("data")):
            outcome.codes[f"userErrors {error['code']}"] += 1
        seen = self.hidden[person].intersection(texts_of(answer.get("data")))
        if seen:
            outcome.faults.append(f"{person} reads {', '.join(sorted(seen))} of another organization")

    async def play(self, script: Script) -> Outcome:
        """Do everything of a script over one socket, and see how it ends."""
        outcome = Outcome(ended="open")
        sent = orjson.dumps([act.given for act in script.acts], default=str).replace(b"\\\\", b"\\")
        sent = sent.replace(b'\\"', b'"')
        protocols = [Subprotocol("graphql-transport-ws")]
        try:
            async with asyncio.timeout(2 * PATIENCE):
                socket = await connect(
                    address_of(self.address), subprotocols=protocols, max_size=None, ping_interval=None,
                    close_timeout=5, open_timeout=PATIENCE, compression=None, proxy=None,
                )  # fmt: skip
                await self._played(socket, script, sent, outcome)
        except (TimeoutError, OSError, WebSocketException) as error:
            outcome.faults.append(f"the socket did not end: {type(error).__name__}")
        return outcome

    async def _played(self, socket: ClientConnection, script: Script, sent: bytes, outcome: Outcome) -> None:
        done = asyncio.Event()
        reading = asyncio.create_task(self._heard(socket, script.person, sent, outcome, done))
        try:
            with contextlib.suppress(ConnectionClosed):
                for act in script.acts:
                    await _do(socket, act, self.tokens[script.person])
                if not script.breaks_frames:
                    await socket.send(_LAST)
            if not await _within(PATIENCE if not script.breaks_frames else MOMENT, done):
                if not script.breaks_frames:
                    outcome.faults.append("the last operation was not answered")
            else:
                await _quiet(outcome)
        finally:
            with contextlib.suppress(AttributeError):  # asyncio cannot abort what ended while it was written
                await socket.close()
            await reading
        code, reason = socket.close_code, socket.close_reason or ""
        outcome.ended = str(code)
        if code not in CLOSING and not (script.breaks_frames and code in (None, 1006, *range(3000, 5000))):
            outcome.faults.append(f"closed with {code} {reason!r}")
        outcome.faults += told(reason, sent)

    async def _heard(
        self, socket: ClientConnection, person: str, sent: bytes, outcome: Outcome, done: asyncio.Event
    ) -> None:
        try:
            async for text in socket:
                frame = orjson.loads(text)
                if frame["type"] == "next":
                    outcome.faults += faults_of(frame["payload"], sent)
                    self._look(frame["payload"], person, outcome)
                elif frame["type"] == "error":
                    outcome.faults += faults_of({"errors": frame["payload"]}, sent)
                    self._look({"errors": frame["payload"]}, person, outcome)
                elif frame["type"] not in ("connection_ack", "pong", "ping", "complete"):
                    outcome.faults.append(f"a frame of type {frame['type']}")
                if frame.get("id") == "last" and frame["type"] in ("complete", "error"):
                    done.set()
        except ConnectionClosed:
            return
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            outcome.faults.append(f"a frame that is no message: {error}")
        finally:
            done.set()


async def _do(socket: ClientConnection, act: Act, token: str | None) -> None:
    match act.kind:
        case "init":
            payload = {"authorization": f"Bearer {token}"} if token else {}
            await socket.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
        case "text":
            await socket.send(act.given)
        case "pieces":
            step = max(1, len(act.given) // 7)
            await socket.send(iter([act.given[at : at + step] for at in range(0, len(act.given), step)]))
        case "binary":
            await socket.send(act.data)
        case "raw":
            _write(socket, act.data)
        case "pings":
            for _ in range(int(act.given) if not socket.transport.is_closing() else 0):
                socket.protocol.send_frame(Frame(Opcode.PING, b"x" * 125))
            socket.send_data()
        case "half":
            frame = Frame(Opcode.TEXT, act.given.encode()).serialize(mask=True)
            _write(socket, frame[: len(frame) // 2])
            await asyncio.sleep(0.01)
            socket.transport.abort()
        case "cut":
            socket.transport.abort()
        case "close":
            await socket.close(4999, "bye")


def _write(socket: ClientConnection, data: bytes) -> None:
    with contextlib.suppress(RuntimeError):  # our own side has ended, having heard the closing frame
        socket.transport.write(data)


async def _within(seconds: float, event: asyncio.Event) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


async def _quiet(outcome: Outcome) -> None:
    """Wait for the answers of what was begun before the last operation, a second at most."""
    for _ in range(10):
        before = outcome.answers
        await asyncio.sleep(0.1)
        if outcome.answers == before:
            return
