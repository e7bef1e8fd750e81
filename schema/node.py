"""The Node interface, and how an object is found by any id."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import strawberry

from app.access.policies import Policy
from app.kit import ids
from app.kit.errors import not_found
from app.kit.loading import Loader
from schema.context import Context
from schema.engine.declarations import leaf

Decode = Callable[[str], Any]


@strawberry.interface(description="An object with an id of its own; `node(id:)` finds it again.")
class Node:
    id: strawberry.ID = leaf(
        "Names the object, and no other one; begins with a prefix for its type.", shared=True
    )


class NodeKind:
    """How objects of one type are found and who may see them."""

    def __init__(self, typename: str, loader: Loader, policy: Policy, decode: Decode) -> None:
        self.typename = typename
        self.loader = loader
        self.policy = policy
        self.decode = decode


_KINDS: dict[str, NodeKind] = {}


def _uuid(public_id: str) -> uuid.UUID | None:
    decoded = ids.decode(public_id)
    return decoded[1] if decoded else None


def node_kind(prefix: str, typename: str, loader: Loader, policy: Policy, *, decode: Decode = _uuid) -> None:
    """Let `node(id:)` find objects with this prefix; `decode` makes the loader's key of an id."""
    _KINDS[prefix] = NodeKind(typename, loader, policy, decode)


class TypedRow:
    """A row that knows the name of its type, for fields that may hold several types."""

    __slots__ = ("_row", "typename")

    def __init__(self, typename: str, row: Any) -> None:
        self.typename = typename
        self._row = row

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def typed(typename: str, row: Any) -> TypedRow:
    """The row under its type's name."""
    return TypedRow(typename, row)


async def nodes_by_public_id(context: Context, public_ids: Sequence[str]) -> list[TypedRow | None]:
    """The object of each id, None for what is absent, foreign or hidden."""

    async def one(public_id: str) -> TypedRow | None:
        kind = _KINDS.get(public_id.partition("_")[0])
        key = kind.decode(public_id) if kind is not None else None
        if kind is None or key is None:
            return None
        row = await context.loaders.of(kind.loader, None, None, kind.policy).load(key)
        return TypedRow(kind.typename, row) if row is not None else None

    return list(await asyncio.gather(*map(one, public_ids)))


async def node(context: Context, public_id: str) -> TypedRow:
    """The object of an id; NotFound otherwise."""
    (found,) = await nodes_by_public_id(context, [public_id])
    if found is None:
        raise not_found("object", "id")
    return found
