"""Assessments and exams: the form, who sits it, every answer saved, incidents, acts of teachers, results."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Interval, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Tenant, of_organization, reference


class Assessment(Tenant, Base):
    """A fixed form. `sections` is a list of `{"title", "items"}` that divides the items in their order.

    A section that ends by itself has `seconds` besides.
    """

    __tablename__ = "assessment"
    __table_args__ = (of_organization(),)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    duration_seconds: Mapped[int]
    sections: Mapped[list[Any]]
    shuffle_items: Mapped[bool]
    shuffle_choices: Mapped[bool]
    attempts_allowed: Mapped[int]
    release_policy: Mapped[str]
    item_count: Mapped[int]
    retired_at: Mapped[datetime | None]
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]


class AssessmentItem(Tenant, Base):
    """An item of a form, in the version that it had when the form was made; `position` counts from 1."""

    __tablename__ = "assessment_item"
    __table_args__ = (
        reference("assessment_id", "assessment"),
        ForeignKeyConstraint(
            ["organization_id", "item_id", "item_version"],
            ["item_version.organization_id", "item_version.item_id", "item_version.version"],
        ),
        UniqueConstraint("organization_id", "assessment_id", "position"),
        Index(None, "organization_id", "item_id"),
    )
    assessment_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    item_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    item_version: Mapped[int]
    position: Mapped[int]
    section: Mapped[int]


class Accommodation(Tenant, Base):
    """Extra time that a learner has in every exam, in percent of its duration."""

    __tablename__ = "accommodation"
    __table_args__ = (reference("learner_id", "learner"),)
    learner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    extra_time_percent: Mapped[int]
    set_by: Mapped[uuid.UUID | None]
    set_at: Mapped[datetime]


class Exam(Tenant, Base):
    """An assessment that a class sits. `granted_seconds` is what everyone was given, for who comes later."""

    __tablename__ = "exam"
    __table_args__ = (
        reference("assessment_id", "assessment"),
        reference("classroom_id", "classroom"),
        Index(None, "organization_id", "assessment_id", "id"),
        Index(None, "organization_id", "classroom_id", "id"),
        Index(None, "state", "opens_at"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    assessment_id: Mapped[uuid.UUID]
    classroom_id: Mapped[uuid.UUID]
    state: Mapped[str]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime | None]
    granted_seconds: Mapped[int] = mapped_column(server_default="0")
    lock_on_second_device: Mapped[bool]
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    closed_by: Mapped[uuid.UUID | None]
    closed_at: Mapped[datetime | None]
    released_by: Mapped[uuid.UUID | None]
    released_at: Mapped[datetime | None]


class ExamSitting(Tenant, Base):
    """A learner in an exam. While its clock runs `ends_at` is set; while it stands, `left_when_paused`.

    `sections` holds when sections with a time of their own end (`app.assessments.section_time`).
    `heard_at` is the last sign of life, `acted_at` the last act; `last_seen_at` is what was told of them.
    """

    __tablename__ = "exam_sitting"
    __table_args__ = (
        reference("exam_id", "exam"),
        reference("learner_id", "learner"),
        UniqueConstraint("organization_id", "exam_id", "learner_id", "number"),
        CheckConstraint("number >= 1", name="number_from_one"),
        Index(None, "organization_id", "learner_id", "id"),
        Index(None, "state", "ends_at"),
        Index(None, "presence", "heard_at"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    exam_id: Mapped[uuid.UUID]
    classroom_id: Mapped[uuid.UUID]
    learner_id: Mapped[uuid.UUID]
    number: Mapped[int]
    state: Mapped[str]
    presence: Mapped[str]
    item_count: Mapped[int]
    base_seconds: Mapped[int]
    accommodation_seconds: Mapped[int]
    granted_seconds: Mapped[int]
    joined_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    left_when_paused: Mapped[timedelta | None] = mapped_column(Interval())
    sections: Mapped[dict[str, Any] | None]
    submitted_at: Mapped[datetime | None]
    device_id: Mapped[str | None]
    address_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    heard_at: Mapped[datetime | None]
    acted_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    current_item_number: Mapped[int | None]
    answered_count: Mapped[int] = mapped_column(server_default="0")
    last_sequence: Mapped[int] = mapped_column(server_default="0")
    last_signal: Mapped[int] = mapped_column(server_default="0")
    open_incident_count: Mapped[int] = mapped_column(server_default="0")


class ExamAnswer(Tenant, Base):
    """An answer as saved, under the number the learner's device gave it; the last one of an item counts."""

    __tablename__ = "exam_answer"
    __table_args__ = (
        reference("sitting_id", "exam_sitting"),
        reference("item_id", "item"),
        Index(None, "organization_id", "sitting_id", "item_id", "sequence"),
    )
    sitting_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[uuid.UUID]
    response: Mapped[dict[str, Any]]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    device_id: Mapped[str | None]
    saved_at: Mapped[datetime]


