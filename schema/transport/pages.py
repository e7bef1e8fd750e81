"""The built pages of `web/`: HTML asked for anew each time, hashed files that never change."""

import hashlib
import re
from pathlib import Path

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

NOT_BUILT = "The pages are not built: run `make web`, which needs Node 20.19 or later, or PyPI to fetch one."

_ASSET = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,150}")
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_MEDIA = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
}
# Styles may be inline because Monaco, the editor of GraphiQL, writes <style> elements for its themes and
# places lines by style attributes; scripts may not, and nothing may come from another host.
_POLICY = "; ".join((
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
))  # fmt: skip
_SECURITY = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Pages:
    """Serves what `make web` built into a folder; says how to build it while there is nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def routes(self) -> list[Route]:
        """To stand before the routes of the graph: a page is given to browsers alone."""
        return [
            Route("/", _to_graphiql),
            PageRoute("/graphql", self.graphiql),
            Route("/console", self.console),
            Route("/console/{place:path}", self.console),
            Route("/learn", self.learn),
            Route("/learn/{place:path}", self.learn),
            Route("/assets/{name}", self.asset),
        ]

    async def graphiql(self, request: Request) -> Response:
        """The page to ask the graph by hand."""
        return self._page("graphiql", request.headers)

    async def console(self, request: Request) -> Response:
        """The teacher's console: one page that finds the place in its address."""
        return self._page("console", request.headers)

    async def learn(self, request: Request) -> Response:
        """The learner's pages: one page that finds the place in its address."""
        return self._page("learn", request.headers)

    async def asset(self, request: Request) -> Response:
        """A file whose name holds a hash of its content, compressed where the client can read that."""
        name = request.path_params["name"]
        path = self._folder / "assets" / name
        media = _MEDIA.get(path.suffix)
        if media is None or not _ASSET.fullmatch(name) or not path.is_file():
            return Response("There is no such file.", 404, _SECURITY, "text/plain; charset=utf-8")
        headers = {
            **_SECURITY,
            "cache-control": "public, max-age=31536000, immutable",
            "vary": "accept-encoding",
        }
        for encoding, suffix in _ENCODINGS:
            compressed = path.with_name(name + suffix)
            if _quality(request.headers.get("accept-encoding", ""), encoding) > 0 and compressed.is_file():
                return FileResponse(
                    compressed, headers={**headers, "content-encoding": encoding}, media_type=media
                )
        return FileResponse(path, headers=headers, media_type=media)

    def _page(self, name: str, asked: Headers) -> Response:
        try:
            body = (self._folder / f"{name}.html").read_bytes()
        except FileNotFoundError:
            return HTMLResponse(_not_built(), 503, {**_SECURITY, "cache-control": "no-store"})
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {**_SECURITY, "cache-control": "no-cache", "etag": tag, "vary": "accept"}
        if tag in asked.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return HTMLResponse(body, headers=headers)


class PageRoute(Route):
    """A route for people at an address of the graph: what is no browser's visit passes on to what follows."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Full for a visit, none for all else: a wrong method is the following route's to refuse."""
        match, child = super().matches(scope)
        if match is Match.FULL and is_visit(Headers(scope=scope), QueryParams(scope["query_string"])):
            return match, child
        return Match.NONE, {}


def is_visit(headers: Headers, parameters: QueryParams) -> bool:
    """Whether a GET is a person's: HTML preferred to JSON, and no operation in the address."""
    if "query" in parameters or "extensions" in parameters:
        return False
    accepted = headers.get("accept", "")
    answers = ("application/json", "application/graphql-response+json")
    return _quality(accepted, "text/html") > max(_quality(accepted, each) for each in answers)


def _quality(accepted: str, wanted: str) -> float:
    """How much a client wants something, 0 to 1, by its Accept or Accept-Encoding header (RFC 9110, 12.5)."""
    group = f"{wanted.partition('/')[0]}/*" if "/" in wanted else "*"
    found: dict[str, float] = {}
    for each in accepted.lower().split(","):
        name, _, parameters = each.strip().partition(";")
        weight = re.search(r"\bq=([01](?:\.\d{0,3})?)\s*$", parameters)
        found[name.strip()] = float(weight[1]) if weight else 1.0
    return next((found[name] for name in (wanted, group, "*/*") if name in found), 0.0)


async def _to_graphiql(request: Request) -> Response:
    return RedirectResponse("/graphql", 307, _SECURITY)


def _not_built() -> str:
    said = NOT_BUILT.replace("`make web`", "<code>make web</code>")
    return f'<!doctype html><html lang="en"><title>MasteryGraph</title><body><p>{said}</p></body></html>'
