"""The school that every server is asked about: made from a seed, kept in a folder with its PostgreSQL."""

import asyncio
import hashlib
import json
import logging
import random
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from app import migrate
from app.identity.tokens import Tokens, load_keys
from app.kit.embedded_postgres import EmbeddedPostgres, start
from app.mastery.packed_states import packed
from app.science.mastery_level import MASTERED_FROM, NEARLY_FROM
from app.science.mastery_model import model_named, model_names

DAY = 86_400.0
_MADE_BY = Path(__file__).parent / "school.sql"
ISSUER = "masterygraph"
TOKEN_LIFE = timedelta(hours=1)
LEARNER_STATES, DIFFICULTIES, SKILL_STATES = 8, 5, 48
"""How many different states there are; a chance is worked out for each combination."""
CLEAR = 0.02
"""Chances keep this far from where a level begins, so that a week of forgetting moves no level."""
_NAMED = """CREATE FUNCTION pg_temp.named(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex({began_ms}::bigint + n / 64), 12, '0') || '7' || substr(md5(kind || n::text), 1, 3)
          || '8' || substr(md5(kind || n::text), 4, 15))::uuid $$"""


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything there is."""

    learners: int = 2_000
    classes: int = 60
    skills: int = 200
    items: int = 2_000
    attempts: int = 500_000
    watchers: int = 200


FULL = Size()
SMALL = Size(learners=120, classes=3, skills=50, items=100, attempts=2_000, watchers=4)


@dataclass(frozen=True, slots=True)
class School:
    """The school in its running PostgreSQL."""

    postgres: EmbeddedPostgres
    folder: Path
    size: Size
    began_ms: int

    def named(self, kind: str, n: int) -> uuid.UUID:
        """The id of the n-th of a kind, as the tables have it."""
        digest = hashlib.md5(f"{kind}{n}".encode(), usedforsecurity=False).hexdigest()
        return uuid.UUID(hex=f"{self.began_ms + n // 64:012x}7{digest[:3]}8{digest[3:18]}")

    @property
    def organization_id(self) -> uuid.UUID:
        """The one organization there is."""
        return self.named("organization", 0)

    @property
    def keys(self) -> Path:
        """The keys that our server's tokens are signed with."""
        return self.folder / "signing_keys.pem"

    def version(self) -> str:
        """PostgreSQL's version."""
        told = subprocess.run(
            [self.postgres.binaries.path("postgres"), "--version"], capture_output=True, text=True, check=True
        )
        return told.stdout.split()[2]

    def learner(self, n: int) -> int:
        """The number of a learner among all persons."""
        return n % self.size.learners

    def teacher(self, n: int) -> int:
        """The number of the teacher of a class among all persons."""
        return self.size.learners + n % self.size.classes

    def watcher(self, n: int) -> int:
        """The number of an administrator among all persons."""
        return self.size.learners + self.size.classes + n % self.size.watchers

    def tokens(self, persons: list[int]) -> list[str]:
        """An access token of each of these persons, signed as our server does at a sign-in."""
        signed = Tokens(load_keys(self.keys), ISSUER, TOKEN_LIFE, TOKEN_LIFE)
        now = datetime.now(UTC)
        return [
            signed.access(
                self.named("user", each), self.organization_id, self.named("sign-in", each), 1, now
            )[0]
            for each in persons
        ]


@contextmanager
def opened(folder: Path, size: Size) -> Iterator[School]:
    """The school of this size in the folder, made there if need be, while its PostgreSQL runs."""
    name = f"{size.learners}-learners-"
    for older in folder.glob(f"{name}*"):
        if older.name != name + _seed():
            shutil.rmtree(older)
    folder = folder / (name + _seed())
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    postgres = start(folder / "postgres")
    try:
        logging.getLogger("alembic").setLevel(logging.WARNING)
        migrate.upgrade(postgres.url("owner"))
        about = folder / "school.json"
        if not about.exists():
            began_ms = int((time.time() - 600) * 1000)
            asyncio.run(_make(postgres.url("owner"), size, began_ms))
            about.write_text(json.dumps({"began_ms": began_ms, **asdict(size)}))
        asyncio.run(_open_to_peers(postgres.url("owner")))
        yield School(postgres, folder, size, json.loads(about.read_text())["began_ms"])
    finally:
        postgres.stop()


