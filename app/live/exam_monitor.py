"""The state of an exam as its monitor begins with it: every sitting, who needs a look first."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.access.principal import Principal
from app.assessments.exam import Exam, exam_of
from app.assessments.exams import READ_EXAM
from app.assessments.repository import OWN_OR_TAUGHT
from app.assessments.sitting import COLUMNS, Sitting, sitting_of
from app.assessments.states import SittingState
from app.kit.database import Reader
from app.kit.errors import not_found
from app.kit.statements import sql
from app.realtime.presence import Presence

_SITTING = ", ".join(f"s.{name}" for name in COLUMNS)
# A learner who has left the class is no longer watched.
_SITTINGS = sql(f"""
    SELECT {_SITTING} FROM exam_sitting s
    JOIN learner l ON l.organization_id = s.organization_id AND l.id = s.learner_id
    WHERE s.exam_id = :exam_id AND {OWN_OR_TAUGHT} ORDER BY l.display_name, l.id, s.number
""")

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SittingCount:
    """How many sittings are in one state and presence."""

    state: SittingState
    presence: Presence
    count: int


@dataclass(frozen=True, slots=True)
class ExamStanding:
    """An exam, its sittings by concern, the time left and the name, and how many are in each state."""

    exam: Exam
    sittings: Sequence[Sitting]
    counts: Sequence[SittingCount]


async def standing_of_exam(reader: Reader, exam_id: uuid.UUID, principal: Principal) -> ExamStanding:
    """An exam as a teacher of its class sees it, in two statements however many sit it."""
    row = await reader.fetch_one(READ_EXAM, id=exam_id)
    if row is None:
        raise not_found("exam", "examId")
    who = {
        "everything": principal.is_admin,
        "user_id": principal.user_id,
        "learner_id": principal.learner_id,
    }
    sittings = list(map(sitting_of, await reader.fetch(_SITTINGS, exam_id=exam_id, **who)))
    return ExamStanding(exam_of(row), by_concern(sittings), counts_of(sittings))


def by_concern(sittings: Sequence[Sitting]) -> list[Sitting]:
    """Who needs a look first; of those who need it alike who has least time left; then in their order."""
    return sorted(sittings, key=lambda sitting: (-sitting.concern, sitting.ends_at or NEVER))


def counts_of(sittings: Sequence[Sitting]) -> list[SittingCount]:
    """How many are in each state and presence, in the order of the states; those with none are left out."""
    found = Counter((sitting.state, sitting.presence) for sitting in sittings)
    return [
        SittingCount(state, presence, found[state, presence])
        for state in SittingState
        for presence in Presence
        if (state, presence) in found
    ]
