"""What one unit of work changes in exams: written at its end, and told to everybody who follows.

The exam's topic is its teachers', a sitting's topic its learner's; both get their numbers last, in the
transaction that moves the state.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.assessments.answer import GivenAnswer
from app.assessments.exam import Exam, exam_as_json
from app.assessments.incidents import (
    DETAILS,
    LASTING,
    Incident,
    Lasting,
    ended,
    incident_as_json,
    store_incidents,
)
from app.assessments.section_time import sections_as_json
from app.assessments.sitting import MUTABLE, Sitting, differs, sitting_as_json
from app.assessments.states import SUBMITTED, ExamIncidentKind, ExamState
from app.kit.database import UnitOfWork
from app.kit.ids import new_id
from app.kit.statements import sql
from app.realtime.event_log import NewEvent, append, appended, appending

SITTING_CHANGED, EXAM_CHANGED = "sitting.changed", "exam.changed"
INCIDENT_RAISED, INCIDENT_CHANGED = "incident.raised", "incident.changed"
RESULTS_CHANGED = "results.changed"
ACTION_TAKEN, ACTION_ACKNOWLEDGED, ACTION_RECEIVED = "action.taken", "action.acknowledged", "action.received"

_TYPES = {
    "state": "text", "presence": "text", "item_count": "int", "base_seconds": "int",
    "accommodation_seconds": "int", "granted_seconds": "int", "joined_at": "timestamptz",
    "started_at": "timestamptz", "ends_at": "timestamptz", "left_when_paused": "interval",
    "sections": "jsonb", "submitted_at": "timestamptz", "device_id": "text", "address_digest": "bytea",
    "heard_at": "timestamptz",
    "acted_at": "timestamptz", "last_seen_at": "timestamptz", "current_item_number": "int",
    "answered_count": "int", "last_sequence": "int", "last_signal": "int", "open_incident_count": "int",
}  # fmt: skip
# The rows are locked before; the topics are locked when they and the answers are written.
_KEEP = sql(f"""
    WITH stored AS (
      UPDATE exam_sitting s SET {", ".join(f"{name} = g.{name}" for name in MUTABLE)}
      FROM unnest(:ids::uuid[], {", ".join(f":{name}::{_TYPES[name]}[]" for name in MUTABLE)})
        AS g(id, {", ".join(MUTABLE)})
      WHERE s.organization_id = :tenant AND s.id = g.id
      RETURNING s.id
    ), answered AS (
      INSERT INTO exam_answer (organization_id, sitting_id, sequence, item_id, response, digest, device_id,
                               saved_at)
      SELECT :tenant, g.*, :now
      FROM unnest(:answered_ids::uuid[], :sequences::int[], :item_ids::uuid[], :responses::jsonb[],
                  :digests::bytea[], :device_ids::text[]) AS g
      RETURNING sitting_id
    ), {appending("(SELECT count(*) FROM stored) + (SELECT count(*) FROM answered) >= 0")}
""")
_STORE_EXAM = sql("""
    UPDATE exam SET state = :state, granted_seconds = :granted_seconds, closed_at = :closed_at,
      closed_by = coalesce(:closed_by::uuid, closed_by), released_at = :released_at,
      released_by = coalesce(:released_by::uuid, released_by)
    WHERE id = :id
