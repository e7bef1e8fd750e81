"""Real answers, imported and read back through the graph: what the file says is what people see."""

import csv
import gzip
import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from app.operations.import_attempts import ImportOrder, import_attempts
from app.operations.refused_rows import RefusedRows
from app.operations.source_rows import Timing, inspect, read_mapping
from app.operations.verify import verify
from app.realtime.consumers import drain
from app.worker import consumers
from tests.client import Client, School
from tests.mastery.curriculum import tenant_of
from tests.socket import socket_of

START = datetime(2009, 9, 1, 8, tzinfo=UTC)
STEP = timedelta(seconds=60)
MAPPING = "learner=user_id,item=item_id,skills=skills,score=correct,order=order"

CLASS = """query($id: ID!, $from: DateTime, $to: DateTime) { classroom(id: $id) {
  learners(first: 1) { totalCount }
  analytics(from: $from, to: $to) { activeLearners attemptCount meanScore
    troubleSpots(first: 3) { skill { code } successRate learnerCount } }
  masteryGrid(first: 5) { skills { code } rows { learner { displayName } cells { evidenceCount level } } }
  leaderboard(window: ALL_TIME, metric: ACCURACY, first: 3) { tieRule entries { rank score alias } } } }"""
LEARNER = """query($id: ID!, $from: DateTime, $to: DateTime) { learner(id: $id) {
  attempts(first: 1) { totalCount }
  mastery(first: 100) { totalCount nodes { evidenceCount level probability skill { code }
    explanation { logit summary factors { contribution } evidence(first: 3) { nodes { correct } } } } }
  progress(from: $from, to: $to, timeZone: "UTC") { buckets { attemptCount correctCount } }
  recommendations(first: 5) { kind reason skill { code } } } }"""
BOARD = """subscription($id: ID!) { leaderboard(scopeId: $id, window: ALL_TIME, metric: SCORE) { __typename
  ... on LeaderboardSnapshot { leaderboard { entries { rank } } }
  ... on LeaderboardChanged { entries { rank score } } } }"""


@dataclass
class Answers:
    """What the file says: for each learner the (skills, correct) of its answers, in order."""

    by_learner: dict[str, list[tuple[list[str], int]]]

    @classmethod
    def read(cls, path: Path) -> "Answers":
        found: dict[str, list[tuple[list[str], int]]] = defaultdict(list)
        with gzip.open(path, "rt") as file:
            for row in csv.DictReader(file):
                found[row["user_id"]].append((row["skills"].split("|"), int(row["correct"])))
        return cls(found)

    def all(self) -> list[int]:
        return [correct for answers in self.by_learner.values() for _, correct in answers]

    def counts(self, learner: str) -> dict[str, int]:
        """How many answers of a learner asked for each skill."""
        counts: dict[str, int] = defaultdict(int)
        for skills, _ in self.by_learner[learner]:
            for skill in skills:
                counts[skill] += 1
        return counts


@pytest.mark.timeout(500)
async def test_what_a_real_file_says_is_what_teachers_and_learners_see(
    school: School, address: str, real_data: Path, tmp_path: Path
) -> None:
    path = real_data / "assistments09_train.csv.gz"
    answers = Answers.read(path)
    classroom = await school.classroom("ASSISTments")
    async with socket_of(address, school.admin.token) as socket:
        stream = await socket.subscribe(BOARD, id=classroom["id"])
        assert (await stream.event())["leaderboard"] == {"entries": []}
        await _import(school, path, tmp_path)
        changed = await stream.event()
    await _teacher_sees(school.admin, classroom["id"], answers)
    await _learner_is_explained(school.admin, classroom["id"], answers, "17")

    assert changed["__typename"] == "LeaderboardChanged"
    assert changed["entries"][0]["rank"] == 1
    reports = await verify(school.runtime.maintenance, consumers())
    assert [(report.part, report.differences) for report in reports] == [
        ("mastery", ()),
        ("rollups", ()),
        ("leaderboards", ()),
    ]


