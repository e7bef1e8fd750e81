"""GraphQL over WebSocket, protocol graphql-transport-ws: queries, mutations and subscriptions on one socket.

Strict by intent: what is not the protocol closes the socket with its code, what is wrong with one operation
is an `error` frame for that operation and leaves the others alone. Each operation has a request id, a context
and a task of its own; each event of a subscription has a new context and a principal recognised anew.

An operation whose stream ends with an error gets the `error` frame, after which nothing follows for its id.
When the token is no longer good (run out, signed out, roles changed), the socket then closes with 4403. A
client that wants to stay sends a new one in a `ping` before that: `{"authorization": "Bearer …"}`; the `pong`
says when it ends.
"""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from app.kit.clock import Clock
from app.kit.errors import Unavailable
from app.kit.spreading import SHARE, spread
from schema.engine.operations import Operations
from schema.transport import frames
from schema.transport.connection import Connection, Desk, SocketLimits
from schema.transport.credentials import Doorkeeper
from schema.transport.frames import CloseCode
from schema.transport.http import MakeContext
from schema.transport.seats import Seats

LOOK_SECONDS = 1.0
LOOKS_AT_ONCE = 32
LEAD_SECONDS = 3.0
"""A stream tells what is announced within a second of silence; this leaves it two more."""
EACH_SECONDS = 0.02
"""How far the closings of two sockets stand apart when a server ends, until the time is short."""
LEAVING = "The server restarts; connect again and resume."

log = structlog.get_logger("websocket")


class WebSocketTransport:
    """Answers operations over sockets.

    `doorkeeper` turns a token into a principal, `make_context` makes the context of one operation.
    """

    def __init__(
        self,
        operations: Operations,
        doorkeeper: Doorkeeper,
        make_context: MakeContext,
        clock: Clock,
        limits: SocketLimits | None = None,
    ) -> None:
        limits = limits or SocketLimits()
        self.draining = False
        self._desk = Desk(operations, doorkeeper, make_context, limits, Seats(limits.per_user))
        self._addresses = Seats(limits.unknown_per_address)
        self._clock = clock
        self._open: dict[Connection, asyncio.Task[None] | None] = {}
        self._watching: asyncio.Task[None] | None = None

    async def serve(self, socket: WebSocket) -> None:
        """Serve one socket until either side ends it."""
        if frames.PROTOCOL not in socket.scope.get("subprotocols", ()):
            reason = f"Subprotocol not acceptable; use {frames.PROTOCOL}."
            await _refuse(socket, None, CloseCode.BAD_PROTOCOL, reason)
            return
        if self.draining:
            await _refuse(socket, frames.PROTOCOL, CloseCode.RESTART, LEAVING)
            return
        seat = self._addresses.take(socket.client.host if socket.client else "")
        if seat is None:
            reason = f"RATE_LIMITED: {self._addresses.limit} sockets of this address have not signed in."
            await _refuse(socket, frames.PROTOCOL, CloseCode.TRY_LATER, reason)
            return
        try:
            await socket.accept(frames.PROTOCOL)
            connection = Connection(self._desk, socket, seat)
            self._open[connection] = asyncio.current_task()
            self._watch()
            try:
                await connection.run()
            finally:
                del self._open[connection]
        finally:
            seat.leave()

    async def drain(self, seconds: float) -> None:
        """Warn every socket and close it with 1012, each at a moment of its own within `seconds`.

        From now on no socket is accepted. Streams are told the moment, so that who listens may leave earlier;
        sockets without one are closed without waiting for that. A few sockets take a few seconds, and none
        takes none. What waits to be sent, and queries and mutations under way, are let out before.
        """
        self.draining = True
        lead = min(LEAD_SECONDS, seconds)
        spread = min(seconds - lead, EACH_SECONDS * len(self._open))
        leaving = []
        for connection, serving in self._open.items():
            delay = random.uniform(0, spread) + (lead if connection.streams else 0)
            connection.warn(delay)
            leaving.append(_leave(connection, serving, delay))
        await asyncio.gather(*leaving)

    def _watch(self) -> None:
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._look())

    async def _look(self) -> None:
        """Look at the tokens of all sockets each second; streams look at theirs for each event besides."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while self._open:
            due = max(due + LOOK_SECONDS, loop.time())
            await asyncio.sleep(due - loop.time())
            try:
                async for some in spread(list(self._open), SHARE * LOOK_SECONDS, LOOKS_AT_ONCE):
                    await self._look_at([each for each in some if each in self._open])
            except Exception:
                log.error("the look at tokens failed", exc_info=True)

    async def _look_at(self, connections: Sequence[Connection]) -> None:
        now = self._clock()
        for each in connections:
            each.look(now)
        with suppress(Unavailable):
            for each in [each for each in connections if each.idle]:
                await each.verify()


async def _leave(connection: Connection, serving: asyncio.Task[None] | None, delay: float) -> None:
    if serving is not None:
        await asyncio.wait([serving], timeout=delay)
        connection.end(CloseCode.RESTART, LEAVING)
        await asyncio.wait([serving])


async def _refuse(socket: WebSocket, protocol: str | None, code: CloseCode, reason: str) -> None:
    """Only an accepted socket can be told why it is closed."""
    with suppress(WebSocketDisconnect, WebSocketDisconnected, RuntimeError):
        await socket.accept(protocol)
        await socket.close(code, reason)
