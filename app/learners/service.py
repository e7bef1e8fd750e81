"""Making and changing learners."""

import uuid
from dataclasses import dataclass

from app.access.principal import Principal
from app.kit.database import UnitOfWork
from app.kit.errors import Forbidden, not_found
from app.kit.ids import new_id
from app.kit.statements import sql
from app.kit.text import checked_name
from app.learners.age import checked_birth_year
from app.learners.alias import alias_of
from app.realtime.event_log import append, visibility_changed

LONGEST_ALIAS = 40

_CREATE = sql("""
    INSERT INTO learner (organization_id, id, user_id, display_name, alias, birth_year, created_at)
    VALUES (:organization_id, :id, :user_id, :display_name, :alias, :birth_year, :now)
""")
# Of two requests that make a person a learner, the second is to find the learner that the first makes.
_LOCK_MEMBERSHIP = sql("SELECT FROM membership WHERE user_id = :user_id FOR NO KEY UPDATE")
_BY_USER = sql("""
    SELECT u.display_name, l.id AS learner_id FROM user_account u LEFT JOIN learner l ON l.user_id = u.id
    WHERE u.id = :user_id
""")
_SEEN = sql("""
    SELECT l.id FROM learner l WHERE l.id = :id AND l.erased_at IS NULL
      AND (:everyone OR l.id = :learner_id::uuid OR EXISTS (
        SELECT FROM enrollment e JOIN classroom_teacher t USING (organization_id, classroom_id)
        WHERE t.user_id = :user_id::uuid AND e.learner_id = l.id AND e.left_at IS NULL))
    FOR UPDATE OF l
""")
_UPDATE = sql("""
    UPDATE learner SET display_name = coalesce(:display_name::text, display_name),
      alias = coalesce(:alias::text, alias),
      leaderboard_hidden = coalesce(:leaderboard_hidden::boolean, leaderboard_hidden),
      birth_year = coalesce(:birth_year::int, birth_year)
    WHERE id = :id
""")
_NAME_OUTSIDE = sql("""
    INSERT INTO learner_external_id (organization_id, source, external_id, learner_id)
    VALUES (:organization_id, :source, :external_id, :learner_id)
""")
_BY_OUTSIDE_NAME = sql("""
    SELECT learner_id FROM learner_external_id WHERE source = :source AND external_id = :external_id
""")


@dataclass(frozen=True, slots=True)
class LearnerChanges:
    """What to change of a learner; None leaves it as it is."""

    display_name: str | None = None
    alias: str | None = None
    leaderboard_hidden: bool | None = None
    birth_year: int | None = None


async def create_learner(
    work: UnitOfWork, display_name: str, user_id: uuid.UUID | None = None, birth_year: int | None = None
) -> uuid.UUID:
    """Make a learner of this organization, with or without an account; its alias follows from its id."""
    learner_id = new_id()
    await work.execute(
        _CREATE, organization_id=work.tenant, id=learner_id, user_id=user_id, display_name=display_name,
        alias=alias_of(learner_id), birth_year=checked_birth_year(birth_year, work.now), now=work.now,
    )  # fmt: skip
    return learner_id


async def learner_of_user(work: UnitOfWork, user_id: uuid.UUID, name: str | None = None) -> uuid.UUID:
    """The learner that a member is here; where there is none, made with the name given or the account's."""
    await work.fetch(_LOCK_MEMBERSHIP, user_id=user_id)
    row = await work.fetch_one(_BY_USER, user_id=user_id)
    if row is None:
        raise not_found("user")
    return row.learner_id or await create_learner(work, name or row.display_name, user_id)


async def update_learner(
    work: UnitOfWork, principal: Principal, learner_id: uuid.UUID, changes: LearnerChanges
) -> uuid.UUID:
    """Change a learner: itself what leaderboards show of it, its teachers and admins also name and age."""
    seen = await work.fetch_value(
        _SEEN, id=learner_id, everyone=principal.is_admin, learner_id=principal.learner_id,
        user_id=principal.user_id if principal.is_staff else None,
    )  # fmt: skip
    if seen is None:
        raise not_found("learner", "learnerId")
    if changes.display_name is not None and not principal.is_staff:
        raise Forbidden("Teachers and admins change names; ask one of yours.", path=("displayName",))
    if changes.birth_year is not None and not principal.is_staff:
        raise Forbidden(
            "Teachers and admins change the year of birth; ask one of yours.", path=("birthYear",)
        )
    await work.execute(
        _UPDATE,
        id=learner_id,
        display_name=_checked(changes.display_name, "A name", "displayName", 120),
        alias=_checked(changes.alias, "An alias", "alias", LONGEST_ALIAS),
        leaderboard_hidden=changes.leaderboard_hidden,
        birth_year=checked_birth_year(changes.birth_year, work.now),
    )
    if (changes.alias, changes.leaderboard_hidden, changes.birth_year) != (None, None, None):
        await append(work, [visibility_changed(work.tenant, learner_id=learner_id)])
    return learner_id


def _checked(text: str | None, what: str, path: str, longest: int) -> str | None:
    return None if text is None else checked_name(text, what, path, longest=longest)


async def learner_of_external_id(work: UnitOfWork, source: str, external_id: str) -> uuid.UUID | None:
    """The learner that another system names so."""
    learner_id: uuid.UUID | None = await work.fetch_value(
        _BY_OUTSIDE_NAME, source=source, external_id=external_id
    )
    return learner_id


async def give_external_id(work: UnitOfWork, learner_id: uuid.UUID, source: str, external_id: str) -> None:
    """Remember how another system names a learner."""
    await work.execute(
        _NAME_OUTSIDE,
        organization_id=work.tenant,
        source=source,
        external_id=external_id,
        learner_id=learner_id,
    )