async def _import(school: School, path: Path, folder: Path) -> None:
    runtime = school.runtime
    order = ImportOrder(
        inspect(path),
        "assistments",
        read_mapping(MAPPING),
        Timing(START, STEP, runtime.clock()),
        "ASSISTments",
    )
    refused = RefusedRows(folder / "refused.csv")
    done = await import_attempts(runtime.database, tenant_of(school), order, refused, lambda so_far: None)
    assert (done.recorded, done.refused, done.new_learners) == (220_070, 0, 2_491)
    await drain(runtime.maintenance, consumers())


def _window(answers: Answers) -> dict[str, str]:
    longest = max(len(each) for each in answers.by_learner.values())
    return {"from": START.isoformat(), "to": (START + longest * STEP).isoformat()}


async def _teacher_sees(teacher: Client, classroom_id: str, answers: Answers) -> None:
    seen = (await teacher.ask(CLASS, id=classroom_id, **_window(answers)))["classroom"]
    everything = answers.all()

    assert seen["learners"]["totalCount"] == 2_491
    assert seen["analytics"]["activeLearners"] == 2_491
    assert seen["analytics"]["attemptCount"] == len(everything) == 220_070
    assert seen["analytics"]["meanScore"] == pytest.approx(fmean(everything), abs=1e-9)
    assert len(seen["analytics"]["troubleSpots"]) == 3
    assert len(seen["masteryGrid"]["skills"]) == 50
    assert len(seen["masteryGrid"]["rows"]) == 5
    _check_grid(seen["masteryGrid"], answers)
    rates = sorted(
        (fmean(c for _, c in each) for each in answers.by_learner.values() if len(each) >= 5), reverse=True
    )
    entries = seen["leaderboard"]["entries"]
    assert [entry["score"] for entry in entries] == pytest.approx(rates[:3])
    assert [entry["rank"] for entry in entries] == [1 + sum(r > rate for r in rates) for rate in rates[:3]]
    assert seen["leaderboard"]["tieRule"] == "COMPETITION"


def _check_grid(grid: dict[str, Any], answers: Answers) -> None:
    for row in grid["rows"]:
        counts = answers.counts(row["learner"]["displayName"].removeprefix("Learner "))
        for skill, cell in zip(grid["skills"], row["cells"], strict=True):
            assert (cell["evidenceCount"] if cell else 0) == counts.get(skill["code"], 0)


async def _learner_is_explained(teacher: Client, classroom_id: str, answers: Answers, name: str) -> None:
    found = await teacher.ask(
        "query($id: ID!, $name: String) { classroom(id: $id) { learners(search: $name, first: 100) {"
        " nodes { id displayName } } } }",
        id=classroom_id,
        name=f"Learner {name}",
    )
    (learner_id,) = [
        each["id"]
        for each in found["classroom"]["learners"]["nodes"]
        if each["displayName"] == f"Learner {name}"
    ]
    seen = (await teacher.ask(LEARNER, id=learner_id, **_window(answers)))["learner"]
    own, counts = answers.by_learner[name], answers.counts(name)

    assert seen["attempts"]["totalCount"] == len(own)
    assert {each["skill"]["code"]: each["evidenceCount"] for each in seen["mastery"]["nodes"]} == counts
    for mastery in seen["mastery"]["nodes"]:
        if mastery["evidenceCount"] < 3:
            assert (mastery["level"], mastery["probability"], mastery["explanation"]) == (
                "NOT_ENOUGH_DATA", None, None,
            )  # fmt: skip
            continue
        explanation = mastery["explanation"]
        logit = math.fsum(factor["contribution"] for factor in explanation["factors"])
        assert logit == explanation["logit"]
        assert mastery["probability"] == pytest.approx(1 / (1 + math.exp(-logit)), abs=1e-12)
        assert len(explanation["evidence"]["nodes"]) == 3
    buckets = seen["progress"]["buckets"]
    assert sum(bucket["attemptCount"] for bucket in buckets) == len(own)
    assert sum(bucket["correctCount"] for bucket in buckets) == sum(correct for _, correct in own)
    assert 1 <= len(seen["recommendations"]) <= 5
    assert all(each["reason"] for each in seen["recommendations"])
