"""Head and body of an answer leave as one write, in order, and soon also where nothing follows."""

import asyncio
from typing import Any

from app.cli.requests import Together


class Wire:
    """A transport that keeps what was written."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed = False

    def writelines(self, parts: list[bytes]) -> None:
        """One call of the system."""
        self.writes.append(b"".join(parts))

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.closed

    def close(self) -> None:
        """Take nothing more."""
        self.closed = True


def _together() -> tuple[Wire, Any]:
    wire = Wire()
    return wire, Together(wire, asyncio.get_running_loop())


async def test_what_is_written_one_after_another_leaves_together() -> None:
    wire, together = _together()
    together.write(b"head ")
    together.write(b"body")
    assert wire.writes == []
    together.flush()
    together.write(b"next")
    await asyncio.sleep(0)
    assert wire.writes == [b"head body", b"next"]


async def test_a_head_whose_body_is_still_to_come_leaves_with_the_next_turn() -> None:
    wire, together = _together()
    together.write(b"head of a stream")
    await asyncio.sleep(0)
    assert wire.writes == [b"head of a stream"]


async def test_who_writes_on_and_on_without_waiting_is_not_held() -> None:
    wire, together = _together()
    for _ in range(9):
        together.write(b"part ")
    assert wire.writes == [b"part " * 4, b"part " * 4]
    together.flush()
    assert wire.writes[2:] == [b"part "]


async def test_closing_writes_what_is_held_and_after_it_nothing_is_written() -> None:
    wire, together = _together()
    together.write(b"last words")
    together.close()
    assert (wire.writes, together.is_closing()) == ([b"last words"], True)
    together.write(b"too late")
    await asyncio.sleep(0)
    assert wire.writes == [b"last words"]
