"""`python -m bench.hostile`: what nobody sends in good faith, 100,000 times, and what the server makes of it.

Starts a server of its own over a temporary folder, without rates that would refuse most of it, and attacks it
over HTTP, streams of events and WebSocket as the people of small schools. Each answer must be JSON with coded
errors that carry a request id and tell nothing of our inside, nothing of another organization may be in it,
and afterwards the server must be alive, its log without errors, its memory and connections as before.

Everything follows from `--seed`, but for the ids in it. What is found is shrunk and written to a file, which
`--replay FILE` sends again. Exit code 1 when anything was found, 2 when the time was over before the count.
"""

import argparse
import asyncio
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
from graphql import GraphQLSchema, build_client_schema, get_introspection_query
from rich.console import Console
from rich.table import Table

from app.runtime import Runtime
from bench.served import NO_RATES, folder, served
from tests.access.walker import World
from tests.access.world import make_world
from tests.client import PASSWORD, Client, School, sign_in
from tests.transport.hostile.campaign import Campaign, attack_in

SETTINGS = {
    **NO_RATES, "CLASS_RATES": "tutor=1000000 analytics=1000000", "ACCESS_TOKEN_SECONDS": "3600",
    "SOCKETS_PER_USER": "100", "STREAMS_PER_USER": "1000", "LOG_LEVEL": "WARNING",
}  # fmt: skip
MOVE = 4_000
"""Requests until a new school is founded: hostile changes close classes and end sessions."""
WARM_UP = 3_000
PAUSE = 20.0
"""Seconds after which memory and connections are looked at again."""
MORE_MEMORY = 64 * 1024 * 1024
MORE_FILES = 4
WORST = 20
"""Findings that are shrunk and written."""


class DistantSchool(School):
    """A school of a server that is reached through the graph alone."""

    async def settled(self, learner: Client) -> None:
        """Wait until the server's consumers have seen the learner's answers."""
        for _ in range(300):
            data = await learner.ask("{ viewer { learner { recommendations { id } } } }")
            if data["viewer"]["learner"]["recommendations"]:
                return
            await asyncio.sleep(0.1)
        raise SystemExit("the server's consumers made no recommendations within 30 s; are they on?")

    async def teacher(self, name: str = "Grace") -> Client:
        """A new member."""
        email = f"{name}.{time.time_ns()}@school.example".lower()
        given = {"email": email, "roles": ["TEACHER"], "displayName": name, "password": PASSWORD}
        payload = await self.admin.do("addMember", given, "member { user { id } }")
        person = await sign_in(self.admin, email)
        person.user_id = payload["member"]["user"]["id"]
        return person


