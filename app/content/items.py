"""What authors do with items. Every edit makes a version; attempts keep the one they answered.

A version keeps its skills too, so that they can be compared and restored. An attempt moves the skills that
the item asks for when it is recorded, whichever version it answers.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.access.principal import Principal
from app.content import drafts
from app.content.kinds import ItemKind
from app.content.skills import check_skills
from app.kit.database import Row, UnitOfWork
from app.kit.errors import BadInput, Conflict, not_found
from app.kit.ids import new_id
from app.kit.statements import sql

MOST_SKILLS = 4

_CREATE = sql("""
    INSERT INTO item (organization_id, id, kind, version, created_at)
    VALUES (:organization_id, :id, :kind, 1, :now)
""")
_ADD_VERSION = sql("""
    INSERT INTO item_version
      (organization_id, item_id, version, content, answer_key, skill_ids, author_id, created_at)
    VALUES (:organization_id, :item_id, :version, :content, :answer_key, :skill_ids, :author_id, :now)
""")
_SET_VERSION = sql("UPDATE item SET version = :version WHERE id = :item_id")
_ADD_SKILLS = sql("""
    INSERT INTO item_skill (organization_id, item_id, skill_id)
    SELECT :organization_id, :item_id, unnest(:skill_ids::uuid[]) ON CONFLICT DO NOTHING
""")
_REMOVE_SKILLS = sql("DELETE FROM item_skill WHERE item_id = :item_id AND skill_id <> ALL(:skill_ids)")
_CURRENT = sql("""
    SELECT i.id, i.kind, i.version, v.content, v.answer_key,
           ARRAY(SELECT skill_id FROM item_skill x WHERE x.item_id = i.id) AS skill_ids
    FROM item i JOIN item_version v
      ON v.organization_id = i.organization_id AND v.item_id = i.id AND v.version = i.version
    WHERE i.id = :item_id FOR NO KEY UPDATE OF i
""")
_VERSION = sql("""
    SELECT content, answer_key, skill_ids FROM item_version WHERE item_id = :item_id AND version = :version
""")
_RETIRE = sql("UPDATE item SET retired_at = coalesce(retired_at, :now) WHERE id = :item_id")
_UNRETIRE = sql("UPDATE item SET retired_at = NULL WHERE id = :item_id")


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What to change of an item: None keeps. With `expected_version` only if nobody changed it since."""

    content: Mapping[str, Any] | None = None
    answer_key: Mapping[str, Any] | None = None
    skill_ids: Sequence[uuid.UUID] | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class _State:
    """What a version is: content and key in the stored form, and the skills it asks for."""

    content: Mapping[str, Any]
    answer_key: Mapping[str, Any]
    skill_ids: Sequence[uuid.UUID]


async def create_item(
    work: UnitOfWork,
    principal: Principal,
    kind: ItemKind,
    skill_ids: Sequence[uuid.UUID],
    content: Mapping[str, Any],
    answer_key: Mapping[str, Any],
) -> uuid.UUID:
    """Make an item in its first version; content and key are as `drafts` describes them."""
    stored, key = drafts.stored_content(kind, content), drafts.stored_key(kind, answer_key)
    drafts.check(kind, stored, key)
    wanted = await _checked_skills(work, skill_ids)
    item_id = new_id()
    await work.execute(_CREATE, organization_id=work.tenant, id=item_id, kind=kind.value, now=work.now)
    await _add_version(work, principal, item_id, 1, _State(stored, key, wanted))
    return item_id


async def update_item(
    work: UnitOfWork, principal: Principal, item_id: uuid.UUID, change: ItemChange
) -> uuid.UUID:
    """Change an item; a new version unless nothing differs. Conflict when it is not the expected version."""
    row = await _locked(work, item_id)
    if change.expected_version is not None and change.expected_version != row.version:
        message = f"This item is at version {row.version} now; look at it and change that one."
        raise Conflict(message, path=("expectedVersion",))
    kind = ItemKind(row.kind)
    content = row.content if change.content is None else drafts.stored_content(kind, change.content)
    key = row.answer_key if change.answer_key is None else drafts.stored_key(kind, change.answer_key)
    drafts.check(kind, content, key)
    skill_ids = row.skill_ids
    if change.skill_ids is not None:
        skill_ids = await _checked_skills(work, change.skill_ids)
    await _become(work, principal, row, _State(content, key, skill_ids))
    return item_id


async def restore_version(
    work: UnitOfWork, principal: Principal, item_id: uuid.UUID, version: int
) -> uuid.UUID:
    """Make a new version with the content, key and skills of an old one.

    Where the skills of the old version were not written down, those of now stay.
    """
    row = await _locked(work, item_id)
    old = await work.fetch_one(_VERSION, item_id=item_id, version=version)
    if old is None:
        raise not_found("version", "version")
    skill_ids = old.skill_ids or row.skill_ids
    await _become(work, principal, row, _State(old.content, old.answer_key, skill_ids))
    return item_id


async def retire_item(work: UnitOfWork, principal: Principal, item_id: uuid.UUID) -> uuid.UUID:
    """Offer an item no more; attempts at it stay. Retiring twice changes nothing."""
    if not await work.execute(_RETIRE, item_id=item_id, now=work.now):
        raise not_found("item", "itemId")
    return item_id


async def unretire_item(work: UnitOfWork, principal: Principal, item_id: uuid.UUID) -> uuid.UUID:
    """Offer a retired item again, in its current version; one that is offered stays so."""
    if not await work.execute(_UNRETIRE, item_id=item_id):
        raise not_found("item", "itemId")
    return item_id


async def _locked(work: UnitOfWork, item_id: uuid.UUID) -> Row:
    row = await work.fetch_one(_CURRENT, item_id=item_id)
    if row is None:
        raise not_found("item", "itemId")
    return row


async def _checked_skills(work: UnitOfWork, skill_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    if not skill_ids:
        raise BadInput("Name at least one skill that the item asks for.", path=("skillIds",))
    return await check_skills(work, skill_ids, MOST_SKILLS)


async def _become(work: UnitOfWork, principal: Principal, row: Row, state: _State) -> None:
    """Make a version of what differs from the current one, and none when nothing does."""
    changed = (state.content, state.answer_key) != (row.content, row.answer_key)
    if changed or set(state.skill_ids) != set(row.skill_ids):
        await work.execute(_REMOVE_SKILLS, item_id=row.id, skill_ids=state.skill_ids)
        await _add_version(work, principal, row.id, row.version + 1, state)


async def _add_version(
    work: UnitOfWork, principal: Principal, item_id: uuid.UUID, version: int, state: _State
) -> None:
    await work.execute(
        _ADD_VERSION, organization_id=work.tenant, item_id=item_id, version=version, content=state.content,
        answer_key=state.answer_key, skill_ids=sorted(state.skill_ids), author_id=principal.user_id,
        now=work.now,
    )  # fmt: skip
    await work.execute(_SET_VERSION, item_id=item_id, version=version)
    await work.execute(_ADD_SKILLS, organization_id=work.tenant, item_id=item_id, skill_ids=state.skill_ids)
