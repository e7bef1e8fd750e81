"""GraphQL over WebSocket, protocol graphql-transport-ws: queries, mutations and subscriptions on one socket.

Strict by intent: what is not the protocol closes the socket with its code, what is wrong with one operation
is an `error` frame for that operation and leaves the others alone. Each operation has a request id, a context
and a task of its own; each event of a subscription has a new context and a principal recognised anew.

An operation whose stream ends with an error gets the `error` frame, after which nothing follows for its id.
When the token is no longer good (run out, signed out, roles changed), the socket then closes with 4403.
"""

import asyncio
import uuid
from collections.abc import Awaitable
from contextlib import aclosing, suppress
from typing import Any

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from app.kit.errors import DomainError, ErrorCode, Unauthenticated
from app.kit.metrics import OPERATIONS
from schema.engine.execution import OperationContext, coded
from schema.engine.operations import Operations, Prepared, Refused
from schema.engine.streaming import StreamEnded
from schema.transport import frames
from schema.transport.frames import CloseCode, Closed, Complete, Init, Ping, Said, Subscribe
from schema.transport.http import MakeContext, Recognise, bearer
from schema.transport.outbox import Outbox

INIT_SECONDS = 5.0
FLUSH_SECONDS = 1.0
MOST_OPERATIONS = 20
GONE = 1006
"""The other side has gone without a word; there is nobody to close."""

log = structlog.get_logger("websocket")


class WebSocketTransport:
    """Answers operations over sockets.

    `recognise` turns a token into a principal, `make_context` makes the context of one operation.
    """

    def __init__(
        self,
        operations: Operations,
        recognise: Recognise,
        make_context: MakeContext,
        init_seconds: float = INIT_SECONDS,
    ) -> None:
        self.operations = operations
        self.recognise = recognise
        self.make_context = make_context
        self.init_seconds = init_seconds
        self._open: set[Connection] = set()

    async def serve(self, socket: WebSocket) -> None:
        """Serve one socket until either side ends it."""
        if frames.PROTOCOL not in socket.scope.get("subprotocols", ()):
            await _refuse_protocol(socket)
            return
        await socket.accept(frames.PROTOCOL)
        connection = Connection(self, socket)
        self._open.add(connection)
        try:
            await connection.run()
        finally:
            self._open.discard(connection)

    def close_all(self) -> None:
        """Ask every socket to close with 1012, since the process ends; clients connect again and resume."""
        for connection in self._open:
            connection.end(CloseCode.RESTART, "The server restarts; connect again and resume.")


