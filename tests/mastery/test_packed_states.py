"""States of skills are stored as bytes, and are the same numbers before and after."""

import importlib
import math
import struct
import sys

import asyncpg
import pytest
from numpy.random import default_rng

from app.bootstrap import Addresses
from app.mastery.packed_states import packed, unpacked, unpacked_rows
from app.science.mastery_model import model_named

EDGES = (0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, sys.float_info.max, -1.0, 1 / 3, 1.8e9)


def _bits(state: tuple[float, ...]) -> list[bytes]:
    return [struct.pack("=d", number) for number in state]


def test_a_state_comes_back_to_the_last_bit() -> None:
    for state in ((), EDGES, tuple(default_rng(1).normal(size=14).tolist())):
        assert _bits(unpacked(packed(state))) == _bits(state)
    assert packed((1.0, -2.0)).hex() == "3ff0000000000000c000000000000000"


def test_many_states_are_rows_of_numbers() -> None:
    new = model_named("online-logistic/1").new_skill()
    rows = unpacked_rows([packed(EDGES), packed(EDGES[::-1])], 2)
    assert rows.tolist() == [list(EDGES), list(EDGES[::-1])]
    assert unpacked_rows([packed(new) + packed(new), packed(new)], 3).shape == (3, len(new))
    assert all(math.isfinite(number) for number in new)


@pytest.mark.parametrize("state", [(), EDGES, tuple(default_rng(2).normal(size=200).tolist())])
async def test_states_stored_as_numbers_are_moved_and_moved_back(
    addresses: Addresses, state: tuple[float, ...]
) -> None:
    migration = importlib.import_module("migrations.versions.0011_packed_states")
    owner = await asyncpg.connect(addresses.owner)
    try:
        await owner.execute(migration._PACKED)
        await owner.execute(migration._UNPACKED)
        moved = await owner.fetchval("SELECT pg_temp.packed($1::float8[])", list(state))
        back = await owner.fetchval("SELECT pg_temp.unpacked($1)", moved)
    finally:
        await owner.close()
    assert moved == packed(state)
    assert _bits(tuple(back)) == _bits(state)
