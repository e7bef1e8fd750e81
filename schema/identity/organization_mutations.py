"""Changing the organization, for its admins."""

import strawberry

from app.access.policies import admin, with_object
from app.identity.organization import update_organization
from app.identity.repository import organizations_by_id
from schema.context import Info
from schema.engine.declarations import edge, leaf, payload_type
from schema.errors import UserError
from schema.identity.types import Organization
from schema.mutations import mutation, payload


@strawberry.input(description="What to change of one's organization; what is left out stays.")
class UpdateOrganizationInput:
    name: str | None = strawberry.field(default=None, description="Its new name, 1 to 120 characters.")
    learners_are_minors: bool | None = strawberry.field(
        default=None, description="Whether learners whose year of birth is unknown are taken for minors."
    )


@payload_type("The organization, or why it could not be changed.")
class OrganizationPayload:
    organization: Organization | None = edge(
        organizations_by_id, key="organization_id", policy=with_object, description="It as it is now."
    )
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@strawberry.type
class OrganizationMutations:
    @mutation("Change one's organization; for its admins.", gate=admin)
    async def update_organization(self, info: Info, input: UpdateOrganizationInput) -> OrganizationPayload:
        changed = await info.context.write(update_organization, input.name, input.learners_are_minors)
        return payload(organization_id=changed)
