"""Health, metrics and logs of the process."""

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from app.bootstrap import Addresses, started
from app.config import Settings
from app.health import readiness
from app.kit.logging import configure_logging
from app.runtime import Runtime
from tests.client import Client, School
from tests.realtime.redis_server import redis_server


async def test_a_live_process_says_so(anonymous: Client) -> None:
    response = await anonymous.http.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "live"})


async def test_a_ready_process_names_the_parts_it_stands_on(anonymous: Client) -> None:
    response = await anonymous.http.get("/health/ready")
    report = response.json()
    assert response.status_code == 200
    assert report["status"] == "ready"
    assert report["parts"] == {"database": "ok", "bus": "in process"}


async def test_a_process_without_the_redis_it_was_told_of_is_ready_and_degraded(
    runtime: Runtime, settings: Settings, addresses: Addresses
) -> None:
    with redis_server() as redis:
        told = settings.model_copy(update={"redis_url": redis.url})
        async with started(told, addresses, runtime.clock) as process:
            redis_connected = await _report_when(process, "ready")
            assert redis_connected["parts"] == {"database": "ok", "bus": "redis"}
            redis.kill()
            alone = await _report_when(process, "degraded")
            assert alone["parts"] == {"database": "ok", "bus": "redis away"}


async def _report_when(process: Runtime, status: str) -> dict[str, Any]:
    async with asyncio.timeout(15):
        while True:
            report = (await readiness(process)).as_json()
            if report["status"] == status:
                return report
            await asyncio.sleep(0.02)


async def test_metrics_count_operations_by_kind_and_outcome(school: School, anonymous: Client) -> None:
    def count(text: str, kind: str, outcome: str) -> float:
        name = f'masterygraph_operations_total{{kind="{kind}",outcome="{outcome}"}} '
        return sum(float(line.removeprefix(name)) for line in text.splitlines() if line.startswith(name))

    before = (await anonymous.http.get("/metrics")).text
    await school.admin.ask("{ viewer { roles } }")
    await school.admin.refused('{ node(id: "x") { id } }')
    after = (await anonymous.http.get("/metrics")).text

    assert count(after, "query", "ok") - count(before, "query", "ok") == 1
    assert count(after, "query", "error") - count(before, "query", "error") == 1


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """Puts back where logs went: what a test captures is closed behind it."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
    logging.basicConfig(level="WARNING", force=True)


@pytest.mark.usefixtures("logging_as_before")
def test_a_log_line_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO")
    structlog.get_logger("graph").info("operation", request_id="r-1", seconds=0.5)
    line = json.loads(capsys.readouterr().err.strip())
    assert (line["event"], line["request_id"], line["seconds"], line["level"]) == (
        "operation",
        "r-1",
        0.5,
        "info",
    )
