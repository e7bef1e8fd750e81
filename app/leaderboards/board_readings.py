"""Boards as they were read, kept for a second: a class that looks at its board together has it read once.

A board is a projection: it tells what consumers have made of the answers so far. What this process learns of
a change ends a reading at once, what another one commits is seen within a second. See docs/decisions/0029.
"""

import uuid
from bisect import bisect_left
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import compress
from operator import neg
from typing import Any

from app.kit.columnar import Column, Columnar, PackedIds, Table
from app.kit.database import Row
from app.kit.pagination import Page
from app.leaderboards.board import BoardName, Entry, entry_id
from app.leaderboards.leaderboard import LeaderboardEntry, Published
from app.realtime.event_log import LEADERBOARD, VISIBILITY
from app.science.ranking import ranks

FRESH = timedelta(seconds=1)
MOST_ENTRIES = 100_000
"""On all boards that are kept, some 300 bytes each."""
MOST_LEARNERS = 1_000
"""On a board that is kept; longer ones take most of their time to be told."""
NEVER = datetime.min.replace(tzinfo=UTC)

Name = tuple[uuid.UUID | None, BoardName, datetime]
"""Organization, board, and when its window begins."""


class Seen:
    """When a reading was last seen to be so: all that answers made of it hold on to."""

    __slots__ = ("at",)

    def __init__(self, at: datetime) -> None:
        self.at = at

    def stands(self, now: datetime) -> bool:
        """Whether that is less than a second ago, and nothing was heard since."""
        # A clock that was set back tells nothing about age.
        return timedelta(0) <= now - self.at < FRESH


class BoardReading:
    """What was read of a board, the same for whoever looks.

    The row holds, for those of the class who have a score and the best first, `scores`, `aliases`, `learners`
    (ids end to end) and `hidden`, a `t` or `f` each.
    """

    def __init__(self, row: Row, at: datetime) -> None:
        self.row = row
        self.seen = Seen(at)
        self._all = PackedIds(row.learners or b"")
        self._scores: list[float] = row.scores or []
        self._aliases: list[str] = row.aliases or []
        self._learners = self._all
        if "t" in (row.hidden or ""):
            seen = [each == "f" for each in row.hidden]
            self._scores = list(compress(self._scores, seen))
            self._aliases = list(compress(self._aliases, seen))
            self._learners = PackedIds.of(compress(self._all, seen))
        self._ranks = ranks(self._scores)
        self._tables: dict[str, Table] = {}

    def __len__(self) -> int:
        """How many entries it has, hidden ones too; and one for itself."""
        return 1 + len(self._all)

    def own(self, learner_id: uuid.UUID | None) -> Entry | None:
        """A learner's own entry, one place behind all who are better, hidden or not; None without a score."""
        place = self._all.place(learner_id) if learner_id is not None else None
        if learner_id is None or place is None:
            return None
        score: float = self.row.scores[place]
        rank = bisect_left(self._scores, -score, key=neg) + 1
        return Entry(learner_id, rank, self.row.aliases[place], score)

    def part(self, own: Entry | None, page: Page) -> Published:
        """The first entries, or as many around one's own place."""
        begin, count = 0, len(self._scores)
        if page.filter("around") and own is not None:
            begin = max(0, min(self._place(own) - page.first // 2, count - page.first))
        chosen = range(begin, min(begin + page.first, count))
        return lambda board: Columnar(self._table(board), chosen)

    def _place(self, own: Entry) -> int:
        place = self._learners.place(own.learner_id)
        return bisect_left(self._ranks, own.rank) if place is None else place

    def _table(self, board: str) -> Table:
        if board not in self._tables:
            columns: dict[str, Column | Callable[[], Column]] = {
                "board": lambda: [board] * len(self._scores),
                "learner_id": self._learners,
                "rank": self._ranks,
                "alias": self._aliases,
                "score": self._scores,
                "id": lambda: [entry_id(board, each) for each in self._learners],
            }
            self._tables[board] = Table(_entry, columns, len(self._scores))
        return self._tables[board]


class BoardReadings:
    """The last reading of each board, by the topic of its class; the first class to come goes first."""

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._most = most
        self._entries = 0
        self._kept: dict[str, dict[Name, BoardReading]] = {}
        self.news = 0
        """Grows with each change that is heard of: what is read meanwhile may be from before it."""

    def find(self, topic: str, name: Name, now: datetime) -> BoardReading | None:
        """The reading of a board, if it still stands."""
        found = self._kept.get(topic, {}).get(name)
        return found if found is not None and found.seen.stands(now) else None

    def keep(self, topic: str, name: Name, row: Row, at: datetime, news: int) -> BoardReading:
        """Keep what was read at a moment; `news` as they were before. The same row is the same reading."""
        if news != self.news or len(row.scores or ()) > MOST_LEARNERS:
            return BoardReading(row, NEVER)
        of_class = self._kept.setdefault(topic, {})
        found = of_class.get(name)
        if found is not None and found.row == row:
            found.seen.at = at
            return found
        self._entries -= len(found or ())
        found = of_class[name] = BoardReading(row, at)
        self._entries += len(found)
        while self._entries > self._most:
            first = self._kept.pop(next(iter(self._kept)))
            self._entries -= sum(map(len, first.values()))
        return found

    def hear(self, topics: Iterable[str]) -> None:
        """End the readings that these topics tell of: of one class, or all where others are shown now."""
        for topic in topics:
            if topic == VISIBILITY:
                self.news += 1
                for of_class in self._kept.values():
                    _end(of_class)
            elif topic.startswith(LEADERBOARD):
                self.news += 1
                _end(self._kept.get(topic, {}))


def _end(readings: dict[Name, BoardReading]) -> None:
    for reading in readings.values():
        reading.seen.at = NEVER


def _entry(values: tuple[Any, ...]) -> LeaderboardEntry:
    return LeaderboardEntry(*values[:5])


BOARDS = BoardReadings()
"""Those of this process."""
