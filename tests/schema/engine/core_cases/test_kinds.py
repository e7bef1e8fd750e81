"""Interfaces and unions: how the type of a value is found, and what it leads to."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from tests.schema.engine.core_cases.both import both
from tests.schema.engine.toy import schema_of

STEPS = """
    type Query { steps: [Step], step: Step, lesson: Lesson }
    %s
    type Lesson %s { title: String, minutes: Int, next: [Step], of: Course }
    type Quiz %s { title: String, points: Int, of: Course }
    type Course { steps: [Step] }
"""
UNION = STEPS % ("union Step = Lesson | Quiz", "", "")
INTERFACE = STEPS % ("interface Step { title: String }", "implements Step", "implements Step")
ASKED = """{ steps { ... on Lesson { title minutes } ... on Quiz { title points } } }"""
NO_TYPE = (
    "Abstract type 'Step' must resolve to an Object type at runtime for field 'Query.step'. Either the "
    "'Step' type should provide a 'resolve_type' function or each possible type should provide an "
    "'is_type_of' function."
)
BOTH_KINDS = pytest.mark.parametrize("kinds", [UNION, INTERFACE], ids=["union", "interface"])
WAYS = pytest.mark.parametrize("late", [False, True], ids=["at once", "later"])


@dataclass
class Lesson:
    title: str
    minutes: int
    next: Any = ()
    of: Any = None


@dataclass
class Quiz:
    title: str
    points: int
    of: Any = None


FOUND = {"steps": [{"title": "Fractions", "minutes": 20}, {"title": "Halves", "points": 5}]}


def steps() -> dict[str, Any]:
    return {"steps": [Lesson("Fractions", 20), Quiz("Halves", 5)]}


def told(late: bool, give: Any) -> Any:
    """What a schema asks for a type, answered at once or later."""

    async def later(*asked: Any) -> Any:
        return give(*asked)

    return later if late else give


def left(late: bool) -> str | None:
    """Types that have to be awaited are left to graphql-core."""
    return "anomaly" if late else None


def fails(*_: Any) -> Any:
    raise RuntimeError("no type")


@WAYS
@BOTH_KINDS
async def test_types_may_look_at_values(kinds: str, late: bool) -> None:
    schema = schema_of(kinds, Lesson__is=told(late, lambda value, _: isinstance(value, Lesson)),
                       Quiz__is=told(late, lambda value, _: isinstance(value, Quiz)))  # fmt: skip
    assert await both(schema, ASKED, steps, fallback=left(late)) == (FOUND, [])


@WAYS
@BOTH_KINDS
async def test_a_type_that_fails_at_a_value_is_told_in_its_place(kinds: str, late: bool) -> None:
    schema = schema_of(kinds, Lesson__is=told(late, fails), Quiz__is=told(late, lambda value, _: False))
    assert await both(schema, ASKED, steps, fallback=left(late)) == (
        {"steps": [None, None]}, [("no type", ["steps", 0]), ("no type", ["steps", 1])]
    )  # fmt: skip


@WAYS
async def test_a_value_that_no_type_takes_for_its_own_is_an_error(late: bool) -> None:
    no = told(late, lambda value, _: False)
    schema = schema_of(INTERFACE, Lesson__is=no, Quiz__is=no)
    root = {"step": Lesson("Fractions", 20)}
    assert await both(schema, "{ step { title } }", root, fallback=left(late)) == (
        {"step": None}, [(NO_TYPE, ["step"])]
    )  # fmt: skip


@WAYS
@BOTH_KINDS
async def test_the_abstract_type_may_tell(kinds: str, late: bool) -> None:
    schema = schema_of(kinds, Step__type=told(late, lambda value, *_: type(value).__name__))
    assert await both(schema, ASKED, steps, fallback=left(late)) == (FOUND, [])


@WAYS
@BOTH_KINDS
async def test_an_abstract_type_that_fails_is_told_in_the_place_of_each_value(kinds: str, late: bool) -> None:
    schema = schema_of(kinds, Step__type=told(late, fails))
    assert await both(schema, ASKED, steps, fallback=left(late)) == (
        {"steps": [None, None]}, [("no type", ["steps", 0]), ("no type", ["steps", 1])]
    )  # fmt: skip


class OfLesson:
    __typename = "Lesson"
    title = "Fractions"


class Named(OfLesson):
    minutes = 20


class AsQuiz:
    _AsQuiz__typename = "Quiz"
    title, points = "Halves", 5


@BOTH_KINDS
@pytest.mark.parametrize(
    "given",
    [
        [{"__typename": "Lesson", "title": "Fractions", "minutes": 20},
         {"__typename": "Quiz", "title": "Halves", "points": 5}],
        [Named(), AsQuiz()],
    ],
)  # fmt: skip
async def test_values_may_tell_their_type_themselves(kinds: str, given: Any) -> None:
    assert await both(schema_of(kinds), ASKED, {"steps": given}) == (FOUND, [])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, NO_TYPE),
        ("Exam", "Abstract type 'Step' was resolved to a type 'Exam' that does not exist inside the schema."),
        ("String", "Abstract type 'Step' was resolved to a non-object type 'String'."),
        ("__Schema", "Runtime Object type '__Schema' is not a possible type for 'Step'."),
        ("Course", "Runtime Object type 'Course' is not a possible type for 'Step'."),
    ],
)  # fmt: skip
async def test_a_type_that_cannot_be_is_told_as_what_it_is(name: Any, message: str) -> None:
    root = {"step": {"__typename": name}}
    assert await both(schema_of(INTERFACE), "{ step { title } }", root) == (
        {"step": None}, [(message, ["step"])]
    )  # fmt: skip


async def test_what_is_no_name_is_told_as_what_it_is() -> None:
    message = (
        "Abstract type 'Step' must resolve to an Object type at runtime for field 'Query.step' with value "
        "{}, received '[]', which is not a valid Object type name."
    )
    schema = schema_of(INTERFACE, Step__type=lambda *_: [])
    assert await both(schema, "{ step { title } }", {"step": {}}, rows=False) == (
        {"step": None}, [(message, ["step"])]
    )  # fmt: skip


@WAYS
@pytest.mark.parametrize("asked", ["lesson", "step"])
async def test_a_type_may_refuse_the_value_it_was_given(late: bool, asked: str) -> None:
    schema = schema_of(INTERFACE, Step__type=lambda *_: "Lesson",
                       Lesson__is=told(late, lambda value, _: isinstance(value, Lesson)))  # fmt: skip
    root = {asked: Quiz("Halves", 5)}
    assert await both(schema, f"{{ {asked} {{ title }} }}", root, fallback=left(late)) == (
        {asked: None}, [("Expected value of type 'Lesson' but got: <Quiz instance>.", [asked])]
    )  # fmt: skip
    good = {asked: Lesson("Fractions", 20)}
    assert await both(schema, f"{{ {asked} {{ title }} }}", good, fallback=left(late)) == (
        {asked: {"title": "Fractions"}}, []
    )  # fmt: skip


async def test_once_a_type_has_taken_a_value_what_others_say_later_is_nobodys() -> None:
    schema = schema_of(UNION, Lesson__is=told(True, fails), Quiz__is=lambda *_: True)
    root = {"step": Quiz("Halves", 5)}
    assert await both(schema, "{ step { __typename } }", root) == ({"step": {"__typename": "Quiz"}}, [])


async def test_a_type_that_fails_at_once_is_told_before_those_that_come_later() -> None:
    schema = schema_of(UNION, Lesson__is=told(True, lambda *_: True), Quiz__is=fails)
    root = {"step": Quiz("Halves", 5)}
    assert await both(schema, "{ step { __typename } }", root) == ({"step": None}, [("no type", ["step"])])


@cache
def kinds() -> Any:
    return schema_of(INTERFACE, Step__type=lambda value, *_: type(value).__name__)


@pytest.mark.parametrize(
    ("selected", "first", "second"),
    [
        ("__typename title", {"__typename": "Lesson", "title": "Fractions"},
         {"__typename": "Quiz", "title": "Halves"}),
        ("title ... on Lesson { minutes }", {"title": "Fractions", "minutes": 20}, {"title": "Halves"}),
        ("... on Quiz { points } title", {"title": "Fractions"}, {"points": 5, "title": "Halves"}),
        ("... on Step { ... on Step { title } } ... { a: title }", {"title": "Fractions", "a": "Fractions"},
         {"title": "Halves", "a": "Halves"}),
        ("... on Lesson { of: title } ... on Quiz { of: title }", {"of": "Fractions"}, {"of": "Halves"}),
    ],
)  # fmt: skip
async def test_fragments_apply_to_the_types_they_name(selected: str, first: Any, second: Any) -> None:
    for text in (selected, "...F"):
        node = f"{{ steps {{ {text} }} }} " + (
            f"fragment F on Step {{ {selected} }}" if text == "...F" else ""
        )
        data, errors = await both(kinds(), node, steps)
        assert (repr(data), errors) == (repr({"steps": [first, second]}), [])


async def test_kinds_lead_on_to_kinds() -> None:
    text = """{ steps { ...F } }
      fragment F on Step { title ... on Lesson { next { ...G } of { steps { __typename } } } }
      fragment G on Step { ... on Quiz { points of { steps { ... on Lesson { minutes } } } } }"""
    course = {"steps": [Lesson("Halves", 9), Quiz("Q", 1)]}
    root = {"steps": [Lesson("A", 1, next=[Quiz("B", 2, of=course), None]), Quiz("C", 3),
                      Lesson("D", 4, next=None, of=course)]}  # fmt: skip
    assert await both(kinds(), text, root) == ({"steps": [
        {"title": "A", "next": [{"points": 2, "of": {"steps": [{"minutes": 9}, {}]}}, None], "of": None},
        {"title": "C"},
        {"title": "D", "next": None, "of": {"steps": [{"__typename": "Lesson"}, {"__typename": "Quiz"}]}},
    ]}, [])  # fmt: skip


async def test_who_tells_a_type_is_told_where_it_is_asked() -> None:
    seen: list[Any] = []

    def kind(value: Any, info: Any, abstract: Any) -> str:
        seen.append((info.path.as_list(), info.field_name, info.parent_type.name, info.root_value is root,
                     info.context.request_id, info.schema is schema, abstract.name))  # fmt: skip
        return "Quiz"

    schema = schema_of(INTERFACE, Step__type=kind)
    root = {"lesson": Lesson("A", 1, next=[{"title": "B"}, {"title": "C"}])}
    text = "{ first: lesson { then: next { title } } }"
    assert await both(schema, text, root) == ({"first": {"then": [{"title": "B"}, {"title": "C"}]}}, [])
    assert set(map(str, seen)) == {str((["first", "then"], "next", "Lesson", True, "request", True, "Step"))}


async def test_kinds_are_introspected() -> None:
    text = """{ union: __type(name: "Step") {
        kind name possibleTypes { name } interfaces { name } fields { name } }
      lesson: __type(name: "Lesson") { interfaces { name } } }"""
    for sdl, kind, fields in ((UNION, "UNION", None), (INTERFACE, "INTERFACE", [{"name": "title"}])):
        data, _ = await both(schema_of(sdl), text)
        assert data["union"] == {
            "kind": kind, "name": "Step", "possibleTypes": [{"name": "Lesson"}, {"name": "Quiz"}],
            "interfaces": None if kind == "UNION" else [], "fields": fields,
        }  # fmt: skip
