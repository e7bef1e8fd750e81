"""Importing attempts: recorded once, judged as live ones are, and readable by the class's teachers."""

import asyncio
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.kit import ids
from app.kit.errors import Conflict
from app.kit.statements import sql
from app.operations.import_attempts import Imported, ImportOrder, import_attempts
from app.operations.refused_rows import RefusedRows
from app.operations.source_rows import Timing, inspect, read_mapping
from app.practice.verification import verify_mastery
from app.runtime import Runtime
from tests.client import School

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
HEADER = "user,n,question,kc,credit"


class Cut(Exception):
    """The process dies here."""


class Importing:
    """A file of a school's other system, imported batch by batch."""

    def __init__(self, school: School, folder: Path) -> None:
        self.school = school
        self.runtime: Runtime = school.runtime
        decoded = ids.decode(school.organization_id)
        assert decoded is not None
        self.organization_id: uuid.UUID = decoded[1]
        self.folder = folder
        self.refused = RefusedRows(folder / "refused.csv")

        self._files = 0

    def order(self, *lines: str, source: str = "elsewhere", external: bool = False) -> ImportOrder:
        self._files += 1
        path = self.folder / f"answers{self._files}.csv"
        header = HEADER + ",id" if external else HEADER
        path.write_text("\n".join([header, *lines]) + "\n")
        mapping = "learner=user,item=question,skills=kc,score=credit,order=n"
        timing = Timing(START, timedelta(seconds=60), self.runtime.clock())
        return ImportOrder(
            inspect(path), source, read_mapping(mapping + (",external_id=id" if external else "")), timing,
            classroom="7A", batch=2,
        )  # fmt: skip

    async def run(self, order: ImportOrder, cut_after: int = 99) -> Imported:
        batches = []

        def told(so_far: Imported) -> None:
            batches.append(so_far)
            if len(batches) == cut_after:
                raise Cut

        return await import_attempts(self.runtime.database, self.organization_id, order, self.refused, told)

    def two_refused(self) -> list[RefusedRows]:
        """Where two imports at the same time write down what they refuse."""
        return [RefusedRows(self.folder / f"refused{number}.csv") for number in range(2)]

    async def counted_attempts(self) -> int:
        """How many attempts the states of all learners say were folded in."""
        async with self.runtime.database.reader(self.organization_id) as reader:
            return int(await reader.fetch_value(sql("SELECT sum(attempt_count) FROM learner_state")))

    async def count(self, what: str) -> int:
        async with self.runtime.database.reader(self.organization_id) as reader:
            return int(await reader.fetch_value(sql(f"SELECT count(*) FROM {what}")))


@pytest.fixture
def importing(school: School, tmp_path: Path) -> Importing:
    return Importing(school, tmp_path)


FIVE = ("ada,0,q1,add,1", "ada,1,q2,add|sub,0", "ada,2,q1,add,1", "ben,0,q2,add|sub,1", "ben,1,q3,,0.5")


async def test_every_row_becomes_an_attempt_and_whom_and_what_it_names_is_made(importing: Importing) -> None:
    done = await importing.run(importing.order(*FIVE))
    assert done == Imported(line=6, recorded=5, new_learners=2)
    counts = {
        what: await importing.count(what)
        for what in ("attempt", "learner", "item", "skill", "item_skill", "enrollment", "mastery")
    }
    assert counts == {
        "attempt": 5, "learner": 2, "item": 3, "skill": 2, "item_skill": 3, "enrollment": 2, "mastery": 4,
    }  # fmt: skip
    async with importing.runtime.database.reader(importing.organization_id) as reader:
        assert await verify_mastery(reader) == []


async def test_teachers_see_the_imported_class(importing: Importing) -> None:
    await importing.run(importing.order(*FIVE))
    data = await importing.school.admin.ask(
        "{ viewer { classrooms { nodes { name learners { nodes { displayName } } } } } }"
    )
    learners = [{"displayName": "Learner ada"}, {"displayName": "Learner ben"}]
    assert data["viewer"]["classrooms"]["nodes"] == [{"name": "7A", "learners": {"nodes": learners}}]


