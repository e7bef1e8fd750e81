"""How many sockets there are of one kind, such as a user's or an address's, up to a limit."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass


class Seats:
    """Counts by key. The limit holds for this process; several processes have a count each."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._taken: Counter[Hashable] = Counter()

    def take(self, key: Hashable) -> "Seat | None":
        """A seat of this key; None when all are taken."""
        if self._taken[key] >= self.limit:
            return None
        self._taken[key] += 1
        return Seat(self, key)

    def _give_back(self, key: Hashable) -> None:
        self._taken[key] -= 1
        if not self._taken[key]:
            del self._taken[key]


@dataclass(slots=True)
class Seat:
    """One that is taken."""

    _seats: Seats
    _key: Hashable
    _held: bool = True

    def leave(self) -> None:
        """Give it back; leaving again changes nothing."""
        if self._held:
            self._held = False
            self._seats._give_back(self._key)
