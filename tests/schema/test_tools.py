"""The published schema is clean under graphql-eslint, relay-compiler and graphql-codegen."""

import json
import shutil
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from schema.root import build
from tests.client import School
from tests.clients.node import FOLDER, MODULES, ROOT, node, tool

PUBLISHED = ROOT / "schema" / "schema.graphql"
ESLINT = ("eslint/bin/eslint.js", "--config", FOLDER / "eslint.config.mjs", "--max-warnings", "0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the schema as it is committed."""
    node()
    shutil.copy(PUBLISHED, tmp_path)
    return tmp_path


@pytest.fixture
def relay(folder: Path) -> dict[str, str]:
    """The operations that relay-compiler makes of the samples, by their names."""
    shutil.copytree(FOLDER / "relay", folder, dirs_exist_ok=True)
    (folder / "artifacts").mkdir()
    (folder / "persisted.json").write_text("{}")
    compiled = tool("relay-compiler/cli.js", "relay.config.json", folder=folder)
    assert compiled.returncode == 0, compiled.stderr
    assert "WARN" not in compiled.stdout + compiled.stderr
    texts = json.loads((folder / "persisted.json").read_text()).values()
    return {text.split()[1].partition("(")[0]: text for text in texts}


@pytest.fixture
def codegen(folder: Path) -> Path:
    """A folder with what graphql-codegen's client preset made for the sample code."""
    shutil.copytree(FOLDER / "codegen", folder, dirs_exist_ok=True)
    (folder / "node_modules").symlink_to(MODULES)
    made = tool("@graphql-codegen/cli/cjs/bin.js", "--config", "codegen.config.mjs", folder=folder)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


def test_graphql_eslint_finds_nothing_by_its_recommended_rules_and_those_of_relay(folder: Path) -> None:
    found = tool(*ESLINT, "schema.graphql", folder=folder)
    assert (found.returncode, found.stdout) == (0, "")


def test_graphql_eslint_looks_at_both_sets_of_rules(folder: Path) -> None:
    text = PUBLISHED.read_text()
    described = '"""Where a page stands in its list."""\n'
    assert described in text
    silent = text.replace(described, "").replace("  endCursor: Cursor\n", "  lastCursor: Cursor\n")
    (folder / "schema.graphql").write_text(silent)
    found = tool(*ESLINT, "--format", "json", "schema.graphql", folder=folder)
    rules = {message["ruleId"] for message in json.loads(found.stdout)[0]["messages"]}
    assert {"@graphql-eslint/require-description", "@graphql-eslint/relay-page-info"} <= rules


def test_relay_compiles_fragments_pages_and_refetches_into_valid_operations(relay: dict[str, str]) -> None:
    assert sorted(relay) == [
        "ClassroomLearnersMutation", "ClassroomLearnersPageQuery", "ClassroomLearnersQuery",
        "LearnerMasteryPageQuery", "LearnerMasteryQuery", "LearnerMasterySubscription",
        "OrganizationMembersOneQuery", "OrganizationMembersPageQuery", "OrganizationMembersQuery",
    ]  # fmt: skip
    schema = build_schema(build().sdl)
    assert {name: validate(schema, parse(text)) for name, text in relay.items()} == {
        name: [] for name in relay
    }


async def test_what_relay_compiled_is_answered_page_by_page_and_node_by_node(
    relay: dict[str, str], school: School
) -> None:
    await school.teacher("Grace")
    found = await school.admin.ask(relay["OrganizationMembersQuery"])
    edges = found["viewer"]["organization"]["members"]["edges"]
    assert [edge["node"]["user"]["displayName"] for edge in edges] == ["Ada", "Grace"]
    organization_id = found["viewer"]["organization"]["id"]
    page = await school.admin.ask(
        relay["OrganizationMembersPageQuery"], id=organization_id, first=1, after=edges[0]["cursor"]
    )
    assert page["node"]["members"]["edges"] == edges[1:]
    again = await school.admin.ask(relay["OrganizationMembersOneQuery"], id=edges[1]["node"]["id"])
    assert again["node"]["roles"] == ["TEACHER"]


def test_graphql_codegen_makes_types_that_hold_what_clients_write_to_the_schema(codegen: Path) -> None:
    checked = tool("typescript/bin/tsc", "-p", "tsconfig.json", folder=codegen)
    assert (checked.returncode, checked.stdout) == (0, "")

    with (codegen / "usage.ts").open("a") as usage:
        usage.write("export const wrong: VariablesOf<typeof MasteryPage> = { learner: 1 };\n")
    refused = tool("typescript/bin/tsc", "-p", "tsconfig.json", folder=codegen)
    assert "'learner' does not exist in type" in refused.stdout
