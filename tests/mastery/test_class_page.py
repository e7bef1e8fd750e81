"""Masteries of many learners are read in another way than those of one, and told alike to the last bit."""

import uuid
from typing import Any, cast

import pytest

from app.access.principal import Principal
from app.kit.columnar import Columnar
from app.kit.database import Reader
from app.kit.pagination import Page, Slice
from app.mastery.class_page import class_pages
from app.mastery.repository import mastery_by_learner
from tests.client import School
from tests.mastery.curriculum import tenant_of
from tests.mastery.practised import NAMES, Class, practised_class, practised_in_this_test_alone

__all__ = ["practised_in_this_test_alone"]
pytestmark = pytest.mark.usefixtures("practised_in_this_test_alone")
NOBODY = cast(Principal, None)


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_class_is_told_what_each_learner_would_be_told_alone(school: School, seed: int) -> None:
    class_ = await practised_class(school, seed)
    async with school.runtime.database.reader(tenant_of(school)) as reader:
        for filters in ((), (("skill_ids", tuple(class_.skills[2:7])),), (("skill_ids", ()),)):
            for first in (1, 4, 9, 100):
                await _pages_are_alike(reader, class_.learners, Page(first, None, filters))


async def test_most_of_a_class_is_found_among_the_first_skills(school: School) -> None:
    class_ = await practised_class(school, 3)
    few = await _read(school, class_, 4)
    every = await _read(school, class_, 100)
    whole, same, late, early, nothing, stateless, even = class_.learners

    # Of the first six skills (two share the fifth name) one has practised three: it is asked for once more.
    assert few.keys() == {whole, same, early, even}
    assert every.keys() == set(class_.learners)
    assert (len(few[whole].rows), few[whole].has_next) == (4, True)
    assert [row.skill_name for row in few[even].rows] == ["add", "carry", "estimate", "factor"]
    assert (len(every[late].rows), every[nothing].rows, every[stateless].rows) == (3, [], [])
    assert isinstance(few[whole].rows, Columnar)


async def test_whose_states_another_model_left_is_read_apart(school: School) -> None:
    async with school.runtime.database.unit_of_work(tenant_of(school)) as work:
        class_ = Class(work, 5)
        await class_.has_skills(NAMES)
        await class_.attends(range(4))
        await class_.attends(range(4), model="elo/0")
    assert list(await _read(school, class_, 3)) == class_.learners[:1]


async def test_rows_of_columns_are_those_of_the_whole(school: School) -> None:
    class_ = await practised_class(school, 4)
    pages = await _read(school, class_, 4)
    first, second, third = (pages[key].rows for key in (class_.learners[place] for place in (0, 1, 3)))
    for parts in ((first, second, third), (second, first), (third, [], third), (first, list(second))):
        joined = Columnar.joined(parts)
        rows = [row for part in parts for row in part]
        assert list(joined) == rows
        assert joined[-1] == rows[-1]
        if isinstance(joined, Columnar):
            assert joined.column("skill_name") == [row.skill_name for row in rows]
            assert joined.prefixed("id", "mst_") == [f"mst_{row.id.hex}" for row in rows]
            assert joined.prefixed("learner_id", "lrn_") == [f"lrn_{row.learner_id.hex}" for row in rows]
            assert list(joined[1:3]) == rows[1:3]
    assert isinstance(Columnar.joined([third, [], third]), Columnar)
    others = (await _read(school, class_, 4))[class_.learners[1]].rows
    both = Columnar.joined([first, others, third])
    assert isinstance(both, Columnar)
    assert list(both) == [*first, *others, *third]
    assert both.column("level") == [row.level for row in (*first, *others, *third)]
    assert both.prefixed("id", "") == [row.id.hex for row in (*first, *others, *third)]
    assert Columnar.joined([[], []]) == []


async def _read(school: School, class_: Class, first: int) -> dict[uuid.UUID, Slice]:
    async with school.runtime.database.reader(tenant_of(school)) as reader:
        return await class_pages(reader, class_.learners, Page(first))


async def _pages_are_alike(reader: Reader, learners: list[uuid.UUID], page: Page) -> None:
    """Pages of all learners together and of each alone, and the pages behind their cursors."""
    together = await mastery_by_learner(reader, learners, page, None, NOBODY)
    for learner_id, of_class in zip(learners, together, strict=True):
        (alone,) = await mastery_by_learner(reader, [learner_id], page, None, NOBODY)
        assert _told(of_class) == _told(alone)
    ends = {(found.rows[-1].skill_name, found.rows[-1].id) for found in together if found.has_next}
    if ends:
        cursor = min(ends)
        await _pages_are_alike(reader, learners, Page(page.first, cursor, page.filters))


def _told(found: Slice) -> tuple[list[Any], bool]:
    return list(found.rows), found.has_next