class ExamResult(Tenant, Base):
    """What a sitting earned. `items` is a list of `{"item", "score", "correct", "feedback"}`, in order."""

    __tablename__ = "exam_result"
    __table_args__ = (reference("sitting_id", "exam_sitting"),)
    sitting_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    score: Mapped[float]
    maximum: Mapped[int]
    items: Mapped[list[Any]]
    scored_at: Mapped[datetime]


class ExamKey(Tenant, Base):
    """The version whose key scores an item in an exam, in place of the form's: set by a regrade."""

    __tablename__ = "exam_key"
    __table_args__ = (
        reference("exam_id", "exam"),
        ForeignKeyConstraint(
            ["organization_id", "item_id", "version"],
            ["item_version.organization_id", "item_version.item_id", "item_version.version"],
        ),
        Index(None, "organization_id", "item_id", "version"),
    )
    exam_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    item_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    set_by: Mapped[uuid.UUID | None]
    set_at: Mapped[datetime]


class ExamScore(Tenant, Base):
    """A result that is released, as leaderboards of the exam have told it: a projection of results."""

    __tablename__ = "exam_score"
    __table_args__ = (
        reference("exam_id", "exam"),
        reference("learner_id", "learner"),
        Index(None, "organization_id", "learner_id"),
    )
    exam_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    learner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    score: Mapped[float]
    maximum: Mapped[int]
    submitted_at: Mapped[datetime]


class ExamIncident(Tenant, Base):
    """Something about a sitting that a teacher may want to look at; it changes nothing by itself."""

    __tablename__ = "exam_incident"
    __table_args__ = (
        reference("exam_id", "exam"),
        reference("sitting_id", "exam_sitting"),
        Index(None, "organization_id", "exam_id", "id"),
        Index(None, "organization_id", "sitting_id", "id"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    exam_id: Mapped[uuid.UUID]
    sitting_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    detail: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    claimed_by: Mapped[uuid.UUID | None]
    claimed_at: Mapped[datetime | None]
    dismissed_by: Mapped[uuid.UUID | None]
    dismissed_at: Mapped[datetime | None]
    note: Mapped[str | None]


class ExamAction(Tenant, Base):
    """What a teacher did to some or all sittings of an exam, kept for good."""

    __tablename__ = "exam_action"
    __table_args__ = (reference("exam_id", "exam"), Index(None, "organization_id", "exam_id", "id"))
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    exam_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    actor_id: Mapped[uuid.UUID]
    at: Mapped[datetime]
    everyone: Mapped[bool]
    seconds: Mapped[int | None]
    text: Mapped[str | None]
    reason: Mapped[str | None]
    undone_by: Mapped[uuid.UUID | None]
    undone_at: Mapped[datetime | None]


class ExamActionTarget(Tenant, Base):
    """A sitting that an act reached, and when its learner had it and saw it. `before` is the state before."""

    __tablename__ = "exam_action_target"
    __table_args__ = (
        reference("action_id", "exam_action"),
        reference("sitting_id", "exam_sitting"),
        Index(None, "organization_id", "sitting_id", "action_id"),
    )
    action_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    sitting_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    before: Mapped[str]
    delivered_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
