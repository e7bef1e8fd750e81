"""Statements: written once with named parameters, compiled to text once, run by asyncpg.

SQLAlchemy Core describes the simple ones (`core(select(…))`); what joins laterally or writes in several parts
is written as SQL (`sql("…  :name …")`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.sql import ClauseElement

_NAMED = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")
_DIALECT = dialect.dialect()


@dataclass(frozen=True, slots=True)
class Statement:
    """Text with `$1 … $n`, the names that stand for them, and values known when it was written."""

    text: str
    names: tuple[str, ...]
    known: Mapping[str, Any]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The values in the order of the placeholders; a missing one is a KeyError that names it."""
        if not self.known:
            return [values[name] for name in self.names]
        return [values[name] if name in values else self.known[name] for name in self.names]


def sql(text: str) -> Statement:
    """Compile SQL text with `:name` parameters; the same name twice is one parameter."""
    names: list[str] = []

    def place(match: re.Match[str]) -> str:
        name = match[1]
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return Statement(_NAMED.sub(place, text), tuple(names), {})


def core(clause: ClauseElement) -> Statement:
    """Compile a SQLAlchemy Core statement; its `bindparam`s are the parameters."""
    compiled: Any = clause.compile(dialect=_DIALECT)
    names: Sequence[str] = compiled.positiontup or ()
    known = {name: value for name, value in compiled.params.items() if value is not None}
    return Statement(str(compiled), tuple(names), known)


def like(text: str) -> str:
    """Text to be found as it stands within a LIKE pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
