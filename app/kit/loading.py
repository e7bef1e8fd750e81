"""What loaders share: the columns asked for, rows under the keys they were asked by, joint reading."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from app.kit.database import Reader, Row
from app.kit.pagination import Page, Slice, cut

Columns = tuple[str, ...] | None
Loader = Callable[..., Any]
JointRead = Callable[[Reader, Mapping[Loader, Any]], Awaitable[Mapping[Loader, Any]]]
"""Gets one key for some of its loaders, and gives the row of each; what is not there is left out or None."""

JOINT: dict[Loader, JointRead] = {}
"""What reads for several loaders with one statement, by loader."""

OWN: dict[Loader, str] = {}
"""Loaders of rows whose versions are read with a sign-in, and which of the principal's ids is the key."""

COMMON: set[Loader] = set()
"""Loaders that read the same rows whoever asks; what may be seen of them is for policies alone."""

OfLoader = TypeVar("OfLoader", bound=Loader)


def common(loader: OfLoader) -> OfLoader:
    """Let what others of the organization ask in the same moment be read together."""
    COMMON.add(loader)
    return loader


def joint(*loaders: Loader) -> Callable[[JointRead], JointRead]:
    """Let a function read for several of these loaders, when each is asked for one key at the same time."""

    def declare(read: JointRead) -> JointRead:
        JOINT.update(dict.fromkeys(loaders, read))
        return read

    return declare


def by_key(rows: Iterable[Row], column: str = "id") -> dict[Any, Row]:
    """Each row under its key."""
    return {row[column]: row for row in rows}


def lists_by_key(rows: Iterable[Row], keys: Sequence[Any], column: str = "key") -> list[list[Row]]:
    """The rows of each key, in the order they came; an empty list for a key without rows."""
    found: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return [found[key] for key in keys]


def slices_by_key(rows: Iterable[Row], keys: Sequence[Any], page: Page, column: str = "key") -> list[Slice]:
    """The page of each key, from rows that came as `first + 1` a key."""
    return [cut(rows, page) for rows in lists_by_key(rows, keys, column)]


def counts_by_key(rows: Iterable[Row], keys: Sequence[Any]) -> list[int]:
    """The `total` of each key, 0 for one without rows."""
    found = {row["key"]: row["total"] for row in rows}
    return [found.get(key, 0) for key in keys]


def after(page: Page, place: int) -> Any:
    """A value of the page's cursor, None on the first page."""
    return page.after[place] if page.after is not None else None
