"""Columns of leaves: checked whole, at the speed of C, where graphql-core checks value by value.

A check gives the column as it leaves, or None when something in it is out of the ordinary: then the values
are completed one by one, by graphql-core's own rules, and each that fails gets its error.
"""

from collections.abc import Callable
from functools import lru_cache
from math import isfinite
from types import NoneType
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)

from app.kit.columnar import Numbers

Column = list[Any]
Check = Callable[[Column], Column | None]
LARGEST_INT = 2**31 - 1
PLAIN: dict[GraphQLLeafType, type] = {
    GraphQLString: str,
    GraphQLID: str,
    GraphQLBoolean: bool,
    GraphQLInt: int,
    GraphQLFloat: float,
}


class Raised:
    """Stands in a column for a value that could not be had."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


def leaf_check(leaf_type: GraphQLLeafType, nullable: bool) -> Check:
    """The check of a column of that type."""
    plain = PLAIN.get(leaf_type)
    if plain is not None:
        return _plain(plain, nullable)
    convert = leaf_type.coerce_output_value
    return (
        _remembered(convert, nullable) if isinstance(leaf_type, GraphQLEnumType) else _each(convert, nullable)
    )


@lru_cache(maxsize=4_096)
def is_ordinary(kind: Any) -> bool:
    """Whether a value of this type is one: no null, no error, nothing to wait for."""
    return not (
        kind in (NoneType, Raised, type(Undefined)) or issubclass(kind, Exception) or is_pending(kind)
    )


@lru_cache(maxsize=4_096)
def is_pending(kind: Any) -> bool:
    """Whether values of this type have to be awaited."""
    return hasattr(kind, "__await__")


def _plain(plain: type, nullable: bool) -> Check:
    whole, with_nulls = {plain}, {plain, NoneType}
    within = {int: _within_int, float: _finite}.get(plain)

    def check(values: Column) -> Column | None:
        if type(values) is Numbers and values.type is plain:
            return values
        kinds = set(map(type, values))
        if kinds == whole:
            return values if within is None or within(values) else None
        if not kinds:
            return values
        if not nullable or not kinds <= with_nulls:
            return None
        if within is None or plain not in kinds or within([each for each in values if each is not None]):
            return values
        return None

    return check


def _within_int(values: Column) -> bool:
    return bool(min(values) >= ~LARGEST_INT and max(values) <= LARGEST_INT)


def _finite(values: Column) -> bool:
    # A sum is finite only where all values are; a sum that overflows is looked at value by value.
    return isfinite(sum(values))


def _ordinary(values: Column, nullable: bool) -> bool:
    return all(is_ordinary(kind) or (nullable and kind is NoneType) for kind in set(map(type, values)))


def _remembered(convert: Callable[[Any], Any], nullable: bool) -> Check:
    """Enums: a value is converted once. What fails is not kept, so the enum bounds them."""
    known: dict[Any, Any] = {None: None} if nullable else {}

    def check(values: Column) -> Column | None:
        try:
            return [known[each] for each in values]
        except (KeyError, TypeError):
            if not _ordinary(values, nullable):
                return None
        try:
            known.update({each: convert(each) for each in set(values) if each is not None})
            return [known[each] for each in values]
        except Exception:
            return None

    return check


def _each(convert: Callable[[Any], Any], nullable: bool) -> Check:
    """Scalars of our own: each value by the scalar's serializer."""

    def check(values: Column) -> Column | None:
        if not _ordinary(values, nullable):
            return None
        try:
            done = [None if each is None else convert(each) for each in values]
        except Exception:
            return None
        # `Undefined` equals None, so it is the types that tell.
        kinds = set(map(type, done))
        if type(Undefined) in kinds or (NoneType in kinds and done.count(None) != values.count(None)):
            return None
        return done

    return check
