"""Bare uvicorn: the bytes of one answer and nothing behind them.

python -m bench.peers.bare_app        with ANSWER
"""

import os
from typing import Any

from bench.peers.listening import serve

ANSWER = os.environ["ANSWER"].encode()
ETAG = b'W/"0123456789abcdef0123456789abcdef"'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(ANSWER)), (b"etag", ETAG)]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer every request the same."""
    if scope["type"] != "http":
        return
    if scope["method"] == "POST":
        await receive()
    if any(name == b"if-none-match" and value == ETAG for name, value in scope["headers"]):
        await send({"type": "http.response.start", "status": 304, "headers": [(b"etag", ETAG)]})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ANSWER})


if __name__ == "__main__":
    serve(app)
