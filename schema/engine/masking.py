"""Errors as they leave us: what the domain says passes with its code, the rest is masked and logged."""

from typing import Any

import structlog
from graphql import GraphQLError

from app.kit.database import AWAY, COLLIDED, OVERDUE
from app.kit.errors import DomainError, ErrorCode, Unavailable

log = structlog.get_logger("graph")

# How graphql-core begins what it finds wrong with our answers; other causeless errors are the request's.
_OURS = (
    "Cannot return null",
    "Expected ",
    "Int cannot",
    "Float cannot",
    "String cannot",
    "ID cannot",
    "Enum ",
)


LONGEST_MESSAGE = 1_000
"""What a message of graphql-core quotes of a variable may be as long as the request."""


def formatted(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """An error as JSON, with its code, perhaps reason and retryAfterSeconds, and the request's id."""
    original = error.original_error
    if isinstance(original, AWAY):
        original = Unavailable("The database does not answer now; try again shortly.", retry_after=1)
    elif isinstance(original, COLLIDED):
        original = Unavailable(
            "Another change was in the way, and this one was undone; try again.", retry_after=1
        )
    answer: dict[str, Any] = {"message": error.message[:LONGEST_MESSAGE]}
    if error.locations:
        answer["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        answer["path"] = error.path
    if isinstance(original, DomainError):
        answer["message"] = original.message
        answer["extensions"] = domain_extensions(original, request_id)
    elif isinstance(original, OVERDUE):
        answer["message"] = "The database needed too long and stopped; ask for less, or try again shortly."
        answer["extensions"] = {"code": ErrorCode.TIMEOUT.value, "requestId": request_id}
    elif _is_about_request(error):
        answer["extensions"] = {"code": ErrorCode.BAD_INPUT.value, "requestId": request_id}
    else:
        log.error("resolver failed", request_id=request_id, path=error.path, exc_info=original or error)
        answer["message"] = "Something went wrong on our side; quote the request id when you report it."
        answer["extensions"] = {"code": ErrorCode.INTERNAL.value, "requestId": request_id}
    return answer


def domain_extensions(error: DomainError, request_id: str) -> dict[str, Any]:
    """`extensions` of an error that the domain raised."""
    found: dict[str, Any] = {"code": error.code.value, "requestId": request_id}
    if error.reason is not None:
        found["reason"] = error.reason.value
    if error.path:
        found["inputPath"] = list(error.path)
    if error.retry_after is not None:
        found["retryAfterSeconds"] = error.retry_after
    if error.limit is not None:
        found["limit"] = error.limit._asdict()
    return found


def _is_about_request(error: GraphQLError) -> bool:
    original = error.original_error
    if original is not None and not isinstance(original, GraphQLError):
        return False
    return error.path is None or not error.message.startswith(_OURS)
