"""A server of its own for a measurement: a demo school, its process, and no rates that would end the load."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.http_client import Connection

ROOT = Path(__file__).parents[1]
PASSWORD = "masterygraph-demo"
NO_RATES = {"COST_POINTS": "0", "READ_CHARACTERS": "0", "CLASS_RATES": "analytics=1000000"}
"""Settings under which one user may ask as often as it likes."""
SIGN_IN = "mutation($i: SignInInput!) { signIn(input: $i) { accessToken userErrors { message } } }"


@contextmanager
def folder(given: Path | None = None) -> Iterator[Path]:
    """The data folder given, else a new one that the embedded server's account may enter."""
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="masterygraph-bench-") as made:
        os.chmod(made, 0o755)
        yield Path(made)


@contextmanager
def served(
    data: Path,
    settings: Mapping[str, str] = NO_RATES,
    words: Sequence[str] = (),
    log: Path | None = None,
    collections: Path | None = None,
) -> Iterator[tuple[int, int]]:
    """The port and process id of a server over this folder, with its demo school unless `words` say no.

    `collections` is a file for a line about each collection of garbage (`bench/watched.py`).
    """
    program = ["bench.watched", str(collections)] if collections else ["app.cli"]
    said = log.open("w") if log else subprocess.DEVNULL
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "LC_ALL")}
    process = subprocess.Popen(
        [sys.executable, "-m", *program, "serve", "--port", "0", *words],
        env={**kept, "DATA_DIR": str(data), "PYTHONPATH": str(ROOT), **settings},
        stdout=subprocess.PIPE,
        stderr=said,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = (re.search(r"127\.0\.0\.1:(\d+)/", line) for line in process.stdout)
        port = next((int(each[1]) for each in found if each), None)
        if port is None:
            raise SystemExit("the server did not start")
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


async def sign_in(port: int, email: str) -> Connection:
    """The connection of a person of the demo school."""
    person = Connection(port)
    payload = (await person.ask(SIGN_IN, i={"email": email, "password": PASSWORD}))["signIn"]
    person.token = payload["accessToken"]
    return person
