"""The operations of the pages, which are typed by the published schema."""

import subprocess

import pytest

from tests.web.conftest import ROOT


def test_the_typed_operations_are_what_the_schema_gives() -> None:
    node = ROOT / ".venv" / "node" / "bin" / "node"
    if not node.exists() or not (ROOT / "web" / "node_modules" / "@graphql-codegen" / "core").is_dir():
        pytest.skip("no graphql-codegen: make web-dev")
    done = subprocess.run(
        [node, "codegen.mjs", "--check"], cwd=ROOT / "web", capture_output=True, text=True, timeout=100
    )
    assert (done.stderr, done.returncode) == ("", 0)
