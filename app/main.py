"""The ASGI application: the one module of `app` that meets the graph."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send

from app import health
from app.config import Settings, SettingsRefused, read_class_rates
from app.kit.collecting import short_collections
from app.kit.metrics import exposition
from app.kit.ratelimit import Rate
from app.operations.demo.visitors import demo_accounts
from app.runtime import Runtime
from schema.context import WRITE_GRACE, contexts, writes_ended
from schema.engine.documents import Documents
from schema.engine.execution import Executor, Seconds
from schema.engine.limits import Limits
from schema.engine.operations import Operations
from schema.engine.persisted import ManifestRefused, PersistedTexts, RegisteredTexts, Texts, read_manifest
from schema.engine.rates import Tariff, Till
from schema.root import build
from schema.transport.bodies import Bodies
from schema.transport.connection import WRITE as SOCKET_WRITE
from schema.transport.connection import SocketLimits
from schema.transport.edge import PATH, Edge
from schema.transport.frames import MESSAGE_LIMIT
from schema.transport.http import HttpTransport
from schema.transport.pages import Pages
from schema.transport.sse import EventStreams
from schema.transport.standing import Standing
from schema.transport.unchanged import Unchanged
from schema.transport.websocket import WebSocketTransport

DRAIN_SECONDS = 10.0
WRITE = SOCKET_WRITE
SOCKET_BYTES = MESSAGE_LIMIT
"""The longest message over a socket."""

log = structlog.get_logger("application")


def sdl() -> str:
    """The published schema."""
    return build().sdl


class JsonResponse(Response):
    """JSON by orjson."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        """The bytes of the body."""
        return orjson.dumps(content)


class Application:
    """All that a process answers, and how to take leave of its clients before it ends."""

    def __init__(
        self,
        edge: Edge,
        unchanged: Unchanged,
        streams: EventStreams,
        websocket: WebSocketTransport,
        settings: Settings,
    ) -> None:
        self._edge = edge
        self._unchanged = unchanged
        self._streams = streams
        self._websocket = websocket
        self._drain_seconds = settings.drain_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI asks for it."""
        await self._edge(scope, receive, send)

    def at_once(self, scope: Scope) -> Message | None:
        """The head of an answer without a body, where all that it says is known already; None to be asked."""
        # It has no content to protect anybody from: the client goes by the head that it holds.
        if scope["method"] != "GET" or scope["path"] != PATH:
            return None
        return self._unchanged.head(scope)

    async def drain(self) -> None:
        """Fail readiness, warn and close the sockets, end the streams; all else is answered as before."""
        seconds = self._drain_seconds
        await asyncio.gather(self._websocket.drain(seconds), self._streams.drain(seconds))


def _tariff(settings: Settings) -> Tariff:
    """Who may ask for how much, and how often."""
    points = Rate(settings.cost_points, settings.cost_points_per_second) if settings.cost_points else None
    classes = {name: Rate.a_minute(count) for name, count in read_class_rates(settings.class_rates).items()}
    characters = settings.read_characters
    reading = Rate(characters, settings.read_characters_per_second) if characters else None
    return Tariff(points, classes, reading)


def create_application(runtime: Runtime) -> Application:
    """The application over a runtime that is open already; SettingsRefused for documents that are none."""
    settings = runtime.settings
    seconds = Seconds(settings.query_seconds, settings.write_seconds + WRITE_GRACE)
    executor = Executor(build().schema, plans=settings.plans, limits=Limits.of(settings), seconds=seconds)
    till = Till(runtime.rates, _tariff(settings))
    operations = Operations(executor, _texts(settings, executor.documents), till)
    runtime.principals.watch(operations.look_at)
    make_context = contexts(runtime)
    bodies = Bodies(settings.body_bytes, settings.body_seconds)
    streams = EventStreams(settings.streams_per_user)
    unchanged = Unchanged(runtime.principals, till.pay_least)
    standing = Standing(runtime.principals, operations)
    http = HttpTransport(operations, runtime.principals, make_context, bodies, streams, unchanged, standing)
    websocket = WebSocketTransport(
        operations, runtime.principals, make_context, runtime.clock, _socket_limits(settings)
    )
    routes = [
        *Pages(runtime.settings.pages_dir).routes(),
        Route("/graphql", http),
        WebSocketRoute("/graphql", websocket.serve),
        *_plain_routes(runtime, websocket),
    ]
    application = Starlette(routes=routes, lifespan=_lifespan)
    origins, https = settings.allowed_origins, settings.https_only
    edge = Edge(http, application, origins=origins, https=https)
    return Application(edge, unchanged, streams, websocket, settings)


def _texts(settings: Settings, documents: Documents) -> Texts:
    """What may be asked: the registered documents alone, or any."""
    if settings.documents is None:
        return PersistedTexts()
    try:
        manifest = read_manifest(settings.documents)
    except ManifestRefused as error:
        raise SettingsRefused(f"DOCUMENTS: {error}") from None
    for name, text in manifest.items():
        errors = documents.read_new(text).errors
        if errors:
            # The others may be asked for: a document of an old client does not keep a server from starting.
            log.warning("registered document does not hold", id=name, error=errors[0].message)
    return RegisteredTexts(manifest)


def _socket_limits(settings: Settings) -> SocketLimits:
    return SocketLimits(
        operations=settings.socket_operations,
        per_user=settings.sockets_per_user,
        unknown_per_address=settings.sockets_per_address,
        init=settings.socket_init_seconds,
    )


def _plain_routes(runtime: Runtime, websocket: WebSocketTransport) -> list[Route]:
    """What is read without GraphQL: the schema, health, metrics, signing keys, whom to try the demo as."""
    published = build().sdl

    async def schema_text(request: Request) -> Response:
        return PlainTextResponse(published)

    async def live(request: Request) -> Response:
        return JsonResponse({"status": "live"})

    async def ready(request: Request) -> Response:
        if websocket.draining:
            return JsonResponse({"status": "draining"}, 503)
        report = await health.readiness(runtime)
        return JsonResponse(report.as_json(), 200 if report.ready else 503)

    async def key_set(request: Request) -> Response:
        return JsonResponse(runtime.tokens.key_set(), headers={"cache-control": "public, max-age=300"})

    async def demo(request: Request) -> Response:
        return JsonResponse(await demo_accounts(runtime.database), headers={"cache-control": "no-store"})

    async def metrics(request: Request) -> Response:
        body, media_type = exposition()
        return Response(body, media_type=media_type)

    return [
        Route("/schema.graphql", schema_text),
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/metrics", metrics),
        Route("/demo.json", demo),
        Route("/.well-known/jwks.json", key_set),
    ]


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    with short_collections() as collecting:
        walking = asyncio.create_task(collecting.by_clock())
        yield
        walking.cancel()
    await writes_ended(DRAIN_SECONDS)
