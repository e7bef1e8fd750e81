"""What every table shares: naming of constraints, the tenant's column, composite references."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKeyConstraint, MetaData, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The root of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it from the class)
        uuid.UUID: Uuid(),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }


class Tenant:
    """A table of one organization: row-level security looks at this column."""

    organization_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


def reference(
    column: str, target: str, target_column: str = "id", *, cascade: bool = False
) -> ForeignKeyConstraint:
    """A foreign key within the organization; foreign-key checks bypass policies, so it names both columns."""
    return ForeignKeyConstraint(
        ["organization_id", column],
        [f"{target}.organization_id", f"{target}.{target_column}"],
        ondelete="CASCADE" if cascade else None,
    )


def of_organization() -> ForeignKeyConstraint:
    """The foreign key of a tenant table to its organization."""
    return ForeignKeyConstraint(["organization_id"], ["organization.id"])
