"""What can go wrong, as the caller sees it.

    DomainError
    ├── Unauthenticated        no principal, or one that is no longer valid
    ├── Forbidden              a known principal lacks the role
    ├── NotFound               absent, foreign or hidden: told alike
    ├── BadInput               a value to correct; `path` says which
    ├── Conflict               the state of the thing forbids it now
    ├── IdempotencyConflict    the same key came with another body
    ├── RateLimited            come back after `retry_after` seconds
    ├── TooComplex             more than one operation may ask for; `limit` says which, and how much
    └── Unavailable            a part we stand on is away; come back after `retry_after` seconds

Everything else is ours: masked, logged with a request id.
"""

from enum import StrEnum
from typing import Any, NamedTuple


class ErrorCode(StrEnum):
    """The closed list of codes a client can meet."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    BAD_INPUT = "BAD_INPUT"
    CONFLICT = "CONFLICT"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    TOO_COMPLEX = "TOO_COMPLEX"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    INTERNAL = "INTERNAL"


class ErrorReason(StrEnum):
    """Why, finer than the code; the list grows, so clients keep a default branch."""

    SECOND_FACTOR_REQUIRED = "SECOND_FACTOR_REQUIRED"
    ORGANIZATION_REQUIRED = "ORGANIZATION_REQUIRED"
    CREDENTIALS_INVALID = "CREDENTIALS_INVALID"
    SESSION_COMPLETED = "SESSION_COMPLETED"
    SESSION_PAUSED = "SESSION_PAUSED"
    ITEM_RETIRED = "ITEM_RETIRED"
    RESPONSE_KIND_MISMATCH = "RESPONSE_KIND_MISMATCH"
    EXAM_NOT_OPEN = "EXAM_NOT_OPEN"
    EXAM_CLOSED = "EXAM_CLOSED"
    TIME_IS_UP = "TIME_IS_UP"
    SECTION_CLOSED = "SECTION_CLOSED"
    SITTING_TAKEN_OVER = "SITTING_TAKEN_OVER"
    SEQUENCE_REUSED = "SEQUENCE_REUSED"
    OUT_OF_SEQUENCE = "OUT_OF_SEQUENCE"
    SITTING_PAUSED = "SITTING_PAUSED"
    SITTING_LOCKED = "SITTING_LOCKED"
    SITTING_SUBMITTED = "SITTING_SUBMITTED"
    UNDO_TOO_LATE = "UNDO_TOO_LATE"
    NO_ATTEMPTS_LEFT = "NO_ATTEMPTS_LEFT"
    JOIN_CODE_INVALID = "JOIN_CODE_INVALID"
    ALREADY_ENROLLED = "ALREADY_ENROLLED"
    CONSENT_MISSING = "CONSENT_MISSING"
    CYCLE = "CYCLE"
    TOO_MANY_ENTRIES = "TOO_MANY_ENTRIES"
    DOCUMENT_NOT_REGISTERED = "DOCUMENT_NOT_REGISTERED"


class Limit(NamedTuple):
    """A limit that was exceeded: its name, how much there was, how much there may be."""

    name: str
    used: int
    most: int


class DomainError(Exception):
    """An error that a caller may see: a code, perhaps a reason, the path of the input, a sentence."""

    code = ErrorCode.INTERNAL

    def __init__(
        self,
        message: str,
        *,
        reason: ErrorReason | None = None,
        path: tuple[str, ...] = (),
        retry_after: int | None = None,
        limit: Limit | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.path = path
        self.retry_after = retry_after
        self.limit = limit


class Unauthenticated(DomainError):
    """No principal, or one that is no longer valid: get new tokens or sign in again."""

    code = ErrorCode.UNAUTHENTICATED


class Forbidden(DomainError):
    """A known principal lacks the role; the message says which would do."""

    code = ErrorCode.FORBIDDEN


class NotFound(DomainError):
    """Absent, foreign or hidden: the three are told alike, by `not_found`."""

    code = ErrorCode.NOT_FOUND


class BadInput(DomainError):
    """A value to correct; `path` says which."""

    code = ErrorCode.BAD_INPUT


class Conflict(DomainError):
    """The state of the thing forbids it now; the message says what would have to change."""

    code = ErrorCode.CONFLICT


class IdempotencyConflict(DomainError):
    """The key was used before, with another body; use a new key."""

    code = ErrorCode.IDEMPOTENCY_CONFLICT


class RateLimited(DomainError):
    """Too much at once; come back after `retry_after` seconds."""

    code = ErrorCode.RATE_LIMITED


class TooComplex(DomainError):
    """More than one operation may ask for; `limit` says which, how much there was, how much there may be."""

    code = ErrorCode.TOO_COMPLEX


class Unavailable(DomainError):
    """A part we stand on is away; come back after `retry_after` seconds."""

    code = ErrorCode.UNAVAILABLE


def not_found(what: str, *path: str) -> NotFound:
    """The one sentence for absent, foreign and hidden things."""
    return NotFound(f"No {what} with this id is visible to you; check the id.", path=path)


def error_as_json(error: DomainError) -> dict[str, Any]:
    """An error as it is kept beside a result."""
    return {
        "code": error.code.value,
        "reason": error.reason.value if error.reason else None,
        "path": list(error.path),
        "message": error.message,
    }


def error_from_json(kept: dict[str, Any]) -> DomainError:
    """The error that was kept."""
    reason = ErrorReason(kept["reason"]) if kept["reason"] else None
    error = DomainError(kept["message"], reason=reason, path=tuple(kept["path"]))
    error.code = ErrorCode(kept["code"])
    return error
