"""Rollups, kept current by a consumer of events; dashboards read these and never scan attempts."""

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Tenant, reference


class LearnerActivity(Tenant, Base):
    """What a learner did in a quarter of an hour (UTC): every time zone's day is made of these.

    `score_micros` is the sum of scores in millionths: whole numbers, whose sums do not depend on their order.
    """

    __tablename__ = "learner_activity"
    __table_args__ = (reference("learner_id", "learner"),)
    learner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    attempt_count: Mapped[int]
    correct_count: Mapped[int]
    score_micros: Mapped[int] = mapped_column(BigInteger)
    practice_ms: Mapped[int] = mapped_column(BigInteger)
    skills_mastered: Mapped[int]


class LearnerSkillDay(Tenant, Base):
    """What a learner did in a skill on a day (UTC)."""

    __tablename__ = "learner_skill_day"
    __table_args__ = (
        reference("learner_id", "learner"),
        reference("skill_id", "skill"),
        Index(None, "organization_id", "skill_id", "day"),
    )
    learner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    skill_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    attempt_count: Mapped[int]
    correct_count: Mapped[int]
    score_micros: Mapped[int] = mapped_column(BigInteger)


class FirstAnswer(Tenant, Base):
    """Whether a learner's first answer to an item was right, and its day (UTC)."""

    __tablename__ = "first_answer"
    __table_args__ = (
        reference("learner_id", "learner"),
        reference("item_id", "item"),
        Index(None, "organization_id", "item_id"),
    )
    learner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    item_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    day: Mapped[date]
    correct: Mapped[bool]


class LeaderboardScore(Tenant, Base):
    """A learner's sums in a class within one window (organization's time zone)."""

    __tablename__ = "leaderboard_score"
    __table_args__ = (reference("classroom_id", "classroom"), reference("learner_id", "learner"))
    classroom_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    window_kind: Mapped[str] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    learner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    attempt_count: Mapped[int]
    correct_count: Mapped[int]
    points: Mapped[int] = mapped_column(BigInteger)
