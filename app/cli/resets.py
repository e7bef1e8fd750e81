"""How a connection ends in the kernel too: what waits for one who takes nothing is kept for a while only.

A transport that is closed waits until it has handed over every byte, and the kernel offers what it was handed
for as long as the other side stands, which is minutes at least.
"""

import asyncio
import socket
import struct
import sys
from contextlib import suppress

STALLED_SECONDS = 30.0
NO_LINGERING = struct.pack("ii", 1, 0)
_GONE = (OSError, ValueError, AttributeError)
"""What transports say of a socket that they have no more, each its own."""


def reset(transport: asyncio.Transport) -> None:
    """End a connection of one who takes nothing; the other side is told by the kernel."""
    with suppress(*_GONE):
        held: socket.socket | None = transport.get_extra_info("socket")
        if held is not None:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGERING)
    transport.abort()


def leave_to_kernel(transport: asyncio.Transport, seconds: float = STALLED_SECONDS) -> None:
    """Let the kernel offer what is left of a connection that ends, for so long at most (on Linux)."""
    if sys.platform == "linux":
        with suppress(*_GONE):
            held: socket.socket | None = transport.get_extra_info("socket")
            if held is not None:
                held.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1000 * seconds))
