"""The box of waiting frames: in order, bounded, and no patience without end for one who does not read."""

import asyncio

import pytest

from schema.transport.frames import CloseCode, Closed
from schema.transport.outbox import Outbox


class Reader:
    """The other side of a socket, which takes frames only while it reads."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.reads = asyncio.Event()

    async def send(self, frame: str) -> None:
        """Take a frame, as soon as it reads."""
        await self.reads.wait()
        self.taken.append(frame)


async def test_a_client_that_does_not_read_is_slow_once_the_box_is_full() -> None:
    reader = Reader()
    box = Outbox(reader.send, frames=3, patience=0.05)
    sending = asyncio.create_task(box.run())
    for frame in ("1", "2", "3"):
        await box.put(frame)
    with pytest.raises(Closed) as closed:
        await box.put("4")
    assert closed.value.code == int(CloseCode.SLOW)
    reader.reads.set()
    await box.sent()
    await box.put("5")
    await box.sent()
    assert reader.taken == ["1", "2", "3", "5"]
    sending.cancel()


async def test_who_puts_into_a_full_box_waits_for_room_and_goes_on() -> None:
    reader = Reader()
    box = Outbox(reader.send, frames=2)
    sending = asyncio.create_task(box.run())
    putting = asyncio.gather(*(box.put(str(number)) for number in range(20)))
    await asyncio.sleep(0)
    assert not putting.done()
    reader.reads.set()
    await putting
    await box.sent()
    assert reader.taken == [str(number) for number in range(20)]
    sending.cancel()


async def test_one_frame_may_be_larger_than_the_box_but_nothing_follows_it_until_it_is_gone() -> None:
    reader = Reader()
    box = Outbox(reader.send, size=10, patience=0.05)
    sending = asyncio.create_task(box.run())
    await box.put("x" * 50)
    with pytest.raises(Closed):
        await box.put("y")
    reader.reads.set()
    await box.sent()
    await box.put("y")
    await box.sent()
    assert reader.taken == ["x" * 50, "y"]
    sending.cancel()
