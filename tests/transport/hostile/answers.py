"""What an answer may hold, whatever was sent: coded errors with an id, and nothing of how we are built."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from app import models  # noqa: F401  (fills the metadata)
from app.kit.errors import ErrorCode
from app.models.base import Base
from schema.transport.frames import CloseCode

CODES = {code.value for code in ErrorCode} - {ErrorCode.INTERNAL.value}
CLOSING = {int(code) for code in CloseCode} - {CloseCode.FAILED} | {1000, 1002, 1003, 1007, 1009}
"""Our codes, and those by which RFC 6455 answers frames that break it."""

_TABLES = "|".join(sorted(name for name in Base.metadata.tables if "_" in name))
_INSIDE = re.compile(
    r"Traceback|File \"|\.py\b|site-packages|/work/|/usr/|/home/|/tmp/"
    r"|asyncpg|sqlalchemy|starlette|strawberry|orjson|graphql\.\w+"
    r"|SELECT |INSERT INTO|relation \"|column \"|constraint \"|syntax error at or near|violates|\$\d+: "
    r"|<class |object at 0x|NoneType"
    r"|(?:Key|Type|Value|Attribute|Index|Assertion|Recursion|Unicode\w+)Error"
    rf"|\b(?:{_TABLES})\b"
)


def faults(status: int, body: bytes, sent: bytes, request_id: str | None) -> Iterator[str]:
    """What is wrong with an answer over HTTP to what was sent."""
    if status >= 500 and status != 503:
        yield f"status {status}"
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        yield "the answer is not JSON"
        return
    yield from faults_of(answer, sent, request_id)
    if status == 503 and "retryAfterSeconds" not in body.decode():
        yield "503 without retryAfterSeconds"


def faults_of(answer: Any, sent: bytes, request_id: str | None = None) -> Iterator[str]:
    """What is wrong with an answer of an operation."""
    if not isinstance(answer, dict) or not ({"data", "errors"} & answer.keys()):
        yield "the answer has neither data nor errors"
        return
    for error in answer.get("errors", ()):
        yield from _faults_of_error(error, request_id)
        yield from told(str(error.get("message")), sent)
    for error in user_errors(answer.get("data")):
        if error["code"] not in CODES:
            yield f"code {error['code']} in userErrors"
        yield from told(str(error["message"]), sent)


def _faults_of_error(error: Mapping[str, Any], request_id: str | None) -> Iterator[str]:
    extensions = error.get("extensions") or {}
    if extensions.get("code") not in CODES:
        yield f"code {extensions.get('code')}"
    if not extensions.get("requestId"):
        yield "an error without requestId"
    elif request_id is not None and extensions["requestId"] != request_id:
        yield "requestId is not that of the head"
    if extensions.get("code") == "UNAVAILABLE" and "retryAfterSeconds" not in extensions:
        yield "UNAVAILABLE without retryAfterSeconds"


def told(message: str, sent: bytes) -> Iterator[str]:
    """What a sentence tells of our inside and the client did not say itself."""
    for found in _INSIDE.findall(message):
        if found.encode() not in sent:
            yield f"{found!r} in {message!r}"


def user_errors(data: Any) -> Iterator[Mapping[str, Any]]:
    """Errors within payloads, under whatever name they were asked for."""
    if isinstance(data, dict):
        if isinstance(data.get("code"), str) and "message" in data:
            yield data
        for each in data.values():
            yield from user_errors(each)
    elif isinstance(data, list):
        for each in data:
            yield from user_errors(each)


def texts_of(data: Any) -> Iterator[str]:
    """Every text that an answer's data holds."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for each in data.values() if isinstance(data, dict) else data:
            yield from texts_of(each)
