"""Which web pages may speak to the graph from a browser, over HTTP and WebSocket.

A browser names the page's origin with everything that could change something; other clients name none and
are known by their credentials alone. Pages of our own address always may, those of the listed origins too,
and a browser is told so when it asks before (preflight). All else is refused before it is read.
"""

import uuid
from collections.abc import Sequence
from urllib.parse import urlsplit

import orjson
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.kit.errors import ErrorCode
from schema.engine.execution import coded

METHODS = ("GET", "POST")
HEADERS = (
    "accept",
    "apollo-require-preflight",
    "apollographql-client-name",
    "apollographql-client-version",
    "authorization",
    "content-type",
    "graphql-require-preflight",
    "if-none-match",
    "x-apollo-operation-name",
)
EXPOSED = ("etag", "retry-after", "x-request-id")
PREFLIGHT_SECONDS = 7200
_PORTS = {"http": ":80", "https": ":443", "ws": ":80", "wss": ":443"}


class OriginGuard:
    """Lets requests through that come from no browser, from our own pages, or from `origins`."""

    def __init__(self, app: ASGIApp, origins: Sequence[str] = ()) -> None:
        self._app = app
        self._origins = frozenset(origins)
        self._shared = CORSMiddleware(
            app,
            allow_origins=list(origins),
            allow_methods=METHODS,
            allow_headers=HEADERS,
            expose_headers=EXPOSED,
            max_age=PREFLIGHT_SECONDS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse with 403, or go on."""
        given = [value for name, value in scope["headers"] if name == b"origin"]
        if not given:
            await self._app(scope, receive, send)
            return
        origins = {value.decode("latin-1") for value in given}
        if origins <= self._origins:
            app = self._shared if scope["type"] == "http" else self._app
            await app(scope, receive, send)
        elif all(is_own(origin, scope) for origin in origins):
            await self._app(scope, receive, send)
        else:
            await _refuse(scope, send)


def is_own(origin: str, scope: Scope) -> bool:
    """Whether an origin is the address that the request was sent to.

    Schemes are not compared: behind a proxy that ends TLS ours is not the one the browser sees.
    """
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return False
    port = _PORTS.get(parts.scheme)
    hosts = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"]
    if port is None or len(hosts) != 1 or not parts.netloc:
        return False
    return parts.netloc.removesuffix(port) == hosts[0].removesuffix(port)


async def _refuse(scope: Scope, send: Send) -> None:
    message = "Pages of this origin may not use the graph; the operator lists those that may in ORIGINS."
    request_id = uuid.uuid4().hex
    body = orjson.dumps(coded(ErrorCode.FORBIDDEN, message, request_id))
    kind = "http.response"
    if scope["type"] == "websocket":
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        kind = "websocket.http.response"
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"x-request-id", request_id.encode()),
        (b"vary", b"origin"),
    ]
    await send({"type": f"{kind}.start", "status": 403, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})
