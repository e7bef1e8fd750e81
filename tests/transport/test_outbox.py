"""The box of waiting frames: in order, bounded, and no patience without end for one who does not read."""

import asyncio
from collections.abc import Sequence

import pytest

from schema.transport.frames import CloseCode, Closed
from schema.transport.outbox import Outbox


class Reader:
    """The other side of a socket, which takes frames only while it reads."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.reads = asyncio.Event()

    async def send(self, frame: bytes) -> None:
        """Take a frame, as soon as it reads."""
        await self.reads.wait()
        self.taken.append(frame)


async def test_a_client_that_does_not_read_is_slow_once_the_box_is_full() -> None:
    reader = Reader()
    box = Outbox(reader.send, frames=3, patience=0.05)
    for frame in (b"1", b"2", b"3"):
        await box.put(frame)
    with pytest.raises(Closed) as closed:
        await box.put(b"4")
    assert closed.value.code == int(CloseCode.SLOW)
    reader.reads.set()
    await box.sent()
    await box.put(b"5")
    await box.sent()
    assert reader.taken == [b"1", b"2", b"3", b"5"]


async def test_who_puts_into_a_full_box_waits_for_room_and_goes_on() -> None:
    reader = Reader()
    box = Outbox(reader.send, frames=2)
    putting = asyncio.gather(*(box.put(b"%d" % number) for number in range(20)))
    await asyncio.sleep(0)
    assert not putting.done()
    reader.reads.set()
    await putting
    await box.sent()
    assert reader.taken == [b"%d" % number for number in range(20)]


async def test_one_frame_may_be_larger_than_the_box_but_nothing_follows_it_until_it_is_gone() -> None:
    reader = Reader()
    box = Outbox(reader.send, size=10, patience=0.05)
    await box.put(b"x" * 50)
    with pytest.raises(Closed):
        await box.put(b"y")
    reader.reads.set()
    await box.sent()
    await box.put(b"y")
    await box.sent()
    assert reader.taken == [b"x" * 50, b"y"]


async def test_what_the_connection_takes_at_once_waits_nowhere_and_overtakes_nothing() -> None:
    reader, written, takes = Reader(), list[bytes](), [True, False, True]

    def write(frames: Sequence[bytes]) -> bool:
        took = takes.pop(0)
        written.extend(frames if took else [])
        return took

    box = Outbox(reader.send, write=write)
    for frame in (b"1", b"2", b"3"):
        box.give([frame])
    assert (written, takes) == ([b"1"], [True])
    reader.reads.set()
    await box.sent()
    assert reader.taken == [b"2", b"3"]
    box.give([b"4"])
    assert written == [b"1", b"4"]


async def test_who_waits_for_a_box_whose_connection_is_gone_is_let_go() -> None:
    failures: list[Exception] = []

    async def fails(frame: bytes) -> None:
        await asyncio.sleep(0.01)
        raise ConnectionResetError

    box = Outbox(fails, failed=failures.append)
    box.give([b"1"])
    async with asyncio.timeout(30):
        await box.sent()
    assert [type(each) for each in failures] == [ConnectionResetError]
