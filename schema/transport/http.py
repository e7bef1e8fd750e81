"""GraphQL over HTTP: one JSON request, one JSON answer."""

import uuid
from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.access.principal import Principal
from app.kit.errors import DomainError, ErrorCode, Unauthenticated
from schema.engine.execution import Answer, OperationContext, coded
from schema.engine.operations import Operations, Refused
from schema.engine.requests import Asked, Malformed, read_asked, read_json

BODY_LIMIT = 256 * 1024
RESPONSE_TYPE = "application/graphql-response+json"


Recognise = Callable[[str | None], Awaitable[Principal]]
MakeContext = Callable[[Principal, str, str], OperationContext]


class HttpTransport:
    """Answers POST requests.

    `recognise` turns a bearer token into a principal; `make_context` makes the context of one operation for a
    principal, a request id and a client's address.
    """

    def __init__(self, operations: Operations, recognise: Recognise, make_context: MakeContext) -> None:
        self._operations = operations
        self._recognise = recognise
        self._make_context = make_context

    async def respond(self, request: Request) -> Response:
        """Read, run, answer; whatever the client sends, it gets a coded error or a result."""
        request_id = uuid.uuid4().hex
        status, answer = await self._answer(request, request_id)
        headers = {"x-request-id": request_id, "cache-control": "no-store"}
        accepted = request.headers.get("accept", "")
        media = RESPONSE_TYPE if RESPONSE_TYPE in accepted else "application/json"
        retry = _retry_after(answer)
        if retry is not None:
            headers["retry-after"] = str(retry)
        return Response(orjson.dumps(answer), status, headers, f"{media}; charset=utf-8")

    async def _answer(self, request: Request, request_id: str) -> tuple[int, Answer]:
        if not request.headers.get("content-type", "").lower().startswith("application/json"):
            return 415, coded(
                ErrorCode.BAD_INPUT, "Send JSON, as content type 'application/json'.", request_id
            )
        body = await _body(request)
        if body is None:
            return 413, coded(ErrorCode.BAD_INPUT, f"A request may have {BODY_LIMIT} bytes.", request_id)
        try:
            return 200, await self._run(read_asked(read_json(body)), request, request_id)
        except Malformed as error:
            return 400, coded(ErrorCode.BAD_INPUT, str(error), request_id)
        except DomainError as error:
            refused = Refused.by(error, request_id)
            return refused.status, refused.answer
        except Refused as refused:
            return refused.status, refused.answer

    async def _run(self, asked: Asked, request: Request, request_id: str) -> Answer:
        principal = await self._recognise(bearer(request.headers.get("authorization")))
        prepared = await self._operations.prepare(asked, principal, request_id)
        if prepared.is_subscription:
            message = "Subscriptions are answered over WebSocket, protocol graphql-transport-ws."
            raise Refused(400, coded(ErrorCode.BAD_INPUT, message, request_id))
        address = request.client.host if request.client else ""
        return await self._operations.answer(prepared, self._make_context(principal, request_id, address))


def bearer(header: str | None) -> str | None:
    """The token of an Authorization header; None without one."""
    if not header:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send the access token as 'Authorization: Bearer …'.")
    return token.strip()


async def _body(request: Request) -> bytes | None:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_LIMIT:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _retry_after(answer: Answer) -> int | None:
    for error in answer.get("errors", ()):
        retry: int | None = error["extensions"].get("retryAfterSeconds")
        if retry is not None:
            return retry
    return None
