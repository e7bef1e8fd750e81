"""What the README prints can be typed as it stands."""

import re
from pathlib import Path

import pytest
from graphql import build_schema, get_operation_ast, parse, validate

from app.main import sdl

README = (Path(__file__).parent.parent / "README.md").read_text()
DOCUMENTS = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
SIGN_IN = re.search(r"\"query\":\s+\"(mutation .*)\"}'", README)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_document_of_the_readme_is_valid(document: str) -> None:
    assert validate(build_schema(sdl()), parse(document)) == []


def test_the_sign_in_of_the_readme_is_valid() -> None:
    assert SIGN_IN is not None
    assert validate(build_schema(sdl()), parse(SIGN_IN[1].replace('\\"', '"'))) == []


def test_the_readme_shows_a_query_a_mutation_and_a_subscription() -> None:
    operations = [get_operation_ast(parse(document)) for document in DOCUMENTS]
    assert {each.operation.value for each in operations if each} == {"query", "mutation", "subscription"}