class Connection:
    """One socket: who is on it, and the operations under way."""

    def __init__(self, transport: WebSocketTransport, socket: WebSocket) -> None:
        self._transport = transport
        self._socket = socket
        self._outbox = Outbox(socket.send_text)
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._address = socket.client.host if socket.client else ""
        self._token: str | None = None
        self._acknowledged = False
        self._ending: asyncio.Future[Closed] = asyncio.get_running_loop().create_future()

    def end(self, code: int, reason: str) -> None:
        """Close the socket, once what waits has been sent; the first code wins."""
        if not self._ending.done():
            self._ending.set_result(Closed(code, reason))

    async def run(self) -> None:
        """Read and answer until the end."""
        reader = asyncio.create_task(self._watched(self._read()))
        writer = asyncio.create_task(self._watched(self._outbox.run()))
        try:
            ending = await self._ending
            await _cancelled([reader, *self._operations.values()])
            if ending.code == CloseCode.FORBIDDEN:
                await self._tell_all(ErrorCode.UNAUTHENTICATED, ending.reason)
            if not writer.done():
                await _within(FLUSH_SECONDS, self._outbox.sent())
            await _cancelled([writer])
            if ending.code != GONE:
                await _within(FLUSH_SECONDS, self._socket.close(ending.code, ending.reason))
        finally:
            await _cancelled([reader, writer, *self._operations.values()])

    async def _tell_all(self, code: ErrorCode, message: str) -> None:
        """End every operation that is still under way with an error."""
        with suppress(Closed):
            for name in self._operations:
                errors = coded(code, message, uuid.uuid4().hex)["errors"]
                await self._outbox.put(frames.error(name, errors))

    async def _watched(self, work: Any) -> None:
        """Run the reader or the writer; however it ends, the socket ends with it."""
        try:
            await work
        except Closed as closed:
            self.end(closed.code, closed.reason)
        except (WebSocketDisconnect, WebSocketDisconnected):
            self.end(GONE, "")
        except Exception:
            log.error("socket failed", exc_info=True)
            self.end(1011, "Something went wrong on our side; connect again.")

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(self._transport.init_seconds):
                while not self._acknowledged:
                    await self._take(await self._received())
        except TimeoutError:
            raise Closed(CloseCode.NO_INIT, "Connection initialisation timeout") from None
        while True:
            await self._take(await self._received())

    async def _received(self) -> Said:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006))
        return frames.read_frame(message.get("text"))

    async def _take(self, said: Said) -> None:
        match said:
            case Init():
                await self._begin(said)
            case Ping():
                await self._outbox.put(frames.pong(said.payload))
            case Subscribe():
                await self._subscribe(said)
            case Complete():
                task = self._operations.pop(said.id, None)
                if task is not None:
                    task.cancel()

    async def _begin(self, init: Init) -> None:
        if self._acknowledged:
            raise Closed(CloseCode.SECOND_INIT, "Too many initialisation requests")
        try:
            self._token = bearer(init.authorization or self._socket.headers.get("authorization"))
            await self._transport.recognise(self._token)
        except Unauthenticated as error:
            raise Closed(CloseCode.FORBIDDEN, error.message) from None
        except DomainError as error:
            raise Closed(CloseCode.TRY_LATER, error.message) from None
        self._acknowledged = True
        await self._outbox.put(frames.ack())

    async def _subscribe(self, asked: Subscribe) -> None:
        if not self._acknowledged:
            raise Closed(CloseCode.UNAUTHORIZED, "Unauthorized")
        if asked.id in self._operations:
            raise Closed(CloseCode.SAME_ID, f"Subscriber for {asked.id[:60]} already exists")
        if len(self._operations) >= MOST_OPERATIONS:
            message = f"A socket runs {MOST_OPERATIONS} operations at most; complete one first."
            answer = coded(ErrorCode.RATE_LIMITED, message, uuid.uuid4().hex)
            await self._outbox.put(frames.error(asked.id, answer["errors"]))
            return
        self._operations[asked.id] = asyncio.create_task(self._run(asked))

    async def _run(self, asked: Subscribe) -> None:
        """Run one operation to its end. Its id is free again as soon as the last frame waits to be sent."""
        request_id = uuid.uuid4().hex
        ended: Closed | None = None
        try:
            last, ended = await self._outcome(asked, request_id)
            await self._outbox.put(last)
        except Closed as closed:
            ended = closed
        if self._operations.get(asked.id) is asyncio.current_task():
            del self._operations[asked.id]
        if ended is not None:
            self.end(ended.code, ended.reason)

    async def _outcome(self, asked: Subscribe, request_id: str) -> tuple[str, Closed | None]:
        """Answer; the last frame, and why the socket has to close behind it, if it has to."""
        try:
            await self._answer(asked, request_id)
        except StreamEnded as stream:
            signed_out = stream.errors[0]["extensions"]["code"] == ErrorCode.UNAUTHENTICATED.value
            return frames.error(asked.id, stream.errors), await self._token_ended() if signed_out else None
        except Closed:
            raise
        except Exception:
            log.error("operation failed", request_id=request_id, exc_info=True)
            message = "Something went wrong on our side; quote the request id when you report it."
            return frames.error(asked.id, coded(ErrorCode.INTERNAL, message, request_id)["errors"]), None
        return frames.complete(asked.id), None

    async def _token_ended(self) -> Closed | None:
        """Why the socket's token is no longer good: every further operation would be refused."""
        try:
            await self._transport.recognise(self._token)
        except Unauthenticated as error:
            return Closed(CloseCode.FORBIDDEN, error.message)
        except DomainError:
            return None
        return None

    async def _answer(self, said: Subscribe, request_id: str) -> None:
        if isinstance(said.asked, str):
            raise StreamEnded(coded(ErrorCode.BAD_INPUT, said.asked, request_id)["errors"])
        try:
            principal = await self._transport.recognise(self._token)
            prepared = await self._transport.operations.prepare(said.asked, principal, request_id)
        except DomainError as error:
            raise StreamEnded(Refused.by(error, request_id).answer["errors"]) from None
        except Refused as refused:
            raise StreamEnded(refused.answer["errors"]) from None
        if prepared.is_subscription:
            await self._stream(said.id, prepared, request_id)
        else:
            context = self._transport.make_context(principal, request_id, self._address)
            answer = await self._transport.operations.answer(prepared, context)
            await self._outbox.put(frames.following(said.id, answer))

    async def _stream(self, name: str, prepared: Prepared, request_id: str) -> None:
        async def renew() -> OperationContext:
            return await self._context(request_id)

        outcome = "error"
        try:
            events = self._transport.operations.events(prepared, renew, request_id)
            async with aclosing(events) as stream:
                async for answer in stream:
                    await self._outbox.put(frames.following(name, answer))
            outcome = "ok"
        except asyncio.CancelledError:
            outcome = "ok"
            raise
        finally:
            OPERATIONS.labels("subscription", outcome).inc()

    async def _context(self, request_id: str) -> OperationContext:
        principal = await self._transport.recognise(self._token)
        return self._transport.make_context(principal, request_id, self._address)


async def _refuse_protocol(socket: WebSocket) -> None:
    """Only an accepted socket can be told why it is closed."""
    with suppress(WebSocketDisconnect, WebSocketDisconnected, RuntimeError):
        await socket.accept()
        await socket.close(CloseCode.BAD_PROTOCOL, f"Subprotocol not acceptable; use {frames.PROTOCOL}.")


async def _within(seconds: float, work: Awaitable[None]) -> None:
    """Await something that a gone or stalled client may hold up."""
    with suppress(TimeoutError, WebSocketDisconnect, WebSocketDisconnected, RuntimeError):
        async with asyncio.timeout(seconds):
            await work


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
