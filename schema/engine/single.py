"""One object at a time: what a column costs for one value is more than the value.

Most selections of a small query are of one object. Its leaves are read and checked by a function written for
the selection; whatever is out of the ordinary is left to the columns, which know what to say of it.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any

from graphql import GraphQLLeafType

from app.kit.database import Row
from schema.engine.leaves import LARGEST_INT, PLAIN, Check
from schema.engine.rows import NAME
from schema.engine.sources import Attribute, PublicId, TypeName

if TYPE_CHECKING:
    from schema.engine.plan import PlannedField

WORTH_IT = 3
"""How often a selection was run before a function is written for it, which takes longer than to run it."""
WIDEST = 100
"""The most fields of a selection that one is written for."""
Single = Callable[..., dict[str, Any]]
"""Gets the object and what its fields ahead gave, in order; Extraordinary or another error for the rest."""


class Extraordinary(Exception):
    """A value that is not as most are."""


def single_maker(fields: "Sequence[PlannedField]", ahead: Sequence[int], is_row: bool) -> Single:
    """The function of a selection.

    For `{ id name }` of a row it is `def make(o): v0 = 'lrn_' + o['id'].hex; v1 = o['name']; if v1.__class__
    is not str: raise Extraordinary; return {'id': v0, 'name': v1}`. Keys and columns are all that varies, and
    only names are taken.
    """
    given = ", ".join(f"v{place}" for place in ahead)
    lines: list[str] = []
    checks: list[Check] = []
    for place, field in enumerate(fields):
        if place not in ahead:
            lines += _leaf(place, field, is_row, checks)
    pairs = ", ".join(f"{_name(field.key)!r}: v{place}" for place, field in enumerate(fields))
    head = f"def make(o, {given}):" if given else "def make(o):"
    text = "\n    ".join([head, *lines, f"return {{{pairs}}}"])
    return _made(text, tuple(checks))


def _leaf(place: int, field: "PlannedField", is_row: bool, checks: list[Check]) -> list[str]:
    """The lines that read and check one leaf."""
    source: Any = field.source
    value, kind = f"v{place}", field.shape.type
    if isinstance(source, TypeName):
        return [f"{value} = {_name(source.name)!r}"]
    if isinstance(source, PublicId):
        return [f"{value} = {_name(source.start)!r} + {_read('id', is_row)}.hex"]
    assert isinstance(source, Attribute)
    read = f"{value} = {_read(source.pull.name, is_row)}"
    plain = PLAIN.get(kind) if isinstance(kind, GraphQLLeafType) else None
    if plain is None:
        checks.append(field.shape.check or _refused)
        return [read, f"({value},) = checks[{len(checks) - 1}]([{value}]) or extraordinary()"]
    wrong = f"{value}.__class__ is not {plain.__name__}"
    if plain is int:
        wrong += f" or not {~LARGEST_INT} <= {value} <= {LARGEST_INT}"
    elif plain is float:
        wrong += f" or not isfinite({value})"
    if field.shape.nullable:
        wrong = f"{value} is not None and ({wrong})"
    return [read, f"if {wrong}: raise Extraordinary"]


def _read(column: str, is_row: bool) -> str:
    column = _name(column)
    return f"o[{column!r}]" if is_row and not hasattr(Row, column) else f"o.{column}"


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError(f"{text!r} is no name")
    return text


def _refused(values: list[Any]) -> None:
    return None


def _extraordinary() -> Any:
    raise Extraordinary


@lru_cache(maxsize=4_096)
def _made(text: str, checks: tuple[Check, ...]) -> Single:
    # With all builtins: whatever is collected while it runs, and warns or imports, does so by these.
    names: dict[str, Any] = {
        "Extraordinary": Extraordinary, "extraordinary": _extraordinary, "isfinite": isfinite,
        "checks": checks,
    }  # fmt: skip
    exec(text, names)
    made: Single = names["make"]
    return made
