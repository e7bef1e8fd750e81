"""Members of the organization, for its admins: who is one, in which roles."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.access.policies import admin, own_user, with_object
from app.access.principal import Principal
from app.classrooms.service import give_up_teaching, leave_all
from app.identity import accounts, members
from app.identity.passwords import check_password
from app.identity.repository import members_by_user, users_by_id
from app.kit.database import UnitOfWork
from app.kit.text import checked_name
from app.learners.service import learner_of_user
from schema.context import Context, Info, read_id
from schema.engine.declarations import edge, graph_type, leaf, payload_type
from schema.errors import UserError
from schema.identity.guesses import ACCOUNT, guessing
from schema.identity.roles import Role
from schema.mutations import mutation, payload
from schema.node import Node, node_kind

if TYPE_CHECKING:
    from schema.identity.types import User


@graph_type(policy=with_object, id_prefix="mbr", description="A user as a member of the organization.")
class Member(Node):
    user: Annotated["User", strawberry.lazy("schema.identity.types")] = edge(
        users_by_id, key="user_id", policy=own_user, description="The account."
    )
    roles: list[Role] = leaf("The roles here.", list_size=5)
    joined_at: datetime = leaf("When the user became a member first.")


node_kind("mbr", "Member", members_by_user, admin)


@strawberry.input(description="Who becomes a member.")
class AddMemberInput:
    email: str = strawberry.field(description="The address to sign in with.")
    roles: list[Role] = strawberry.field(description="The roles, all but PLATFORM_ADMIN; one at least.")
    display_name: str | None = strawberry.field(
        default=None, description="The name of a new account; a member who comes back keeps the own."
    )
    password: str | None = strawberry.field(
        default=None,
        description="The password of a new account, 10 to 256 characters, none of the common ones.",
    )


@strawberry.input(description="Which roles a member has from now on.")
class SetMemberRolesInput:
    user_id: strawberry.ID = strawberry.field(description="The member's user.")
    roles: list[Role] = strawberry.field(
        description="All roles, but PLATFORM_ADMIN, which stays as it is; one at least."
    )


@strawberry.input(description="Who is a member no longer.")
class RemoveMemberInput:
    user_id: strawberry.ID = strawberry.field(description="The member's user.")


@payload_type("A member, or why it could not be changed.")
class MemberPayload:
    member: Member | None = edge(
        members_by_user, key="user_id", policy=admin, description="The member as it is now."
    )
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@payload_type("Who is a member no longer, or why somebody stays one.")
class RemoveMemberPayload:
    user_id: strawberry.ID | None = leaf("The user whose membership has ended.")
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@strawberry.type
class MemberMutations:
    @mutation("Make somebody a member: a new account, or a member who was removed.", gate=admin)
    async def add_member(self, info: Info, input: AddMemberInput) -> MemberPayload:
        email = accounts.normal_email(input.email, "email")
        roles = members.granted_roles(input.roles, "roles")
        new = await _new_account(info.context, email, input)
        async with guessing(info.context, ACCOUNT):
            return payload(user_id=await info.context.write(_add, email, roles, new))

    @mutation("Give a member other roles; tokens given before end within a second.", gate=admin)
    async def set_member_roles(self, info: Info, input: SetMemberRolesInput) -> MemberPayload:
        user_id = read_id(input.user_id, "usr", "member", "userId")
        roles = members.granted_roles(input.roles, "roles")
        return payload(user_id=await info.context.write(_set_roles, user_id, roles))

    @mutation("End a membership with its sign-ins and its places in classes; figures stay.", gate=admin)
    async def remove_member(self, info: Info, input: RemoveMemberInput) -> RemoveMemberPayload:
        await info.context.write(_remove, read_id(input.user_id, "usr", "member", "userId"))
        return payload(user_id=input.user_id)


async def _new_account(context: Context, email: str, given: AddMemberInput) -> accounts.NewAccount | None:
    """What a new account needs, if it was given; the password is hashed before a transaction begins."""
    if given.password is None or given.display_name is None:
        return None
    name = checked_name(given.display_name, "A name", "displayName")
    check_password(given.password, "password")
    return accounts.NewAccount(email, name, await context.runtime.passwords.hash(given.password))


async def _add(
    work: UnitOfWork,
    principal: Principal,
    email: str,
    roles: frozenset[Role],
    new: accounts.NewAccount | None,
) -> uuid.UUID:
    user_id = await members.add_member(work, principal, email, roles, new)
    if Role.LEARNER in roles:
        await learner_of_user(work, user_id)
    return user_id


async def _set_roles(
    work: UnitOfWork, principal: Principal, user_id: uuid.UUID, roles: frozenset[Role]
) -> uuid.UUID:
    await members.set_roles(work, principal, user_id, roles)
    if not roles & {Role.TEACHER, Role.ORGANIZATION_ADMIN}:
        await give_up_teaching(work, user_id)
    if Role.LEARNER in roles:
        await learner_of_user(work, user_id)
    return user_id


async def _remove(work: UnitOfWork, principal: Principal, user_id: uuid.UUID) -> None:
    await members.remove_member(work, principal, user_id)
    await leave_all(work, user_id)
