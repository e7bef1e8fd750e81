"""Resolvers: where values come from without one, what one is called with, and when."""

import asyncio
from collections import ChainMap
from functools import partial
from typing import Any

import pytest
from graphql import GraphQLDefaultInput, parse

from schema.engine.plans import Plans
from tests.schema.engine.core_cases.both import both, fails, of_core, of_plans, told
from tests.schema.engine.toy import schema_of


class Learner:
    """What has attributes and methods."""

    name = "Ada"
    _points = 700

    def code(self, info: Any) -> str:
        return f"{self.name} {info.field_name}"

    def points(self, info: Any, more: int) -> int:
        return self._points + more + len(info.context.request_id)

    async def late(self, info: Any) -> str:
        await asyncio.sleep(0)
        return "late"

    @property
    def lost(self) -> str:
        raise RuntimeError("lost")


LEARNER = "type Query { name: String, code: String, points(more: Int): Int, late: String, lost: String }"


@pytest.mark.parametrize(
    ("root", "name"),
    [(Learner(), "Ada"), ({"name": "Bo"}, "Bo"), (ChainMap({"name": "Cy"}), "Cy"), ({}, None), (None, None),
     (object(), None), ({"name": partial(lambda given, info: given, "Di")}, "Di")],
)  # fmt: skip
async def test_without_a_resolver_values_are_attributes_or_keys(root: Any, name: Any) -> None:
    assert await both(schema_of(LEARNER), "{ name }", root) == ({"name": name}, [])


async def test_without_a_resolver_methods_are_called() -> None:
    answer = await both(schema_of(LEARNER), "{ code points(more: 80) late lost }", Learner())
    assert answer == ({"code": "Ada code", "points": 787, "late": "late", "lost": None}, [("lost", ["lost"])])


@pytest.mark.parametrize(
    ("asked", "root", "got"),
    [("find", None, "[None, {}]"), ("find", "root", "['root', {}]"),
     ('find(name: "a")', "root", "['root', {'name': 'a'}]"),
     ('find(code: -123, name: "a")', "root", "['root', {'name': 'a', 'code': -123}]")],
)  # fmt: skip
async def test_a_resolver_is_called_with_its_source_and_arguments(asked: str, root: Any, got: str) -> None:
    schema = schema_of("type Query { find(name: String, code: Int): String }",
                       Query__find=lambda source, info, **given: repr([source, given]))  # fmt: skip
    assert await both(schema, f"{{ {asked} }}", root) == ({"find": got}, [])


FILTER = """
    type Query { find(pageFilter: PageFilter): String, name: String }
    input PageFilter { pageSize: Int, orElse: PageFilter }
"""


@pytest.mark.parametrize(
    ("text", "given", "got"),
    [
        ("{ find }", {}, {"page_filter": {"page_size": 10}}),
        ("{ find(pageFilter: {pageSize: 25}) }", {}, {"page_filter": {"page_size": 25}}),
        ("{ find(pageFilter: {orElse: {pageSize: 1}}) }", {}, {"page_filter": {"or_else": {"page_size": 1}}}),
        ("query($f: PageFilter) { find(pageFilter: $f) }", {}, {"page_filter": {"page_size": 10}}),
        ("query($f: PageFilter) { find(pageFilter: $f) }", {"f": {"pageSize": 3}},
         {"page_filter": {"page_size": 3}}),
        ("query($f: PageFilter = {pageSize: 4}) { find(pageFilter: $f) }", {},
         {"page_filter": {"page_size": 4}}),
        ("query($n: Int) { find(pageFilter: {pageSize: $n}) }", {"n": 5}, {"page_filter": {"page_size": 5}}),
        ("query($f: PageFilter) { find(pageFilter: $f) }", {"f": None}, {"page_filter": None}),
    ],
)  # fmt: skip
async def test_arguments_may_have_names_of_their_own_in_python(text: str, given: Any, got: Any) -> None:
    schema = schema_of(FILTER, Query__find=lambda _, info, **given: repr(given))
    types: Any = schema.type_map
    argument = types["Query"].fields["find"].args["pageFilter"]
    argument.out_name, argument.default = "page_filter", GraphQLDefaultInput(value={"pageSize": 10})
    fields = types["PageFilter"].fields
    fields["pageSize"].out_name, fields["orElse"].out_name = "page_size", "or_else"
    assert await both(schema, text, None, given) == ({"find": repr(got)}, [])


