"""GraphQL over HTTP: one JSON request, one JSON answer."""

import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.access.principal import Principal
from app.kit.errors import DomainError, ErrorCode, Unauthenticated
from app.kit.metrics import record_operation
from schema.engine.documents import is_subscription
from schema.engine.execution import Answer, Executor, OperationContext, coded, refused

BODY_LIMIT = 256 * 1024
RESPONSE_TYPE = "application/graphql-response+json"


Recognise = Callable[[str | None], Awaitable[Principal]]
MakeContext = Callable[[Principal, str, str], OperationContext]


class HttpTransport:
    """Answers POST requests with the executor.

    `recognise` turns a bearer token into a principal; `make_context` makes the context of one operation for a
    principal, a request id and a client's address.
    """

    def __init__(self, executor: Executor, recognise: Recognise, make_context: MakeContext) -> None:
        self._executor = executor
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
        asked = read_request(body)
        if isinstance(asked, str):
            return 400, coded(ErrorCode.BAD_INPUT, asked, request_id)
        query, variables, operation_name = asked
        try:
            principal = await self._recognise(bearer(request.headers.get("authorization")))
        except DomainError as error:
            answer = coded(error.code, error.message, request_id)
            if error.retry_after is not None:
                answer["errors"][0]["extensions"]["retryAfterSeconds"] = error.retry_after
            return 401 if error.code is ErrorCode.UNAUTHENTICATED else 503, answer
        document = self._executor.documents.read(query)
        if document.errors:
            return 400, refused(document.errors, request_id)
        operation = document.operation(operation_name)
        if operation is None:
            return 400, coded(ErrorCode.BAD_INPUT, "Name one operation of the document to run.", request_id)
        if is_subscription(operation):
            message = "Subscriptions are answered over WebSocket, protocol graphql-transport-ws."
            return 400, coded(ErrorCode.BAD_INPUT, message, request_id)
        address = request.client.host if request.client else ""
        context = self._make_context(principal, request_id, address)
        kind = operation.operation.value
        began = time.perf_counter()
        answer = await self._executor.answer(document, operation, variables, context)
        record_operation(
            request_id, kind, time.perf_counter() - began, "errors" in answer, context.statements.sent
        )
        return 200, answer


def read_request(body: bytes) -> tuple[str, dict[str, Any], str | None] | str:
    """Query, variables and operation name of a JSON body; a sentence when it is no request."""
    try:
        asked = orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError):
        return "The body is not JSON."
    return read_parameters(asked)


def read_parameters(asked: Any) -> tuple[str, dict[str, Any], str | None] | str:
    """The same of a decoded body."""
    if not isinstance(asked, dict):
        return "The body must be a JSON object with 'query'."
    query, variables, name = asked.get("query"), asked.get("variables"), asked.get("operationName")
    if not isinstance(query, str) or not query.strip():
        return "'query' must be the text of a GraphQL document."
    if variables is not None and not isinstance(variables, dict):
        return "'variables' must be an object."
    if name is not None and not isinstance(name, str):
        return "'operationName' must be a text."
    return query, variables or {}, name


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
