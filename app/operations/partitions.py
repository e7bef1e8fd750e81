"""Partitions by month, made before the first row of the month comes."""

from datetime import date

from app.kit.database import Database
from app.kit.statements import sql

AHEAD = 4
"""Months, this one included, that have their partitions."""

_ENSURE = sql("SELECT ensure_partitions(:month, 1)")


async def make_partitions(maintenance: Database) -> None:
    """Make what is missing of this month's partitions and those of the next, each month by itself.

    Rows of a month that has none go to the partition for the rest, and that month's cannot be made any more.
    """
    async with maintenance.reader(None) as reader:
        today = reader.now.date()
    for ahead in range(AHEAD):
        month = date(today.year + (today.month - 1 + ahead) // 12, (today.month - 1 + ahead) % 12 + 1, 1)
        async with maintenance.unit_of_work(None) as work:
            await work.fetch_value(_ENSURE, month=month)
