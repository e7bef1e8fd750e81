"""Serving an ASGI application of a peer as uvicorn does best, on a free port told on standard output."""

import socket
from typing import Any

import uvicorn


def serve(app: Any) -> None:
    """Serve until a signal; the first line printed is the address."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(2_048)  # who comes early waits
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/graphql", flush=True)
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", ws="websockets-sansio", access_log=False, log_level="warning",
        ws_per_message_deflate=False, ws_max_queue=64,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listener])
