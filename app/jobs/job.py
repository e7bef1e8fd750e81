"""A job as its readers and followers see it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

from app.kit.errors import ErrorCode


class JobState(StrEnum):
    """Where a job stands; the last three are for good."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Job:
    """Work that was asked for. `done` of `total` steps are behind it, the latter null until it is known.

    `run` counts how often it was taken up: what an earlier run still writes is turned away by it. `failures`
    counts the runs that failed; the error is the last one's. A queued job waits until `not_before`.
    """

    id: uuid.UUID
    organization_id: uuid.UUID
    kind: str
    state: JobState
    input: dict[str, Any]
    done: int
    total: int | None
    doing: str | None
    run: int
    failures: int
    result: dict[str, Any] | None
    error_code: ErrorCode | None
    error_message: str | None
    created_by: uuid.UUID | None
    created_at: datetime
    not_before: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    cancel_requested_at: datetime | None

    @property
    def progress(self) -> SimpleNamespace:
        """How far it is."""
        return SimpleNamespace(done=self.done, total=self.total, doing=self.doing)

    @property
    def error(self) -> SimpleNamespace | None:
        """What its last run failed of, if it did not succeed since."""
        if self.error_code is None:
            return None
        return SimpleNamespace(code=self.error_code, message=self.error_message)


COLUMNS = tuple(field.name for field in fields(Job))
_IDS = ("id", "organization_id", "created_by")
_MOMENTS = ("created_at", "not_before", "started_at", "ended_at", "cancel_requested_at")


def job_of(row: Mapping[str, Any]) -> Job:
    """The job in a row."""
    return _job({name: row[name] for name in COLUMNS})


def job_as_json(job: Job) -> dict[str, Any]:
    """What an event tells of a job; what it was given stays in the table."""
    values = {name: getattr(job, name) for name in COLUMNS if name != "input"}
    values.update({name: value.hex for name in _IDS if (value := values[name]) is not None})
    values.update({name: value.isoformat() for name in _MOMENTS if (value := values[name]) is not None})
    return values


def job_from_json(payload: Mapping[str, Any]) -> Job:
    """The job that an event tells."""
    values = {"input": {}, **payload}
    values.update({name: uuid.UUID(value) for name in _IDS if (value := values[name]) is not None})
    values.update(
        {name: datetime.fromisoformat(value) for name in _MOMENTS if (value := values[name]) is not None}
    )
    return _job(values)


def _job(values: dict[str, Any]) -> Job:
    code = values["error_code"]
    told = {"state": JobState(values["state"]), "error_code": ErrorCode(code) if code else None}
    return Job(**{**values, **told})
