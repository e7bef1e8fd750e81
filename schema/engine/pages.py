"""The values behind connections."""

from collections.abc import Callable, Sequence
from typing import Any

from app.kit.pagination import Slice, encode_cursor


class PageOfRows:
    """The value behind a connection: rows, their cursors, and how to count all."""

    __slots__ = ("_after", "_has_next", "_order", "count", "nodes")

    def __init__(
        self, found: Slice, order: Sequence[tuple[str, type]], after: bool, count: Callable[[], Any]
    ) -> None:
        self.nodes = found.rows
        self._has_next = found.has_next
        self._order = [column for column, _ in order]
        self._after = after
        self.count = count

    @property
    def edges(self) -> list["RowWithCursor"]:
        """The rows with their cursors."""
        return [RowWithCursor(self._cursor(row), row) for row in self.nodes]

    @property
    def page_info(self) -> "PageOfRows":
        """Itself: it knows where it stands."""
        return self

    @property
    def has_next_page(self) -> bool:
        """Whether more follow."""
        return self._has_next

    @property
    def has_previous_page(self) -> bool:
        """Whether the page began after a cursor."""
        return self._after

    @property
    def start_cursor(self) -> str | None:
        """The first row's cursor."""
        return self._cursor(self.nodes[0]) if self.nodes else None

    @property
    def end_cursor(self) -> str | None:
        """The last row's cursor."""
        return self._cursor(self.nodes[-1]) if self.nodes else None

    @property
    def total_count(self) -> Any:
        """How many there are in all; a loader of its own answers."""
        return self.count()

    def _cursor(self, row: Any) -> str:
        return encode_cursor([getattr(row, column) for column in self._order])


class RowWithCursor:
    """An edge."""

    __slots__ = ("cursor", "node")

    def __init__(self, cursor: str, node: Any) -> None:
        self.cursor = cursor
        self.node = node
