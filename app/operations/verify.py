"""Whether everything that is derived says what the attempts say: mastery, rollups, leaderboards."""

from collections.abc import Callable
from dataclasses import dataclass

from app.analytics.verification import verify_rollups
from app.kit.database import Database
from app.kit.difference import Difference
from app.leaderboards.verification import verify_leaderboards
from app.practice.verification import Difference as MasteryDifference
from app.practice.verification import verify_mastery
from app.realtime.consumers import Consumer, drain

MOST_DIFFERENCES = 1_000


@dataclass(frozen=True, slots=True)
class Report:
    """The differences found in one part; none when it agrees."""

    part: str
    differences: tuple[Difference, ...]


async def verify(
    maintenance: Database, consumers: list[Consumer], told: Callable[[str], None] = lambda part: None
) -> list[Report]:
    """Recompute everything, over all organizations, after letting the consumers catch up.

    Attempts recorded meanwhile may show as differences: verify a server that is at rest. `told` hears of each
    part before it is looked at.
    """
    told("events")
    await drain(maintenance, consumers)
    reports = []
    told("mastery")
    async with maintenance.reader(None) as reader:
        found = await verify_mastery(reader, MOST_DIFFERENCES)
    reports.append(
        Report(
            "mastery",
            tuple(map(as_difference, found)),
        )
    )
    for part, check in (("rollups", verify_rollups), ("leaderboards", verify_leaderboards)):
        told(part)
        reports.append(Report(part, tuple(await check(maintenance))))
    return reports


def as_difference(found: MasteryDifference) -> Difference:
    """A difference of mastery, told as those of projections are."""
    what = f"{found.kind} {found.figure}"
    return Difference(what, str(found.id), str(found.stored), str(found.recomputed))
