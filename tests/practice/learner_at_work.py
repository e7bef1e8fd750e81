"""A learner at work: a class, skills, items, an open session, and ways to answer."""

import uuid
from dataclasses import dataclass
from typing import Any

from app.access.principal import Principal, Role
from tests.client import Client, School
from tests.mastery.curriculum import new_item, new_skill, tenant_of, uuid_of

ATTEMPT = """attempt { id correct score feedback scoring itemVersion durationMs hintsUsed answeredAt
  item { id } session { id } response { number }
  masteryChanges { before after skill { id } mastery { evidenceCount level probability } } }"""


@dataclass
class LearnerAtWork:
    """A learner with an open session over two skills of three items each; items want the number 5."""

    school: School
    learner: Client
    classroom: dict[str, Any]
    skills: list[uuid.UUID]
    items: list[uuid.UUID]
    session_id: str = ""

    @classmethod
    async def begin(cls, school: School, items: int = 6) -> "LearnerAtWork":
        """Make all that is needed, and start the session."""
        classroom = await school.classroom()
        learner = await school.learner(classroom, "Ada")
        async with school.runtime.database.unit_of_work(tenant_of(school)) as work:
            skills = [await new_skill(work, "add"), await new_skill(work, "subtract")]
            made = [await new_item(work, [skills[number % 2]]) for number in range(items)]
        found = cls(school, learner, classroom, skills, made)
        found.session_id = await found.start()
        return found

    async def start(self) -> str:
        """Start a session over both skills."""
        payload = await self.learner.do(
            "startPracticeSession",
            {"skillIds": [f"skl_{skill.hex}" for skill in self.skills], "classroomId": self.classroom["id"]},
            "session { id nextItem { id } }",
        )
        session_id: str = payload["session"]["id"]
        return session_id

    def answer(self, item: int | str = 0, number: float = 5, **more: Any) -> dict[str, Any]:
        """The input of one answer."""
        item_id = self.item(item) if isinstance(item, int) else item
        return {"sessionId": self.session_id, "itemId": item_id, "response": {"number": number}, **more}

    def principal(self) -> Principal:
        """The learner, as verbs know it."""
        learner_id = uuid_of(self.learner.learner_id)
        user_id = uuid_of(self.learner.user_id)
        return Principal(user_id, tenant_of(self.school), learner_id, frozenset({Role.LEARNER}))

    def item(self, number: int) -> str:
        """The public id of an item."""
        return f"itm_{self.items[number].hex}"

    async def record(self, item: int | str = 0, number: float = 5, **more: Any) -> dict[str, Any]:
        """Record an answer that must be taken; the attempt."""
        payload = await self.learner.do("recordAttempt", self.answer(item, number, **more), ATTEMPT)
        attempt: dict[str, Any] = payload["attempt"]
        return attempt

    async def refused(self, given: dict[str, Any]) -> tuple[str, str | None, list[str]]:
        """Record an answer that must be refused: code, reason and path."""
        payload = await self.learner.attempt("recordAttempt", given, "attempt { id } session { id }")
        assert payload["attempt"] is None
        assert payload["session"] is None
        (error,) = payload["userErrors"]
        return error["code"], error["reason"], error["path"]
