"""Skills and their prerequisites; items and their versions."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Tenant, of_organization, reference


class Skill(Tenant, Base):
    """A knowledge component. `reference_difficulty` is the median difficulty of its items, in logits."""

    __tablename__ = "skill"
    __table_args__ = (
        of_organization(),
        UniqueConstraint("organization_id", "code"),
        Index(None, "organization_id", "name", "id"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str]
    subject: Mapped[str | None]
    reference_difficulty: Mapped[float] = mapped_column(server_default="0")
    created_at: Mapped[datetime]


class SkillPrerequisite(Tenant, Base):
    """`prerequisite_id` is to be learnt before `skill_id`; the graph has no cycle."""

    __tablename__ = "skill_prerequisite"
    __table_args__ = (
        reference("skill_id", "skill"),
        reference("prerequisite_id", "skill"),
        CheckConstraint("skill_id <> prerequisite_id", name="not_itself"),
        Index(None, "organization_id", "prerequisite_id"),
    )
    skill_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    prerequisite_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


class Item(Tenant, Base):
    """A question; what it asks stands in its versions."""

    __tablename__ = "item"
    __table_args__ = (of_organization(),)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ItemVersion(Tenant, Base):
    """One state of an item: `content` is what a learner may see, `answer_key` never leaves the server."""

    __tablename__ = "item_version"
    __table_args__ = (reference("item_id", "item"),)
    item_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    answer_key: Mapped[dict[str, Any]]
    author_id: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]


class ItemSkill(Tenant, Base):
    """An item asks for a skill."""

    __tablename__ = "item_skill"
    __table_args__ = (
        reference("item_id", "item"),
        reference("skill_id", "skill"),
        Index(None, "organization_id", "skill_id", "item_id"),
    )
    item_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    skill_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


class ItemExternalId(Tenant, Base):
    """How another system names an item."""

    __tablename__ = "item_external_id"
    __table_args__ = (reference("item_id", "item"),)
    source: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[uuid.UUID] = mapped_column(index=True)
