"""Reading jobs, in batches."""

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.jobs.job import COLUMNS, Job, job_of
from app.kit.database import Reader
from app.kit.loading import Columns, after, counts_by_key, slices_by_key
from app.kit.pagination import Page, Slice
from app.kit.statements import Statement, sql

if TYPE_CHECKING:
    from app.access.principal import Principal

Ids = Sequence[uuid.UUID]
_READ = ", ".join(f"j.{name}" for name in COLUMNS)
_JOBS = sql(f"SELECT {_READ} FROM job j WHERE j.id = ANY(:keys)")


def _listed(column: str) -> tuple[Statement, Statement]:
    page = sql(f"""
        SELECT k.key, j.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
          SELECT {_READ} FROM job j WHERE j.{column} = k.key AND (:id::uuid IS NULL OR j.id < :id)
          ORDER BY j.id DESC LIMIT :limit) j
    """)
    count = sql(f"SELECT {column} AS key, count(*) AS total FROM job WHERE {column} = ANY(:keys) GROUP BY 1")
    return page, count


_BY_CREATOR = _listed("created_by")
_BY_ORGANIZATION = _listed("organization_id")


async def jobs_by_id(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: "Principal"
) -> list[Job | None]:
    """Jobs by their ids."""
    found = {row.id: job_of(row) for row in await reader.fetch(_JOBS, keys=list(keys))}
    return [found.get(key) for key in keys]


async def jobs_by_creator(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: "Principal"
) -> list[Slice]:
    """The jobs that each user asked for, the newest first."""
    return await _slices(_BY_CREATOR[0], reader, keys, page)


async def job_count_by_creator(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: "Principal"
) -> list[int]:
    """How many there are."""
    return counts_by_key(await reader.fetch(_BY_CREATOR[1], keys=list(keys)), keys)


async def jobs_by_organization(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: "Principal"
) -> list[Slice]:
    """All jobs of an organization, the newest first; for its admins, which the field's gate sees to."""
    return await _slices(_BY_ORGANIZATION[0], reader, keys, page)


async def job_count_by_organization(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: "Principal"
) -> list[int]:
    """How many there are."""
    return counts_by_key(await reader.fetch(_BY_ORGANIZATION[1], keys=list(keys)), keys)


async def _slices(statement: Statement, reader: Reader, keys: Ids, page: Page) -> list[Slice]:
    rows = await reader.fetch(statement, keys=list(keys), id=after(page, 0), limit=page.first + 1)
    slices = slices_by_key(rows, keys, page)
    return [Slice(list(map(job_of, each.rows)), each.has_next) for each in slices]
