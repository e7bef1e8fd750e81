"""Mutations: a gate, one verb, a payload. What the caller can fix comes back in `userErrors`."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

import strawberry

from app.access.policies import Policy
from app.kit.errors import DomainError, Unauthenticated, Unavailable
from schema.engine.declarations import DECLARATION, TERMS, Terms, Verb
from schema.errors import user_error


class Payload:
    """The value behind a payload: what is not given is null, lists named by `empty` are empty."""

    def __init__(self, **values: Any) -> None:
        self.user_errors: list[Any] = []
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None


def payload(**values: Any) -> Any:
    """What a mutation gives back: ids that the payload's edges lead on from, and plain values."""
    return Payload(**values)


def mutation(
    description: str,
    *,
    gate: Policy,
    empty: tuple[str, ...] = (),
    name: str | None = None,
    rate_class: str | None = None,
    most_entries: int | None = None,
) -> Any:
    """Declare a mutation. `empty` names the non-null lists of its payload, empty when the verb refuses."""

    def declare(resolver: Callable[..., Awaitable[Any]]) -> Any:
        @functools.wraps(resolver)
        async def resolve(*arguments: Any, **named: Any) -> Any:
            try:
                return await resolver(*arguments, **named)
            except (Unauthenticated, Unavailable):
                raise
            except DomainError as error:
                return payload(user_errors=[user_error(error)], **{each: [] for each in empty})

        metadata = {DECLARATION: Verb(gate), TERMS: Terms(rate_class, most_entries)}
        return strawberry.mutation(resolve, description=description, name=name, metadata=metadata)

    return declare
