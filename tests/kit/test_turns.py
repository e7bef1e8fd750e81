"""Turns: one after another for one key, nobody held up by another key."""

import asyncio

from app.kit.turns import Turns


async def test_who_comes_first_goes_first_and_nobody_waits_for_another_key() -> None:
    turns, told = Turns(), list[str]()
    open_door = asyncio.Event()

    async def take(key: str, name: str) -> None:
        async with turns.of(key):
            told.append(f"{name} begins")
            await open_door.wait()
            told.append(f"{name} ends")

    tasks = [asyncio.create_task(take(key, name)) for key, name in (("a", "ada"), ("a", "ben"), ("b", "cem"))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert told == ["ada begins", "cem begins"]
    open_door.set()
    await asyncio.gather(*tasks)
    assert [each for each in told if not each.startswith("cem")] == [
        "ada begins", "ada ends", "ben begins", "ben ends",
    ]  # fmt: skip
    assert len(turns) == 0


async def test_who_gives_up_while_waiting_is_passed_over() -> None:
    turns = Turns()
    async with turns.of("a"):
        waiting = asyncio.create_task(_passes(turns))
        gone = asyncio.create_task(_passes(turns))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        assert not waiting.done()
    assert await waiting
    assert len(turns) == 0


async def _passes(turns: Turns) -> bool:
    async with turns.of("a"):
        return True
