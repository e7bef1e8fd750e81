"""What one principal may see, asked in batches and remembered for one operation."""

import uuid
from collections.abc import Awaitable, Callable, Sequence

from app.access.principal import Principal
from app.access.rosters import Rosters
from app.kit.database import Database
from app.kit.statements import Statement, sql

# Archived classes count too: their figures stay to be read (docs/decisions/0008).
_LEARNERS_TAUGHT = sql("""
    SELECT DISTINCT e.learner_id AS id FROM enrollment e
    JOIN classroom_teacher t USING (organization_id, classroom_id)
    WHERE t.user_id = :user_id AND e.left_at IS NULL AND e.learner_id = ANY(:ids)
""")
_CLASSROOMS_TAUGHT = sql("""
    SELECT classroom_id AS id FROM classroom_teacher WHERE user_id = :user_id AND classroom_id = ANY(:ids)
""")
_CLASSROOMS_ATTENDED = sql("""
    SELECT classroom_id AS id FROM enrollment
    WHERE learner_id = :learner_id AND left_at IS NULL AND classroom_id = ANY(:ids)
""")

Found = Callable[[Sequence[uuid.UUID]], Awaitable[set[uuid.UUID]]]


class Access:
    """Answers for batches of ids which of them the principal may see; what is unknown takes one statement."""

    def __init__(self, principal: Principal, database: Database) -> None:
        self.principal = principal
        self._database = database
        self._known: dict[str, dict[uuid.UUID, bool]] = {}
        self.has_asked = False
        """Whether the database was asked, so that what is seen does not follow from the principal alone."""
        self.rosters: Rosters | None = None
        """What was read for several principals at once, where this one is of many."""

    def of(self, principal: Principal) -> "Access":
        """What another principal of the organization may see, by the same rosters."""
        other = Access(principal, self._database)
        other.rosters = self.rosters
        return other

    async def learners(self, ids: Sequence[uuid.UUID]) -> list[bool]:
        """Whether each learner may be seen: oneself, those one teaches, all for an admin."""
        principal = self.principal
        if principal.is_admin:
            return [True] * len(ids)
        if not principal.is_staff:
            return [identifier == principal.learner_id for identifier in ids]
        if self.rosters is not None:
            mask = await self.rosters.teach_learners(principal.user_id, ids)
        else:
            mask = await self._ask("learner", ids, self._found(_LEARNERS_TAUGHT, user_id=principal.user_id))
        return [
            seen or identifier == principal.learner_id for seen, identifier in zip(mask, ids, strict=True)
        ]

    async def classrooms(self, ids: Sequence[uuid.UUID]) -> list[bool]:
        """Whether each class may be seen: those one attends or teaches, all for an admin."""
        taught = await self.taught_classrooms(ids)
        if self.principal.learner_id is None or all(taught):
            return taught
        if self.rosters is not None:
            attended = await self.rosters.attend(self.principal.learner_id, ids)
            return [a or b for a, b in zip(taught, attended, strict=True)]
        found = self._found(_CLASSROOMS_ATTENDED, learner_id=self.principal.learner_id)
        attended = await self._ask("attended", ids, found)
        return [a or b for a, b in zip(taught, attended, strict=True)]

    async def taught_classrooms(self, ids: Sequence[uuid.UUID]) -> list[bool]:
        """Whether the principal teaches each class; an admin counts as teaching all."""
        if self.principal.is_admin:
            return [True] * len(ids)
        if not self.principal.is_staff:
            return [False] * len(ids)
        if self.rosters is not None:
            return await self.rosters.teach(self.principal.user_id, ids)
        found = self._found(_CLASSROOMS_TAUGHT, user_id=self.principal.user_id)
        return await self._ask("taught", ids, found)

    def _found(self, statement: Statement, **values: object) -> Found:
        async def found(ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
            async with self._database.reader(self.principal.organization_id) as reader:
                return {row.id for row in await reader.fetch(statement, ids=list(ids), **values)}

        return found

    async def _ask(self, what: str, ids: Sequence[uuid.UUID], find: Found) -> list[bool]:
        known = self._known.setdefault(what, {})
        unknown = list({identifier for identifier in ids if identifier not in known})
        if unknown:
            self.has_asked = True
            found = await find(unknown)
            known.update((identifier, identifier in found) for identifier in unknown)
        return [known[identifier] for identifier in ids]
