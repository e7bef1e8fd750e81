"""GraphQL over HTTP: POST and GET, answered as JSON or as a stream of events.

The specification: https://graphql.github.io/graphql-over-http. What a client sends that is no request, or is
refused as a whole, gets a coded error with a status that fits; nothing that it sends reaches the executor
unread. Where `application/json` is all that a client reads, a document that does not hold is answered with
200, since older clients read no other answer; credentials, limits and outages keep their status.
"""

import hashlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import orjson
import structlog
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from app.access.principal import Principal
from app.kit.errors import BadInput, DomainError, ErrorCode, Unauthenticated
from schema.engine.execution import Answer, OperationContext, coded
from schema.engine.operations import STATUSES, Operations, Refused
from schema.engine.prepared import Prepared
from schema.engine.requests import Malformed, read_asked, read_json
from schema.transport.bodies import Bodies, Rejected
from schema.transport.negotiation import EVENTS, LEGACY, PLAIN, RESPONSE, Wanted, negotiate
from schema.transport.parameters import read_parameters
from schema.transport.request_ids import new_request_id
from schema.transport.sse import EventStreams
from schema.transport.standing import Ground, Standing
from schema.transport.unchanged import PRIVATE, VARIES, Unchanged

ALLOWED = "GET, POST, OPTIONS"
# Headers of which two would let a proxy and us read different requests.
_SINGLE = (b"authorization", b"content-type", b"content-length", b"content-encoding", b"host")

log = structlog.get_logger("http")

MakeContext = Callable[[Principal, str, str], OperationContext]
Headers = dict[bytes, bytes]


class Doorkeeper(Protocol):
    """Knows tokens."""

    async def recognise(self, token: str | None) -> Principal:
        """The principal of a token, as it stands now; Unauthenticated when it is no longer good."""
        ...

    def at_hand(self, token: str | None) -> Principal | None:
        """The same principal where it is known without waiting, else None; Unauthenticated likewise."""
        ...


@dataclass(slots=True)
class Visit:
    """One request on its way: what its head says, and under which id it is answered."""

    id: str
    method: str
    query: bytes
    headers: Headers
    wanted: Wanted
    address: str

    @property
    def is_get(self) -> bool:
        """Whether it may change nothing."""
        return self.method == "GET"

    @property
    def token(self) -> str | None:
        """The bearer token; None without credentials."""
        given = self.headers.get(b"authorization")
        return bearer(given.decode("latin-1")) if given is not None else None


@dataclass(slots=True)
class Reply:
    """An answer with its status and the headers that are its own."""

    status: int
    answer: Answer
    headers: dict[str, str]


