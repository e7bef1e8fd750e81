"""The values behind connections."""

from collections.abc import Callable, Sequence
from typing import Any

from app.kit.pagination import Page, Slice, encode_cursor


class PageOfRows:
    """The value behind a connection: the rows found for `key`, their cursors, and how to count all."""

    __slots__ = ("_count", "_has_next", "_order", "key", "nodes", "page")

    def __init__(
        self,
        found: Slice,
        order: Sequence[tuple[str, type]],
        page: Page,
        key: Any,
        count: Callable[[Any], Any] | None = None,
    ) -> None:
        self.nodes = found.rows
        self.page = page
        self.key = key
        self._has_next = found.has_next
        self._order = order
        self._count = count

    @property
    def edges(self) -> list["RowWithCursor"]:
        """The rows with their cursors."""
        return [RowWithCursor(self, row) for row in self.nodes]

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
        return self.page.after is not None

    @property
    def start_cursor(self) -> str | None:
        """The first row's cursor."""
        return self.cursor_of(self.nodes[0]) if self.nodes else None

    @property
    def end_cursor(self) -> str | None:
        """The last row's cursor."""
        return self.cursor_of(self.nodes[-1]) if self.nodes else None

    @property
    def total_count(self) -> Any:
        """How many there are in all; a loader of its own answers. A plan asks it for all pages at once."""
        if self._count is None:
            raise RuntimeError("a page made by a plan is counted by the plan")
        return self._count(self.key)

    def cursor_of(self, row: Any) -> str:
        """The cursor of one of its rows."""
        return encode_cursor([getattr(row, column) for column, _ in self._order])


class RowWithCursor:
    """An edge; its cursor is worked out when it is asked for."""

    __slots__ = ("_page", "node")

    def __init__(self, page: PageOfRows, node: Any) -> None:
        self._page = page
        self.node = node

    @property
    def cursor(self) -> str:
        """The place of the row."""
        return self._page.cursor_of(self.node)
