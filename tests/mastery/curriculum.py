"""A small curriculum for tests: skills and numeric items, written as an author's tools would."""

import uuid
from collections.abc import Sequence

from app.kit.database import UnitOfWork
from app.kit.ids import decode, new_id
from app.kit.statements import sql
from tests.client import School

_SKILL = sql("""
    INSERT INTO skill (organization_id, id, code, name, reference_difficulty, created_at)
    VALUES (:tenant, :id, :code, :code, :difficulty, :now)
""")
_ITEM = sql("""
    WITH made AS (
      INSERT INTO item (organization_id, id, kind, version, created_at) VALUES (:tenant, :id, :kind, 1, :now)
    ), versioned AS (
      INSERT INTO item_version (organization_id, item_id, version, content, answer_key, created_at)
      VALUES (:tenant, :id, 1, :content, :answer_key, :now)
    )
    INSERT INTO item_skill (organization_id, item_id, skill_id)
    SELECT :tenant, :id, g.id FROM unnest(:skill_ids::uuid[]) AS g(id)
""")
_VERSION = sql("""
    WITH made AS (
      INSERT INTO item_version (organization_id, item_id, version, content, answer_key, created_at)
      SELECT :tenant, id, version + 1, :content, :answer_key, :now FROM item WHERE id = :id
    )
    UPDATE item SET version = version + 1 WHERE id = :id
""")
_RETIRE = sql("UPDATE item SET retired_at = :now WHERE id = :id")
FEEDBACK = {"correct": "Right.", "incorrect": "Count again."}


def tenant_of(school: School) -> uuid.UUID:
    """The school's organization."""
    return uuid_of(school.organization_id)


def uuid_of(public_id: str) -> uuid.UUID:
    """The UUID within a public id."""
    decoded = decode(public_id)
    assert decoded is not None
    return decoded[1]


async def new_skill(work: UnitOfWork, code: str, difficulty: float = 0.0) -> uuid.UUID:
    """A skill whose typical item has that difficulty."""
    skill_id = new_id()
    await work.execute(
        _SKILL, tenant=work.tenant, id=skill_id, code=code, difficulty=difficulty, now=work.now
    )
    return skill_id


async def new_item(work: UnitOfWork, skill_ids: Sequence[uuid.UUID], answer: float = 5.0) -> uuid.UUID:
    """A numeric item that wants this answer."""
    item_id = new_id()
    await work.execute(
        _ITEM,
        tenant=work.tenant,
        id=item_id,
        kind="NUMERIC",
        content={"stem": "How many?"},
        answer_key=_key(answer),
        skill_ids=list(skill_ids),
        now=work.now,
    )
    return item_id


async def new_version(work: UnitOfWork, item_id: uuid.UUID, answer: float) -> None:
    """A next version of the item that wants another answer."""
    await work.execute(
        _VERSION,
        tenant=work.tenant,
        id=item_id,
        content={"stem": "How many now?"},
        answer_key=_key(answer),
        now=work.now,
    )


async def retire(work: UnitOfWork, item_id: uuid.UUID) -> None:
    """Take the item out of practice."""
    await work.execute(_RETIRE, id=item_id, now=work.now)


def _key(answer: float) -> dict[str, object]:
    return {"value": answer, "feedback": FEEDBACK}
