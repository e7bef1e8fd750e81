"""Node, the clients and tools that tests/node has installed, and how tests run them."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "node"
MODULES = FOLDER / "node_modules"
PATIENCE = 60.0
"""Seconds after which a script is killed."""
_RESULT = re.compile(r"^(ok|not ok) \d+ - (.*)\n(?:  ---\n((?:  .*\n|\n)*?)  \.\.\.)?", re.M)
_ERROR = re.compile(r"^  error: (?:\|-\n((?:    .*\n|\s*\n)*)|(.*)\n)", re.M)

Deed = Callable[[], Awaitable[None]]


@dataclass
class Outcome:
    """What became of the tests in a script: their names, of those that failed with why."""

    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def node() -> str:
    """Node, with what package-lock.json names installed; the test is passed over where it is not."""
    ours = ROOT / ".venv" / "node" / "bin" / "node"
    found = str(ours) if ours.exists() else shutil.which("node")
    if found is None:
        pytest.skip("no Node here: `make node` installs it")
    stamp = MODULES / ".installed"
    if not stamp.exists() or stamp.read_text() != (FOLDER / "package-lock.json").read_text():
        pytest.skip("the clients in tests/node are not installed: `make node-clients` installs them")
    return found


def tool(*words: str | Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a tool of tests/node in a folder, by the path of its script within node_modules."""
    command = [node(), MODULES / words[0], *words[1:]]
    environment = {**os.environ, "NO_COLOR": "1", "CI": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE
    )


async def run_script(name: str, world: Mapping[str, Any], deeds: Mapping[str, Deed] | None = None) -> Outcome:
    """Run a script of tests/node/clients; it may ask for deeds, such as stopping the server."""
    process = await asyncio.create_subprocess_exec(
        node(), "--test-reporter=tap", "--test-timeout=30000", f"{name}.mjs", cwd=FOLDER / "clients",
        env={**os.environ, "MASTERYGRAPH_WORLD": json.dumps(world)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE):
            said = await _listen(process, deeds or {})
            await process.wait()
    except TimeoutError:
        return Outcome(failed=[f"{name} was still running after {PATIENCE:.0f} s"])
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _outcome(said)


async def _listen(process: asyncio.subprocess.Process, deeds: Mapping[str, Deed]) -> str:
    assert process.stdout is not None
    assert process.stdin is not None
    said = []
    async for raw in process.stdout:
        line = raw.decode()
        if line.startswith("please "):
            await deeds[line.split()[1]]()
            process.stdin.write(b'"done"\n')
        else:
            said.append(line)
    return "".join(said)


def _outcome(said: str) -> Outcome:
    outcome = Outcome()
    for result, test, details in _RESULT.findall(said):
        if result == "ok":
            outcome.passed.append(test)
        else:
            (why,) = _ERROR.findall(details) or [("", "")]
            outcome.failed.append(f"{test}: {' '.join(''.join(why).split())}")
    return outcome if outcome.passed or outcome.failed else Outcome(failed=[said])
