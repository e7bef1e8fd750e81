"""One socket: who is on it, the operations under way, and how it ends."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from app.access.principal import Principal
from app.kit.errors import DomainError, ErrorCode, Unauthenticated
from app.kit.metrics import OPERATIONS
from schema.engine.announcements import Announcement, Announcements
from schema.engine.execution import OperationContext, coded
from schema.engine.operations import Operations, Refused
from schema.engine.prepared import Prepared
from schema.engine.streaming import Answers, StreamEnded, Subscriber
from schema.transport import frames
from schema.transport.credentials import Credentials, Doorkeeper
from schema.transport.frames import CloseCode, Closed, Complete, Init, Ping, Said, Subscribe
from schema.transport.http import MakeContext
from schema.transport.outbox import Outbox
from schema.transport.seats import Seat, Seats

TOKEN_EXPIRING, DRAINING = "TOKEN_EXPIRING", "DRAINING"
GONE = 1006
"""The other side has gone without a word; there is nobody to close."""
WRITE = "masterygraph.write"
"""The extension of a socket's scope that takes frames of text at once, or says no (`app/cli/sockets.py`)."""

log = structlog.get_logger("websocket")


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """What one socket, user or address may have, and for how long; times in seconds.

    `unknown_per_address` counts the sockets on which nobody has signed in. `expiry_notice` is how long before
    its end a token's end is announced. A socket that ends is given `flush` to take what waits, and with a
    server that ends `finish` before that, for queries and mutations under way.
    """

    operations: int = 20
    per_user: int = 5
    unknown_per_address: int = 256
    init: float = 5.0
    expiry_notice: float = 60.0
    finish: float = 5.0
    flush: float = 1.0


@dataclass(frozen=True, slots=True)
class Desk:
    """What all sockets of a process share."""

    operations: Operations
    doorkeeper: Doorkeeper
    make_context: MakeContext
    limits: SocketLimits
    users: Seats


class Line:
    """One subscription of a socket, as who answers it sees the other side."""

    __slots__ = ("_connection", "_credentials", "_head", "_name")

    def __init__(self, connection: "Connection", name: str) -> None:
        self._connection = connection
        self._credentials = connection.credentials
        self._head = frames.head(name)
        self._name = name

    @property
    def announcements(self) -> Announcements:
        """What the socket has to tell."""
        return self._connection.announcements

    @property
    def has_room(self) -> bool:
        """Whether the socket takes another frame."""
        return self._connection.outbox.has_room

    async def room(self) -> bool:
        """Wait until it does; False when it is to be closed, since its client is too slow."""
        try:
            await self._connection.outbox.room()
        except Closed as closed:
            self._connection.end(closed.code, closed.reason)
            return False
        return True

    def take(self, answers: Answers) -> None:
        """Send answers: written once for everyone, framed once for all whose operation has the same id."""
        framed = answers.framed.get(self._head)
        if framed is None:
            framed = answers.framed[self._head] = frames.answered(self._head, answers.texts)
        self._connection.outbox.give(framed)

    def end(self, errors: list[dict[str, Any]] | None) -> None:
        """Say that the stream has ended."""
        self._connection.ended(self._name, errors)

    def at_hand(self) -> Principal | None:
        """Who is on the socket, where that is known without waiting."""
        return self._credentials.at_hand()

    async def recognise(self) -> Principal:
        """Who is on the socket, as it stands now."""
        return await self._credentials.recognise()

    def context(self, principal: Principal, request_id: str) -> OperationContext:
        """A new context for an event."""
        return self._connection.context(principal, request_id)


