"""The servers beside each other: how each is started, who asks, in which words, and what it looks at."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.peers.processes import ROOT
from bench.peers.questions import GRAPH, POSTGRAPHILE, body, persisted, persisted_path
from bench.peers.school import School
from bench.served import NO_RATES

NODE_FOLDER = Path(__file__).parent / "node"
NODE = Path(os.environ.get("BENCH_NODE", ROOT / ".venv" / "node22" / "bin" / "node"))
HTTP_COLUMNS = ("me", "leaderboard", "dashboard", "persisted_me")
COLUMNS = (*HTTP_COLUMNS, "fanout")
ANSWERING = 16
"""Persons that ask, each over a connection of its own; learners of classes 0 to 15, or their teachers."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server: what starts it, how it is asked; `token` and `walls` say what it checks on each request.

    `anew` is asked to make each answer, also one that it would tell again.
    """

    name: str
    title: str
    command: Sequence[str]
    environment: Callable[[School], Mapping[str, str]]
    versions: Callable[[], str]
    documents: Mapping[str, str] = field(default_factory=lambda: GRAPH)
    columns: Sequence[str] = HTTP_COLUMNS
    token: str = "no"
    walls: str = "no"
    anew: bool = False
    by_hash: bool = True
    raw_ids: bool = False

    @property
    def is_there(self) -> bool:
        """Whether what it needs is installed."""
        return self.command[0] != str(NODE) or (NODE.exists() and (NODE_FOLDER / "node_modules").exists())

    def classroom(self, school: School, n: int) -> str:
        """How a class is named in variables."""
        found = school.named("classroom", n % school.size.classes)
        return str(found) if self.raw_ids else f"cls_{found.hex}"

    def post(self, column: str, school: School, n: int) -> bytes:
        """The bytes of the n-th person's request for a column."""
        given = {} if column == "me" else {"id": self.classroom(school, n)}
        sent = body(self.documents[column], given)
        return self._request("POST", "/graphql", school, self.person(column, school, n), sent)

    def registered(self, school: School, n: int) -> bytes:
        """The request that makes a document known by its hash."""
        document = self.documents["me"]
        sent = json.dumps({"query": document, "extensions": persisted(document)}).encode()
        return self._request("POST", "/graphql", school, self.person("me", school, n), sent)

    def get(self, school: School, n: int, etag: str | None = None) -> bytes:
        """The request for a document by its hash, or with its text where the server keeps none."""
        path = persisted_path(self.documents["me"], self.by_hash)
        return self._request("GET", path, school, self.person("me", school, n), b"", etag)

    def person(self, column: str, school: School, n: int) -> int:
        """Who asks: learners for themselves and their board, teachers for their class."""
        return school.teacher(n) if column == "dashboard" else school.learner(n)

    def _request(
        self, method: str, path: str, school: School, person: int, sent: bytes, etag: str | None = None
    ) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", "accept: application/json"]
        if self.token == "yes":
            lines.append(f"authorization: Bearer {school.tokens([person])[0]}")
        else:
            lines.append(f"x-user: {school.named('user', person)}")
        if self.anew:
            lines.append("cache-control: no-cache")
        if etag:
            lines.append(f"if-none-match: {etag}")
        if method == "POST":
            lines += ["content-type: application/json", f"content-length: {len(sent)}"]
        else:
            lines.append("apollo-require-preflight: 1")
        return "\r\n".join([*lines, "", ""]).encode() + sent


def _ours(school: School) -> dict[str, str]:
    postgres = school.postgres
    return {
        **NO_RATES,
        "DATABASE_URL": postgres.url("application"),
        "MIGRATION_DATABASE_URL": postgres.url("owner"),
        "MAINTENANCE_DATABASE_URL": postgres.url("maintenance"),
        "SIGNING_KEYS": str(school.keys),
        "DATA_DIR": str(school.folder),
        "ACCESS_TOKEN_SECONDS": "3600",
        "CONSUMERS": "false",
        "PYTHONPATH": str(ROOT),
    }


def _peer(school: School) -> dict[str, str]:
    return {
        "DATABASE_URL": school.postgres.url("owner"),
        "ORGANIZATION_ID": str(school.organization_id),
        "PYTHONPATH": str(ROOT),
        "NODE_ENV": "production",
    }


def _postgraphile(school: School) -> dict[str, str]:
    document = POSTGRAPHILE["me"]
    digest = persisted(document)["persistedQuery"]["sha256Hash"]
    return {**_peer(school), "PERSISTED": json.dumps({digest: document})}


def _python(*packages: str) -> Callable[[], str]:
    return lambda: ", ".join(f"{package} {version(package)}" for package in packages)


def _node(*packages: str) -> Callable[[], str]:
    def told() -> str:
        return ", ".join(f"{each} {_package_version(each)}" for each in packages)

    return told


def _package_version(package: str) -> str:
    about: dict[str, Any] = json.loads((NODE_FOLDER / "node_modules" / package / "package.json").read_text())
    return str(about["version"])


def _on_node(script: str) -> list[str]:
    return [str(NODE), str(NODE_FOLDER / script)]


OURS = Server(
    "masterygraph", "MasteryGraph", [sys.executable, "-m", "app.cli", "serve", "--port", "0"], _ours,
    _python("masterygraph"), columns=COLUMNS, token="yes", walls="yes",
)  # fmt: skip
OURS_ANEW = replace(
    OURS,
    name="masterygraph_anew",
    title="MasteryGraph, each answer made anew",
    columns=("me", "leaderboard"),
    anew=True,
)
STRAWBERRY = Server(
    "strawberry", "Strawberry + FastAPI + ORM", [sys.executable, "-m", "bench.peers.strawberry_app"], _peer,
    _python("strawberry-graphql", "fastapi", "sqlalchemy", "asyncpg"), columns=COLUMNS, by_hash=False,
)  # fmt: skip
MERCURIUS = Server(
    "mercurius", "Mercurius, JIT and loaders", _on_node("mercurius.js"), _peer,
    _node("mercurius", "fastify", "graphql-jit", "pg"),
)  # fmt: skip
YOGA = Server(
    "yoga", "GraphQL Yoga with graphql-jit", _on_node("yoga.js"), _peer,
    _node("graphql-yoga", "@envelop/graphql-jit", "dataloader", "pg"),
)  # fmt: skip
POSTGRAPHILE_SERVER = Server(
    "postgraphile", "PostGraphile 5", _on_node("postgraphile.js"), _postgraphile,
    _node("postgraphile", "grafast"),
    documents=POSTGRAPHILE, raw_ids=True,
)  # fmt: skip
BARE = Server(
    "uvicorn", "bare uvicorn", [sys.executable, "-m", "bench.peers.bare_app"],
    lambda school: {"PYTHONPATH": str(ROOT), "ANSWER": '{"data": null}'}, _python("uvicorn", "httptools"),
    columns=("me", "persisted_me"),
)  # fmt: skip

GRAPHQL_WS = Server(
    "graphql_ws", "graphql-ws on Node, ws", [*_on_node("fanout.mjs"), str(NODE_FOLDER)], _peer,
    _node("graphql-ws", "ws", "graphql"), columns=("fanout",),
)  # fmt: skip

SERVERS = (OURS, OURS_ANEW, STRAWBERRY, MERCURIUS, YOGA, POSTGRAPHILE_SERVER, GRAPHQL_WS, BARE)
