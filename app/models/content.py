"""Skills and their prerequisites; courses and their modules; items and their versions."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
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


class Course(Tenant, Base):
    """A course of study: modules in the order of teaching."""

    __tablename__ = "course"
    __table_args__ = (of_organization(), Index(None, "organization_id", "name", "id"))
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    subject: Mapped[str | None]
    created_at: Mapped[datetime]


class Module(Tenant, Base):
    """A part of a course; `position` counts from 1 without gaps, checked when a statement has ended."""

    __tablename__ = "module"
    __table_args__ = (
        reference("course_id", "course"),
        UniqueConstraint("organization_id", "course_id", "position", deferrable=True, initially="IMMEDIATE"),
        CheckConstraint("position >= 1", name="position_from_one"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    course_id: Mapped[uuid.UUID]
    name: Mapped[str]
    position: Mapped[int]
    created_at: Mapped[datetime]


class ModuleSkill(Tenant, Base):
    """A module teaches a skill, at a place within the module."""

    __tablename__ = "module_skill"
    __table_args__ = (
        reference("module_id", "module"),
        reference("skill_id", "skill"),
        Index(None, "organization_id", "skill_id", "module_id"),
    )
    module_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    skill_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    position: Mapped[int]


class Item(Tenant, Base):
    """A question; what it asks stands in its versions. While `withheld_at` is set an exam has it."""

    __tablename__ = "item"
    __table_args__ = (of_organization(),)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")
    retired_at: Mapped[datetime | None]
    withheld_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ItemVersion(Tenant, Base):
    """One state of an item: `content` is what a learner may see, `answer_key` never leaves the server.

    `skill_ids` are the skills that it asked for in this state; empty where that was not written down.
    """

    __tablename__ = "item_version"
    __table_args__ = (reference("item_id", "item"),)
    item_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    answer_key: Mapped[dict[str, Any]]
    skill_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid()), server_default="{}")
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
