"""Garbage: what has survived a full collection is set aside, and walked again when memory has doubled."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from app.kit.collecting import COLLECTED_AFTER, Collecting, short_collections


class Circle:
    """Refers to itself, so that only a collection frees it."""

    def __init__(self) -> None:
        self.itself = self


class Memory:
    """How much is in use, as the test says."""

    blocks = 100
    collecting: Collecting

    def __call__(self) -> int:
        return self.blocks


@pytest.fixture
def memory() -> Iterator[Memory]:
    memory = Memory()
    with short_collections(memory) as memory.collecting:
        yield memory


def _made() -> "tuple[Circle, weakref.ref[Circle]]":
    circle = Circle()
    return circle, weakref.ref(circle)


def test_a_circle_that_ends_before_a_full_collection_is_freed_by_it(memory: Memory) -> None:
    circle, made = _made()
    del circle
    gc.collect()
    assert made() is None


def test_what_survives_a_full_collection_is_not_walked_by_the_next(memory: Memory) -> None:
    circle, made = _made()
    gc.collect()
    assert not any(each is circle for each in gc.get_objects())
    del circle
    memory.blocks = 199
    gc.collect()
    assert made() is not None


def test_when_memory_has_doubled_everything_is_walked_and_freed(memory: Memory) -> None:
    circle, made = _made()
    gc.collect()
    del circle
    memory.blocks = 200
    gc.collect()
    assert made() is None


def test_it_has_to_double_again_before_everything_is_walked_again(memory: Memory) -> None:
    memory.blocks = 200
    gc.collect()
    circle, made = _made()
    gc.collect()
    del circle
    memory.blocks = 399
    gc.collect()
    assert made() is not None
    memory.blocks = 400
    gc.collect()
    assert made() is None


def test_a_young_collection_sets_nothing_aside(memory: Memory) -> None:
    circle, made = _made()
    gc.collect(0)
    gc.collect(1)
    assert any(each is circle for each in gc.get_objects())
    del circle
    gc.collect()
    assert made() is None


def test_a_walk_of_what_is_new_frees_what_has_ended_and_sets_aside_what_goes_on(memory: Memory) -> None:
    ended, ended_made = _made()
    circle, made = _made()
    del ended
    memory.collecting.walk_new()
    assert ended_made() is None
    assert not any(each is circle for each in gc.get_objects())
    del circle
    memory.collecting.walk_new()
    assert made() is not None
    memory.blocks = 200
    memory.collecting.walk_new()
    assert made() is None


async def test_by_the_clock_it_is_walked_without_anything_being_made(memory: Memory) -> None:
    circle, made = _made()
    del circle
    walking = asyncio.create_task(memory.collecting.by_clock(0.001))
    async with asyncio.timeout(30):
        while made() is not None:
            await asyncio.sleep(0.001)
    walking.cancel()


def test_afterwards_it_is_collected_as_before() -> None:
    before, callbacks = gc.get_threshold(), list(gc.callbacks)
    with short_collections():
        assert gc.get_threshold()[0] == COLLECTED_AFTER
    assert (gc.get_threshold(), gc.callbacks) == (before, callbacks)
