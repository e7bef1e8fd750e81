"""The demo school served as `make run` serves it, and a browser to visit it with."""

import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, async_playwright

from tests.processes import Operator, Serving, operator

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "tests" / "output" / "web"
_FLAGS = """--headless --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync""".split()


@dataclass
class DemoServer:
    """A server of the demo school; who kills it has to start it again."""

    found: Operator
    serving: Serving

    @property
    def address(self) -> str:
        """Where it is served, before and after."""
        return f"http://127.0.0.1:{self.serving.port}"

    def kill(self) -> None:
        """End the server at once, without a word to anybody."""
        self.serving.end(signal.SIGKILL)

    def start_again(self) -> None:
        """Serve at the same address."""
        self.serving = self.found.serve("--port", str(self.serving.port))


@pytest.fixture(scope="session")
def demo_server() -> Iterator[DemoServer]:
    """The server of the demo school."""
    with operator(CONSUMERS="true") as found:
        yield DemoServer(found, found.serve())


@pytest.fixture(scope="session")
def demo(demo_server: DemoServer) -> str:
    """Where the demo school is served."""
    return demo_server.address


@pytest.fixture(scope="session")
async def demo_http(demo: str) -> AsyncIterator[httpx.AsyncClient]:
    """A connection to the demo school."""
    async with httpx.AsyncClient(base_url=demo, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def built() -> Path:
    """The built pages."""
    folder = ROOT / "web" / "dist"
    if not (folder / "graphiql.html").is_file():
        pytest.skip("the pages are not built: make web")
    return folder


@pytest.fixture(scope="session")
async def browser(built: Path) -> AsyncIterator[Browser]:
    """The system's Chromium."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if chromium is None:
        pytest.skip("no Chromium: apt-get install chromium")
    # Chromium's sandbox does not start for root.
    flags = [*_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else _FLAGS
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium, args=flags)
        yield opened
        await opened.close()
