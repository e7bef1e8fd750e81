"""Identifiers: UUIDv7 inside, a type prefix and hex outside (`lrn_0192f3c8…`)."""

import os
import re
import threading
import time
import uuid
from datetime import UTC, datetime

from asyncpg.pgproto.pgproto import UUID as _Uuid  # the driver's own: made and read in C

_RANDOM_AT_ONCE = 4096
_lock = threading.Lock()
_last_stamp = 0
_random = bytearray()
_HEX = re.compile("[0-9a-f]{32}")


def _forget_random() -> None:
    """A process that was split off must not make the ids of the other one."""
    _random.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_random)


def new_id() -> uuid.UUID:
    """Make a UUIDv7 (RFC 9562, method 3): milliseconds since the epoch, then 12 bits of the fraction.

    Identifiers of one process rise strictly, so the order of ids is the order of recording.
    """
    global _last_stamp, _random
    with _lock:
        stamp = max(time.time_ns() * 4096 // 1_000_000, _last_stamp + 1)
        _last_stamp = stamp
        if len(_random) < 8:
            _random = bytearray(os.urandom(_RANDOM_AT_ONCE))
        tail = _random[-8:]
        del _random[-8:]
    tail[0] = tail[0] & 0x3F | 0x80
    made: uuid.UUID = _Uuid((stamp >> 12 << 16 | 0x7000 | stamp & 0xFFF).to_bytes(8) + tail)
    return made


def from_hex(digits: str) -> uuid.UUID:
    """The UUID of 32 hex digits that we wrote ourselves."""
    read: uuid.UUID = _Uuid(digits)
    return read


def from_bytes(packed: bytes) -> uuid.UUID:
    """The UUID of sixteen bytes, as the database sends it."""
    read: uuid.UUID = _Uuid(packed)
    return read


def smallest_id_at(moment: datetime) -> uuid.UUID:
    """The smallest UUIDv7 of that millisecond: the bound of a partition."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def moment_of(identifier: uuid.UUID) -> datetime:
    """When that UUIDv7 was made, to the millisecond."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, UTC)


def encode(prefix: str, identifier: uuid.UUID) -> str:
    """The public form: `encode("lrn", id)` gives `lrn_` and 32 hex digits."""
    return f"{prefix}_{identifier.hex}"


def decode(text: str) -> tuple[str, uuid.UUID] | None:
    """Read a public id; None when it is not one. One object has one id: no other spelling is read."""
    prefix, _, digits = text.partition("_")
    # `UUID` by itself would take braces and signs, underscores and `0x`.
    return (prefix, from_hex(digits)) if _HEX.fullmatch(digits) else None
