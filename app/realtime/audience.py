"""An audience: everyone who follows one topic in one way, and is told of it together.

A listener joins when it has read, by a `Place` of its own, at least as far as the audience was told; what it
knows already is not told again. So nothing is missing and nothing comes twice, whenever it comes. Whoever has
no room for more leaves at that point, reads what it missed when it has room, and joins again: it holds nobody
up. What the reader hands over waits in a bounded buffer; when that is full, the audience reads the log
itself. No task waits for an audience to which nothing happens.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context
from typing import Any, Protocol

import structlog

from app.realtime.cursors import Position, decode_position
from app.realtime.event_log import StoredEvent
from app.realtime.stream import Change, Following, NoticeKind, Place, Snapshot, Told

EVENTS = 256
"""How many events wait at most; then they are read from the log."""
TOGETHER = 16
"""How many changes are told at once where more than one waits."""

log = structlog.get_logger("audience")


class Listener(Protocol):
    """One of an audience. `seq` is where it stood when it came."""

    seq: int

    def begin_anew(self) -> None:
        """Begin with a snapshot: what follows is not to be had."""
        ...


class Teller(Protocol):
    """Tells listeners; what goes wrong with one of them is its own affair."""

    async def tell(
        self, audience: "Audience", told: Sequence[Told], listeners: Sequence[Any], since: float
    ) -> None:
        """Tell them, in order, by what the rows said at the moment `since` (the loop's clock) or later."""
        ...

    async def look(self, audience: "Audience") -> None:
        """A second is over: see whether they may still listen, and who needs a sign of life."""
        ...


class Audience:
    """The listeners of one topic who are told the same; `closed` is called when the last one has left."""

    __slots__ = (
        "_before", "_behind", "_busy", "_closed", "_due", "_furthest", "_known", "_missed", "_notices",
        "_open", "_pending", "_since", "_task", "_teller", "epoch", "following", "listeners", "seq", "shared",
    )  # fmt: skip

    def __init__(
        self, following: Following, position: Position, teller: Teller, closed: Callable[["Audience"], None]
    ) -> None:
        self.following = following
        self.epoch = position.epoch
        self.listeners: dict[Any, None] = {}
        self.seq = position.seq
        """What has been told; a listener that joins knows everything up to it."""
        self.shared: dict[str, bool] = {}
        """Which kinds of events are the same for all, as the teller finds."""
        self._teller = teller
        self._closed = closed
        self._open = True
        self._before = self._furthest = self._known = self._missed = position.seq
        self._pending: deque[StoredEvent] = deque()
        self._notices: deque[NoticeKind] = deque()
        self._behind = self._busy = self._due = False
        self._since = 0.0
        self._task: asyncio.Task[None] | None = None
        raw = position.epoch.removesuffix(following.life)
        organization_id, topic = following.organization_id, following.topic
        read = following.readers.attach(organization_id, topic, raw, position.seq, self)
        if read > position.seq:
            self._behind, self._missed = True, read
            self._wake()

    @property
    def position(self) -> Position:
        """Up to where it has been told."""
        return Position(self.epoch, self.seq)

    def join(self, listener: Listener, seq: int) -> bool:
        """Be told what comes after `seq`; False when it is not far enough yet."""
        if seq < self.seq or not self._open:
            return False
        listener.seq = seq
        self._furthest = max(self._furthest, seq)
        self.listeners[listener] = None
        return True

    def leave(self, listener: Listener) -> None:
        """Be told nothing more; the last one closes the audience."""
        self.listeners.pop(listener, None)
        if not self.listeners and self._open:
            self._close()

    def fall_behind(self, listener: Listener) -> None:
        """Leave for now, without what is being told: `listener.seq` says where to read on."""
        listener.seq = max(listener.seq, self._before)
        self.leave(listener)

    # What the reader hands over

    def offer(self, events: Sequence[StoredEvent]) -> None:
        """Take events; those that are known already, or find no room, are left."""
        fresh = [event for event in events if event.seq > self._known]
        if not fresh:
            return
        fits = len(self._pending) + len(fresh) <= EVENTS and fresh[0].seq == self._known + 1
        if self._behind or not fits:
            self._behind, self._missed = True, fresh[-1].seq
        else:
            self._pending.extend(fresh)
            self._known = fresh[-1].seq
        self._since = asyncio.get_running_loop().time()
        self._wake()

    def away(self) -> None:
        """Tell that changes come late."""
        self._notices.append(NoticeKind.DEGRADED)
        self._wake()

    def back(self) -> None:
        """Tell that they come in time again."""
        if self._notices and self._notices[-1] is NoticeKind.DEGRADED:
            self._notices.pop()
        else:
            self._notices.append(NoticeKind.RECOVERED)
        self._wake()

    def lost(self) -> None:
        """Let everyone begin with a snapshot."""
        listeners = list(self.listeners)
        self.listeners.clear()
        if self._open:
            self._close()
        for listener in listeners:
            listener.begin_anew()

    async def look(self) -> None:
        """Look after the listeners, at once or between two things that are told."""
        if self._busy:
            self._due = True
        elif self._open:
            self._busy = True
            try:
                await self._look()
            finally:
                self._busy = False
                if self._waits:
                    self._wake()

    # What is told

    @property
    def _waits(self) -> bool:
        return self._open and bool(self._pending or self._notices or self._behind or self._due)

    def _close(self) -> None:
        self._open = False
        following = self.following
        following.readers.detach(following.organization_id, following.topic, self)
        self._closed(self)

    def _wake(self) -> None:
        if not self._busy and self._open:
            self._busy = True
            self._task = asyncio.get_running_loop().create_task(self._work(), context=Context())

    async def _work(self) -> None:
        """Tell what waits, one after the other, until nothing does."""
        try:
            while self._waits:
                if self.following.ended:
                    self.lost()
                elif self._notices:
                    kind = self._notices.popleft()
                    retry_after_ms = 1000 if kind is NoticeKind.DEGRADED else None
                    await self._tell_notice(self.following.notice(self.position, kind, retry_after_ms))
                elif self._pending:
                    await self._tell_pending()
                elif self._behind:
                    await self._read_on()
                else:
                    await self._look()
        except Exception:
            log.error("an audience could not be told", exc_info=True)
            self.lost()
        finally:
            self._busy, self._task = False, None

    async def _look(self) -> None:
        self._due = False
        self._move(self.seq)
        if self.following.ended:
            self.lost()
        else:
            await self._teller.look(self)

    async def _tell_pending(self) -> None:
        events = list(self._pending)
        self._pending.clear()
        await self._tell_changes(self.following.changes(self.epoch, events))
        if not self._open:
            return
        self._move(events[-1].seq)
        await self._space()

    async def _read_on(self) -> None:
        """Read from the log what found no room."""
        place = Place(self.following, self.position, begun=True)
        self._since = asyncio.get_running_loop().time()
        changes = []
        for told in await place.look():
            if isinstance(told, Snapshot):
                self.lost()
                return
            if isinstance(told, Change):
                changes.append((decode_position(self.following.topic, told.cursor).seq, told))
            else:
                await self._tell_notice(told)
        await self._tell_changes(changes)
        if not self._open:
            return
        if not place.sure:
            await asyncio.sleep(self.following.readers.pace.look)
        self._move(place.position.seq)
        self._known = max(self._known, self.seq)
        self._behind = place.more or not place.sure or self.seq < self._missed
        await self._space()

    async def _space(self) -> None:
        if self.following.merge is not None:
            await asyncio.sleep(self.following.readers.pace.spacing)

    def _move(self, seq: int) -> None:
        """Take everything up to a number for told: who joins from now on knows it."""
        self._before, self.seq = self.seq, seq

    async def _tell_changes(self, changes: Sequence[tuple[int, Change]]) -> None:
        for begin in range(0, len(changes), TOGETHER):
            some = changes[begin : begin + TOGETHER]
            # A listener that is ahead knows some of them already.
            if self._furthest > self.seq:
                for one in some:
                    await self._tell_some([one])
            else:
                await self._tell_some(some)

    async def _tell_some(self, some: Sequence[tuple[int, Change]]) -> None:
        seq = some[-1][0]
        if self._open:
            listeners = self._not_beyond(seq - 1)
            self._move(seq)
            await self._tell([change for _, change in some], listeners)

    async def _tell_notice(self, notice: Told) -> None:
        self._move(self.seq)
        # A listener that is ahead of it would go back by its cursor.
        await self._tell([notice], self._not_beyond(self.seq))

    def _not_beyond(self, seq: int) -> Sequence[Any]:
        """The listeners that came knowing no more than everything up to a number."""
        if self._furthest <= seq:
            return list(self.listeners)
        return [each for each in self.listeners if each.seq <= seq]

    async def _tell(self, told: Sequence[Told], listeners: Sequence[Any]) -> None:
        if listeners:
            await self._teller.tell(self, told, listeners, self._since)
