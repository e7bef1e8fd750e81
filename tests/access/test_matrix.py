"""Who may read which field: the walker's findings against the checked-in matrix."""

import os
from pathlib import Path

import pytest

from schema.root import build
from tests.access.walker import PRINCIPALS, Walker, World
from tests.access.world import make_world
from tests.client import Client, School

MATRIX = Path(__file__).parent / "matrix.txt"
HEADER = """\
# Who gets an answer, for each field coordinate, after the name of its policy. One letter for each of:
#   {principals}
# y an answer · 0 empty, no error · n not found · f forbidden · u not signed in · - reached by no query
# Written by: MASTERYGRAPH_WRITE_MATRIX=1 make test ARGS=tests/access; read each changed line.
"""
WRITING = bool(os.environ.get("MASTERYGRAPH_WRITE_MATRIX"))
# Tests run side by side: these would read the matrix before it is written.
needs_a_written_matrix = pytest.mark.skipif(WRITING, reason="the matrix is being written; run again without")


@pytest.fixture
async def world(school: School, anonymous: Client) -> World:
    return await make_world(school, anonymous)


@pytest.mark.timeout(600)  # one question after another: as many as there are coordinates, eight times
async def test_each_coordinate_answers_whom_the_matrix_says(world: World) -> None:
    graph = build()
    rows = await Walker(graph.schema, world).rows()
    found = [f"{name:55} {graph.policies[name].name:18} {letters}" for name, letters in sorted(rows.items())]
    if WRITING:
        MATRIX.write_text(HEADER.format(principals=", ".join(PRINCIPALS)) + "\n".join(found) + "\n")
    assert found == _lines()


@needs_a_written_matrix
def test_the_matrix_has_every_coordinate_and_no_surprise() -> None:
    lines = [line.split() for line in _lines()]
    assert {line[0] for line in lines} == set(build().policies)
    assert [line[0] for line in lines if "!" in line[-1]] == []


@needs_a_written_matrix
def test_nobody_of_another_organization_gets_anything_of_the_learner() -> None:
    """What is reached from oneself (`viewer`, `skills`) is one's own; the rest is the learner's."""
    lists = ("Query.skills", "Query.skillGraph", "Query.courses", "Query.subjects")
    prices = ("Viewer.queryCost", "OperationCost.", "LimitUse.")
    own = ("Query.viewer", *lists, "SkillGraph", "Viewer.", "Membership.", "PageInfo.", "Mutation.", *prices)
    leaks = [
        name
        for name, _, letters in map(str.split, _lines())
        if letters[PRINCIPALS.index("other organization")] == "y"
        and not name.startswith(own)
        and "Connection." not in name
        and "Edge." not in name
    ]
    assert leaks == []


def _lines() -> list[str]:
    return [line for line in MATRIX.read_text().splitlines() if not line.startswith("#")]
