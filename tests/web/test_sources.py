"""What the pages are made of."""

import json
import re
import subprocess

import pytest

from tests.web.conftest import ROOT

WEB = ROOT / "web"


def test_the_pages_hold_their_types() -> None:
    node, compiler = (
        ROOT / ".venv" / "node" / "bin" / "node",
        WEB / "node_modules" / "typescript" / "bin" / "tsc",
    )
    if not node.exists() or not compiler.exists():
        pytest.skip("no TypeScript: make web-dev")
    done = subprocess.run(
        [node, compiler, "--noEmit", "--project", WEB], capture_output=True, text=True, timeout=100
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_the_lock_pins_every_package_by_hash_and_names_no_registry() -> None:
    text = (WEB / "package-lock.json").read_text()
    packages = {name: found for name, found in json.loads(text)["packages"].items() if name}
    assert len(packages) > 100
    assert [
        name for name, found in packages.items() if not found.get("integrity", "").startswith("sha512-")
    ] == []
    assert '"resolved"' not in text


def test_no_source_names_another_host() -> None:
    sources = [*WEB.glob("*.html"), *(WEB / "src").rglob("*.*")]
    assert len(sources) > 30
    named = [path.name for path in sources if re.search(r"https?://(?!www\.w3\.org/)", path.read_text())]
    assert named == []
