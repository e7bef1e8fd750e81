"""Members of an organization, as its admins administer them.

Roles change with the membership's version, so that access tokens given before are refused within a second.
An organization keeps an admin: the rows of all admins are locked in order, so that two of them cannot take
the role from each other at once.
"""

import uuid
from collections.abc import Collection

from app.access.principal import Principal, Role
from app.identity import accounts
from app.identity.security_events import write_security_event
from app.kit.database import Row, UnitOfWork
from app.kit.errors import BadInput, Conflict, not_found
from app.kit.statements import sql

_KNOWN = sql("SELECT user_id FROM sign_in_candidate(:email)")
_MEMBERSHIP = sql("SELECT disabled_at FROM membership WHERE user_id = :user_id FOR UPDATE")
_TARGET_AND_ADMINS = sql("""
    SELECT m.user_id, m.roles, u.disabled_at IS NULL AND 'ORGANIZATION_ADMIN' = ANY(m.roles) AS admin
    FROM membership m JOIN user_account u ON u.id = m.user_id
    WHERE m.disabled_at IS NULL AND (m.user_id = :user_id OR 'ORGANIZATION_ADMIN' = ANY(m.roles))
    ORDER BY m.user_id FOR UPDATE OF m
""")
_SET_ROLES = sql("UPDATE membership SET roles = :roles, version = version + 1 WHERE user_id = :user_id")
_DISABLE = sql("UPDATE membership SET disabled_at = :now, version = version + 1 WHERE user_id = :user_id")
_END_SIGN_INS = sql("""
    UPDATE sign_in_session SET revoked_at = :now, revoked_reason = 'member removed'
    WHERE user_id = :user_id AND revoked_at IS NULL
""")


def granted_roles(roles: Collection[Role], *path: str) -> frozenset[Role]:
    """The roles an admin may give, at least one; BadInput otherwise. Who operates the server, others say."""
    if not roles or Role.PLATFORM_ADMIN in roles:
        raise BadInput("Give one role or more; PLATFORM_ADMIN is given by operators only.", path=path)
    return frozenset(roles)


async def add_member(
    work: UnitOfWork,
    principal: Principal,
    email: str,
    roles: frozenset[Role],
    new: accounts.NewAccount | None,
) -> uuid.UUID:
    """Make a new account a member, or take back a member who was removed; the user's id.

    Conflict for a member, and for an account that only other organizations know: nobody is made a member
    somewhere without being asked.
    """
    known = await work.fetch_value(_KNOWN, email=email)
    if known is None:
        if new is None:
            raise BadInput(
                "No member had this address; give 'displayName' and 'password'.", path=("password",)
            )
        user_id = await accounts.create_account(work, new)
    else:
        user_id = known
        membership = await work.fetch_one(_MEMBERSHIP, user_id=user_id)
        if membership is None:
            raise accounts.AddressTaken(
                "This address has an account outside of this organization.", path=("email",)
            )
        if membership.disabled_at is None:
            raise Conflict("This person is a member already; set the roles instead.", path=("email",))
    await accounts.add_member(work, user_id, set(roles))
    await _write_down(work, principal, "member_added", user_id, roles)
    return user_id


async def set_roles(
    work: UnitOfWork, principal: Principal, user_id: uuid.UUID, roles: frozenset[Role]
) -> uuid.UUID:
    """Give a member these roles in place of the present ones; Conflict when no admin would be left.

    A platform admin stays one. The roles that a member has already change nothing.
    """
    target = await _target(work, user_id, keeps=Role.ORGANIZATION_ADMIN in roles, path="roles")
    wanted = roles | ({Role.PLATFORM_ADMIN} & set(target.roles))
    if wanted != set(target.roles):
        await work.execute(_SET_ROLES, user_id=user_id, roles=sorted(wanted))
        await _write_down(work, principal, "member_roles_set", user_id, wanted)
    return user_id


async def remove_member(work: UnitOfWork, principal: Principal, user_id: uuid.UUID) -> uuid.UUID:
    """End a membership with all its sign-ins; Conflict when no admin would be left. What was done stays."""
    await _target(work, user_id, keeps=False, path="userId")
    await work.execute(_DISABLE, user_id=user_id, now=work.now)
    await work.execute(_END_SIGN_INS, user_id=user_id, now=work.now)
    await _write_down(work, principal, "member_removed", user_id, ())
    return user_id


async def _target(work: UnitOfWork, user_id: uuid.UUID, *, keeps: bool, path: str) -> Row:
    """The member, locked together with all admins; `keeps` says that it stays one."""
    found = {row.user_id: row for row in await work.fetch(_TARGET_AND_ADMINS, user_id=user_id)}
    target = found.pop(user_id, None)
    if target is None:
        raise not_found("member", "userId")
    if target.admin and not keeps and not any(other.admin for other in found.values()):
        raise Conflict(
            "This is the organization's last admin; give somebody else the role first.", path=(path,)
        )
    return target


async def _write_down(
    work: UnitOfWork, principal: Principal, kind: str, user_id: uuid.UUID, roles: Collection[Role]
) -> None:
    by = principal.user_id.hex if principal.user_id else None
    await write_security_event(work, kind, user_id, {"by": by, "roles": sorted(roles)})
