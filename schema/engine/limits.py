"""How much one operation may ask for: each limit passes, one more is refused before any resolver runs."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from app.kit.errors import BadInput, DomainError, ErrorReason, Limit, TooComplex

if TYPE_CHECKING:
    from app.config import Settings

LARGEST_TOLD = 2**31 - 1
"""Counts beyond it are told as this: what fragments multiply to may have any number of digits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a process; settings of the same names, `most_` in front, change them."""

    document_bytes: int = 32 * 1024
    tokens: int = 1_000
    depth: int = 15
    introspection_depth: int = 20
    aliases: int = 15
    root_fields: int = 20
    directives: int = 20
    fragments: int = 30
    fields: int = 2_000
    repeats: int = 5_000
    cost: int = 5_000
    list_entries: int = 250
    response_bytes: int = 2 * 1024 * 1024
    introspection: bool = True
    suggestions: bool = True

    @classmethod
    def of(cls, settings: "Settings") -> "Limits":
        """The limits that the settings give."""
        numbers = {
            each.name: getattr(settings, f"most_{each.name}") for each in fields(cls) if each.type is int
        }
        return cls(**numbers, introspection=settings.introspection, suggestions=settings.suggestions)

    def most(self, name: str) -> int:
        """How much there may be, by the limit's name."""
        found: int = getattr(self, "fields" if name == "spreads" else name)
        return found


WORDS = {
    "document_bytes": "bytes of the document's text",
    "tokens": "tokens",
    "comments": "comments",
    "depth": "levels of fields",
    "introspection_depth": "levels of fields below '__schema' or '__type'",
    "introspection_cost": "objects of the schema",
    "aliases": "aliases",
    "root_fields": "fields at the root",
    "directives": "directives",
    "fragments": "fragments",
    "fields": "fields with all fragments spread",
    "spreads": "fragments with all fragments spread",
    "repeats": "pairs of fields that answer under one name",
    "cost": "objects, by the sizes of its lists",
    "sign_ins": "fields that sign in",
    "response_bytes": "bytes of the answer",
}


def too_complex(name: str, used: int, most: int) -> TooComplex:
    """The error for a limit that was exceeded."""
    told = min(used, LARGEST_TOLD)
    message = f"The operation has {told:,} {WORDS[name]}; {most:,} are allowed. Ask for less at once."
    return TooComplex(message, limit=Limit(name, told, most))


def too_many_entries(used: int, most: int, *path: str) -> DomainError:
    """The error for a list of input that is too long."""
    message = f"A list of input has {used:,} entries; {most:,} are allowed. Send the rest in another request."
    return BadInput(
        message, reason=ErrorReason.TOO_MANY_ENTRIES, path=path, limit=Limit("list_entries", used, most)
    )
