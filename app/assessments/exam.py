"""An exam as followers and readers see it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from app.assessments.payload import plain, read_id, read_moment
from app.assessments.states import ExamState


@dataclass(frozen=True, slots=True)
class Exam:
    """An assessment that a class sits, from `opens_at` to `closes_at` or until a teacher closes it."""

    id: uuid.UUID
    assessment_id: uuid.UUID
    classroom_id: uuid.UUID
    state: ExamState
    opens_at: datetime
    closes_at: datetime | None
    granted_seconds: int
    lock_on_second_device: bool
    closed_at: datetime | None = None
    released_at: datetime | None = None


COLUMNS = tuple(field.name for field in fields(Exam))


def exam_of(row: Mapping[str, Any]) -> Exam:
    """The exam in a row."""
    values = {name: row[name] for name in COLUMNS}
    return Exam(**{**values, "state": ExamState(values["state"])})


def exam_as_json(exam: Exam) -> dict[str, Any]:
    """What an event tells of an exam."""
    return {name: plain(getattr(exam, name)) for name in COLUMNS}


def exam_from_json(payload: Mapping[str, Any]) -> Exam:
    """The exam that an event tells."""
    values = dict(payload)
    for name in ("id", "assessment_id", "classroom_id"):
        values[name] = read_id(values[name])
    for name in ("opens_at", "closes_at", "closed_at", "released_at"):
        values[name] = read_moment(values[name])
    return Exam(**{**values, "state": ExamState(values["state"])})
