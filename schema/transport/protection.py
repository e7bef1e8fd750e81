"""Headers that keep a browser from doing with an answer what it is not meant for, on every answer."""

from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Pairs = list[tuple[bytes, bytes]]

# A page brings its own policy and its own time in caches; what is no page may load and do nothing at all.
HEADERS: Pairs = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]
HTTPS: Pairs = [(b"strict-transport-security", b"max-age=63072000; includeSubDomains")]


class Protection:
    """Adds the headers that an answer does not have itself; `https` says that clients come by TLS alone."""

    def __init__(self, app: ASGIApp, https: bool = False) -> None:
        self._app = app
        headers = HEADERS + HTTPS if https else HEADERS

        # Answers have a few sets of headers between them.
        @lru_cache(maxsize=64)
        def missing(names: tuple[bytes, ...]) -> Pairs:
            return [pair for pair in headers if pair[0] not in names]

        self._missing = missing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on, and complete the head of the answer."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        missing = self._missing

        async def sent(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                given = list(message.get("headers", ()))
                message["headers"] = given + missing(tuple([name for name, _ in given]))
            await send(message)

        await self._app(scope, receive, sent)
