"""The tables as a plain Strawberry server maps them: SQLAlchemy's ORM, with relationships."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """The root of all tables."""


class Tenant:
    """Every table names its organization first, as the keys of the database do."""

    organization_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


def _reference(column: str, target: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["organization_id", column], [f"{target}.organization_id", f"{target}.id"])


class Organization(Base):
    __tablename__ = "organization"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    time_zone: Mapped[str]


class UserAccount(Base):
    __tablename__ = "user_account"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    display_name: Mapped[str]


class Learner(Tenant, Base):
    __tablename__ = "learner"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID | None]
    display_name: Mapped[str]
    alias: Mapped[str]
    leaderboard_hidden: Mapped[bool]
    erased_at: Mapped[datetime | None]


class Membership(Tenant, Base):
    __tablename__ = "membership"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        ForeignKeyConstraint(["user_id"], ["user_account.id"]),
    )
    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    organization: Mapped[Organization] = relationship(lazy="raise")
    user: Mapped[UserAccount] = relationship(lazy="raise")
    learner: Mapped[Learner | None] = relationship(
        primaryjoin="and_(Membership.organization_id == Learner.organization_id, "
        "Membership.user_id == foreign(Learner.user_id))",
        lazy="raise",
        viewonly=True,
        uselist=False,
    )


class Classroom(Tenant, Base):
    __tablename__ = "classroom"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class Enrollment(Tenant, Base):
    __tablename__ = "enrollment"
    __table_args__ = (_reference("classroom_id", "classroom"), _reference("learner_id", "learner"))
    classroom_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    learner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    left_at: Mapped[datetime | None]
    learner: Mapped[Learner] = relationship(lazy="raise", overlaps="classroom")


class Skill(Tenant, Base):
    __tablename__ = "skill"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class Mastery(Tenant, Base):
    __tablename__ = "mastery"
    __table_args__ = (_reference("learner_id", "learner"), _reference("skill_id", "skill"))
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    learner_id: Mapped[uuid.UUID]
    skill_id: Mapped[uuid.UUID]
    probability: Mapped[float]
    evidence_count: Mapped[int]
    skill: Mapped[Skill] = relationship(lazy="raise")


class LeaderboardScore(Tenant, Base):
    __tablename__ = "leaderboard_score"
    __table_args__ = (_reference("classroom_id", "classroom"), _reference("learner_id", "learner"))
    classroom_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    window_kind: Mapped[str] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    learner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    points: Mapped[int]
    learner: Mapped[Learner] = relationship(lazy="raise", overlaps="classroom")