class Connection:
    """One socket that was accepted, in the seat of its address until somebody signs in."""

    __slots__ = (
        "_acknowledged", "_address", "_desk", "_ending", "_operations", "_saying", "_seat", "_socket",
        "_streams", "_write", "announcements", "credentials", "outbox",
    )  # fmt: skip

    def __init__(self, desk: Desk, socket: WebSocket, seat: Seat) -> None:
        self._desk = desk
        self._socket = socket
        self._seat = seat
        self._write = socket.scope.get("extensions", {}).get(WRITE, {}).get("write")
        self.outbox = Outbox(
            self._send, write=self._written if self._write is not None else None, failed=self._failed
        )
        self._operations: dict[str, asyncio.Task[None] | None] = {}
        """What is under way; a stream that is told with others has no task."""
        self._streams: dict[str, Subscriber] = {}
        self._saying: set[asyncio.Task[None]] = set()
        self._address = socket.client.host if socket.client else ""
        self.credentials = Credentials(desk.doorkeeper)
        self.announcements = Announcements()
        self._acknowledged = False
        self._ending: asyncio.Future[Closed] = asyncio.get_running_loop().create_future()

    async def _send(self, frame: bytes) -> None:
        await self._socket.send_text(frame.decode())

    def _written(self, texts: Sequence[bytes]) -> bool:
        """Whether the socket takes frames at once."""
        wire = texts.wire if isinstance(texts, frames.Framed) else frames.wired(texts)
        taken: bool = self._write(wire)
        return taken

    def context(self, principal: Principal, request_id: str) -> OperationContext:
        """A new context for an operation or event of this socket."""
        return self._desk.make_context(principal, request_id, self._address)

    @property
    def streams(self) -> bool:
        """Whether it follows something now."""
        return bool(self._streams)

    @property
    def idle(self) -> bool:
        """Whether somebody is on it who asks for nothing now."""
        return self.credentials.expires_at is not None and not self._operations

    def end(self, code: int, reason: str) -> None:
        """Close the socket, once what waits has been sent; the first code wins."""
        if not self._ending.done():
            self._ending.set_result(Closed(code, reason))

    def look(self, now: datetime) -> None:
        """Announce that the token ends soon, or close with 4403 when it has."""
        expires_at = self.credentials.expires_at
        if expires_at is None:
            return
        if expires_at <= now:
            self.end(CloseCode.FORBIDDEN, "The access token has expired; connect again with a new one.")
            return
        notice = timedelta(seconds=self._desk.limits.expiry_notice)
        if expires_at - now <= notice and not self.announcements.holds(TOKEN_EXPIRING):
            self._announce(Announcement(TOKEN_EXPIRING), expiresAt=expires_at.isoformat())

    async def verify(self) -> None:
        """Close with 4403 when the token is good no longer though it has not ended. May be Unavailable."""
        try:
            await self.credentials.recognise()
        except Unauthenticated as error:
            self.end(CloseCode.FORBIDDEN, error.message)

    def warn(self, seconds: float) -> None:
        """Announce that the server will end, and when clients had best connect again."""
        retry_after_ms = round(seconds * 1000)
        self._announce(Announcement(DRAINING, retry_after_ms), retryAfterMs=retry_after_ms)

    def _announce(self, announcement: Announcement, **more: Any) -> None:
        """Tell all streams, and the client as such by a ping, which asks for nothing but a pong."""
        self.announcements.announce(announcement)
        if self._acknowledged:
            ping = frames.ping({"kind": announcement.kind, **more})
            self._do(lambda: self.outbox.put(ping))

    def _do(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do something besides, for as long as the socket lives."""
        doing = asyncio.create_task(self._watched(work))
        self._saying.add(doing)
        doing.add_done_callback(self._saying.discard)

    async def run(self) -> None:
        """Read and answer until the end."""
        reader = asyncio.create_task(self._watched(self._read))
        try:
            ending = await self._ending
            await _cancelled([reader])
            if ending.code == CloseCode.RESTART:
                await self._answered()
            await _cancelled(self._leave_all())
            if ending.code == CloseCode.FORBIDDEN:
                await self._tell_all(ErrorCode.UNAUTHENTICATED, ending.reason)
            if ending.code != GONE:
                await _within(self._flush_seconds(ending), self.outbox.sent())
            self.outbox.end()
            if ending.code != GONE:
                await _within(self._desk.limits.flush, self._socket.close(ending.code, ending.reason))
        finally:
            self._seat.leave()
            self.outbox.end()
            await _cancelled([reader, *self._saying, *self._leave_all()])

    def _leave_all(self) -> list[asyncio.Task[None]]:
        """Leave all streams; the tasks of what is under way."""
        for stream in self._streams.values():
            stream.leave()
            OPERATIONS.labels("subscription", "ok").inc()
        self._streams.clear()
        return [task for task in self._operations.values() if task is not None]

    def _failed(self, error: Exception) -> None:
        """The socket does not take what is sent."""
        if not isinstance(error, (WebSocketDisconnect, WebSocketDisconnected)):
            log.error("socket failed", exc_info=error)
        self.end(GONE, "")

    def _flush_seconds(self, ending: Closed) -> float:
        limits = self._desk.limits
        return limits.finish if ending.code == CloseCode.RESTART else limits.flush

    async def _answered(self) -> None:
        """Wait for the queries and mutations under way; what they did is told before the socket closes."""
        answers = [task for name, task in self._operations.items() if task and name not in self._streams]
        if answers:
            await asyncio.wait(answers, timeout=self._desk.limits.finish)

    async def _tell_all(self, code: ErrorCode, message: str) -> None:
        """End every operation that is still under way with an error."""
        with suppress(Closed):
            for name in self._operations:
                errors = coded(code, message, uuid.uuid4().hex)["errors"]
                await self.outbox.put(frames.error(name, errors))

    async def _watched(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run the reader, the writer or an operation; if it fails as such, the socket ends with it.

        Nothing has begun yet when it is cancelled before it runs.
        """
        try:
            await work()
        except Closed as closed:
            self.end(closed.code, closed.reason)
        except (WebSocketDisconnect, WebSocketDisconnected):
            self.end(GONE, "")
        except Exception:
            self.end(CloseCode.FAILED, "Something went wrong on our side; connect again.")
            log.error("socket failed", exc_info=True)

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(self._desk.limits.init):
                while not self._acknowledged:
                    await self._take(await self._received())
        except TimeoutError:
            raise Closed(CloseCode.NO_INIT, "Connection initialisation timeout") from None
        while True:
            await self._take(await self._received())

    async def _received(self) -> Said:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", GONE))
        return frames.read_frame(message.get("text"))

    async def _take(self, said: Said) -> None:
        match said:
            case Init():
                await self._begin(said)
            case Ping(authorization=str() as authorization):
                await self._renew(authorization)
            case Ping():
                await self.outbox.put(frames.pong(said.payload))
            case Subscribe():
                await self._subscribe(said)
            case Complete():
                task = self._operations.pop(said.id, None)
                stream = self._streams.pop(said.id, None)
                if stream is not None:
                    stream.leave()
                    OPERATIONS.labels("subscription", "ok").inc()
                if task is not None:
                    task.cancel()

    async def _begin(self, init: Init) -> None:
        if self._acknowledged:
            raise Closed(CloseCode.SECOND_INIT, "Too many initialisation requests")
        given = init.authorization or self._socket.headers.get("authorization")
        try:
            principal = await self.credentials.accept(given)
        except Unauthenticated as error:
            raise Closed(CloseCode.FORBIDDEN, error.message) from None
        except DomainError as error:
            raise Closed(CloseCode.TRY_LATER, error.message) from None
        if principal.signed_in:
            self._sit(principal.user_id)
        self._acknowledged = True
        await self.outbox.put(frames.ack())

    def _sit(self, user_id: uuid.UUID | None) -> None:
        """Take a seat of the user in place of the address's."""
        users = self._desk.users
        seat = users.take(user_id)
        if seat is None:
            message = f"RATE_LIMITED: a user has {users.limit} sockets at most; close one, or share it."
            raise Closed(CloseCode.TRY_LATER, message)
        self._seat.leave()
        self._seat = seat

    async def _renew(self, authorization: str) -> None:
        if not self._acknowledged:
            raise Closed(CloseCode.UNAUTHORIZED, "Unauthorized")
        try:
            expires_at = await self.credentials.renew(authorization)
        except Unauthenticated as error:
            raise Closed(CloseCode.FORBIDDEN, error.message) from None
        self.announcements.withdraw(TOKEN_EXPIRING)
        await self.outbox.put(frames.pong({"expiresAt": expires_at.isoformat()}))

    async def _subscribe(self, asked: Subscribe) -> None:
        most = self._desk.limits.operations
        if not self._acknowledged:
            raise Closed(CloseCode.UNAUTHORIZED, "Unauthorized")
        if asked.id in self._operations:
            raise Closed(CloseCode.SAME_ID, f"Subscriber for {asked.id} already exists")
        if len(self._operations) >= most:
            message = f"A socket runs {most} operations at most; complete one first."
            answer = coded(ErrorCode.RATE_LIMITED, message, uuid.uuid4().hex)
            await self.outbox.put(frames.error(asked.id, answer["errors"]))
            return
        self._operations[asked.id] = asyncio.create_task(self._watched(lambda: self._run(asked)))

    async def _run(self, asked: Subscribe) -> None:
        """Run one operation to its end; a stream until it is told with others.

        Its id is free again as soon as the last frame waits to be sent.
        """
        request_id = uuid.uuid4().hex
        errors: list[dict[str, Any]] | None = None
        try:
            prepared = await self._prepared(asked, request_id)
            if prepared.is_subscription:
                await self._stream(asked.id, prepared, request_id)
                return
            context = self.context(prepared.bill.principal, request_id)
            answer = await self._desk.operations.answer(prepared, context)
            await self.outbox.put(frames.following(asked.id, answer))
        except StreamEnded as ended:
            errors = ended.errors
        except Closed:
            raise
        except Exception:
            log.error("operation failed", request_id=request_id, exc_info=True)
            message = "Something went wrong on our side; quote the request id when you report it."
            errors = coded(ErrorCode.INTERNAL, message, request_id)["errors"]
        if not self.outbox.has_room:
            await self.outbox.room()
        if self._operations.get(asked.id) is asyncio.current_task():
            self._finish(asked.id, errors)

    def ended(self, name: str, errors: list[dict[str, Any]] | None) -> None:
        """A stream has ended by itself."""
        if self._streams.pop(name, None) is not None:
            OPERATIONS.labels("subscription", "ok" if errors is None else "error").inc()
            self._finish(name, errors)

    def _finish(self, name: str, errors: list[dict[str, Any]] | None) -> None:
        """Send the last frame of an operation; it closes the socket if the token is no longer good."""
        self._operations.pop(name, None)
        self.outbox.give([frames.complete(name) if errors is None else frames.error(name, errors)])
        if errors is not None and errors[0]["extensions"]["code"] == ErrorCode.UNAUTHENTICATED.value:
            self._do(self._end_with_token)

    async def _end_with_token(self) -> None:
        """Close if the socket's token is no longer good: every further operation would be refused."""
        try:
            await self.credentials.recognise()
        except Unauthenticated as error:
            self.end(CloseCode.FORBIDDEN, error.message)
        except DomainError:
            return

    async def _prepared(self, said: Subscribe, request_id: str) -> Prepared:
        if isinstance(said.asked, str):
            raise StreamEnded(coded(ErrorCode.BAD_INPUT, said.asked, request_id)["errors"])
        try:
            principal = await self.credentials.recognise()
            return await self._desk.operations.prepare(said.asked, principal, request_id, self._address)
        except DomainError as error:
            raise StreamEnded(Refused.by(error, request_id).answer["errors"]) from None
        except Refused as refused:
            raise StreamEnded(refused.answer["errors"]) from None

    async def _stream(self, name: str, prepared: Prepared, request_id: str) -> None:
        subscriber = self._desk.operations.subscriber(prepared, Line(self, name), request_id)
        self._streams[name] = subscriber
        await subscriber.begin()
        if self._streams.get(name) is subscriber:
            self._operations[name] = None


async def _within(seconds: float, work: Awaitable[None]) -> None:
    """Await something that a gone or stalled client may hold up."""
    with suppress(TimeoutError, WebSocketDisconnect, WebSocketDisconnected, RuntimeError):
        async with asyncio.timeout(seconds):
            await work


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
