"""The parts of a request that sampled stacks belong to, by the innermost frame that tells."""

import re
from collections import Counter
from pathlib import Path

PARTS = (
    ("the database's driver", r"asyncpg/(?!pool)"),
    ("connections at hand, tenant", r"kit/leases|kit/database|asyncpg/pool|contextlib"),
    ("writing the answer", r"cli/answers|Together|RequestResponseCycle\.send|^_send \(|protection"),
    ("uvicorn: parsing, scope, task", r"uvicorn/|cli/requests"),
    (
        "body, JSON, token, price",
        r"transport/bodies|engine/requests|identity/principals|identity/tokens|engine/rates|engine/pricing|"
        r"Operations\.prepare|Operations\._read|kit/ratelimit|engine/documents|negotiation",
    ),
    (
        "metrics, cost, JSON of the answer",
        r"kit/metrics|prometheus|engine/prepared|engine/cost|engine/operations",
    ),
    ("time limits", r"asyncio/timeouts|kit/deadlines|current_task"),
    ("resolvers, graphql-core", r"strawberry/|graphql/"),
    (
        "plan, down: keys, loaders, gates",
        r"engine/(running|sources|opening|compiling|moulds|plans|loading|places|binding|plan|execution)|access/",
    ),
    ("plan, up: leaves, objects", r"engine/(emitting|leaves|rows|single)|<string>"),
    ("rows to what is published", r"app/(?!cli)"),
    ("layers of the transport", r"transport/|proxy_headers|schema/context"),
)
LOOP = "event loop, system calls"


def shares(stacks: str, root: Path) -> dict[str, float]:
    """The share of each part in percent, of stacks as py-spy writes them raw."""
    found: Counter[str] = Counter()
    for line in stacks.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [each.replace(f"{root}/", "").replace("site-packages/", "") for each in stack.split(";")]
        if any("run_until_complete" in each or "Runner.run" in each for each in frames):
            found[_part(frames)] += int(count)
    total = sum(found.values()) or 1
    return {name: round(100 * found[name] / total, 1) for name in [*(each for each, _ in PARTS), LOOP]}


def _part(frames: list[str]) -> str:
    for frame in reversed(frames):
        for name, pattern in PARTS:
            if re.search(pattern, frame) and "cli/serving" not in frame:
                return name
    return LOOP