""")


def exam_topic(exam_id: uuid.UUID) -> str:
    """The topic of an exam, for its teachers; numbered in the transaction."""
    return f"exam:{exam_id.hex}"


def sitting_topic(sitting_id: uuid.UUID) -> str:
    """The topic of one sitting, for its learner; numbered in the transaction."""
    return f"sitting:{sitting_id.hex}"


def results_changed(exam_id: uuid.UUID, organization_id: uuid.UUID) -> NewEvent:
    """That an exam has other results, or shows them."""
    return NewEvent(f"results:{exam_id.hex}", RESULTS_CHANGED, {"exam": exam_id.hex}, organization_id)


class Changes:
    """Sittings, answers and incidents as a unit of work leaves them; `keep` writes and tells."""

    def __init__(self, work: UnitOfWork, sittings: Sequence[Sitting] = ()) -> None:
        self.work = work
        self._before: dict[uuid.UUID, Sitting] = {}
        self._now: dict[uuid.UUID, Sitting] = {}
        self._incidents: dict[uuid.UUID, tuple[Incident | None, Incident]] = {}
        self._exams: dict[uuid.UUID, Exam] = {}
        self._answers: list[GivenAnswer] = []
        self._told: list[NewEvent] = []
        for sitting in sittings:
            self.begin(sitting)

    def begin(self, sitting: Sitting) -> None:
        """Take in a sitting as it stands, its row locked."""
        self._before.setdefault(sitting.id, sitting)
        self._now.setdefault(sitting.id, sitting)

    def __getitem__(self, sitting_id: uuid.UUID) -> Sitting:
        return self._now[sitting_id]

    @property
    def sitting_ids(self) -> list[uuid.UUID]:
        """The sittings taken in."""
        return list(self._now)

    def move(self, sitting: Sitting) -> Sitting:
        """Take in a sitting as it is now."""
        self._now[sitting.id] = sitting
        return sitting

    def answer(self, answer: GivenAnswer) -> None:
        """Take in an answer of a sitting that moves by it."""
        self._answers.append(answer)

    @property
    def moved(self) -> list[Sitting]:
        """The sittings that followers see changed."""
        return [now for key, now in self._now.items() if differs(self._before[key], now)]

    @property
    def ended(self) -> list[uuid.UUID]:
        """The sittings that have been submitted, by whomever, and are to be scored before all is kept."""
        return [
            now.id
            for now in self.moved
            if now.state in SUBMITTED and self._before[now.id].state not in SUBMITTED
        ]

    def before(self, sitting_id: uuid.UUID) -> Sitting:
        """The sitting as it was at the start."""
        return self._before[sitting_id]

    async def change_exam(
        self, exam: Exam, *, closed_by: uuid.UUID | None = None, released_by: uuid.UUID | None = None
    ) -> Exam:
        """Write an exam as it is now, and tell it."""
        await self.work.execute(
            _STORE_EXAM, id=exam.id, state=exam.state.value, granted_seconds=exam.granted_seconds,
            closed_at=exam.closed_at, closed_by=closed_by, released_at=exam.released_at,
            released_by=released_by,
        )  # fmt: skip
        self._exams[exam.id] = exam
        return exam

    def raise_incident(
        self, sitting_id: uuid.UUID, kind: ExamIncidentKind, known: Lasting, **more: Any
    ) -> None:
        """Raise an incident, unless one of that kind goes on; a disconnection may go on after a minute."""
        now, sitting = self.work.now, self._now[sitting_id]
        if known.going_on(sitting_id, kind) is not None:
            return
        again = known.just_ended(sitting_id, kind) if kind is ExamIncidentKind.DISCONNECTED else None
        if again is not None:
            after = replace(again, ended_at=None)
        elif known.room(sitting_id):
            values: dict[str, Any] = {"detail": DETAILS[kind], "started_at": now, **more}
            values["ended_at"] = None if kind in LASTING else values["started_at"]
            after = Incident(
                new_id(), sitting.exam_id, sitting_id, sitting.classroom_id, sitting.learner_id, kind,
                **values,
            )  # fmt: skip
        else:
            return
        known.put(after)
        self.change_incident(again, after)

    def end_incident(self, sitting_id: uuid.UUID, kind: ExamIncidentKind, known: Lasting) -> None:
        """End the incident of that kind, if one goes on."""
        found = known.going_on(sitting_id, kind)
        if found is not None:
            after = ended(found, self.work.now)
            known.put(after)
            self.change_incident(found, after)

    def change_incident(self, before: Incident | None, after: Incident) -> None:
        """Take in an incident as it is now, and count it in its sitting."""
        first, _ = self._incidents.get(after.id, (before, after))
        self._incidents[after.id] = (first, after)
        step = after.open - (before is not None and before.open)
        if step:
            sitting = self._now[after.sitting_id]
            self.move(replace(sitting, open_incident_count=sitting.open_incident_count + step))

    def tell(self, topic: str, kind: str, payload: dict[str, Any]) -> None:
        """Tell something besides; it comes after what changed."""
        self._told.append(NewEvent(topic, kind, payload, self.work.tenant))

    async def keep(self) -> None:
        """Write it all, then number what is told; the topics are locked last."""
        kept = [now for key, now in self._now.items() if now != self._before[key]]
        kept = [self._seen(now) for now in sorted(kept, key=lambda each: each.id)]
        if self._incidents:
            await store_incidents(self.work, [after for _, after in self._incidents.values()])
        told = [
            *self._of_sittings(kept), *self._of_incidents(), *self._of_exams(), *self._of_results(kept),
            *self._told,
        ]  # fmt: skip
        if kept:
            await self._write(kept, told)
        elif told:
            await append(self.work, told)

    def _seen(self, sitting: Sitting) -> Sitting:
        return replace(sitting, last_seen_at=sitting.heard_at) if self._differs(sitting) else sitting

    def _differs(self, sitting: Sitting) -> bool:
        return differs(self._before[sitting.id], sitting)

    async def _write(self, kept: Sequence[Sitting], told: Sequence[NewEvent]) -> None:
        columns: dict[str, list[Any]] = {name: [getattr(each, name) for each in kept] for name in MUTABLE}
        for name in ("state", "presence"):
            columns[name] = [value.value for value in columns[name]]
        columns["sections"] = [sections_as_json(each.sections) for each in kept]
        answers = self._answers
        await self.work.execute(
            _KEEP, tenant=self.work.tenant, ids=[each.id for each in kept], **columns,
            answered_ids=[each.sitting_id for each in answers],
            sequences=[each.sequence for each in answers],
            item_ids=[each.item_id for each in answers],
            responses=[dict(each.response) for each in answers],
            digests=[each.digest() for each in answers],
            device_ids=[each.device_id for each in answers],
            **appended(self.work, told),
        )  # fmt: skip

    def _of_sittings(self, kept: Sequence[Sitting]) -> list[NewEvent]:
        return [
            NewEvent(topic, SITTING_CHANGED, {"sitting": payload}, self.work.tenant)
            for each in kept
            if self._differs(each)
            for payload in (sitting_as_json(each),)
            for topic in (exam_topic(each.exam_id), sitting_topic(each.id))
        ]

    def _of_incidents(self) -> list[NewEvent]:
        told: list[NewEvent] = []
        for before, after in self._incidents.values():
            kind = INCIDENT_RAISED if before is None else INCIDENT_CHANGED
            topics = [exam_topic(after.exam_id)]
            # Who raised a hand is told that somebody comes.
            if after.kind is ExamIncidentKind.HAND_RAISED:
                topics.append(sitting_topic(after.sitting_id))
            payload = {"incident": incident_as_json(after)}
            told += [NewEvent(topic, kind, payload, self.work.tenant) for topic in topics]
        return told

    def _of_results(self, kept: Sequence[Sitting]) -> list[NewEvent]:
        """That an exam has other results, or shows them now; what they are is read where it is wanted."""
        moved = {
            each.exam_id
            for each in kept
            if (each.state in SUBMITTED) is not (self._before[each.id].state in SUBMITTED)
        }
        released = {exam.id for exam in self._exams.values() if exam.state is ExamState.RELEASED}
        return [results_changed(exam_id, self.work.tenant) for exam_id in sorted(moved | released)]

    def _of_exams(self) -> list[NewEvent]:
        return [
            NewEvent(exam_topic(exam.id), EXAM_CHANGED, {"exam": exam_as_json(exam)}, self.work.tenant)
            for exam in self._exams.values()
        ]
