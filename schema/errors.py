"""Errors as clients see them: in payloads for what a caller can fix, in `errors` for the rest."""

from types import SimpleNamespace

from app.access.policies import with_object
from app.kit import errors
from schema.engine.declarations import graph_type, leaf
from schema.enums import graph_enum

Code, Reason = errors.ErrorCode, errors.ErrorReason

graph_enum(
    Code,
    "What kind of error it is; the list is closed.",
    {
        Code.UNAUTHENTICATED: "Nobody is signed in, or the sign-in has ended.",
        Code.FORBIDDEN: "The roles of the person do not allow it.",
        Code.NOT_FOUND: "Absent, or not to be seen by this person: told alike.",
        Code.BAD_INPUT: "A value to correct; the path says which.",
        Code.CONFLICT: "The state of the thing forbids it now.",
        Code.IDEMPOTENCY_CONFLICT: "The idempotency key came before with another body.",
        Code.RATE_LIMITED: "Too many requests; try again after the seconds given.",
        Code.TOO_COMPLEX: "The document asks for more than one operation may.",
        Code.TIMEOUT: "It took too long and was stopped.",
        Code.UNAVAILABLE: "A part the server stands on is away; try again after the seconds given.",
        Code.PERSISTED_QUERY_NOT_FOUND: "The hash is not known; send it together with the document.",
        Code.INTERNAL: "Our fault; quote the request id.",
    },
)
graph_enum(
    Reason,
    "Why, finer than the code; the list grows, so keep a default branch.",
    {
        Reason.SECOND_FACTOR_REQUIRED: "A code of the second factor is needed.",
        Reason.ORGANIZATION_REQUIRED: "The account belongs to several organizations; say which.",
        Reason.CREDENTIALS_INVALID: "Address, password or token are not good.",
        Reason.SESSION_COMPLETED: "The session has ended.",
        Reason.SESSION_PAUSED: "The session is paused; resume it first.",
        Reason.ITEM_RETIRED: "The item is no longer asked.",
        Reason.RESPONSE_KIND_MISMATCH: "The response is not of the item's kind.",
        Reason.EXAM_NOT_OPEN: "The exam has not opened yet.",
        Reason.EXAM_CLOSED: "The exam has closed.",
        Reason.TIME_IS_UP: "The sitting's time has ended.",
        Reason.SECTION_CLOSED: "The time of the item's section has ended; the sitting goes on.",
        Reason.SITTING_TAKEN_OVER: "The sitting goes on at another device.",
        Reason.SEQUENCE_REUSED: "The sequence number came before with another answer.",
        Reason.OUT_OF_SEQUENCE: "An earlier sequence number is missing; send that answer first.",
        Reason.SITTING_PAUSED: "A teacher has paused the sitting; answers wait until it goes on.",
        Reason.SITTING_LOCKED: "The sitting is locked until a teacher unlocks it.",
        Reason.SITTING_SUBMITTED: "The sitting has been submitted.",
        Reason.UNDO_TOO_LATE: "The seconds in which it could be undone are over.",
        Reason.NO_ATTEMPTS_LEFT: "All attempts allowed are used.",
        Reason.JOIN_CODE_INVALID: "No open class has this join code.",
        Reason.ALREADY_ENROLLED: "The learner is in the class already.",
        Reason.CONSENT_MISSING: "A consent is missing.",
        Reason.CYCLE: "The prerequisites would go round in a circle.",
        Reason.TOO_MANY_ENTRIES: "More entries than one request may have.",
        Reason.DOCUMENT_NOT_REGISTERED: "Only registered documents are run here.",
    },
)


@graph_type(policy=with_object, description="An error that the caller can fix.")
class UserError:
    code: errors.ErrorCode = leaf("What kind of error it is.")
    reason: errors.ErrorReason | None = leaf("Why, where there is more to say than the code.")
    path: list[str] = leaf("Where in the input, from the input's root.", list_size=5)
    message: str = leaf("What happened and what to do, in a sentence.")
    retry_after_seconds: int | None = leaf("When to try again, where trying again helps.")


def user_error(error: errors.DomainError) -> SimpleNamespace:
    """A domain error as an entry of `userErrors`."""
    return SimpleNamespace(
        code=error.code,
        reason=error.reason,
        path=list(error.path),
        message=error.message,
        retry_after_seconds=error.retry_after,
    )
