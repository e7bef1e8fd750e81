"""What GraphiQL offers to ask, asked of the demo school by those it is offered to."""

from typing import Any

import httpx
import pytest
from graphql import OperationType, build_schema, get_operation_ast, parse, validate

from app.main import sdl
from app.operations.demo.loading import PASSWORD
from tests.client import Client, sign_in
from tests.socket import socket_of
from tests.web.conftest import ROOT
from tests.web.examples import PEOPLE, Example, read_examples

# Loading the demo school takes a while on a busy machine.
pytestmark = pytest.mark.timeout(300)

EXAMPLES = read_examples()


def operation(example: Example) -> OperationType:
    found = get_operation_ast(parse(example.text))
    assert found is not None
    return found.operation


def user_errors(value: Any) -> list[Any]:
    """All `userErrors` in an answer."""
    if isinstance(value, list):
        return [error for each in value for error in user_errors(each)]
    if not isinstance(value, dict):
        return []
    below = [error for each in value.values() for error in user_errors(each)]
    return [*value.get("userErrors", []), *below]


def test_each_role_has_questions_changes_and_something_live_to_choose_from() -> None:
    titles = [example.title for example in EXAMPLES]
    assert len(set(titles)) == len(titles)
    offered = {role: {operation(each) for each in EXAMPLES if each.role == role} for role in PEOPLE}
    everything = {OperationType.QUERY, OperationType.MUTATION, OperationType.SUBSCRIPTION}
    assert offered["learner"] == offered["teacher"] == everything
    assert offered["admin"] == {OperationType.QUERY, OperationType.MUTATION}


def test_an_example_that_is_to_be_run_first_is_there_for_the_same_role() -> None:
    places = {(example.role, example.title) for example in EXAMPLES}
    assert [each.title for each in EXAMPLES if each.first and (each.role, each.first) not in places] == []
    assert [each.title for each in EXAMPLES if each.first] == ["Answer an item"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
async def test_an_example_runs_as_it_stands(
    example: Example, demo: str, demo_http: httpx.AsyncClient
) -> None:
    person = await sign_in(Client(demo_http), PEOPLE[example.role], PASSWORD)
    if example.first:
        before = next(each for each in EXAMPLES if each.title == example.first)
        await person.ask(before.text, **await before.variables(person))
    variables = await example.variables(person)
    if operation(example) is OperationType.SUBSCRIPTION:
        async with socket_of(demo, person.token) as socket:
            stream = await socket.subscribe(example.text, **variables)
            event = await stream.event()
        assert event["__typename"].endswith("Snapshot")
        assert set(event) > {"__typename"}
        return
    data = await person.ask(example.text, **variables)
    assert user_errors(data) == []
    assert None not in data.values()
    assert [] not in data.values()


def test_what_the_page_signs_in_with_is_valid() -> None:
    text = (ROOT / "web" / "src" / "session" / "operations.graphql").read_text()
    assert validate(build_schema(sdl()), parse(text)) == []
