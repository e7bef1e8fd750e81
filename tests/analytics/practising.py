"""Practice as tests need it: items, and answers recorded by the writer that serves, projected when asked."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.analytics.rollups import FirstAnswers, Rollups
from app.kit.ids import decode, new_id
from app.kit.statements import sql
from app.leaderboards.projection import Leaderboards
from app.practice.attempt_writer import record_bulk
from app.practice.folding import JudgedAttempt, NewAttempt
from app.realtime.consumers import drain
from tests.client import School

_SKILL = sql("""
    INSERT INTO skill (organization_id, id, code, name, reference_difficulty, created_at)
    VALUES (:tenant, :id, :code, :name, :difficulty, now())
""")
_PREREQUISITE = sql("""
    INSERT INTO skill_prerequisite (organization_id, skill_id, prerequisite_id)
    VALUES (:tenant, :skill, :before)
""")
_ITEM = sql("""
    WITH item AS (
      INSERT INTO item (organization_id, id, kind, created_at) VALUES (:tenant, :id, 'EXTERNAL', now()))
    INSERT INTO item_version (organization_id, item_id, version, content, answer_key, created_at)
    VALUES (:tenant, :id, 1, '{}', '{}', now())
""")
_ITEM_SKILL = sql("""
    INSERT INTO item_skill (organization_id, item_id, skill_id) VALUES (:tenant, :id, :skill)
""")


def key(public_id: str) -> uuid.UUID:
    """The UUID in a public id."""
    decoded = decode(public_id)
    assert decoded is not None
    return decoded[1]


@dataclass
class Practice:
    """A school's skills, one item each, and the answers given."""

    school: School
    items: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)

    @property
    def tenant(self) -> uuid.UUID:
        return key(self.school.organization_id)

    async def skill(self, name: str, *prerequisites: uuid.UUID, difficulty: float = 0.0) -> uuid.UUID:
        """A skill, its items commonly of that difficulty (logits), with an item that asks for it."""
        skill, item = new_id(), new_id()
        async with self.school.runtime.database.unit_of_work(self.tenant) as work:
            await work.execute(
                _SKILL, tenant=self.tenant, id=skill, code=name.lower(), name=name, difficulty=difficulty
            )
            for before in prerequisites:
                await work.execute(_PREREQUISITE, tenant=self.tenant, skill=skill, before=before)
            await work.execute(_ITEM, tenant=self.tenant, id=item)
            await work.execute(_ITEM_SKILL, tenant=self.tenant, id=item, skill=skill)
        self.items[skill] = item
        return skill

    async def answers(
        self, learner_id: str, skill: uuid.UUID, scores: Sequence[float], at: datetime, **given: Any
    ) -> list[JudgedAttempt]:
        """A learner answers the skill's item, each answer at the same moment."""
        attempts = [
            NewAttempt(key(learner_id), self.items[skill], 1, score, score == 1.0, at, **given)
            for score in scores
        ]
        async with self.school.runtime.database.unit_of_work(self.tenant) as work:
            return await record_bulk(work, attempts)

    async def projected(self, *others: Any) -> None:
        """Let the consumers catch up."""
        await drain(self.school.runtime.maintenance, [Rollups(), FirstAnswers(), Leaderboards(), *others])

    async def rows(self, text: str, **values: Any) -> list[Mapping[str, Any]]:
        """What the school's own rows say."""
        async with self.school.runtime.database.reader(self.tenant) as reader:
            return [dict(row) for row in await reader.fetch(sql(text), **values)]
