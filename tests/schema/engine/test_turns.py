"""Work in turns leaves room for everybody between any two of its pieces, and ends with whom it is for."""

import asyncio
from collections.abc import Generator
from itertools import pairwise

import pytest

from schema.engine.turns import Turns, done


def _pieces(said: list[str], name: str, count: int = 3) -> Generator[None, None, str]:
    for number in range(count):
        said.append(f"{name}{number}")
        if number < count - 1:
            yield
    return name


async def test_others_come_between_any_two_pieces() -> None:
    turns, said = Turns(), list[str]()

    async def other() -> None:
        while True:
            said.append("-")
            await asyncio.sleep(0)

    asking = asyncio.create_task(other())
    found = await asyncio.gather(*(turns.take(_pieces(said, name)) for name in "abc"))
    asking.cancel()
    assert found == ["a", "b", "c"]
    worked = [each for each in said if each != "-"]
    assert worked == [f"{name}{number}" for name in "abc" for number in range(3)]
    places = [said.index(each) for each in worked]
    assert all("-" in said[one:two] for one, two in pairwise(places))


async def test_who_leaves_while_waiting_or_at_work_holds_nobody_up() -> None:
    turns, said = Turns(), list[str]()
    working = asyncio.create_task(turns.take(_pieces(said, "a", 1_000_000)))
    waiting = asyncio.create_task(turns.take(_pieces(said, "b")))
    last = asyncio.create_task(turns.take(_pieces(said, "c")))
    await asyncio.sleep(0.01)
    waiting.cancel()
    working.cancel()
    assert await last == "c"
    assert not any(each.startswith("b") for each in said)


async def test_work_that_fails_tells_whom_it_is_for_and_the_next_is_done() -> None:
    def failing() -> Generator[None, None, str]:
        yield
        raise ValueError("no")

    turns = Turns()
    with pytest.raises(ValueError, match="no"):
        await turns.take(failing())
    assert await turns.take(_pieces([], "a")) == "a"


def test_where_nobody_waits_it_is_done_at_once() -> None:
    said: list[str] = []
    assert done(_pieces(said, "a")) == "a"
    assert said == ["a0", "a1", "a2"]
