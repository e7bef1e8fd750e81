"""Making learners."""

import uuid

from app.kit.database import UnitOfWork
from app.kit.errors import not_found
from app.kit.ids import new_id
from app.kit.statements import sql
from app.learners.alias import alias_of

_CREATE = sql("""
    INSERT INTO learner (organization_id, id, user_id, display_name, alias, created_at)
    VALUES (:organization_id, :id, :user_id, :display_name, :alias, :now)
""")
_BY_USER = sql("""
    SELECT u.display_name, l.id AS learner_id FROM user_account u LEFT JOIN learner l ON l.user_id = u.id
    WHERE u.id = :user_id
""")
_NAME_OUTSIDE = sql("""
    INSERT INTO learner_external_id (organization_id, source, external_id, learner_id)
    VALUES (:organization_id, :source, :external_id, :learner_id)
""")
_BY_OUTSIDE_NAME = sql("""
    SELECT learner_id FROM learner_external_id WHERE source = :source AND external_id = :external_id
""")


async def create_learner(work: UnitOfWork, display_name: str, user_id: uuid.UUID | None = None) -> uuid.UUID:
    """Make a learner of this organization, with or without an account; its alias follows from its id."""
    learner_id = new_id()
    await work.execute(
        _CREATE, organization_id=work.tenant, id=learner_id, user_id=user_id, display_name=display_name,
        alias=alias_of(learner_id), now=work.now,
    )  # fmt: skip
    return learner_id


async def learner_of_user(work: UnitOfWork, user_id: uuid.UUID) -> uuid.UUID:
    """The learner that a member is here, made with the name of the account where there is none."""
    row = await work.fetch_one(_BY_USER, user_id=user_id)
    if row is None:
        raise not_found("user")
    return row.learner_id or await create_learner(work, row.display_name, user_id)


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
