"""Skills and items by id, and the organization's skills."""

import strawberry

from app.access.policies import signed_in, with_object
from app.content.repository import (
    items_by_id,
    skill_count_of_organization,
    skills_by_id,
    skills_of_organization,
)
from schema.content.types import Item, Skill
from schema.engine.binding import id_argument
from schema.engine.declarations import Argument, connection, edge, id_of
from schema.orders import BY_NAME
from schema.pagination import Connection


@strawberry.type
class ContentQueries:
    skill: Skill | None = edge(
        skills_by_id,
        key=id_argument("skl"),
        policy=with_object,
        gate=signed_in,
        arguments=[id_of("skill")],
        description="A skill by id.",
    )
    skills: Connection[Skill] = connection(
        skills_of_organization,
        key=lambda source, arguments: None,
        order=BY_NAME,
        count=skill_count_of_organization,
        policy=with_object,
        gate=signed_in,
        arguments=[Argument("search", str | None, "Names and codes that contain this, in any case.")],
        first_shown=False,
        description="The organization's skills, by name; 50 unless `first` says otherwise.",
    )
    item: Item | None = edge(
        items_by_id,
        key=id_argument("itm"),
        policy=with_object,
        gate=signed_in,
        arguments=[id_of("item")],
        description="An item by id, in its current version.",
    )
