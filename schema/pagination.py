"""Relay connections: edges, nodes, page information, and a total that is counted only when asked."""

from typing import Generic, TypeVar

from app.access.policies import with_object
from schema.engine.declarations import graph_type, leaf
from schema.scalars import Cursor

T = TypeVar("T")


@graph_type(policy=with_object, description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = leaf("Whether more follow.")
    has_previous_page: bool = leaf("Whether the page began after a cursor.")
    start_cursor: Cursor | None = leaf("The cursor of the first row.")
    end_cursor: Cursor | None = leaf("The cursor of the last row; give it as `after` for the next page.")


@graph_type(policy=with_object, description="A row of a page, with its cursor.")
class Edge(Generic[T]):
    cursor: Cursor = leaf("The place of this row.")
    node: T = leaf("The object.")


@graph_type(policy=with_object, description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = leaf("The rows with their cursors.")
    nodes: list[T] = leaf("The objects alone.")
    page_info: PageInfo = leaf("Where the page stands.")
    total_count: int = leaf("How many there are in all; counted only when asked.")
