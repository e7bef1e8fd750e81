"""What a loader is asked for: the keys of the objects, each once, and of what cannot be a key its error."""

from types import SimpleNamespace
from typing import Any

import pytest

from app.access.policies import with_object
from app.kit.pagination import Slice
from schema.engine.declarations import ConnectionTo, EdgeTo
from schema.engine.leaves import Raised
from schema.engine.sources import Connection, Demand, Edge, Loaded
from tests.schema.engine.toy import never_loaded

EDGE = EdgeTo(never_loaded, "key", with_object)
PAGES = ConnectionTo(never_loaded, "key", (("id", int),), with_object, never_loaded)
KINDS = [Edge(EDGE, "solution", required=False), Connection(PAGES, "items")]


def _rows(*keys: Any) -> list[Any]:
    return [SimpleNamespace(key=key) for key in keys]


@pytest.mark.parametrize("source", KINDS, ids=["edge", "connection"])
def test_a_key_that_cannot_be_one_fails_alone(source: Loaded) -> None:
    demand = source.demand(_rows("a", ["b"], "c", "a"), {})
    assert isinstance(demand, Demand)
    assert list(demand.keys) == ["a", "c"]
    values = demand.finish({"a": Slice([1], False), "c": Slice([2], False)})
    assert [isinstance(each, Raised) for each in values] == [False, True, False, False]
    assert isinstance(values[1].error, TypeError)


@pytest.mark.parametrize("source", KINDS, ids=["edge", "connection"])
def test_nothing_is_asked_where_no_key_can_be_one(source: Loaded) -> None:
    (value,) = source.demand(_rows([]), {})  # type: ignore[misc]
    assert isinstance(value.error, TypeError)
