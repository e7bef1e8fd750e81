"""What MasteryGraph is measured with beside other servers: equal answers, honest figures, one table."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.peers import tables
from bench.peers.generator import _length
from bench.peers.measuring import Reading, common_rate, median
from bench.peers.questions import difference, leaves, normalised
from bench.peers.servers import OURS, SERVERS, STRAWBERRY
from bench.served import folder

ROOT = Path(__file__).parents[2]
HEX = "0192f3c81a2b7c3d8e4f5a6b7c8d9e0f"
DASHED = "0192f3c8-1a2b-7c3d-8e4f-5a6b7c8d9e0f"


def reading(rps: float, p99_ms: float = 2.0, failed: int = 0) -> Reading:
    return Reading(rps, 1.0, p99_ms, cpu_ms=0.5, postgres_ms=0.1, rate=100.0, failed=failed)


def test_ids_are_the_same_whatever_a_server_makes_of_them() -> None:
    ours = normalised(f'{{"data": {{"skill": {{"id": "skl_{HEX}"}}}}}}'.encode())
    theirs = normalised(f'{{"data": {{"skill": {{"id": "{DASHED}"}}}}}}'.encode())
    assert ours == theirs == {"skill": {"id": HEX}}


def test_an_answer_with_errors_or_without_data_is_none() -> None:
    with pytest.raises(ValueError, match="boom"):
        normalised(b'{"data": {"me": 1}, "errors": [{"message": "boom"}]}')
    with pytest.raises(ValueError, match="null"):
        normalised(b'{"data": null}')


def test_chances_may_differ_by_a_hundredth_and_nothing_else_may() -> None:
    one = {"nodes": [{"probability": 0.5, "level": "NEARLY"}]}
    assert difference(one, {"nodes": [{"probability": 0.509, "level": "NEARLY"}]}) is None
    told = difference(one, {"nodes": [{"probability": 0.52, "level": "NEARLY"}]})
    assert told == "data.nodes[0].probability is 0.5 and 0.52"
    assert difference(one, {"nodes": [{"probability": 0.5, "level": "MASTERED"}]}) is not None
    assert difference(one, {"nodes": []}) == "data.nodes has 1 and 0 entries"
    assert leaves(one) == 2


def test_an_answer_ends_where_its_head_says() -> None:
    assert _length(bytearray(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe")) == 43
    assert _length(bytearray(b"HTTP/1.1 304 Not Modified\r\netag: x\r\n\r\n")) == 38
    assert _length(bytearray(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")) == -1
    assert _length(bytearray(b"HTTP/1.1 200 OK\r\ncontent-le")) == 0


def test_latencies_are_taken_at_half_of_what_the_slowest_but_strawberry_answers() -> None:
    assert (
        common_rate({"masterygraph": 1_450.0, "mercurius": 977.0, "strawberry": 40.0, "uvicorn": 9e3}) == 480
    )


def test_of_several_rounds_the_median_of_each_figure_counts_and_all_failures() -> None:
    found = median([reading(100, failed=1), reading(300), reading(200, p99_ms=9.0)])
    assert (found.rps, found.p99_ms, found.failed) == (200, 2.0, 1)


def test_ours_is_set_against_the_best_peer_of_each_column(tmp_path: Path) -> None:
    found = {"me": {"masterygraph": reading(300), "strawberry": reading(100), "mercurius": reading(200)}}
    table = tables.markdown(found, [OURS, STRAWBERRY], 3, "18.4", "nothing else ran")
    assert "1.50 × mercurius, p99 2.00 and 2.00 ms" in table
    assert "| MasteryGraph | 300 | yes | yes |" in table
    assert "| Strawberry + FastAPI + ORM | 100 | no | no |" in table
    note = tmp_path / "note.md"
    note.write_text(f"before\n{tables.BEGIN}\nold\n{tables.END}\nafter\n")
    tables.write_note(note, "new")
    assert note.read_text() == f"before\n{tables.BEGIN}\nnew\n{tables.END}\nafter\n"
    note.write_text("rewritten by somebody\n")
    tables.write_note(note, "new")
    assert note.read_text() == f"rewritten by somebody\n\n{tables.BEGIN}\nnew\n{tables.END}\n"
    assert tables.stored(found)["me"]["masterygraph"] == {
        "rps": 300, "p50_ms": 1.0, "p99_ms": 2.0, "cpu_ms": 0.5,
    }  # fmt: skip


def test_the_stored_figures_have_their_columns_and_ours_in_each() -> None:
    stored = json.loads((ROOT / "bench" / "results" / "peers.json").read_text())
    assert list(stored) == ["me", "leaderboard", "dashboard", "persisted_me", "fanout"]
    assert all("masterygraph" in of_column for of_column in stored.values())


@pytest.mark.timeout(300)
def test_a_plain_server_answers_as_ours_does() -> None:
    """The short form of `python -m bench.peers --check`; PEERS=all asks every server that is installed."""
    asked = [STRAWBERRY]
    if os.environ.get("PEERS") == "all":
        asked = [each for each in SERVERS if each.is_there and "dashboard" in each.columns]
    with folder() as data:
        words = ["--check", "--data", str(data), "--servers", ",".join(each.name for each in asked)]
        command = [sys.executable, "-m", "bench.peers", *words]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    titles = [OURS.title, *(each.title for each in asked)]
    assert [title for title in titles if f"{title} answers as ours does" not in done.stderr] == []
