"""Identifiers: UUIDv7 inside, a type prefix and hex outside (`lrn_0192f3c8…`)."""

import os
import re
import threading
import time
import uuid
from datetime import UTC, datetime

_lock = threading.Lock()
_last_stamp = 0
_HEX = re.compile("[0-9a-f]{32}")


def new_id() -> uuid.UUID:
    """Make a UUIDv7 (RFC 9562, method 3): milliseconds since the epoch, then 12 bits of the fraction.

    Identifiers of one process rise strictly, so the order of ids is the order of recording.
    """
    global _last_stamp
    with _lock:
        stamp = max(time.time_ns() * 4096 // 1_000_000, _last_stamp + 1)
        _last_stamp = stamp
    milliseconds, fraction = stamp >> 12, stamp & 0xFFF
    random_bits = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return uuid.UUID(int=(milliseconds << 80) | (7 << 76) | (fraction << 64) | (0b10 << 62) | random_bits)


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
    return (prefix, uuid.UUID(hex=digits)) if _HEX.fullmatch(digits) else None
