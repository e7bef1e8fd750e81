"""Verbs as an operator types them: what they say, and how they end."""

from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from app.kit.embedded_postgres.running import find_running
from app.main import sdl
from tests.processes import Operator, operator

MAPPING = "learner=user,item=question,skills=kc,score=credit,order=n"


@pytest.fixture(scope="module")
def alone() -> Iterator[Operator]:
    """An operator beside a server that runs."""
    with operator(CONSUMERS="false") as found:
        found.serve("--no-demo")
        yield found


def answers(folder: Path, *lines: str) -> str:
    path = folder / "answers.csv"
    path.write_text("\n".join(["user,n,question,kc,credit", *lines]) + "\n")
    return str(path)


def words(path: str, *more: str) -> list[str]:
    return ["import", "attempts", path, "--source", "elsewhere", "--organization", "Hill School",
            "--map", MAPPING, "--start", "2026-01-05T08:00Z", *more]  # fmt: skip


@pytest.mark.parametrize(
    "verb",
    [["serve"], ["worker"], ["migrate"], ["demo"], ["import", "attempts"], ["verify"], ["user", "create"]],
)
def test_the_help_of_a_verb_shows_how_it_is_typed(verb: list[str], alone: Operator) -> None:
    done = alone.run(*verb, "--help")
    assert done.returncode == 0
    assert f"Usage: masterygraph {' '.join(verb)}" in done.stdout.replace("app.cli", "masterygraph")


def test_the_schema_is_printed_as_it_is_served(alone: Operator) -> None:
    assert alone.run("sdl").stdout == sdl()


def test_an_unknown_organization_is_told_with_what_to_do(alone: Operator, tmp_path: Path) -> None:
    done = alone.run(*words(answers(tmp_path, "ada,0,q1,add,1")))
    assert done.returncode == 2
    assert done.stderr.startswith("masterygraph: No organization is named 'Hill School'. There is ")
    assert done.stderr.endswith("; --new-organization founds one.\n")


def test_a_mapping_that_lacks_a_part_is_a_wrong_usage(alone: Operator, tmp_path: Path) -> None:
    given = words(answers(tmp_path, "ada,0,q1,add,1"))
    given[given.index(MAPPING)] = "learner=user,score=credit,order=n"
    done = alone.run(*given)
    assert (done.returncode, done.stderr) == (
        2, "masterygraph: --map lacks item; write name=column for each.\n",
    )  # fmt: skip


async def test_import_and_verify_end_with_one_when_they_found_something(
    alone: Operator, tmp_path: Path
) -> None:
    path = answers(tmp_path, "ada,0,q1,add,1", "ada,1,q1,add,7", "ben,0,q1,add,0")
    refused = tmp_path / "refused.csv"
    done = alone.run(*words(path, "--new-organization", "--refused", str(refused)))
    assert done.returncode == 1, done.stderr
    assert [line.split() for line in done.stdout.splitlines()[:3]] == [
        ["Recorded", "2", "attempts"], ["Refused", "1", "rows"], ["New", "learners", "2"],
    ]  # fmt: skip
    assert refused.read_text() == "line,reason\n3,score 7 is not from 0 to 1\n"
    assert alone.run(*words(path)).stdout == "This file was imported before; nothing was added.\n"

    assert alone.run("verify").returncode == 0
    running = find_running(alone.data_dir / "postgres")
    assert running is not None
    owner = await asyncpg.connect(running.url("owner"))
    await owner.execute(
        "UPDATE learner_activity SET attempt_count = attempt_count + 1 WHERE correct_count = 1"
    )
    await owner.close()
    found = alone.run("verify")
    assert found.returncode == 1
    assert "rollups       1 differences" in found.stdout
    assert "mastery       agrees" in found.stdout


def test_somebody_who_is_a_member_already_is_told_so(alone: Operator) -> None:
    given = [
        "user",
        "create",
        "--email",
        "Kim@School.example",
        "--name",
        "Kim",
        "--organization",
        "Lake School",
    ]
    first = alone.run(*given, "--role", "learner", "--new-organization", given="correct horse battery\n")
    assert (first.returncode, first.stdout) == (
        0,
        "Kim@School.example is a member of Lake School as learner.\n",
    )
    again = alone.run(*given, given="correct horse battery\n")
    assert (again.returncode, again.stderr) == (
        2, "masterygraph: kim@school.example is a member of Lake School already.\n",
    )  # fmt: skip


def test_a_weak_password_is_refused(alone: Operator) -> None:
    done = alone.run(
        "user", "create", "--email", "lee@school.example", "--name", "Lee", "--organization", "Shore School",
        "--new-organization", given="short\n",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, "masterygraph: Choose a password of 10 to 256 characters.\n")
