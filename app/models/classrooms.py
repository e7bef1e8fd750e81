"""Classrooms, who teaches them and who is enrolled."""

import uuid
from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Tenant, of_organization, reference


class Classroom(Tenant, Base):
    """A class. The join code is unique over all organizations: a newcomer knows nothing but the code.

    `leaderboard_for_minors`: its teacher has turned leaderboards on for minors.
    """

    __tablename__ = "classroom"
    __table_args__ = (of_organization(), Index(None, "organization_id", "name", "id"))
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    join_code: Mapped[str] = mapped_column(unique=True)
    archived_at: Mapped[datetime | None]
    leaderboard_for_minors: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime]


class ClassroomTeacher(Tenant, Base):
    """A teacher or co-teacher of a class."""

    __tablename__ = "classroom_teacher"
    __table_args__ = (
        reference("classroom_id", "classroom"),
        reference("user_id", "membership", "user_id"),
        Index(None, "organization_id", "user_id"),
    )
    classroom_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    added_at: Mapped[datetime]


class Enrollment(Tenant, Base):
    """A learner in a class, from `enrolled_at` until `left_at`; the latest stay."""

    __tablename__ = "enrollment"
    __table_args__ = (
        reference("classroom_id", "classroom"),
        reference("learner_id", "learner"),
        Index(None, "organization_id", "learner_id"),
    )
    classroom_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    learner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    enrolled_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class PastEnrollment(Tenant, Base):
    """An earlier stay of a learner who came back: what was done in it counted for the class."""

    __tablename__ = "past_enrollment"
    __table_args__ = (
        reference("classroom_id", "classroom"),
        reference("learner_id", "learner"),
        Index(None, "organization_id", "learner_id"),
    )
    classroom_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    learner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    enrolled_at: Mapped[datetime] = mapped_column(primary_key=True)
    left_at: Mapped[datetime]
