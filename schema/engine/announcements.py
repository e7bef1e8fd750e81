"""What a connection has to tell all its streams: each of them tells it once, those that begin later too."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Announcement:
    """Something to tell, by its kind; perhaps when to connect again. A kind may come again."""

    kind: str
    retry_after_ms: int | None = None


class Announcements:
    """What holds now."""

    def __init__(self) -> None:
        self._current: dict[str, Announcement] = {}

    def announce(self, announcement: Announcement) -> None:
        """Tell it, in place of an earlier one of its kind."""
        self._current[announcement.kind] = announcement

    def withdraw(self, kind: str) -> None:
        """Tell it no more."""
        self._current.pop(kind, None)

    def holds(self, kind: str) -> bool:
        """Whether one of this kind is being told."""
        return kind in self._current

    def untold(self, told: Collection[Announcement]) -> list[Announcement]:
        """What holds and is not among what was told."""
        return [each for each in self._current.values() if each not in told]
