"""The event log: one row for each event, numbered without gaps in its topic; how far each consumer is."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from app.models.base import Base, Tenant, of_organization


class TransactionId(UserDefinedType[str]):
    """PostgreSQL's `xid8`: the number of a transaction, never reused."""

    cache_ok = True

    def get_col_spec(self, **options: Any) -> str:
        return "xid8"


# So that a comparison of models and database knows the type it finds.
ischema_names["xid8"] = TransactionId


class Topic(Tenant, Base):
    """The last number given in a topic; its row is locked last, in sorted order."""

    __tablename__ = "topic"
    __table_args__ = (of_organization(),)
    name: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)


class Event(Tenant, Base):
    """What happened, written in the transaction that made it happen."""

    __tablename__ = "event"
    __table_args__ = (
        Index(None, "organization_id", "topic", "seq"),
        Index(None, "xid", "id"),
        {"postgresql_partition_by": "RANGE (id)"},
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    topic: Mapped[str]
    seq: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    xid: Mapped[str] = mapped_column(TransactionId(), server_default=text("pg_current_xact_id()"))


class ConsumerPosition(Base):
    """The last event, in commit order, whose effect of this consumer is in the database."""

    __tablename__ = "consumer_position"
    name: Mapped[str] = mapped_column(primary_key=True)
    xid: Mapped[str] = mapped_column(TransactionId())
    event_id: Mapped[uuid.UUID]
    updated_at: Mapped[datetime]