def _seed() -> str:
    """What tells one way of making the school from another: a kept one of another way is not taken."""
    return hashlib.sha256(Path(__file__).read_bytes() + _MADE_BY.read_bytes()).hexdigest()[:8]


async def _open_to_peers(owner_url: str) -> None:
    owner = await asyncpg.connect(owner_url)
    await owner.execute((Path(__file__).parent / "peers.sql").read_text())
    await owner.close()


async def _make(owner_url: str, size: Size, began_ms: int) -> None:
    owner = await asyncpg.connect(owner_url)
    try:
        async with owner.transaction():
            await owner.execute("SELECT ensure_partitions(current_date - 1, 2)")
            await owner.execute(_NAMED.format(began_ms=began_ms))
            await _palettes(owner, size, datetime.fromtimestamp(began_ms / 1000, UTC))
            await owner.execute(_MADE_BY.read_text())
        await owner.execute("VACUUM ANALYZE")
    finally:
        await owner.close()


async def _palettes(owner: Any, size: Size, began_at: datetime) -> None:
    """Temporary tables of sizes and states, and what the model makes of each combination."""
    model = model_names()[0]
    sizes = {**asdict(size), "model": model, "began_at": began_at, "learner_states": LEARNER_STATES,
             "difficulties": DIFFICULTIES, "skill_states": SKILL_STATES}  # fmt: skip
    kinds = {int: "int", str: "text", datetime: "timestamptz"}
    columns = ", ".join(f"{name} {kinds[type(value)]}" for name, value in sizes.items())
    await _table(owner, "bench_size", columns, [tuple(sizes.values())])
    r = random.Random(1)
    learners = [_learner_state(r) for _ in range(LEARNER_STATES)]
    difficulties = [r.gauss(-0.4, 0.5) for _ in range(DIFFICULTIES)]
    await _table(owner, "bench_learner", "place int, state float8[]", list(enumerate(learners)))
    await _table(owner, "bench_difficulty", "place int, difficulty float8", list(enumerate(difficulties)))
    await _table(owner, "bench_item", "state float8[]", [((-0.4, 0.05, 250.0, 165.0, 0.1, 0.1, -0.5),)])
    chances = [
        (i, j, k, packed(state), *told)
        for i, learner in enumerate(learners)
        for j, difficulty in enumerate(difficulties)
        for k in range(SKILL_STATES)
        for state, *told in [_chance(r, model, learner, difficulty, began_at.timestamp())]
    ]
    await _table(
        owner,
        "bench_chance",
        "learner int, difficulty int, skill int, state bytea, probability float8, evidence int, "
        "practised float8",
        chances,
    )


async def _table(owner: Any, name: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    await owner.execute(f"CREATE TEMP TABLE {name} ({columns})")
    await owner.copy_records_to_table(name, records=rows)
    await owner.execute(f"ANALYZE {name}")


def _learner_state(r: random.Random) -> tuple[float, ...]:
    return (r.gauss(0.2, 0.8), 0.05, 250.0, r.gauss(0.0, 0.3), r.uniform(3.0, 6.0), 7.0, 0.0, -2.0)


def _chance(
    r: random.Random, model: str, learner: tuple[float, ...], difficulty: float, began: float
) -> tuple[tuple[float, ...], float, int, float]:
    """A state of a skill, its chance as of the last attempt, how many there were, and when that one was.

    The skill is a steady one: of its chance a week of not practising takes less than 0.001.
    """
    while True:
        count, practised = r.randint(3, 12), began - DAY * r.uniform(0.1, 1.0)
        state = (r.gauss(0.2, 0.7), 0.06, float(count), 240.0, practised, r.gauss(0.0, 0.5), count * 0.7, 0.0,
                 1.0, -1.0, 2.5, 3_650.0, 0.0, practised)  # fmt: skip
        chance = model_named(model).estimate(learner, state, difficulty, practised).probability
        if all(abs(chance - edge) > CLEAR for edge in (NEARLY_FROM, MASTERED_FROM)):
            return state, chance, count, practised
