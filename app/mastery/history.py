"""Mastery at past moments, from the changes that attempts made.

A figure is the one that the last attempt until then left behind, as of that answer. When an answer arrives
late, what it left rests on the attempts that had arrived before, so of several changes the one with the most
evidence counts.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from app.access.principal import Principal
from app.kit.database import Reader, Row
from app.kit.errors import BadInput
from app.kit.loading import Columns, by_key, lists_by_key
from app.kit.pagination import Page
from app.kit.statements import sql
from app.mastery.estimates import MasteryAt, mastery_at

MOST_POINTS = 92

# The change with the most evidence in each bucket, buckets being days, weeks or months of the organization.
_BY_BUCKET = sql("""
    SELECT DISTINCT ON (c.mastery_id, date_trunc(:bucket, c.answered_at, o.time_zone))
           c.mastery_id AS key, c.answered_at, c.after, c.evidence_count
    FROM unnest(:keys::uuid[]) AS k(key) JOIN mastery m ON m.id = k.key
    JOIN organization o ON o.id = m.organization_id
    JOIN mastery_change c ON c.organization_id = m.organization_id AND c.learner_id = m.learner_id
      AND c.skill_id = m.skill_id
    WHERE :until::timestamptz IS NULL OR c.answered_at < :until
    ORDER BY c.mastery_id, date_trunc(:bucket, c.answered_at, o.time_zone), c.evidence_count DESC
""")
_AT = sql("""
    SELECT DISTINCT ON (c.mastery_id) c.mastery_id AS key, c.after, c.evidence_count
    FROM unnest(:keys::uuid[]) AS k(key) JOIN mastery m ON m.id = k.key
    JOIN mastery_change c ON c.organization_id = m.organization_id AND c.learner_id = m.learner_id
      AND c.skill_id = m.skill_id
    WHERE c.answered_at <= :time ORDER BY c.mastery_id, c.evidence_count DESC
""")


async def history_by_mastery(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[list[MasteryAt]]:
    """A point for each bucket with attempts within [from, to), the oldest first; the last 92 of them."""
    since, until = page.filter("since"), page.filter("until")
    if since is not None and until is not None and since >= until:
        raise BadInput("'from' must be before 'to'.", path=("from",))
    bucket = str(page.filter("bucket")).lower()
    rows = await reader.fetch(_BY_BUCKET, keys=list(keys), bucket=bucket, until=until)
    return [_points(found, since) for found in lists_by_key(rows, keys)]


async def mastery_at_time(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[MasteryAt]:
    """Mastery at a moment; without evidence before the first attempt."""
    time: datetime = page.filter("time")
    found = by_key(await reader.fetch(_AT, keys=list(keys), time=time), "key")
    return [
        mastery_at(time, found[key].after, found[key].evidence_count)
        if key in found
        else MasteryAt(time, None, 0)
        for key in keys
    ]


def _points(rows: Iterable[Row], since: datetime | None) -> list[MasteryAt]:
    points = []
    last: Row | None = None
    for row in rows:
        if last is None or row.evidence_count > last.evidence_count:
            last = row
        if since is None or row.answered_at >= since:
            points.append(mastery_at(row.answered_at, last.after, last.evidence_count))
    return points[-MOST_POINTS:]
