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
    """Whether the process can serve, with what each part it stands on says."""

    ready: bool
    parts: dict[str, str]
    milliseconds: float

    def as_json(self) -> dict[str, Any]:
        """The report for a probe."""
        return {
            "status": "ready" if self.ready else "unavailable",
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
    parts["bus"] = "in process"
    return Readiness(parts["database"] == "ok", parts, (time.perf_counter() - began) * 1000)