class HttpTransport:
    """Answers the requests to the graph's address.

    `doorkeeper` turns a bearer token into a principal; `make_context` makes the context of one operation for
    a principal, a request id and a client's address.
    """

    def __init__(
        self,
        operations: Operations,
        doorkeeper: Doorkeeper,
        make_context: MakeContext,
        bodies: Bodies | None = None,
        streams: EventStreams | None = None,
        unchanged: Unchanged | None = None,
        standing: Standing | None = None,
    ) -> None:
        self._unchanged = unchanged
        self._standing = standing
        self._operations = operations
        self._doorkeeper = doorkeeper
        self._make_context = make_context
        self._bodies = bodies or Bodies()
        self._streams = streams or EventStreams()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, run, answer; whatever the client sends, it gets a coded error or a result."""
        request_id = new_request_id()
        visit = Visit(request_id, scope["method"], scope["query_string"], {}, PLAIN, _address(scope))
        try:
            visit.headers = headers_of(scope)
            visit.wanted = negotiate(visit.headers.get(b"accept", b"").decode("latin-1"))
            if visit.method == "OPTIONS":
                await _send_nothing(send, {"allow": ALLOWED, "accept-post": LEGACY})
                return
            reply = await self._reply(visit, receive, send)
        except ClientDisconnect:
            return
        except Exception as error:
            reply = _refusal(error, visit)
        if reply is not None:
            await _send(send, visit, reply)

    async def _reply(self, visit: Visit, receive: Receive, send: Send) -> Reply | None:
        """The answer; None when it was sent as a stream."""
        body = await self._body(visit, receive)
        if self._standing is not None and body is not None and not visit.wanted.events:
            again = await self._standing.again(body, visit.headers, visit.id)
            if again is not None:
                return Reply(200, again, {})
        asked = read_asked(read_json(body) if body is not None else read_parameters(visit.query))
        token = visit.token
        principal = await self._doorkeeper.recognise(token)
        mark = self._unchanged.mark(token) if self._unchanged is not None and visit.is_get else None
        try:
            prepared = await self._operations.prepare(asked, principal, visit.id, visit.address)
        except (Refused, DomainError) as error:
            return await self._refuse(error, visit, receive, send)
        if visit.is_get and prepared.kind == "mutation":
            raise Rejected(405, "Send mutations as POST requests; GET changes nothing.", {"allow": "POST"})
        if visit.wanted.events and (visit.wanted.events_first or prepared.is_subscription):
            await self._stream(prepared, principal, token, visit, receive, send)
            return None
        if prepared.is_subscription:
            raise BadInput(
                f"A subscription is a stream: send the same request with 'Accept: {EVENTS}', or subscribe "
                "over WebSocket, protocol graphql-transport-ws, at this address."
            )
        context = self._make_context(principal, visit.id, visit.address)
        if b"cache-control" in visit.headers:
            context.read_anew()
        if visit.is_get and asked.document_id is not None:
            return await self._tagged(prepared, context, principal, mark, visit)
        if body is not None and self._standing is not None:
            return await self._standing_reply(self._standing, body, prepared, context, visit)
        return _replied(await self._operations.answer(prepared, context), visit)

    async def _standing_reply(
        self, standing: Standing, body: bytes, prepared: Prepared, context: OperationContext, visit: Visit
    ) -> Reply:
        """An answer that may be told again while it stands."""
        mark = standing.mark(prepared, visit.token)
        answer = await self._operations.answer(prepared, context)
        if mark is not None and context.made_of is not None and "errors" not in answer:
            standing.keep(body, visit.headers, prepared, answer, Ground(mark, tuple(context.made_of)))
        return _replied(answer, visit)

    async def _tagged(
        self, prepared: Prepared, context: OperationContext, principal: Principal, mark: Any, visit: Visit
    ) -> Reply:
        """An answer that a client may keep, if it asks each time whether it still holds."""
        answer = await self._operations.answer(prepared, context)
        if "errors" in answer:
            return Reply(_status(answer, visit.wanted), answer, {})
        reply = _tagged(answer, visit)
        if self._unchanged is not None and mark is not None and context.made_of == []:
            self._unchanged.keep(visit.query, visit.headers, reply.headers["etag"], mark, principal)
        return reply

    async def _body(self, visit: Visit, receive: Receive) -> bytes | None:
        """The body of a POST request; a GET request has none."""
        if visit.wanted.nothing_of_ours:
            raise Rejected(406, f"This address answers with {RESPONSE}, {LEGACY} or {EVENTS}.")
        if visit.method == "POST":
            return await self._bodies.read(visit.headers, receive)
        if visit.method == "GET":
            return None
        raise Rejected(405, "Send a POST request, or GET for a query.", {"allow": ALLOWED})

    async def _refuse(
        self, error: Refused | DomainError, visit: Visit, receive: Receive, send: Send
    ) -> Reply | None:
        """Tell who asks for a stream within it what is wrong with the document, as the protocol has it."""
        refused = error if isinstance(error, Refused) else Refused.by(error, visit.id)
        if not visit.wanted.events_first or refused.status not in (200, 400):
            raise error
        await self._streams.serve(_alone(refused.answer), visit.id, receive, send)
        return None

    async def _stream(
        self,
        prepared: Prepared,
        principal: Principal,
        token: str | None,
        visit: Visit,
        receive: Receive,
        send: Send,
    ) -> None:
        with self._streams.place(principal.user_id or visit.address):
            if prepared.is_subscription:
                viewer = _Viewer(self._doorkeeper, self._make_context, token, visit.id, visit.address)
                subscribe = partial(self._operations.subscriber, prepared)
                await self._streams.follow(viewer, subscribe, receive, send)
            else:
                context = self._make_context(principal, visit.id, visit.address)
                answers = _alone(await self._operations.answer(prepared, context))
                await self._streams.serve(answers, visit.id, receive, send)


@dataclass(slots=True)
class _Viewer:
    """Who follows by a request, as its token says."""

    doorkeeper: Doorkeeper
    make_context: MakeContext
    token: str | None
    request_id: str
    address: str

    def at_hand(self) -> Principal | None:
        """Who it is, where that is known without waiting."""
        return self.doorkeeper.at_hand(self.token)

    async def recognise(self) -> Principal:
        """Who it is now."""
        return await self.doorkeeper.recognise(self.token)

    def context(self, principal: Principal, request_id: str) -> OperationContext:
        """A new context for an event."""
        return self.make_context(principal, request_id, self.address)


def bearer(header: str | None) -> str | None:
    """The token of an Authorization header; None without one."""
    if not header:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send the access token as 'Authorization: Bearer …'.")
    return token.strip()


def headers_of(scope: Scope) -> Headers:
    """The headers by name; Rejected with 400 when one that must stand alone came twice."""
    pairs: list[tuple[bytes, bytes]] = scope["headers"]
    headers = dict(pairs)
    if len(headers) != len(pairs):
        for name in _SINGLE:
            if sum(given == name for given, _ in pairs) > 1:
                raise Rejected(400, f"Send one '{name.decode()}' header.", {"connection": "close"})
        headers[b"accept"] = b",".join(value for name, value in pairs if name == b"accept")
    return headers


async def _alone(answer: Answer) -> AsyncGenerator[Answer]:
    yield answer


def _refusal(error: Exception, visit: Visit) -> Reply:
    match error:
        case Rejected():
            return Reply(
                error.status, coded(ErrorCode.BAD_INPUT, error.message, visit.id), dict(error.headers)
            )
        case Malformed():
            return Reply(400, coded(ErrorCode.BAD_INPUT, str(error), visit.id), {})
        case DomainError():
            refused = Refused.by(error, visit.id)
            return Reply(refused.status, refused.answer, {})
        case Refused():
            legacy = error.status == 400 and visit.wanted.json == LEGACY
            return Reply(200 if legacy else error.status, error.answer, {})
    log.error("request failed", request_id=visit.id, exc_info=error)
    message = "Something went wrong on our side; quote the request id when you report it."
    return Reply(500, coded(ErrorCode.INTERNAL, message, visit.id), {})


def _replied(answer: Answer, visit: Visit) -> Reply:
    return Reply(_status(answer, visit.wanted) if "errors" in answer else 200, answer, {})


def _status(answer: Answer, wanted: Wanted) -> int:
    """The status of an answer with errors: 200 when anything was run."""
    if "data" in answer:
        return 200
    code = answer["errors"][0]["extensions"]["code"]
    if code in STATUSES:
        return STATUSES[code]
    if wanted.json == LEGACY:
        return 200
    return {ErrorCode.TIMEOUT: 504, ErrorCode.INTERNAL: 500}.get(code, 400)


def _tagged(answer: Answer, visit: Visit) -> Reply:
    """An answer that a browser may keep, if it asks each time whether it still holds.

    Weak, because the same data may leave in another media type and with other extensions.
    """
    data = orjson.dumps(answer["data"])
    tag = f'W/"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": PRIVATE.decode(), "vary": VARIES.decode()}
    known = visit.headers.get(b"if-none-match", b"").decode("latin-1")
    if known and _holds(known, tag):
        return Reply(304, {}, headers)
    return Reply(200, {**answer, "data": orjson.Fragment(data)}, headers)


def _holds(known: str, tag: str) -> bool:
    strong = tag.removeprefix("W/")
    return known.strip() == "*" or strong in (each.strip().removeprefix("W/") for each in known.split(","))


async def _send(send: Send, visit: Visit, reply: Reply) -> None:
    if reply.status == 304:
        await _send_nothing(send, {"x-request-id": visit.id, **reply.headers}, 304)
        return
    body = orjson.dumps(reply.answer)
    media = RESPONSE if visit.wanted.json == RESPONSE else LEGACY
    headers = [
        (b"content-type", f"{media}; charset=utf-8".encode()),
        (b"content-length", b"%d" % len(body)),
        (b"x-request-id", visit.id.encode()),
    ]
    if "cache-control" not in reply.headers:
        headers.append((b"cache-control", b"no-store"))
    headers += [(name.encode(), value.encode()) for name, value in reply.headers.items()]
    if "errors" in reply.answer:
        headers += _retry_after(reply.answer)
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body if visit.method != "HEAD" else b""})


async def _send_nothing(send: Send, headers: dict[str, str], status: int = 204) -> None:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": b""})


def _retry_after(answer: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    for error in answer["errors"]:
        retry: int | None = error["extensions"].get("retryAfterSeconds")
        if retry is not None:
            return [(b"retry-after", b"%d" % retry)]
    return []


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""
