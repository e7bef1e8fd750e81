"""Making and changing skills and items."""

import uuid
from collections.abc import Sequence
from typing import Any

import strawberry

from app.access.policies import staff, with_object
from app.access.principal import Principal
from app.content import items, skills
from app.content.kinds import ItemKind
from app.content.repository import items_by_id, skills_by_id
from app.kit.database import UnitOfWork
from schema.content import inputs
from schema.content.types import Item, Skill
from schema.context import Info, read_id
from schema.engine.declarations import edge, leaf, payload_type
from schema.errors import UserError
from schema.mutations import mutation, payload


@payload_type("A skill, or why it could not be changed.")
class SkillPayload:
    skill: Skill | None = edge(
        skills_by_id, key="skill_id", policy=with_object, description="The skill as it is now."
    )
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@payload_type("An item, or why it could not be changed.")
class ItemPayload:
    item: Item | None = edge(
        items_by_id, key="item_id", policy=with_object, description="The item as it is now."
    )
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@strawberry.type
class ContentMutations:
    @mutation("Make a skill.", gate=staff)
    async def create_skill(self, info: Info, input: inputs.CreateSkillInput) -> SkillPayload:
        before = read_ids(input.prerequisite_ids or [], "skl", "skill", "prerequisiteIds")
        made = await info.context.write_once(
            "createSkill", input, _create_skill, input.code, input.name, input.subject, before
        )
        return payload(skill_id=uuid.UUID(made["skill_id"]))

    @mutation("Change a skill's code, name or subject.", gate=staff)
    async def update_skill(self, info: Info, input: inputs.UpdateSkillInput) -> SkillPayload:
        skill_id = read_id(input.skill_id, "skl", "skill", "skillId")
        subject = None if input.subject is strawberry.UNSET else input.subject
        change = skills.SkillChange(input.code, input.name, subject, clear_subject=input.subject is None)
        return payload(skill_id=await info.context.write(skills.update_skill, skill_id, change))

    @mutation("Say what is to be learnt before a skill; a circle is refused.", gate=staff)
    async def set_skill_prerequisites(
        self, info: Info, input: inputs.SetSkillPrerequisitesInput
    ) -> SkillPayload:
        skill_id = read_id(input.skill_id, "skl", "skill", "skillId")
        before = read_ids(input.prerequisite_ids, "skl", "skill", "prerequisiteIds")
        return payload(skill_id=await info.context.write(skills.set_prerequisites, skill_id, before))

    @mutation("Make an item.", gate=staff)
    async def create_item(self, info: Info, input: inputs.CreateItemInput) -> ItemPayload:
        made = await info.context.write_once(
            "createItem", input, _create_item, input.kind,
            read_ids(input.skill_ids, "skl", "skill", "skillIds"),
            inputs.content_parts(input.content), inputs.key_parts(input.answer_key),
        )  # fmt: skip
        return payload(item_id=uuid.UUID(made["item_id"]))

    @mutation("Change an item, which makes a version; attempts keep the one they answered.", gate=staff)
    async def update_item(self, info: Info, input: inputs.UpdateItemInput) -> ItemPayload:
        item_id = read_id(input.item_id, "itm", "item", "itemId")
        change = items.ItemChange(
            content=inputs.content_parts(input.content) if input.content else None,
            answer_key=inputs.key_parts(input.answer_key) if input.answer_key else None,
            skill_ids=_skill_ids(input.skill_ids),
            expected_version=input.expected_version,
        )
        return payload(item_id=await info.context.write(items.update_item, item_id, change))

    @mutation("Offer an item no more; attempts at it stay.", gate=staff)
    async def retire_item(self, info: Info, input: inputs.RetireItemInput) -> ItemPayload:
        item_id = read_id(input.item_id, "itm", "item", "itemId")
        return payload(item_id=await info.context.write(items.retire_item, item_id))

    @mutation("Offer a retired item again.", gate=staff)
    async def unretire_item(self, info: Info, input: inputs.UnretireItemInput) -> ItemPayload:
        item_id = read_id(input.item_id, "itm", "item", "itemId")
        return payload(item_id=await info.context.write(items.unretire_item, item_id))

    @mutation("Bring back the content, answer key and skills of an old version, as a new one.", gate=staff)
    async def restore_item_version(self, info: Info, input: inputs.RestoreItemVersionInput) -> ItemPayload:
        item_id = read_id(input.item_id, "itm", "item", "itemId")
        return payload(item_id=await info.context.write(items.restore_version, item_id, input.version))


def read_ids(texts: Sequence[str], prefix: str, what: str, path: str) -> list[uuid.UUID]:
    """The UUIDs of public ids; one of another kind is told like an absent object, by its place."""
    return [read_id(text, prefix, what, path, str(index)) for index, text in enumerate(texts)]


def _skill_ids(texts: Sequence[str] | None) -> list[uuid.UUID] | None:
    return None if texts is None else read_ids(texts, "skl", "skill", "skillIds")


async def _create_skill(
    work: UnitOfWork,
    principal: Principal,
    code: str,
    name: str,
    subject: str | None,
    before: list[uuid.UUID],
) -> dict[str, Any]:
    return {"skill_id": (await skills.create_skill(work, principal, code, name, subject, before)).hex}


async def _create_item(
    work: UnitOfWork,
    principal: Principal,
    kind: ItemKind,
    skill_ids: list[uuid.UUID],
    content: dict[str, Any],
    key: dict[str, Any],
) -> dict[str, Any]:
    return {"item_id": (await items.create_item(work, principal, kind, skill_ids, content, key)).hex}
