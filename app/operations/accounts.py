"""Accounts that an operator makes, without a join code."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from app.access.principal import Role
from app.identity import accounts
from app.identity.passwords import Passwords, check_password
from app.kit.database import Database, UnitOfWork
from app.kit.errors import Conflict
from app.kit.statements import sql
from app.kit.text import checked_name
from app.learners.service import learner_of_user
from app.operations.organizations import Organization

_KNOWN = sql("SELECT user_id, organization_ids FROM sign_in_candidate(:email)")


@dataclass(frozen=True, slots=True)
class NewUser:
    """What an operator says about a person."""

    email: str
    display_name: str
    role: Role


async def create_user(
    database: Database,
    passwords: Passwords,
    organization: Organization,
    new: NewUser,
    ask_password: Callable[[], str],
) -> uuid.UUID:
    """Make a member of the organization, with a learner when the role is LEARNER; the user's id.

    Somebody who has an account elsewhere keeps it and its password, so `ask_password` is called only for a
    new one. Conflict when the person is a member already, BadInput for an address, name or password that will
    not do.
    """
    email = accounts.normal_email(new.email, "email")
    name = checked_name(new.display_name, "A person's name", "name")
    async with database.reader(None) as reader:
        known = await reader.fetch_one(_KNOWN, email=email)
    if known is not None and organization.id in known.organization_ids:
        raise Conflict(f"{email} is a member of {organization.name} already.", path=("email",))
    hashed = ""
    if known is None:
        password = ask_password()
        check_password(password, "password")
        hashed = await passwords.hash(password)
    async with database.unit_of_work(organization.id) as work:
        user_id: uuid.UUID = (
            known.user_id
            if known is not None
            else await accounts.create_account(work, accounts.NewAccount(email, name, hashed))
        )
        await add_person(work, user_id, name, new.role)
    return user_id


async def add_person(work: UnitOfWork, user_id: uuid.UUID, name: str, role: Role) -> None:
    """Make an account a member with one role, and a learner when it learns: the one it was here before."""
    await accounts.add_member(work, user_id, {role})
    if role is Role.LEARNER:
        await learner_of_user(work, user_id, name)
