"""Lists: what passes for one, and what their nulls and errors do."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.schema.engine.core_cases.both import both, fails_later, later
from tests.schema.engine.toy import schema_of

NO_LIST = "Expected Iterable, but did not find one for field 'Query.scores'."
NO_NULL = "Cannot return null for non-nullable field Query.scores."
FORMS = ["[Int]", "[Int]!", "[Int!]", "[Int!]!"]
WAYS = ["at once", "later"]


@cache
def scores(form: str) -> Any:
    return schema_of(f"type Query {{ scores: {form} }}")


def way(given: str, value: Any) -> Any:
    return {"scores": value if given == "at once" else later(value)}


class Counting:
    """An iterator that counts how often it was asked, and fails or ends."""

    def __init__(self, *values: Any) -> None:
        self.values = values
        self.asked = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        self.asked += 1
        if self.asked > len(self.values):
            raise StopIteration
        value = self.values[self.asked - 1]
        if isinstance(value, Exception):
            raise value
        return value


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: [], []),
        (lambda: ["algebra"], ["algebra"]),
        (lambda: ("algebra", "geometry"), ["algebra", "geometry"]),
        (lambda: {"algebra"}, ["algebra"]),
        (lambda: iter(["algebra", 2, True]), ["algebra", "2", "true"]),
        (lambda: (each for each in ("one", "two")), ["one", "two"]),
        (lambda: Counting("one", "two"), ["one", "two"]),
        (lambda: {"one": 1, "two": 2}.keys(), ["one", "two"]),
    ],
)
async def test_whatever_can_be_iterated_over_is_a_list(make: Any, names: list[str]) -> None:
    schema = schema_of("type Query { skills: [String] }")
    assert await both(schema, "{ skills }", lambda: {"skills": make()}) == ({"skills": names}, [])


@pytest.mark.parametrize("value", ["algebra", {1: "one"}, 3, b"bytes", object])
async def test_text_numbers_and_mappings_are_no_lists(value: Any) -> None:
    schema = schema_of("type Query { scores: [String] }", Query__scores=lambda *_: value)
    assert await both(schema, "{ scores }") == ({"scores": None}, [(NO_LIST, ["scores"])])


@pytest.mark.parametrize("given", WAYS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("value", "fits", "message", "path"),
    [
        ([1, 2], FORMS, None, None),
        ([1, None, 2], FORMS[:2], NO_NULL, ["scores", 1]),
        (None, [FORMS[0], FORMS[2]], NO_NULL, ["scores"]),
    ],
)
async def test_nulls_of_lists_go_up_as_far_as_their_types_say(
    given: str, form: str, value: Any, fits: list[str], message: str, path: list[Any]
) -> None:
    answer = await both(scores(form), "{ scores }", way(given, value))
    if form in fits:
        assert answer == ({"scores": value}, [])
    else:
        assert answer == ({"scores": None} if not form.endswith("]!") else None, [(message, path)])


@pytest.mark.parametrize("given", WAYS)
@pytest.mark.parametrize("form", FORMS)
async def test_an_item_that_is_an_error_is_told_at_its_place(given: str, form: str) -> None:
    answer = await both(scores(form), "{ scores }", way(given, [1, RuntimeError("lost"), 2]))
    data = {"scores": [1, None, 2] if "!]" not in form else None}
    whole = None if form == "[Int!]!" else data
    assert answer == (whole, [("lost", ["scores", 1])])


@pytest.mark.parametrize("given", WAYS)
@pytest.mark.parametrize("form", FORMS)
async def test_an_error_in_place_of_a_list_is_told_for_the_list(given: str, form: str) -> None:
    answer = await both(scores(form), "{ scores }", way(given, RuntimeError("lost")))
    assert answer == (None if form.endswith("]!") else {"scores": None}, [("lost", ["scores"])])


async def test_a_list_that_fails_on_the_way_is_null_as_a_whole() -> None:
    root = {"scores": (1, 2, RuntimeError("lost"), 4)}
    answer = await both(scores("[Int]"), "{ scores }", lambda: {"scores": Counting(*root["scores"])})
    assert answer == ({"scores": None}, [("lost", ["scores"])])


async def test_a_list_is_read_to_its_end_although_an_item_makes_it_null() -> None:
    read: list[Counting] = []

    def root() -> Any:
        read.append(Counting(1, None, 2))
        return {"scores": read[-1]}

    assert await both(scores("[Int!]"), "{ scores }", root) == (
        {"scores": None}, [(NO_NULL, ["scores", 1])]
    )  # fmt: skip
    assert {each.asked for each in read} == {4}


SKILLS = "type Query { skills: [Skill%s] } type Skill { name: String! }"


@pytest.mark.parametrize("sure", ["", "!"])
@pytest.mark.parametrize("count", [1, 3])
async def test_fields_of_items_may_have_to_be_waited_for(sure: str, count: int) -> None:
    root = {"skills": [{"name": later(f"skill {n}")} for n in range(count)]}
    data = {"skills": [{"name": f"skill {n}"} for n in range(count)]}
    assert await both(schema_of(SKILLS % sure), "{ skills { name } }", root) == (data, [])


async def test_an_error_that_was_waited_for_is_told_in_the_item_it_is_of() -> None:
    root = {"skills": [{"name": later("a")}, {"name": later("b")}, {"name": fails_later("lost")}]}
    assert await both(schema_of(SKILLS % ""), "{ skills { name } }", root) == (
        {"skills": [{"name": "a"}, {"name": "b"}, None]}, [("lost", ["skills", 2, "name"])]
    )  # fmt: skip


async def come(*values: Any) -> Any:
    for value in values:
        if isinstance(value, RuntimeError):
            raise value
        yield value


@pytest.mark.parametrize(
    ("form", "values", "data", "errors"),
    [
        ("[Int]", (1, 2), {"scores": [1, 2]}, []),
        ("[Int]!", (1, None, 2), {"scores": [1, None, 2]}, []),
        ("[Int]", (1, "x", 2), {"scores": [1, None, 2]},
         [("Int cannot represent non-integer value: 'x'", ["scores", 1])]),
        ("[Int!]", (1, None, 2), {"scores": None}, [(NO_NULL, ["scores", 1])]),
        ("[Int!]!", (1, None, 2), None, [(NO_NULL, ["scores", 1])]),
        ("[Int]", (1, RuntimeError("lost")), {"scores": None}, [("lost", ["scores"])]),
    ],
)  # fmt: skip
async def test_lists_that_come_bit_by_bit_are_left_to_graphql_core(
    form: str, values: tuple[Any, ...], data: Any, errors: list[Any]
) -> None:
    answer = await both(scores(form), "{ scores }", lambda: {"scores": come(*values)}, fallback="anomaly")
    assert answer == (data, errors)


@pytest.mark.parametrize("form", ["[Int]", "[Int!]!"])
async def test_items_that_have_to_be_waited_for_are_left_to_graphql_core(form: str) -> None:
    def root() -> Any:
        return {"scores": [later(1)(), fails_later("lost")(), later(1)()]}

    assert await both(scores(form), "{ scores }", root, fallback="anomaly") == (
        {"scores": [1, None, 1]} if form == "[Int]" else None, [("lost", ["scores", 1])]
    )  # fmt: skip