async def test_the_same_file_a_second_time_adds_nothing(importing: Importing) -> None:
    order = importing.order(*FIVE)
    await importing.run(order)
    assert await importing.run(order) == Imported(line=6, resumed_at=6, finished_before=True)
    assert await importing.count("attempt") == 5


async def test_an_import_that_is_cut_goes_on_after_the_last_batch_that_was_committed(
    importing: Importing,
) -> None:
    order = importing.order(*FIVE)
    with pytest.raises(Cut):
        await importing.run(order, cut_after=1)
    assert await importing.count("attempt") == 2
    assert await importing.run(order) == Imported(line=6, recorded=3, new_learners=1, resumed_at=3)
    assert await importing.count("attempt") == 5
    async with importing.runtime.database.reader(importing.organization_id) as reader:
        assert await verify_mastery(reader) == []


async def test_attempts_known_by_their_external_id_are_left_out_in_whatever_file_they_come(
    importing: Importing,
) -> None:
    first = importing.order("ada,0,q1,add,1,a1", "ada,1,q2,add,0,a2", external=True)
    assert (await importing.run(first)).recorded == 2
    longer = importing.order("ada,0,q1,add,1,a1", "ada,1,q2,add,0,a2", "ada,2,q3,add,1,a3", external=True)
    done = await importing.run(longer)
    assert (done.recorded, done.known) == (1, 2)
    other = replace(longer, source="another system")
    assert (await importing.run(other)).recorded == 3


async def test_refused_rows_are_written_down_once_even_when_the_import_was_cut(importing: Importing) -> None:
    order = importing.order("ada,0,q1,add,2", "ada,1,q1,add,1", ",2,q1,add,1", "ada,3,q1,add,1", "ada,4,q1")
    with pytest.raises(Cut):
        await importing.run(order, cut_after=1)
    done = await importing.run(order)
    assert (done.recorded, done.refused) == (1, 2)
    assert importing.refused.path.read_text().splitlines() == [
        "line,reason",
        "2,score 2 is not from 0 to 1",
        "4,learner is empty",
        '6,"3 fields, where the columns mapped need 5"',
    ]


async def test_two_processes_at_one_file_record_no_row_twice(importing: Importing) -> None:
    order = importing.order(*FIVE)
    results = await asyncio.gather(importing.run(order), importing.run(order), return_exceptions=True)
    refused = [result for result in results if isinstance(result, BaseException)]
    assert [type(each) for each in refused] in ([], [Conflict])
    assert await importing.count("attempt") == 5


async def test_what_others_record_meanwhile_is_judged_before_and_nothing_is_judged_from_an_old_state(
    importing: Importing,
) -> None:
    await importing.run(importing.order(*FIVE))
    lines = [f"{learner},{n},q{n % 3 + 1},add,{n % 2}" for n in range(20) for learner in ("ada", "ben")]
    twice = [importing.order(*lines, last) for last in ("ada,20,q1,add,1", "ben,20,q1,add,1")]
    both = await asyncio.gather(
        *(import_attempts(importing.runtime.database, importing.organization_id, order, refused)
          for order, refused in zip(twice, importing.two_refused(), strict=True))
    )  # fmt: skip

    assert [each.recorded for each in both] == [41, 41]
    assert await importing.count("attempt") == 87
    assert await importing.counted_attempts() == 87
    async with importing.runtime.database.reader(importing.organization_id) as reader:
        assert await verify_mastery(reader) == []


async def test_who_is_named_by_two_files_at_once_is_made_once(importing: Importing) -> None:
    orders = [importing.order(*FIVE, last) for last in ("ada,9,q1,add,1", "ben,9,q1,add,1")]
    runs = [
        import_attempts(importing.runtime.database, importing.organization_id, order, refused)
        for order, refused in zip(orders, importing.two_refused(), strict=True)
    ]
    results = await asyncio.gather(*runs, return_exceptions=True)
    refused = [result for result in results if isinstance(result, BaseException)]
    assert [type(each) for each in refused] in ([], [Conflict])
    assert await importing.count("learner") == 2
