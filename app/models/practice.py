"""Practice sessions, attempts, and the keys that make a repeated request harmless."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Double, ForeignKeyConstraint, Index, LargeBinary, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Tenant, of_organization, reference


class PracticeSession(Tenant, Base):
    """A learner's session. The next item is chosen and stored when something is written, never when read."""

    __tablename__ = "practice_session"
    __table_args__ = (
        reference("learner_id", "learner"),
        reference("classroom_id", "classroom"),
        reference("next_item_id", "item"),
        Index(None, "organization_id", "learner_id", "id"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    learner_id: Mapped[uuid.UUID]
    classroom_id: Mapped[uuid.UUID | None]
    kind: Mapped[str]
    state: Mapped[str]
    skill_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid()))
    started_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    last_attempt_at: Mapped[datetime | None]
    next_item_id: Mapped[uuid.UUID | None]
    attempt_count: Mapped[int] = mapped_column(server_default="0")


class Attempt(Tenant, Base):
    """One response to one item version, with what it was judged with. Imported ones may lack much of it."""

    __tablename__ = "attempt"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "item_id", "item_version"],
            ["item_version.organization_id", "item_version.item_id", "item_version.version"],
        ),
        reference("learner_id", "learner"),
        reference("session_id", "practice_session"),
        Index(None, "organization_id", "learner_id", "id"),
        Index(None, "organization_id", "session_id"),
        Index(None, "organization_id", "item_id", "item_evidence"),
        {"postgresql_partition_by": "RANGE (id)"},
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    learner_id: Mapped[uuid.UUID]
    session_id: Mapped[uuid.UUID | None]
    item_id: Mapped[uuid.UUID]
    item_version: Mapped[int]
    response: Mapped[dict[str, Any] | None]
    correct: Mapped[bool]
    score: Mapped[float]
    feedback: Mapped[str | None]
    points: Mapped[int]
    duration_ms: Mapped[int | None]
    hints_used: Mapped[int] = mapped_column(server_default="0")
    answered_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    model: Mapped[str]
    predicted: Mapped[float]
    item_state: Mapped[list[float]] = mapped_column(ARRAY(Double))
    item_evidence: Mapped[int]
    learner_evidence: Mapped[int]


class IdempotencyKey(Tenant, Base):
    """A key a client sent with a mutation, the digest of the body, and what came of it."""

    __tablename__ = "idempotency_key"
    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    mutation: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    result: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class AttemptExternalId(Tenant, Base):
    """How another system names an attempt, so that importing it twice records it once."""

    __tablename__ = "attempt_external_id"
    __table_args__ = (of_organization(),)
    source: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    attempt_id: Mapped[uuid.UUID]


class AttemptImport(Tenant, Base):
    """How far the import of one file has come: rows up to `line` are in, committed with that fact."""

    __tablename__ = "attempt_import"
    __table_args__ = (of_organization(),)
    source: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int]
    recorded: Mapped[int]
    refused: Mapped[int]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
