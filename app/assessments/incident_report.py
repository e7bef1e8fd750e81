"""What a school keeps of an exam afterwards: who was there, and each incident, as JSON and CSV."""

import csv
import io
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from app.access.principal import Principal
from app.kit.database import Reader, Row
from app.kit.loading import Columns, lists_by_key
from app.kit.pagination import Page
from app.kit.statements import sql

MOST_INCIDENTS = 5_000
"""Incidents of one report; the newest beyond that are left out and counted."""

_ATTENDANCE = sql("""
    SELECT s.exam_id AS key, s.id AS sitting_id, l.id AS learner_id, l.display_name, s.number, s.state,
           s.joined_at, s.submitted_at, s.answered_count, s.item_count, s.accommodation_seconds,
           s.granted_seconds
    FROM exam_sitting s JOIN learner l ON l.organization_id = s.organization_id AND l.id = s.learner_id
    WHERE s.exam_id = ANY(:keys) ORDER BY l.display_name, l.id, s.number
""")
_INCIDENTS = sql("""
    SELECT k.key, c.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT c.id, c.sitting_id, l.display_name, c.kind, c.detail, c.started_at, c.ended_at, c.claimed_at,
             x.display_name AS claimed_by, c.dismissed_at, d.display_name AS dismissed_by, c.note,
             count(*) OVER () AS total
      FROM exam_incident c
      JOIN exam_sitting s ON s.organization_id = c.organization_id AND s.id = c.sitting_id
      JOIN learner l ON l.organization_id = s.organization_id AND l.id = s.learner_id
      LEFT JOIN user_account x ON x.id = c.claimed_by
      LEFT JOIN user_account d ON d.id = c.dismissed_by
      WHERE c.exam_id = k.key ORDER BY c.id LIMIT :limit) c ORDER BY c.id
""")
_CSV = ("learner", "kind", "detail", "startedAt", "endedAt", "claimedBy", "claimedAt", "dismissedBy",
        "dismissedAt", "note")  # fmt: skip


@dataclass(frozen=True, slots=True)
class IncidentReport:
    """Attendance and incidents of one exam."""

    exam_id: uuid.UUID
    made_at: datetime
    attendance: Sequence[Row]
    incidents: Sequence[Row]
    left_out: int

    @property
    def joined_count(self) -> int:
        """How many sittings were joined."""
        return sum(row.joined_at is not None for row in self.attendance)

    @property
    def absent_count(self) -> int:
        """How many were not."""
        return len(self.attendance) - self.joined_count

    @property
    def incident_count(self) -> int:
        """How many incidents there were."""
        return len(self.incidents) + self.left_out

    @property
    def json(self) -> str:
        """All of it, moments in ISO 8601 with their offset."""
        report = {
            "examId": f"exm_{self.exam_id.hex}",
            "madeAt": self.made_at.isoformat(),
            "attendance": [_attendance(row) for row in self.attendance],
            "incidents": [_incident(row) for row in self.incidents],
            "incidentsLeftOut": self.left_out,
        }
        return orjson.dumps(report).decode()

    @property
    def csv(self) -> str:
        """The incidents, RFC 4180, one line each below the names of the columns."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(_CSV)
        for row in self.incidents:
            incident = _incident(row)
            writer.writerow([_cell(incident[name]) for name in _CSV])
        return text.getvalue()


async def reports_by_exam(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page | None, columns: Columns, principal: Principal
) -> list[IncidentReport]:
    """The report of each exam, as of now."""
    attendance = lists_by_key(await reader.fetch(_ATTENDANCE, keys=list(keys)), keys)
    incidents = lists_by_key(await reader.fetch(_INCIDENTS, keys=list(keys), limit=MOST_INCIDENTS), keys)
    return [
        IncidentReport(key, reader.now, present, found, found[0].total - len(found) if found else 0)
        for key, present, found in zip(keys, attendance, incidents, strict=True)
    ]


def _attendance(row: Row) -> dict[str, Any]:
    return {
        "sittingId": f"sit_{row.sitting_id.hex}",
        "learner": row.display_name,
        "attempt": row.number,
        "state": row.state,
        "joinedAt": _moment(row.joined_at),
        "submittedAt": _moment(row.submitted_at),
        "answered": row.answered_count,
        "items": row.item_count,
        "accommodationSeconds": row.accommodation_seconds,
        "grantedSeconds": row.granted_seconds,
    }


def _incident(row: Row) -> dict[str, Any]:
    return {
        "sittingId": f"sit_{row.sitting_id.hex}",
        "learner": row.display_name,
        "kind": row.kind,
        "detail": row.detail,
        "startedAt": _moment(row.started_at),
        "endedAt": _moment(row.ended_at),
        "claimedBy": row.claimed_by,
        "claimedAt": _moment(row.claimed_at),
        "dismissedBy": row.dismissed_by,
        "dismissedAt": _moment(row.dismissed_at),
        "note": row.note,
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _cell(value: str | None) -> str:
    """A spreadsheet takes text that begins so for a formula, so it is quoted (OWASP, CSV injection)."""
    if value is not None and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return value or ""