async def test_an_error_of_a_resolver_is_told_at_its_place_with_what_it_was() -> None:
    schema = schema_of("type Query { find: String }", Query__find=fails("some error"))
    for run in (of_core(schema, parse("{ find }")), of_plans(Plans(schema), parse("{ find }"))):
        (error,) = (await run).errors or []
        assert str(error) == "some error\n\nGraphQL request:1:3\n1 | { find }\n  |   ^"
        assert isinstance(error.original_error, RuntimeError)


FEED = """
    type Query { lesson(id: ID!): Lesson, feed: [Lesson] }
    type Lesson { id: ID!, live: Boolean, author: Author, title: String, words: [String] }
    type Author { id: String, name: String, face(width: Int, height: Int): Face, newest: Lesson }
    type Face { url: String, width: Int, height: Int }
"""


async def test_a_whole_schema_is_answered() -> None:
    def lesson(id: Any) -> dict[str, Any]:
        def face(info: Any, width: int, height: int) -> dict[str, Any]:
            return {"url": f"face {width}", "width": width, "height": f"{height}"}

        author = {"id": 123, "name": "Ada", "newest": lambda info: lesson(1), "face": face}
        words = ["a", 1, True, None]
        return {"id": id, "live": True, "author": author, "title": f"Lesson {id}", "words": words}

    schema = schema_of(FEED, Query__feed=lambda *_: [lesson(n) for n in range(1, 4)],
                       Query__lesson=lambda _, info, id: lesson(id))  # fmt: skip
    text = """{ feed { id title } lesson(id: "1") { ...L author {
      id name face(width: 640, height: 480) { url width height } newest { ...L words } } } }
      fragment L on Lesson { id live title }"""
    known = {"id": "1", "live": True, "title": "Lesson 1"}
    assert await both(schema, text) == ({
        "feed": [{"id": str(n), "title": f"Lesson {n}"} for n in range(1, 4)],
        "lesson": {**known, "author": {
            "id": "123", "name": "Ada", "face": {"url": "face 640", "width": 640, "height": 480},
            "newest": {**known, "words": ["a", "1", "true", None]},
        }},
    }, [])  # fmt: skip


class Meeting:
    """Where so many have to be before any goes on; each run has its own."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.here = 0
        self.all_here = asyncio.Event()

    async def wait(self, *_: Any) -> bool:
        self.here += 1
        if self.here == self.count:
            self.all_here.set()
        await self.all_here.wait()
        return True


@pytest.mark.parametrize(
    ("sdl", "text", "data"),
    [
        ("type Query { a: Boolean, b: Boolean, c: Boolean }", "{ a b }", {"a": True, "b": True}),
        ("type Query { a: Boolean }", "{ x: a y: a }", {"x": True, "y": True}),
        ("type Query { of: [Of] } type Of { a: Boolean }", "{ of { a } }", {"of": [{"a": True}] * 2}),
        ("type Query { of: [Of] , a: Boolean, other: Of } type Of { a: Boolean, deep: Of }",
         "{ other { deep { a } } also: other { deep { a } } }",
         {"other": {"deep": {"a": True}}, "also": {"deep": {"a": True}}}),
    ],
)  # fmt: skip
async def test_what_has_to_be_waited_for_is_waited_for_together(sdl: str, text: str, data: Any) -> None:
    def root() -> Any:
        meeting = Meeting(2)
        of = {"a": meeting.wait}
        return {"a": meeting.wait, "b": meeting.wait, "of": [of, of], "other": {"deep": of}}

    assert await both(schema_of(sdl), text, root) == (data, [])


@pytest.mark.parametrize("text", ["{ must other }", "{ other must }"])
async def test_what_else_was_begun_is_waited_for_when_an_answer_is_lost(text: str) -> None:
    """graphql-core cancels it; here a level is finished as a whole, so that loaders are left in order."""
    done: list[str] = []

    async def other(*_: Any) -> str:
        await asyncio.sleep(0)
        done.append("other")
        return "other"

    schema = schema_of("type Query { must: String!, other: String }",
                       Query__must=fails("lost"), Query__other=other)  # fmt: skip
    plan = await of_plans(Plans(schema), parse(text))
    assert told(plan) == (None, [("lost", ["must"])])
    assert done == ["other"]
