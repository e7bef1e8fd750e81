"""What many events of an organization ask for in one moment is read once, and nothing is kept of it."""

import asyncio
import uuid
from collections.abc import Sequence

from app.access.principal import ANONYMOUS, Principal
from app.bootstrap import Addresses
from app.kit.database import Reader
from app.kit.errors import Unavailable
from schema.engine.common_reading import CommonReading
from tests.realtime.listening import CountingDatabase

ONE, OTHER = uuid.uuid4(), uuid.uuid4()


class Rows:
    """A loader that gives each key with the number of the reading in its organization."""

    def __init__(self) -> None:
        self.readings: list[tuple[uuid.UUID | None, list[str]]] = []

    async def __call__(
        self, reader: Reader, keys: Sequence[str], page: None, columns: None, principal: Principal
    ) -> list[str | None]:
        assert principal is ANONYMOUS
        self.readings.append((reader.organization_id, list(keys)))
        number = sum(organization_id == reader.organization_id for organization_id, _ in self.readings)
        return [None if key == "absent" else f"{key} {number}" for key in keys]


async def test_each_gets_its_own_rows_in_its_own_order(addresses: Addresses) -> None:
    database = CountingDatabase(addresses.application, readers=2, writers=1)
    await database.open()
    common, rows, others = CommonReading(database), Rows(), Rows()
    found = await asyncio.gather(
        common.read(ONE, rows, ["a", "b"]),
        common.read(ONE, rows, ["b", "absent", "a"]),
        common.read(OTHER, rows, ["a"]),
        common.read(ONE, others, ["a"]),
    )
    assert list(found) == [["a 1", "b 1"], ["b 1", None, "a 1"], ["a 1"], ["a 1"]]
    assert sorted(rows.readings, key=str) == sorted([(ONE, ["a", "b", "absent"]), (OTHER, ["a"])], key=str)
    assert database.reads == 3
    assert await common.read(ONE, rows, ["a"]) == ["a 2"]
    await database.close()


async def test_who_goes_away_takes_nothing_from_the_others(addresses: Addresses) -> None:
    database = CountingDatabase(addresses.application, readers=2, writers=1)
    await database.open()
    common, rows = CommonReading(database), Rows()
    asked = [asyncio.create_task(common.read(ONE, rows, [key])) for key in "abc"]
    await asyncio.sleep(0)
    asked[0].cancel()
    assert [await asked[1], await asked[2]] == [["b 1"], ["c 1"]]
    # All of them at once, before it has begun and while it goes on: the next who comes is read for.
    for turns in (1, 2):
        asked = [asyncio.create_task(common.read(ONE, rows, [key])) for key in "ab"]
        for _ in range(turns):
            await asyncio.sleep(0)
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        async with asyncio.timeout(30):
            assert [text.split()[0] for text in await common.read(ONE, rows, ["d"])] == ["d"]
    await database.close()


async def test_an_error_is_told_to_all_who_asked(addresses: Addresses) -> None:
    database = CountingDatabase(addresses.application, readers=2, writers=1)
    await database.open()
    common = CommonReading(database)

    async def failing(*_: object) -> list[str]:
        raise Unavailable("The database does not answer now.", retry_after=1)

    asked = (common.read(ONE, failing, [key]) for key in "ab")
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in found] == [Unavailable, Unavailable]
    assert await common.read(ONE, Rows(), ["a"]) == ["a 1"]
    await database.close()
