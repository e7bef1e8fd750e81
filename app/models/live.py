"""What is shown live: where each learner stands now, kept by a consumer of the learner's events."""

import uuid
from datetime import date, datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Tenant, reference


class LearnerPresence(Tenant, Base):
    """A learner's latest activity. `attempts_on_day` counts `day`, a day of the organization's time zone."""

    __tablename__ = "learner_presence"
    __table_args__ = (reference("learner_id", "learner"), Index(None, "presence", "last_seen_at"))
    learner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    session_id: Mapped[uuid.UUID | None]
    presence: Mapped[str]
    last_seen_at: Mapped[datetime]
    last_attempt_at: Mapped[datetime | None]
    day: Mapped[date | None]
    attempts_on_day: Mapped[int] = mapped_column(server_default="0")
