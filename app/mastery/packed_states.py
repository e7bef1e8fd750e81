"""States of skills as they are stored: eight bytes a number, the highest first.

A class has thousands of them, and PostgreSQL sends an array number by number, bytes as they are.
"""

import struct
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from app.science.estimate import State

NUMBER = np.dtype(">f8")


def packed(state: State) -> bytes:
    """A state as it is stored."""
    return struct.pack(f">{len(state)}d", *state)


def unpacked(stored: bytes) -> State:
    """A stored state, to the last bit the one that was packed."""
    return struct.unpack(f">{len(stored) // NUMBER.itemsize}d", stored)


def unpacked_rows(stored: Iterable[bytes], rows: int) -> NDArray[np.float64]:
    """Stored states of one length end to end, so many of them, a row each; in the order of the bytes."""
    return np.frombuffer(b"".join(stored), NUMBER).reshape(rows, -1)
