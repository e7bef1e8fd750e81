"""Health, metrics and logs of the process."""

import json

import pytest
import structlog

from app.kit.logging import configure_logging
from tests.client import Client, School


async def test_a_live_process_says_so(anonymous: Client) -> None:
    response = await anonymous.http.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "live"})


async def test_a_ready_process_names_the_parts_it_stands_on(anonymous: Client) -> None:
    response = await anonymous.http.get("/health/ready")
    report = response.json()
    assert response.status_code == 200
    assert report["status"] == "ready"
    assert report["parts"] == {"database": "ok", "bus": "in process"}


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


def test_a_log_line_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO")
    structlog.get_logger("graph").info("operation", request_id="r-1", seconds=0.5)
    line = json.loads(capsys.readouterr().err.strip())
    configure_logging("WARNING")
    assert (line["event"], line["request_id"], line["seconds"], line["level"]) == (
        "operation",
        "r-1",
        0.5,
        "info",
    )
