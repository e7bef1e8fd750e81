"""What a request asks for, read strictly from JSON, whichever transport brought it."""

from dataclasses import dataclass, field
from typing import Any

import orjson


class Malformed(Exception):
    """This is no GraphQL request; the message says what to send instead."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: the text of a document, its variables, and which of its operations to run."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    operation_name: str | None = None


def read_json(body: bytes | str) -> Any:
    """The value of a JSON text; Malformed when it is none."""
    try:
        return orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError):
        raise Malformed("The body is not JSON.") from None


def read_asked(given: Any) -> Asked:
    """The request in a decoded JSON value; Malformed when it is none."""
    if not isinstance(given, dict):
        raise Malformed("The body must be a JSON object with 'query'.")
    query, variables, name = given.get("query"), given.get("variables"), given.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise Malformed("'query' must be the text of a GraphQL document.")
    if variables is not None and not isinstance(variables, dict):
        raise Malformed("'variables' must be an object.")
    if name is not None and not isinstance(name, str):
        raise Malformed("'operationName' must be a text.")
    return Asked(query, variables or {}, name)
