"""Who teaches and who attends, read for all who ask in one round: a thousand listeners cost a statement.

A roster is read by class or learner, not by who asks. What was asked in the round before is read with the
first question of the next, so that a round takes three statements at most, however many classes there are.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from enum import Enum

from app.kit.database import Database
from app.kit.gathering import Gathering
from app.kit.statements import sql

MOST_EXPECTED = 5_000

Members = set[uuid.UUID]


class Roster(Enum):
    """Who belongs to what, by the statement that reads it: the rules of `access.py`, the other way round."""

    TEACHERS = sql("""
        SELECT classroom_id AS id, user_id AS member FROM classroom_teacher WHERE classroom_id = ANY(:ids)
    """)
    ATTENDING = sql("""
        SELECT classroom_id AS id, learner_id AS member FROM enrollment
        WHERE left_at IS NULL AND classroom_id = ANY(:ids)
    """)
    TEACHERS_OF_LEARNERS = sql("""
        SELECT DISTINCT e.learner_id AS id, t.user_id AS member
        FROM enrollment e JOIN classroom_teacher t USING (organization_id, classroom_id)
        WHERE e.left_at IS NULL AND e.learner_id = ANY(:ids)
    """)


class Rosters:
    """The rosters of one organization, of one round; `last` is the round before."""

    def __init__(
        self, database: Database, organization_id: uuid.UUID | None, last: "Rosters | None" = None
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._expected = last.asked if last is not None else {}
        self._known: defaultdict[Roster, dict[uuid.UUID, Members]] = defaultdict(dict)
        self._gathering: Gathering[Roster] = Gathering()
        self.asked: defaultdict[Roster, set[uuid.UUID]] = defaultdict(set)

    async def teach(self, user_id: uuid.UUID | None, classroom_ids: Sequence[uuid.UUID]) -> list[bool]:
        """Which of the classes somebody teaches."""
        return await self._among(Roster.TEACHERS, user_id, classroom_ids)

    async def attend(self, learner_id: uuid.UUID | None, classroom_ids: Sequence[uuid.UUID]) -> list[bool]:
        """Which of the classes a learner attends."""
        return await self._among(Roster.ATTENDING, learner_id, classroom_ids)

    async def teach_learners(self, user_id: uuid.UUID | None, learner_ids: Sequence[uuid.UUID]) -> list[bool]:
        """Which of the learners are in a class that somebody teaches."""
        return await self._among(Roster.TEACHERS_OF_LEARNERS, user_id, learner_ids)

    async def _among(self, roster: Roster, member: uuid.UUID | None, ids: Sequence[uuid.UUID]) -> list[bool]:
        known = self._known[roster]
        self.asked[roster].update(ids)
        if not known.keys() >= set(ids):
            await self._gathering.read(roster, ids, self._read)
        return [member in known[identifier] for identifier in ids]

    async def _read(self, roster: Roster, ids: list[uuid.UUID]) -> dict[uuid.UUID, Members]:
        known = self._known[roster]
        expected = self._expected.get(roster, set()) if not known else set()
        wanted = {*ids, *list(expected)[:MOST_EXPECTED]} - known.keys()
        found: defaultdict[uuid.UUID, Members] = defaultdict(set)
        async with self._database.reader(self._organization_id) as reader:
            for row in await reader.fetch(roster.value, ids=list(wanted)):
                found[row.id].add(row.member)
        known.update((identifier, found[identifier]) for identifier in wanted)
        return known
