"""Answers as a whole: their form, what resolvers are told, which operation runs, what errors leave."""

from typing import Any

import pytest
from graphql import GraphQLError, Undefined, parse
from graphql.pyutils import Path

from tests.schema.engine.core_cases.both import Told, both, fails, fails_later, later
from tests.schema.engine.toy import schema_of

CLASSES = """
    type Query { classroom: Classroom, code(at: Int): String, mentor: Learner!, codes: [String], name: String
                 stray: Learner, at: String, of: String, people: [Person!]! }
    type Mutation { name: String }
    type Subscription { name: String }
    type Classroom { name: String, code(at: Int): String, learners: [Learner], late: Classroom }
    type Learner { name: String, friend: Learner, classroom: Classroom, place: String }
    union Person = Learner | Classroom
"""


def classes(**resolvers: Any) -> Any:
    return schema_of(CLASSES, **resolvers)


@pytest.mark.parametrize("wait", [lambda value: value, later])
async def test_an_answer_has_the_form_of_its_question(wait: Any) -> None:
    ada = {"name": "Ada", "friend": wait({"name": "Bo"})}
    room: Any = {"name": wait("7b"), "code": lambda info, at=0: f"code {at}", "late": lambda info: room,
                 "learners": wait([ada, None, {"name": wait("Cy")}])}  # fmt: skip
    text = """query Q($at: Int) {
      codes, room: classroom { name, x: code(at: $at), ...Learners, late { late { name } } } }
      fragment Learners on Classroom { learners { name, friend { name } } name }"""
    answer = await both(classes(), text, {"codes": ("a", None), "classroom": wait(room)}, {"at": 9})
    assert answer == ({
        "codes": ["a", None],
        "room": {
            "name": "7b", "x": "code 9",
            "learners": [{"name": "Ada", "friend": {"name": "Bo"}}, None, {"name": "Cy", "friend": None}],
            "late": {"late": {"name": "7b"}},
        },
    }, [])  # fmt: skip


async def test_fragments_beside_one_another_are_merged_at_every_depth() -> None:
    room: dict[str, Any] = {"name": "7b", "code": "x"}
    room["late"] = room
    text = """{ classroom { ...One ...Two } }
      fragment One on Classroom { name late { name again: late { name } } }
      fragment Two on Classroom { code late { code again: late { code } } }"""
    inner = {"name": "7b", "code": "x"}
    expected = {"name": "7b", "late": {"name": "7b", "again": inner, "code": "x"}, "code": "x"}
    data, errors = await both(classes(), text, {"classroom": room})
    assert (repr(data["classroom"]), errors) == (repr(expected), [])


async def test_fields_keep_the_order_in_which_they_were_asked_for() -> None:
    root = {"name": later("n"), "code": "c", "codes": later([]), "at": "a", "of": later("o")}
    data, _ = await both(classes(), "{ of code name at codes }", root)
    assert list(data) == ["of", "code", "name", "at", "codes"]


@pytest.mark.parametrize(
    ("text", "data"),
    [("{ }", {}), ("{ name classroom { } ...F } fragment F on Query { }", {"name": "n", "classroom": {}})],
)
async def test_nothing_may_be_selected(text: str, data: Any) -> None:
    node = parse(text, allow_empty_selection_sets=True)
    assert await both(classes(), node, {"name": "n", "classroom": {}}) == (data, [])


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("{ classroom }", {"classroom": {}}),
        ("{ nobodyKnowsThis name }", {"name": "n"}),
        ("mutation { nobodyKnowsThis }", {}),
        ("{ name ...F ...F } fragment F on Query { name ...F }", {"name": "n"}),
        ("{ name } type Query { other: String }", {"name": "n"}),
    ],
)
async def test_what_validation_would_refuse_does_no_harm(text: str, data: Any) -> None:
    assert await both(classes(), text, {"name": "n", "classroom": {"name": "7b"}}, valid=False) == (data, [])


@pytest.mark.parametrize(
    ("name", "data"), [("A", {"one": "n"}), ("B", {"two": "n"}), ("M", {"name": "n"}), ("S", {"name": "n"})]
)
async def test_the_operation_that_was_named_is_run_on_the_root_of_its_kind(name: str, data: Any) -> None:
    text = "query A { one: name } query B { two: name } mutation M { name } subscription S { name }"
    assert await both(classes(), text, {"name": "n"}, name=name) == (data, [])


async def test_operations_of_one_document_do_not_take_one_another_for_their_own() -> None:
    text = "query A($yes: Boolean!) { name @include(if: $yes) } query B { codes }"
    for name, data in (("A", {"name": "n"}), ("B", {"codes": None})):
        assert await both(classes(), text, {"name": "n"}, {"yes": True}, name=name) == (data, [])


