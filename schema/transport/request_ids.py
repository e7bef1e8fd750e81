"""The id that a request is answered under: 16 random bytes in hex."""

import os

_AT_ONCE = 256
_ready: list[str] = []


def new_request_id() -> str:
    """An id; those of one process are drawn many at once: each draw is a call of the system."""
    if not _ready:
        drawn = os.urandom(16 * _AT_ONCE).hex()
        _ready.extend(drawn[at : at + 32] for at in range(0, len(drawn), 32))
    return _ready.pop()
