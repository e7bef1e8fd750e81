"""What is believed of learners and items: states of the mastery model, and each change of them."""

import uuid
from datetime import datetime

from sqlalchemy import Double, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Tenant, reference

FLOATS = ARRAY(Double)


class LearnerState(Tenant, Base):
    """The model's state of a learner over all skills; its row is the lock of all that the learner does."""

    __tablename__ = "learner_state"
    __table_args__ = (reference("learner_id", "learner"),)
    learner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    model: Mapped[str]
    state: Mapped[list[float]] = mapped_column(FLOATS)
    attempt_count: Mapped[int] = mapped_column(server_default="0")


class ItemParameter(Tenant, Base):
    """The model's state of an item. `evidence_count` numbers the attempts folded in: their order."""

    __tablename__ = "item_parameter"
    __table_args__ = (reference("item_id", "item"),)
    item_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    model: Mapped[str]
    state: Mapped[list[float]] = mapped_column(FLOATS)
    difficulty: Mapped[float]
    standard_error: Mapped[float]
    evidence_count: Mapped[int] = mapped_column(server_default="0")


class Mastery(Tenant, Base):
    """What is believed of a learner's skill, as of the last attempt; forgetting is added when read."""

    __tablename__ = "mastery"
    __table_args__ = (
        reference("learner_id", "learner"),
        reference("skill_id", "skill"),
        UniqueConstraint("organization_id", "learner_id", "skill_id"),
        Index(None, "organization_id", "skill_id"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    learner_id: Mapped[uuid.UUID]
    skill_id: Mapped[uuid.UUID]
    model: Mapped[str]
    state: Mapped[bytes]
    """The numbers, eight bytes each: `app/mastery/packed_states.py`."""
    probability: Mapped[float]
    evidence_count: Mapped[int]
    last_practiced_at: Mapped[datetime]
    mastered_at: Mapped[datetime | None]


class MasteryChange(Tenant, Base):
    """How one attempt moved one skill: chances before and after, on an item of `reference_difficulty`."""

    __tablename__ = "mastery_change"
    __table_args__ = (
        Index(None, "organization_id", "learner_id", "skill_id", "id"),
        Index(None, "organization_id", "attempt_id"),
        {"postgresql_partition_by": "RANGE (id)"},
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    attempt_id: Mapped[uuid.UUID]
    learner_id: Mapped[uuid.UUID]
    skill_id: Mapped[uuid.UUID]
    mastery_id: Mapped[uuid.UUID]
    before: Mapped[float | None]
    after: Mapped[float]
    reference_difficulty: Mapped[float]
    evidence_count: Mapped[int]
    answered_at: Mapped[datetime]
