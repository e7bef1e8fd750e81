"""Recommendations, and what learners answered to them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Tenant, reference


class Recommendation(Tenant, Base):
    """A next activity for a learner. `rank` orders the current ones; `superseded_at` ends one."""

    __tablename__ = "recommendation"
    __table_args__ = (
        reference("learner_id", "learner"),
        reference("skill_id", "skill"),
        reference("item_id", "item"),
        Index(None, "organization_id", "learner_id", "superseded_at", "rank"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    learner_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    skill_id: Mapped[uuid.UUID | None]
    item_id: Mapped[uuid.UUID | None]
    rank: Mapped[int]
    priority: Mapped[str]
    expected_gain: Mapped[float | None]
    reason: Mapped[str]
    based_on: Mapped[list[Any]]
    created_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
