"""Who teaches and who attends, read for all who ask in one round: a thousand listeners cost a statement.

A roster is read by class or learner, not by who asks. What was asked in the round before is read with the
first question of the next, so that a round takes three statements at most, however many classes there are.
"""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Sequence

from app.kit.database import Database
from app.kit.statements import Statement, sql

MOST_EXPECTED = 5_000

# The same rules as those of `access.py`, asked the other way round.
_TEACHERS = sql("""
    SELECT classroom_id AS id, user_id AS member FROM classroom_teacher WHERE classroom_id = ANY(:ids)
""")
_ATTENDING = sql("""
    SELECT classroom_id AS id, learner_id AS member FROM enrollment
    WHERE left_at IS NULL AND classroom_id = ANY(:ids)
""")
_TEACHERS_OF_LEARNERS = sql("""
    SELECT DISTINCT e.learner_id AS id, t.user_id AS member
    FROM enrollment e JOIN classroom_teacher t USING (organization_id, classroom_id)
    WHERE e.left_at IS NULL AND e.learner_id = ANY(:ids)
""")

Members = set[uuid.UUID]


class Rosters:
    """The rosters of one organization, of one round; `last` is the round before."""

    def __init__(
        self, database: Database, organization_id: uuid.UUID | None, last: "Rosters | None" = None
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._expected = last.asked if last is not None else {}
        self._known: defaultdict[str, dict[uuid.UUID, Members]] = defaultdict(dict)
        self._readings: dict[str, asyncio.Task[None]] = {}
        self.asked: defaultdict[str, set[uuid.UUID]] = defaultdict(set)

    async def teach(self, user_id: uuid.UUID | None, classroom_ids: Sequence[uuid.UUID]) -> list[bool]:
        """Which of the classes somebody teaches."""
        return await self._among(_TEACHERS, user_id, classroom_ids)

    async def attend(self, learner_id: uuid.UUID | None, classroom_ids: Sequence[uuid.UUID]) -> list[bool]:
        """Which of the classes a learner attends."""
        return await self._among(_ATTENDING, learner_id, classroom_ids)

    async def teach_learners(self, user_id: uuid.UUID | None, learner_ids: Sequence[uuid.UUID]) -> list[bool]:
        """Which of the learners are in a class that somebody teaches."""
        return await self._among(_TEACHERS_OF_LEARNERS, user_id, learner_ids)

    async def _among(
        self, statement: Statement, member: uuid.UUID | None, ids: Sequence[uuid.UUID]
    ) -> list[bool]:
        known = self._known[statement.text]
        self.asked[statement.text].update(ids)
        while not known.keys() >= set(ids):
            # Whoever goes away does not end it: others wait for it too.
            await asyncio.shield(self._reading(statement))
        return [member in known[identifier] for identifier in ids]

    def _reading(self, statement: Statement) -> "asyncio.Task[None]":
        """The reading under way, or one of all that is asked for by the time it begins."""
        reading = self._readings.get(statement.text)
        if reading is None:
            reading = self._readings[statement.text] = asyncio.create_task(self._read(statement))
            reading.add_done_callback(_retrieve)
        return reading

    async def _read(self, statement: Statement) -> None:
        # Who asks from now on waits for another: one that has ended would be no wait, again and again.
        del self._readings[statement.text]
        known = self._known[statement.text]
        expected = self._expected.get(statement.text, set()) if not known else set()
        wanted = {*self.asked[statement.text], *list(expected)[:MOST_EXPECTED]} - known.keys()
        found: defaultdict[uuid.UUID, Members] = defaultdict(set)
        async with self._database.reader(self._organization_id) as reader:
            for row in await reader.fetch(statement, ids=list(wanted)):
                found[row.id].add(row.member)
        known.update((identifier, found[identifier]) for identifier in wanted)


def _retrieve(reading: "asyncio.Task[None]") -> None:
    """Take note of an error: whoever asked may be gone."""
    if not reading.cancelled():
        reading.exception()
