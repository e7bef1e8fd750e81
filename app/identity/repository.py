"""Reading users, organizations and memberships in batches."""

import uuid
from collections.abc import Sequence
from types import SimpleNamespace

from app.access.principal import Principal
from app.kit.database import Reader, Row
from app.kit.loading import Columns, after, by_key, common, counts_by_key, slices_by_key
from app.kit.pagination import Page, Slice
from app.kit.statements import like, sql

USER = ("id", "email", "display_name")
ORGANIZATION = ("id", "name", "time_zone", "learners_are_minors")
_USERS = sql(f"SELECT {', '.join(USER)} FROM user_account WHERE id = ANY(:keys)")
_ORGANIZATIONS = sql(f"SELECT {', '.join(ORGANIZATION)} FROM organization WHERE id = ANY(:keys)")
_MEMBERSHIPS = sql("SELECT * FROM organizations_of_account(:user_id)")

# A sign-in goes on while its last refresh token can still be exchanged.
_GOES_ON = """
    s.revoked_at IS NULL AND EXISTS (
      SELECT FROM refresh_token t WHERE t.organization_id = s.organization_id AND t.sign_in_session_id = s.id
        AND t.rotated_at IS NULL AND t.expires_at > :now)
"""
_SESSION = "s.id, s.user_id, s.created_at, s.last_used_at, s.id = :current::uuid AS current"
_SESSIONS = sql(f"SELECT {_SESSION} FROM sign_in_session s WHERE s.id = ANY(:keys) AND {_GOES_ON}")
_SESSIONS_BY_USER = sql(f"""
    SELECT k.key, s.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT {_SESSION} FROM sign_in_session s
      WHERE s.user_id = k.key AND {_GOES_ON} AND (:id::uuid IS NULL OR s.id < :id)
      ORDER BY s.id DESC LIMIT :limit) s
""")
_SESSION_COUNT = sql(f"""
    SELECT s.user_id AS key, count(*) AS total FROM sign_in_session s
    WHERE s.user_id = ANY(:keys) AND {_GOES_ON} GROUP BY 1
""")

_MEMBER = "m.user_id AS id, m.user_id, m.roles, m.created_at AS joined_at, u.display_name"
_MEMBERS = """
    membership m JOIN user_account u ON u.id = m.user_id AND m.disabled_at IS NULL
      AND (:search::text IS NULL OR u.display_name ILIKE :search OR u.email ILIKE :search)
"""
_MEMBERS_BY_USER = sql(f"""
    SELECT {_MEMBER} FROM membership m JOIN user_account u ON u.id = m.user_id
    WHERE m.user_id = ANY(:keys) AND m.disabled_at IS NULL
""")
_MEMBERS_BY_ORGANIZATION = sql(f"""
    SELECT k.key, m.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT {_MEMBER} FROM {_MEMBERS}
      WHERE m.organization_id = k.key AND (:name::text IS NULL OR (u.display_name, u.id) > (:name, :id::uuid))
      ORDER BY u.display_name, u.id LIMIT :limit) m
""")
_MEMBER_COUNT = sql(f"""
    SELECT m.organization_id AS key, count(*) AS total FROM {_MEMBERS}
    WHERE m.organization_id = ANY(:keys) GROUP BY 1
""")


@common
async def users_by_id(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page | None, columns: Columns, principal: Principal
) -> list[Row | None]:
    """Users that are members of the reader's organization."""
    found = by_key(await reader.fetch(_USERS, keys=list(keys)))
    return [found.get(key) for key in keys]


async def organizations_by_id(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page | None, columns: Columns, principal: Principal
) -> list[Row | None]:
    """Organizations; row-level security leaves the reader's own."""
    found = by_key(await reader.fetch(_ORGANIZATIONS, keys=list(keys)))
    return [found.get(key) for key in keys]


async def memberships_by_user(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page | None, columns: Columns, principal: Principal
) -> list[list[SimpleNamespace]]:
    """The organizations a user belongs to, with the roles there; only ever asked for oneself."""
    return [[_membership(row) for row in await reader.fetch(_MEMBERSHIPS, user_id=key)] for key in keys]


async def sign_in_sessions_by_id(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page | None, columns: Columns, principal: Principal
) -> list[Row | None]:
    """Sign-ins that go on, by their ids."""
    current = principal.sign_in_session_id
    found = by_key(await reader.fetch(_SESSIONS, keys=list(keys), current=current, now=reader.now))
    return [found.get(key) for key in keys]


async def sign_in_sessions_by_user(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The sign-ins of each user that go on in the reader's organization, the newest first."""
    rows = await reader.fetch(
        _SESSIONS_BY_USER, keys=list(keys), current=principal.sign_in_session_id, now=reader.now,
        id=after(page, 0), limit=page.first + 1,
    )  # fmt: skip
    return slices_by_key(rows, keys, page)


async def sign_in_session_count_by_user(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many of them there are."""
    return counts_by_key(await reader.fetch(_SESSION_COUNT, keys=list(keys), now=reader.now), keys)


async def members_by_user(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page | None, columns: Columns, principal: Principal
) -> list[Row | None]:
    """What each user is in the reader's organization; None for who is no member now."""
    found = by_key(await reader.fetch(_MEMBERS_BY_USER, keys=list(keys)))
    return [found.get(key) for key in keys]


async def members_by_organization(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The members of an organization by name; for its admins, which the field's gate sees to."""
    rows = await reader.fetch(
        _MEMBERS_BY_ORGANIZATION, keys=list(keys), search=_pattern(page), name=after(page, 0),
        id=after(page, 1), limit=page.first + 1,
    )  # fmt: skip
    return slices_by_key(rows, keys, page)


async def member_count_by_organization(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many of them there are."""
    return counts_by_key(await reader.fetch(_MEMBER_COUNT, keys=list(keys), search=_pattern(page)), keys)


def _pattern(page: Page) -> str | None:
    search = page.filter("search")
    return f"%{like(search)}%" if search else None


def _membership(row: Row) -> SimpleNamespace:
    organization = SimpleNamespace(
        id=row.organization_id, name=row.name, time_zone=row.time_zone,
        learners_are_minors=row.learners_are_minors,
    )  # fmt: skip
    return SimpleNamespace(organization=organization, roles=row.roles)
