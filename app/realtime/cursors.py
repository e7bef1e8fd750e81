"""Cursors of streams: opaque to clients, a place in one topic of one life of the database.

The epoch changes when numbers may have been given twice: in another cluster, a restored or a promoted one.
"""

import base64
import hashlib
from dataclasses import dataclass

from app.kit.errors import BadInput

LARGEST_SEQ = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Position:
    """Everything up to `seq` is known, in the numbering of `epoch`."""

    epoch: str
    seq: int


def encode_position(topic: str, position: Position) -> str:
    """The cursor of a position."""
    text = f"{position.epoch}:{_digest(topic)}:{position.seq}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_position(topic: str, cursor: str) -> Position:
    """The position of a cursor; BadInput when it is malformed or of another topic."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode(
            "ascii"
        )
        epoch, digest, number = text.split(":")
        if not epoch.isalnum() or not number.isdecimal() or len(number) > 19 or int(number) > LARGEST_SEQ:
            raise ValueError("no position")
    except ValueError:
        raise _refused("This is no cursor of a stream") from None
    if digest != _digest(topic):
        raise _refused("This cursor is of another stream")
    return Position(epoch, int(number))


def _refused(why: str) -> BadInput:
    return BadInput(f"{why}; leave 'after' out to begin with a snapshot.", path=("after",))


def _digest(topic: str) -> str:
    return hashlib.sha256(topic.encode()).hexdigest()[:16]