@dataclass
class Process:
    """What the kernel says of a process."""

    memory: int
    files: int
    connections: int

    @classmethod
    def now(cls, pid: int, port: int) -> "Process":
        """Resident bytes, open files, connections to the port that it serves."""
        status = Path(f"/proc/{pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        local = f":{port:04X}"
        taken = [line.split() for line in lines]
        open_ones = [line for line in taken if line[1].endswith(local) and line[3] == "01"]
        files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        return cls(int(found[1]) * 1024, files, len(open_ones))


def main() -> None:
    """Attack and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.hostile", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="requests and frames to send")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--lanes", type=int, default=40, help="clients at once")
    parser.add_argument("--seconds", type=float, default=3_600, help="when to stop at the latest")
    parser.add_argument("--port", type=int, help="a server on this machine, instead of one of its own")
    parser.add_argument("--replay", type=Path, help="send what this file holds, and nothing else")
    parser.add_argument("--findings", type=Path, default=Path(tempfile.gettempdir()) / "masterygraph-hostile")
    given = parser.parse_args()
    with _server(given.port) as (port, pid, log):
        raise SystemExit(asyncio.run(_run(given, port, pid, log)))


@contextmanager
def _server(port: int | None) -> Iterator[tuple[int, int | None, Path | None]]:
    """Port, process and log of the server; of one that was given only the port is known."""
    if port is not None:
        yield port, None, None
        return
    with folder() as data:
        log = data / "served.log"
        with served(data, SETTINGS, ["--no-demo"], log) as (own, pid):
            yield own, pid, log


async def _run(given: argparse.Namespace, port: int, pid: int | None, log: Path | None) -> int:
    address = f"http://127.0.0.1:{port}"
    # Kept alive, a connection might be closed by the server just as it is used again.
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as http:
        schema = await _schema(http)
        campaign = Campaign(address, schema, given.seed, lambda: _world(http))
        await campaign.move()
        if given.replay:
            outcome = await campaign.outcome(attack_in(given.replay.read_bytes(), campaign.names))
            print(outcome)
            return 1 if outcome.faults else 0
        return await _attacked(
            given, campaign, Campaign(address, schema, "warm", lambda: _world(http)), port, pid, log
        )


async def _attacked(
    given: argparse.Namespace,
    campaign: Campaign,
    warming: Campaign,
    port: int,
    pid: int | None,
    log: Path | None,
) -> int:
    await warming.move()
    await warming.run(min(WARM_UP, given.count), given.lanes)
    await asyncio.sleep(PAUSE / 2)
    before = Process.now(pid, port) if pid else None
    until = time.monotonic() + given.seconds
    for target in range(MOVE, given.count + MOVE, MOVE):
        await campaign.run(min(target, given.count), given.lanes, until - time.monotonic())
        print(f"{campaign.tally.sent.total():,} sent, {len(campaign.tally.findings)} findings", flush=True)
        if time.monotonic() > until or target >= given.count:
            break
        await campaign.move()
    await asyncio.sleep(PAUSE)  # longer than connections are kept alive
    after = Process.now(pid, port) if pid else None
    campaign.tally.findings += warming.tally.findings
    complaints = _complaints(before, after, log)
    await _write(campaign, given.findings)
    _print(campaign, before, after, complaints)
    if campaign.tally.findings or complaints:
        return 1
    return 0 if campaign.tally.sent.total() >= given.count else 2


def _complaints(before: Process | None, after: Process | None, log: Path | None) -> list[str]:
    """What is wrong with the server as a whole."""
    found = []
    if log is not None:
        found += [
            f"log: {line[:200]} … {line[-400:]}"
            for line in log.read_text().splitlines()
            if not _is_warning(line)
        ]
    if before is not None and after is not None:
        if after.memory > before.memory + MORE_MEMORY:
            found.append("memory has grown")
        if after.connections > before.connections or after.files > before.files + MORE_FILES:
            found.append("connections or files have stayed open")
    return found


def _is_warning(line: str) -> bool:
    return '"level": "warning"' in line or "Invalid HTTP request received" in line or not line.strip()


async def _write(campaign: Campaign, place: Path) -> None:
    """Shrink the first findings of each kind, and write them down."""
    kinds: set[str] = set()
    for finding in campaign.tally.findings:
        kind = finding.faults[0][:60]
        if kind in kinds or len(kinds) >= WORST:
            continue
        kinds.add(kind)
        small = await campaign.shrunk(finding)
        place.mkdir(exist_ok=True)
        path = place / f"{small.seed}-{small.number}.json"
        path.write_bytes(small.as_json(campaign.names))
        print(f"{path}: {'; '.join(small.faults)[:300]}")


def _print(campaign: Campaign, before: Process | None, after: Process | None, complaints: list[str]) -> None:
    tally = campaign.tally
    table = Table("Measured", "Figure", box=None, padding=(0, 2))
    table.add_row("sent", ", ".join(f"{count:,} {kind}" for kind, count in sorted(tally.sent.items())))
    table.add_row("clients, seconds", f"{tally.clients:,}, {tally.seconds:,.0f}")
    table.add_row("answers, with data of resolvers", f"{tally.answers:,}, {tally.resolved:,}")
    for counted in (tally.ended, tally.codes):
        for name, count in counted.most_common():
            table.add_row(name, f"{count:,}")
    if before and after:
        megabytes = f"{before.memory / 2**20:,.0f} MB, {after.memory / 2**20:,.0f} MB"
        table.add_row("memory before, after", megabytes)
        table.add_row("open files before, after", f"{before.files}, {after.files}")
        table.add_row("connections before, after", f"{before.connections}, {after.connections}")
    table.add_row("findings", str(len(tally.findings)))
    console = Console(width=110)
    console.print(table, highlight=False)
    for complaint in complaints[:20]:
        print(complaint)


async def _schema(http: httpx.AsyncClient) -> GraphQLSchema:
    answer: Any = (await http.post("/graphql", json={"query": get_introspection_query()})).json()
    return build_client_schema(answer["data"])


async def _world(http: httpx.AsyncClient) -> World:
    anonymous = Client(http)
    school = await DistantSchool.found(anonymous, cast(Runtime, None))
    return await make_world(school, anonymous)


if __name__ == "__main__":
    main()
