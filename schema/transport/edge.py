"""The outermost of the process: the graph's address, guarded, before all other routes."""

from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from schema.transport.origins import OriginGuard
from schema.transport.protection import Protection

PATH = "/graphql"


class Edge:
    """Sends what is for the graph to it, all else to the other routes, and protects every answer.

    A GET may be a person's visit, and a socket has a route: both go by the other routes once they are let in.
    """

    def __init__(
        self,
        graph: ASGIApp,
        routes: ASGIApp,
        *,
        origins: Sequence[str] = (),
        https: bool = False,
    ) -> None:
        self._graph = graph
        self._routes = routes
        self._guarded = OriginGuard(self._to_graph, origins)
        self._protected = Protection(self._route, https)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        await self._protected(scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and scope["path"].removeprefix(scope.get("root_path", "")) == PATH:
            await self._guarded(scope, receive, send)
        else:
            await self._routes(scope, receive, send)

    async def _to_graph(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" or (scope["method"] in ("GET", "HEAD") and not _asks(scope)):
            await self._routes(scope, receive, send)
        else:
            await self._graph(scope, receive, send)


def _asks(scope: Scope) -> bool:
    """Whether the address surely carries an operation, so that no person's visit has to be thought of."""
    query: bytes = scope["query_string"]
    return scope["method"] == "GET" and query.startswith((b"query=", b"extensions="))
