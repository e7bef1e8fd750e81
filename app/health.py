"""Can the process serve: what each part it stands on says."""

import time
from dataclasses import dataclass
from typing import Any

from app.kit.errors import Unavailable
from app.kit.statements import sql
from app.runtime import Runtime

_PING = sql("SELECT 1")


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the process can serve, with what each part it stands on says.

    `degraded`: it serves, without a part that it was told to use.
    """

    ready: bool
    degraded: bool
    parts: dict[str, str]
    milliseconds: float

    def as_json(self) -> dict[str, Any]:
        """The report for a probe."""
        return {
            "status": "unavailable" if not self.ready else "degraded" if self.degraded else "ready",
            "parts": self.parts,
            "milliseconds": round(self.milliseconds, 1),
        }


async def readiness(runtime: Runtime) -> Readiness:
    """Ask the database; Redis is no condition, the process works without it."""
    began = time.perf_counter()
    try:
        async with runtime.database.reader(None) as reader:
            await reader.fetch_value(_PING)
        parts = {"database": "ok"}
    except Unavailable:
        parts = {"database": "away"}
    degraded = runtime.bus.degraded
    parts["bus"] = (
        "in process" if runtime.settings.redis_url is None else "redis away" if degraded else "redis"
    )
    return Readiness(parts["database"] == "ok", degraded, parts, (time.perf_counter() - began) * 1000)
