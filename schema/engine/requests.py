"""What a request asks for, read strictly from JSON, whichever transport brought it."""

import re
from dataclasses import dataclass, field
from typing import Any

import orjson

DEEPEST = 64
"""How many objects and lists may stand within each other in the JSON of a request."""

_ID_LIMIT = 256
_HOLDERS = frozenset({dict, list})
# Every string of a JSON text, and whether a colon makes it a key. Possessive, so that it is linear.
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"\s*+(:?)', re.DOTALL)


class Malformed(Exception):
    """This is no GraphQL request; the message says what to send instead."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: a document, its variables, and which of its operations to run.

    The document comes as text, or by an id under which it is known (the SHA-256 of its text in hex, or what
    the operator's manifest calls it), or as both. `query` is empty without a text.
    """

    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    document_id: str | None = None


def read_json(body: bytes) -> Any:
    """The value of a JSON text; Malformed when it is none, is nested too deeply, or names a key twice."""
    try:
        value = orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError):
        raise Malformed("The body is not JSON.") from None
    if _keys(value) != _STRINGS.findall(body).count(b":"):
        raise Malformed("The body names a key twice in one object; name it once.")
    return value


def _keys(value: Any) -> int:
    """How many keys all objects have together; Malformed beyond the greatest depth."""
    keys, depth, level = 0, 0, [value] if type(value) in _HOLDERS else []
    while level:
        depth += 1
        if depth > DEEPEST:
            raise Malformed(f"Objects and lists may stand {DEEPEST} deep within each other.")
        below: list[Any] = []
        for each in level:
            if type(each) is dict:
                keys += len(each)
                each = each.values()
            below += [child for child in each if type(child) in _HOLDERS]
        level = below
    return keys


def read_asked(given: Any) -> Asked:
    """The request in a decoded JSON value; Malformed when it is none."""
    if type(given) is not dict:
        if type(given) is list:
            raise Malformed("Requests are not taken in batches; send each operation as a request of its own.")
        raise Malformed("The body must be a JSON object with 'query'.")
    query, variables, name = given.get("query"), given.get("variables"), given.get("operationName")
    if variables is not None and type(variables) is not dict:
        raise Malformed("'variables' must be an object.")
    if name is not None and type(name) is not str:
        raise Malformed("'operationName' must be a text.")
    document_id = _document_id(given) if "extensions" in given or "documentId" in given else None
    if type(query) is not str or not query.strip():
        if document_id is None or (query is not None and query != ""):
            raise Malformed("'query' must be the text of a GraphQL document.")
        query = ""
    return Asked(query, variables or {}, name or None, document_id)


def _document_id(given: dict[str, Any]) -> str | None:
    """The id of a document: Apollo's extension `persistedQuery`, or `documentId`."""
    extensions = given.get("extensions")
    if extensions is not None and type(extensions) is not dict:
        raise Malformed("'extensions' must be an object.")
    persisted = (extensions or {}).get("persistedQuery")
    if persisted is not None:
        return _hash(persisted)
    found = given.get("documentId")
    if found is None:
        return None
    if type(found) is not str or not 1 <= len(found) <= _ID_LIMIT:
        raise Malformed(f"'documentId' must be a text of 1 to {_ID_LIMIT} characters.")
    return found.removeprefix("sha256:")


def _hash(persisted: Any) -> str:
    if type(persisted) is not dict:
        raise Malformed("'extensions.persistedQuery' must be an object.")
    if persisted.get("version") != 1:
        raise Malformed("Unsupported persisted query version")
    found = persisted.get("sha256Hash")
    if type(found) is not str or not 1 <= len(found) <= _ID_LIMIT:
        raise Malformed("'extensions.persistedQuery.sha256Hash' must be the SHA-256 of the text in hex.")
    return found
