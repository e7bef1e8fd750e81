"""Errors as clients see them: in payloads for what a caller can fix, in `errors` for the rest."""

from types import SimpleNamespace

import strawberry

from app.access.policies import with_object
from app.kit import errors
from schema.engine.declarations import graph_type, leaf

strawberry.enum(errors.ErrorCode, description="What kind of error it is; the list is closed.")
strawberry.enum(
    errors.ErrorReason, description="Why, finer than the code; the list grows, so keep a default branch."
)


@graph_type(policy=with_object, description="An error that the caller can fix.")
class UserError:
    code: errors.ErrorCode = leaf("What kind of error it is.")
    reason: errors.ErrorReason | None = leaf("Why, where there is more to say than the code.")
    path: list[str] = leaf("Where in the input, from the input's root.")
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