async def test_resolvers_are_told_where_they_are() -> None:
    seen: list[Any] = []

    def code(source: Any, info: Any, **given: Any) -> str:
        seen.append((source, info.field_name, info.parent_type.name, str(info.return_type), info.root_value,
                     info.variable_values.coerced, info.operation.name.value, list(info.fragments), given,
                     [node.alias.value for node in info.field_nodes], info.path.as_list(),
                     info.context.request_id, info.schema is schema))  # fmt: skip
        return "c"

    schema = classes(Classroom__code=code)
    root = {"classroom": {"name": "7b"}}
    text = """query Q($at: Int) { classroom { x: code(at: $at) ...F } }
      fragment F on Classroom { x: code(at: $at) }"""
    assert await both(schema, text, root, {"at": 4}, rows=False) == ({"classroom": {"x": "c"}}, [])
    assert seen[0] == (
        {"name": "7b"}, "code", "Classroom", "String", root, {"at": 4}, "Q", ["F"], {"at": 4}, ["x", "x"],
        ["classroom", "x"], "request", True,
    )  # fmt: skip
    assert all(each == seen[0] for each in seen)


async def test_resolvers_are_told_the_types_on_the_way_to_them() -> None:
    seen: list[Path] = []
    schema = classes(Person__type=lambda *_: "Learner", Learner__place=lambda _, info: seen.append(info.path))
    text = "{ all: people { ... on Learner { friend { place } } } }"
    root: Any = {"people": [{"friend": {}}]}
    assert await both(schema, text, root) == ({"all": [{"friend": {"place": None}}]}, [])
    above = Path(Path(Path(None, "all", "Query"), 0, None), "friend", "Learner")
    assert set(seen) == {Path(above, "place", "Learner")}


async def test_arguments_that_were_not_given_are_not_passed() -> None:
    schema = schema_of("type Query { find(a: Boolean, b: Boolean, c: Boolean, d: Int, e: Int): String }",
                       Query__find=lambda _, info, **given: str(given))  # fmt: skip
    answer = await both(schema, "{ find(a: true, c: false, e: 0) }")
    assert answer == ({"find": "{'a': True, 'c': False, 'e': 0}"}, [])


async def test_each_field_that_fails_is_null_and_told_with_its_extensions() -> None:
    told = GraphQLError("told", extensions={"code": "TOLD"})
    root = {
        "name": later("ok"), "code": fails("raised"), "at": RuntimeError("returned"), "of": later(told),
        "codes": ["a", RuntimeError("first"), "c", RuntimeError("second")], "classroom": fails_later("late"),
        "stray": lambda *_: told,
    }  # fmt: skip
    text = "{ name code at of codes classroom { name } stray { name } }"
    data = {"name": "ok", "code": None, "at": None, "of": None, "codes": ["a", None, "c", None],
            "classroom": None, "stray": None}  # fmt: skip
    assert await both(classes(), text, root) == (data, [
        ("returned", ["at"]), ("late", ["classroom"]), ("raised", ["code"]), ("first", ["codes", 1]),
        ("second", ["codes", 3]), ("told", ["of"]), ("told", ["stray"]),
    ])  # fmt: skip


async def test_an_error_that_says_where_it_stands_is_believed() -> None:
    root = {"code": GraphQLError("elsewhere", path=["far", 3, "away"]), "name": "n"}
    answer: Told = await both(classes(), "{ code name }", root)
    assert answer == ({"code": None, "name": "n"}, [("elsewhere", ["far", 3, "away"])])


@pytest.mark.parametrize("nothing", [None, Undefined])
async def test_a_scalar_has_to_give_something(nothing: Any) -> None:
    schema = schema_of("scalar Mark type Query { mark: Mark, marks: [Mark!] }")
    mark: Any = schema.type_map["Mark"]
    mark.coerce_output_value = lambda value: nothing if value == "lost" else value
    message = f"Expected `Mark.coerce_output_value('lost')` to return non-nullable value, returned: {nothing}"
    root = {"mark": "lost", "marks": ["A", "lost"]}
    assert await both(schema, "{ mark marks }", root) == (
        {"mark": None, "marks": None}, [(message, ["mark"]), (message, ["marks", 1])]
    )  # fmt: skip


async def test_a_scalar_that_raises_fails_where_it_stands() -> None:
    schema = schema_of("scalar Mark type Query { marks: [Mark] }")
    mark: Any = schema.type_map["Mark"]
    mark.coerce_output_value = lambda value: 60 // value
    assert await both(schema, "{ marks }", {"marks": [1, 0, 2]}) == (
        {"marks": [60, None, 30]}, [("integer division or modulo by zero", ["marks", 1])]
    )  # fmt: skip


async def test_a_schema_may_know_no_mutations() -> None:
    schema = schema_of("type Query { name: String }")
    assert await both(schema, "mutation { name }", valid=False, fallback="no root type") == (
        None, [("Schema is not configured to execute mutation operation.", None)]
    )  # fmt: skip
