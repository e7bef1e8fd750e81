"""Skills, items and their versions in the graph."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.access.policies import signed_in, staff, with_object
from app.content.course_repository import module_count_by_skill, modules_by_skill
from app.content.item import named_version
from app.content.repository import (
    changes_since_version,
    dependent_count_by_skill,
    dependents_by_skill,
    item_count_by_skill,
    items_by_id,
    items_by_skill,
    prerequisites_by_skill,
    skills_by_id,
    skills_by_item,
    skills_by_version,
    solutions_by_version,
    version_count_by_item,
    versions_by_item,
    versions_by_key,
)
from app.identity.repository import users_by_id
from schema.content.item_kind import ItemKind
from schema.engine.declarations import Argument, connection, edge, graph_type, leaf
from schema.node import Node, node_kind
from schema.orders import BY_NAME, NEWEST_VERSION_FIRST, OLDEST_FIRST
from schema.pagination import Connection

if TYPE_CHECKING:
    from schema.content.courses import Module
    from schema.identity.types import User
    from schema.practice.types import RecordedResponse


@graph_type(policy=with_object, description="A choice or a target of an item.")
class ItemChoice:
    id: strawberry.ID = leaf("What a response names it by, unique within the item.")
    text: str = leaf("What the learner reads.")


@graph_type(policy=with_object, description="A gap of a cloze item.")
class ItemGap:
    id: strawberry.ID = leaf("What a response names it by, unique within the item.")
    label: str | None = leaf("What the learner reads beside the gap.")
    choices: list[ItemChoice] = leaf("What may be filled in; empty when it is typed freely.", list_size=4)


@graph_type(
    policy=with_object, id_prefix="skl", description="A skill: something that can be learnt and practised."
)
class Skill(Node):
    name: str = leaf("Its name.", shared=True)
    code: str = leaf("A short name, unique within the organization.", shared=True)
    subject: str | None = leaf("The subject it belongs to.")
    prerequisites: list["Skill"] = edge(
        prerequisites_by_skill,
        key="id",
        many=True,
        policy=with_object,
        list_size=8,
        description="The skills to be learnt before it, by name.",
    )
    dependents: Connection["Skill"] = connection(
        dependents_by_skill,
        key="id",
        order=BY_NAME,
        count=dependent_count_by_skill,
        policy=with_object,
        first=20,
        description="The skills that require it, by name.",
    )
    modules: Connection[Annotated["Module", strawberry.lazy("schema.content.courses")]] = connection(
        modules_by_skill,
        key="id",
        order=BY_NAME,
        count=module_count_by_skill,
        policy=with_object,
        first=20,
        description="The modules of courses that teach it, by name.",
    )
    items: Connection["Item"] = connection(
        items_by_skill,
        key="id",
        order=OLDEST_FIRST,
        count=item_count_by_skill,
        policy=with_object,
        first=20,
        description="The items that ask for it and are not retired, the oldest first; those kept for an exam "
        "staff alone sees.",
    )


@graph_type(policy=staff, description="One state of an item, as its authors see it.")
class ItemVersion(Node):
    version: int = leaf("Its number, from 1.")
    created_at: datetime = leaf("When it was made.")
    author: Annotated["User", strawberry.lazy("schema.identity.types")] | None = edge(
        users_by_id, key="author_id", policy=with_object, description="Who made it."
    )
    stem: str = leaf("What it asks.")
    skills: list[Skill] = edge(
        skills_by_version,
        key="version_key",
        many=True,
        policy=with_object,
        gate=staff,
        list_size=4,
        description="The skills it asked for, by name; empty where an import did not bring them.",
    )
    solution: Annotated["RecordedResponse", strawberry.lazy("schema.practice.types")] | None = edge(
        solutions_by_version,
        key="version_key",
        gate=staff,
        policy=with_object,
        description="A response that earns full credit.",
    )
    changes_since: list[str] = edge(
        changes_since_version,
        key="version_key",
        gate=staff,
        many=True,
        policy=with_object,
        arguments=[Argument("version", int, "The version to compare with.")],
        list_size=20,
        description="The dotted paths of what differs from another version: `choices.b.text`, `skillIds`.",
    )


@graph_type(policy=with_object, id_prefix="itm", description="A question, in its current version.")
class Item(Node):
    kind: ItemKind = leaf("How it is asked and answered.")
    stem: str = leaf("What it asks.")
    choices: list[ItemChoice] = leaf(
        "What may be chosen or put in order; empty for other kinds.", list_size=8
    )
    match_targets: list[ItemChoice] = leaf("What choices are matched with.", list_size=8)
    gaps: list[ItemGap] = leaf("The gaps of a cloze.", list_size=8)
    unit: str | None = leaf("The unit shown beside the answer.")
    skills: list[Skill] = edge(
        skills_by_item,
        key="id",
        many=True,
        policy=with_object,
        list_size=4,
        description="The skills it asks for, by name.",
    )
    difficulty: float | None = leaf("Its difficulty in logits, 0 being average; null before any answer.")
    difficulty_standard_error: float | None = leaf("The standard error of the difficulty, in logits.")
    version: int = leaf("The number of the current version.")
    retired_at: datetime | None = leaf("Since when it is offered no more.")
    withheld_at: datetime | None = leaf(
        "Since when it is kept from learners for an exam, until the results are released; seen by staff.",
        gate=staff,
    )
    solution: Annotated["RecordedResponse", strawberry.lazy("schema.practice.types")] | None = edge(
        solutions_by_version,
        key="version_key",
        gate=staff,
        policy=with_object,
        description="A response that earns full credit; seen by staff.",
    )
    versions: Connection[ItemVersion] | None = connection(
        versions_by_item,
        key="id",
        order=NEWEST_VERSION_FIRST,
        count=version_count_by_item,
        gate=staff,
        policy=with_object,
        first=20,
        description="All its versions, the newest first; seen by staff.",
    )


node_kind("skl", "Skill", skills_by_id, signed_in)
node_kind("itm", "Item", items_by_id, signed_in)
node_kind("itv", "ItemVersion", versions_by_key, staff, decode=named_version)
