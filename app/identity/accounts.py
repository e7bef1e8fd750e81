"""Accounts: found by address, made with an organization of their own or by a class's join code."""

import re
import uuid
from dataclasses import dataclass

from app.access.principal import Role
from app.identity.passwords import Passwords
from app.kit.database import Reader, Row, UnitOfWork
from app.kit.errors import BadInput, Conflict
from app.kit.ids import new_id
from app.kit.statements import sql

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CANDIDATE = sql("SELECT * FROM sign_in_candidate(:email)")
_CREATE = sql("SELECT create_account(:id, :email, :display_name, :hash, :now)")
_FOUND_ORGANIZATION = sql("""
    INSERT INTO organization (id, name, time_zone, created_at) VALUES (:id, :name, :time_zone, :now)
""")
_ADD_MEMBER = sql("""
    INSERT INTO membership (organization_id, user_id, roles, created_at)
    VALUES (:organization_id, :user_id, :roles, :now)
    ON CONFLICT (organization_id, user_id) DO UPDATE
      SET roles = excluded.roles, version = membership.version + 1, disabled_at = NULL
      WHERE membership.disabled_at IS NOT NULL
""")


@dataclass(frozen=True, slots=True)
class Account:
    """An account whose password was right, and the organizations it belongs to."""

    user_id: uuid.UUID
    organization_ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What a person gives to sign up, checked; the password is hashed already."""

    email: str
    display_name: str
    password_hash: str


def normal_email(email: str, *path: str) -> str:
    """The address as it is compared: trimmed, lower case; BadInput when it is none."""
    address = email.strip().lower()
    if len(address) > 254 or not address.isprintable() or not _ADDRESS.fullmatch(address):
        raise BadInput("Give an e-mail address such as name@school.example.", path=path)
    return address


class AddressTaken(Conflict):
    """The address has an account, which whoever asks may not have known."""


async def find_candidate(reader: Reader, email: str) -> Row | None:
    """Whoever signs in with this address, the password still to be shown; None when nobody does."""
    return await reader.fetch_one(_CANDIDATE, email=email.strip().lower())


async def recognise_account(passwords: Passwords, candidate: Row | None, password: str) -> Account | None:
    """The account of a candidate with this password; None when it is wrong or the account is disabled.

    It takes a while, without a connection: many who sign in at once would leave none to others.
    """
    known = candidate is not None and not candidate.disabled
    fits = await passwords.verify(candidate.password_hash if candidate and known else None, password)
    return Account(candidate.user_id, tuple(candidate.organization_ids)) if candidate and fits else None


async def create_account(work: UnitOfWork, new: NewAccount) -> uuid.UUID:
    """Make the account; AddressTaken when the address has one."""
    user_id = new_id()
    made = await work.fetch_value(
        _CREATE,
        id=user_id,
        email=new.email,
        display_name=new.display_name,
        hash=new.password_hash,
        now=work.now,
    )
    if not made:
        raise AddressTaken("This address has an account already; sign in with it.", path=("email",))
    return user_id


async def found_organization(work: UnitOfWork, name: str, time_zone: str = "UTC") -> uuid.UUID:
    """Found an organization and go on within its walls."""
    organization_id = new_id()
    await work.enter(organization_id)
    await work.execute(_FOUND_ORGANIZATION, id=organization_id, name=name, time_zone=time_zone, now=work.now)
    return organization_id


async def add_member(work: UnitOfWork, user_id: uuid.UUID, roles: set[Role]) -> None:
    """Make a user a member of this organization, again perhaps; Conflict when it is one."""
    if not await work.execute(
        _ADD_MEMBER, organization_id=work.tenant, user_id=user_id, roles=sorted(roles), now=work.now
    ):
        raise Conflict("This person is a member already.", path=("email",))
