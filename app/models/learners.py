"""Learners: persons who learn, with or without an account."""

import uuid
from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Tenant, of_organization, reference


class Learner(Tenant, Base):
    """A learner of an organization; imported ones have no user. Erased ones stay as tombstones.

    Of the age the year of birth is kept at most, and only where somebody gave it.
    """

    __tablename__ = "learner"
    __table_args__ = (
        of_organization(),
        UniqueConstraint("organization_id", "user_id"),
        Index(None, "organization_id", "display_name", "id"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID | None]
    display_name: Mapped[str]
    alias: Mapped[str]
    leaderboard_hidden: Mapped[bool] = mapped_column(server_default="false")
    birth_year: Mapped[int | None]
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class LearnerExternalId(Tenant, Base):
    """How another system names a learner."""

    __tablename__ = "learner_external_id"
    __table_args__ = (reference("learner_id", "learner"),)
    source: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    learner_id: Mapped[uuid.UUID] = mapped_column(index=True)
