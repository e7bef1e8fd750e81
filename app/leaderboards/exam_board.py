"""Leaderboards of exams: what sittings earned, once their results are released, and no sooner."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from app.kit.database import Reader
from app.kit.statements import sql
from app.leaderboards.board import LeaderboardMetric, Member
from app.leaderboards.windows import Span

# A sitting counts as soon as its learner may see the result, and while it is submitted.
_RELEASED = sql("""
    SELECT e.assessment_id, e.id AS exam_id, e.classroom_id, s.learner_id, s.number, r.score, r.maximum,
           s.submitted_at
    FROM exam e
    JOIN assessment a ON a.organization_id = e.organization_id AND a.id = e.assessment_id
    JOIN exam_sitting s ON s.organization_id = e.organization_id AND s.exam_id = e.id
    JOIN exam_result r ON r.organization_id = s.organization_id AND r.sitting_id = s.id
    WHERE (e.id = ANY(:exams) OR e.assessment_id = ANY(:assessments))
      AND (e.state = 'RELEASED' OR a.release_policy = 'AT_SUBMISSION')
      AND s.state IN ('SUBMITTED', 'FORCE_SUBMITTED')
""")


class Earned(NamedTuple):
    """What one sitting earned, of at most `maximum`; `number` is which of the learner's attempts it was."""

    assessment_id: uuid.UUID
    exam_id: uuid.UUID
    classroom_id: uuid.UUID
    learner_id: uuid.UUID
    number: int
    score: float
    maximum: int
    submitted_at: datetime

    @property
    def share(self) -> float:
        """The share of the credit, from 0 to 1."""
        return self.score / self.maximum if self.maximum else 0.0


async def released_results(
    reader: Reader, *, exams: Collection[uuid.UUID] = (), assessments: Collection[uuid.UUID] = ()
) -> list[Earned]:
    """What the sittings of these exams earned whose results are released, by assessments as well."""
    rows = await reader.fetch(_RELEASED, exams=list(exams), assessments=list(assessments))
    return [Earned(*row.values()) for row in rows]


def exam_scores(metric: LeaderboardMetric, results: Iterable[Earned], within: Span) -> dict[uuid.UUID, float]:
    """The score of each learner who submitted within a window: of several attempts the best counts.

    IMPROVEMENT is the share of the last attempt less that of the first one, where there are two.
    """
    found: defaultdict[uuid.UUID, list[Earned]] = defaultdict(list)
    for each in results:
        if within.starts_at <= each.submitted_at and (
            within.ends_at is None or each.submitted_at < within.ends_at
        ):
            found[each.learner_id].append(each)
    return {
        learner: score
        for learner, attempts in found.items()
        if (score := _score(metric, attempts)) is not None
    }


def _score(metric: LeaderboardMetric, attempts: Sequence[Earned]) -> float | None:
    match metric:
        case LeaderboardMetric.SCORE:
            return max(each.score for each in attempts)
        case LeaderboardMetric.ACCURACY:
            return max(each.share for each in attempts)
        case LeaderboardMetric.IMPROVEMENT if len(attempts) > 1:
            first, *_, last = sorted(attempts, key=lambda each: (each.submitted_at, each.number))
            return last.share - first.share
        case _:
            return None


def members_of_classes(
    members: Mapping[uuid.UUID, Mapping[uuid.UUID, Member]], classroom_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, Member]:
    """The learners of several classes; who is in two of them is shown where one shows it."""
    found: dict[uuid.UUID, Member] = {}
    for classroom_id in classroom_ids:
        for learner, member in members.get(classroom_id, {}).items():
            if learner not in found or found[learner].hidden:
                found[learner] = member
    return found
