"""Jobs: what was asked for, how far it is, what came of it.

The queue that workers take them from is pgqueuer's, in the schema `queue`, and is no model here. Its tables
have no tenant, since a worker serves all organizations; a row there holds the two ids of a job and no more.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Tenant, of_organization

_HELD = text("lane IS NOT NULL AND state IN ('QUEUED', 'RUNNING')")


class Job(Tenant, Base):
    """Work for one organization. `queue_id` is its row in the queue, the last one it had."""

    __tablename__ = "job"
    __table_args__ = (
        of_organization(),
        Index(None, "organization_id", "created_by", "id"),
        Index(None, "organization_id", "lane", unique=True, postgresql_where=_HELD),
        Index(None, "state", postgresql_where=text("state IN ('QUEUED', 'RUNNING')")),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[str]
    priority: Mapped[int]
    lane: Mapped[str | None]
    input: Mapped[dict[str, Any]]
    done: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int | None]
    doing: Mapped[str | None]
    run: Mapped[int] = mapped_column(server_default="0")
    failures: Mapped[int] = mapped_column(server_default="0")
    result: Mapped[dict[str, Any] | None]
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    queue_id: Mapped[int | None] = mapped_column(BigInteger)
