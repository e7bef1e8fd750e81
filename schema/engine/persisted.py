"""Documents known by an id: those that clients have persisted themselves, and those an operator registered.

Apollo's contract for the first: a client sends the SHA-256 of a text, is told PersistedQueryNotFound, sends
both, and from then on the hash alone. The hash is checked against the text, so no client can lend a hash to
another's document; the table is bounded, so none can fill the memory. A process that was restarted, or is
another one, is told the text once more.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import orjson

from app.kit.errors import BadInput, DomainError, ErrorCode, ErrorReason, Forbidden
from schema.engine.requests import Asked

KEPT = 1_000
CHARACTERS = 4 * 1024 * 1024
LONGEST = 32 * 1024
NOT_REGISTERED = "Only registered documents are run here; ask the operator to register this one."


class PersistedQueryNotFound(DomainError):
    """No document is known by this hash: send its text with the hash. Clients look for the very message."""

    code = ErrorCode.PERSISTED_QUERY_NOT_FOUND

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class ManifestRefused(Exception):
    """The registered documents cannot be read; the message says where and why."""


class Texts(Protocol):
    """Gives the text of the document that is asked for, or refuses it."""

    def text(self, asked: Asked) -> str:
        """The text to run; a DomainError when there is none, or none that may be run."""
        ...


class PersistedTexts:
    """Runs any text, and keeps those that come with their SHA-256: the least recently used are forgotten."""

    def __init__(self, kept: int = KEPT, characters: int = CHARACTERS) -> None:
        self._kept = kept
        self._characters = characters
        self._held = 0
        self._texts: OrderedDict[str, str] = OrderedDict()

    def text(self, asked: Asked) -> str:
        """The text sent, else the one kept under its hash."""
        name = asked.document_id
        if name is None:
            return asked.query
        if asked.query:
            if _sha256(asked.query) != name:
                raise BadInput("provided sha does not match query")
            self._keep(name, asked.query)
            return asked.query
        found = self._texts.get(name)
        if found is None:
            raise PersistedQueryNotFound
        self._texts.move_to_end(name)
        return found

    def _keep(self, name: str, text: str) -> None:
        if name in self._texts or len(text) > LONGEST:
            return
        self._texts[name] = text
        self._held += len(text)
        while len(self._texts) > self._kept or self._held > self._characters:
            _, forgotten = self._texts.popitem(last=False)
            self._held -= len(forgotten)


class RegisteredTexts:
    """Runs the documents of a manifest alone, asked for by id or by their very text."""

    def __init__(self, manifest: Mapping[str, str]) -> None:
        self._by_id = {_sha256(text): text for text in manifest.values()} | dict(manifest)
        self._texts = frozenset(manifest.values())

    def text(self, asked: Asked) -> str:
        """The text registered under the id, or the text sent when it is registered."""
        if asked.document_id is None:
            found = asked.query if asked.query in self._texts else None
        else:
            found = self._by_id.get(asked.document_id)
        if found is None or (asked.query and asked.query != found):
            raise Forbidden(NOT_REGISTERED, reason=ErrorReason.DOCUMENT_NOT_REGISTERED)
        return found


def read_manifest(place: Path) -> dict[str, str]:
    """The documents of a folder of .graphql files, or of a JSON manifest, by id; ManifestRefused otherwise.

    A manifest is an object from ids to texts, as Relay and graphql-codegen write it, or one in Apollo's
    format `apollo-persisted-query-manifest`, version 1. The id of a file is the SHA-256 of its text.
    """
    try:
        if place.is_dir():
            texts = [path.read_text() for path in sorted(place.rglob("*.graphql"))]
            found = {_sha256(text): text for text in texts}
        else:
            found = _listed(orjson.loads(place.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"The registered documents in {place} cannot be read: {type(error).__name__}: {error}"
        raise ManifestRefused(message) from None
    if not found:
        raise ManifestRefused(
            f"{place} registers no document; name a folder of .graphql files or a manifest."
        )
    return found


def _listed(manifest: Any) -> dict[str, str]:
    if not isinstance(manifest, dict):
        raise TypeError("a manifest is an object")
    if manifest.get("format") == "apollo-persisted-query-manifest":
        if manifest["version"] != 1:
            raise ValueError("version 1 of Apollo's manifest is read")
        manifest = {each["id"]: each["body"] for each in manifest["operations"]}
    for name, text in manifest.items():
        if not isinstance(text, str):
            raise TypeError(f"the document of id {name!r} must be a text")
    return dict(manifest)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
