"""The prerequisite graph leaves one organization and enters another: whole, or not at all."""

from typing import Any

import pytest

from app.content.skill_graph import (
    EntryOutcome,
    GraphPrerequisite,
    GraphSkill,
    KnownSkill,
    SkillGraph,
    plan_import,
)
from app.kit.errors import BadInput
from app.kit.ids import new_id
from tests.client import Client, School
from tests.content.authoring import skill

EXPORT = """query($subject: String) { skillGraph(subject: $subject) {
  skills { code name subject } prerequisites { code prerequisiteCode } } }"""
REPORT = """report { applied skills { index code outcome skill { code name } userErrors { message } }
  prerequisites { index code prerequisiteCode outcome userErrors { reason } }
  removedPrerequisites { code prerequisiteCode } }"""
FRACTIONS: dict[str, Any] = {
    "skills": [
        {"code": "add", "name": "Adding", "subject": "Maths"},
        {"code": "halve", "name": "Halving", "subject": "Maths"},
        {"code": "share", "name": "Sharing", "subject": None},
    ],
    "prerequisites": [
        {"code": "halve", "prerequisiteCode": "add"},
        {"code": "share", "prerequisiteCode": "add"},
        {"code": "share", "prerequisiteCode": "halve"},
    ],
}


async def exported(author: Client, subject: str | None = None) -> dict[str, Any]:
    """The graph as it is now."""
    graph: dict[str, Any] = (await author.ask(EXPORT, subject=subject))["skillGraph"]
    return graph


async def imported(author: Client, graph: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What became of a graph; it may be refused."""
    return await author.attempt("importSkillGraph", {**graph, **more}, REPORT)


def outcomes(payload: dict[str, Any]) -> tuple[list[str], list[str]]:
    report = payload["report"]
    return (
        [each["outcome"] for each in report["skills"]],
        [each["outcome"] for each in report["prerequisites"]],
    )


async def test_a_graph_goes_from_one_school_to_another_and_again_changes_nothing(
    school: School, anonymous: Client
) -> None:
    other = (await School.found(anonymous, school.runtime)).admin

    first = await imported(school.admin, FRACTIONS)
    graph = await exported(school.admin)
    moved = await imported(other, graph)
    again = await imported(other, graph)

    assert first["report"]["applied"] is True
    assert first["report"]["skills"][1] == {
        "index": 1,
        "code": "halve",
        "outcome": "CREATED",
        "skill": {"code": "halve", "name": "Halving"},
        "userErrors": [],
    }
    assert graph == FRACTIONS
    assert outcomes(moved) == (["CREATED"] * 3, ["CREATED"] * 3)
    assert await exported(other) == FRACTIONS
    assert outcomes(again) == (["UNCHANGED"] * 3, ["UNCHANGED"] * 3)
    assert (again["report"]["applied"], again["userErrors"]) == (True, [])


async def test_known_skills_are_changed_by_code_and_keep_what_is_not_told(school: School) -> None:
    await imported(school.admin, FRACTIONS)
    change = {
        "skills": [
            {"code": " add ", "name": "Addition"},
            {"code": "halve", "name": "Halving", "subject": None},
            {"code": "share", "name": "Sharing"},
        ],
        "prerequisites": [],
    }

    payload = await imported(school.admin, change)
    graph = await exported(school.admin)

    assert outcomes(payload) == (["UPDATED", "UPDATED", "UNCHANGED"], [])
    assert graph["skills"] == [
        {"code": "add", "name": "Addition", "subject": "Maths"},
        {"code": "halve", "name": "Halving", "subject": None},
        {"code": "share", "name": "Sharing", "subject": None},
    ]
    assert graph["prerequisites"] == FRACTIONS["prerequisites"]


async def test_prerequisites_that_are_not_given_go_away_only_where_they_are_replaced(school: School) -> None:
    await imported(school.admin, FRACTIONS)
    given = {
        "skills": [{"code": "share", "name": "Sharing"}],
        "prerequisites": [{"code": "share", "prerequisiteCode": "add"}],
    }

    kept = await imported(school.admin, given)
    before = (await exported(school.admin))["prerequisites"]
    replaced = await imported(school.admin, given, replacePrerequisites=True)
    after = (await exported(school.admin))["prerequisites"]

    assert kept["report"]["removedPrerequisites"] == []
    assert before == FRACTIONS["prerequisites"]
    assert replaced["report"]["removedPrerequisites"] == [{"code": "share", "prerequisiteCode": "halve"}]
    assert outcomes(replaced) == (["UNCHANGED"], ["UNCHANGED"])
    assert after == FRACTIONS["prerequisites"][:2]


async def test_a_dry_run_tells_what_would_be_done_and_does_nothing(school: School) -> None:
    payload = await imported(school.admin, FRACTIONS, dryRun=True)

    assert outcomes(payload) == (["CREATED"] * 3, ["CREATED"] * 3)
    assert payload["report"]["applied"] is False
    assert payload["report"]["skills"][0]["skill"] is None
    assert payload["userErrors"] == []
    assert await exported(school.admin) == {"skills": [], "prerequisites": []}


async def test_a_circle_with_what_is_there_is_refused_named_by_codes_and_nothing_is_written(
    school: School,
) -> None:
    await imported(school.admin, FRACTIONS)
    given = {
        "skills": [{"code": "new", "name": "New"}, {"code": "add", "name": "Renamed"}],
        "prerequisites": [
            {"code": "new", "prerequisiteCode": "add"},
            {"code": "add", "prerequisiteCode": "share"},
        ],
    }

    refused = await imported(school.admin, given)

    assert refused["userErrors"] == [
        {
            "code": "BAD_INPUT",
            "reason": "CYCLE",
            "path": ["prerequisites", "1", "prerequisiteCode"],
            "message": "These skills would require each other: add → halve → share → add; "
            "leave one of these edges out.",
        }
    ]
    assert refused["report"]["applied"] is False
    assert outcomes(refused) == (["CREATED", "UPDATED"], ["CREATED", "REFUSED"])
    assert refused["report"]["prerequisites"][1]["userErrors"] == [{"reason": "CYCLE"}]
    assert await exported(school.admin) == FRACTIONS


async def test_one_entry_that_cannot_be_taken_keeps_all_others_out(school: School) -> None:
    await skill(school.admin, "known")
    given = {
        "skills": [
            {"code": "good", "name": "Good"},
            {"code": "good", "name": "Twice"},
            {"code": "nameless", "name": " "},
            {"code": "x" * 81, "name": "Long"},
            {"code": "a\0b", "name": "Bell"},
        ],
        "prerequisites": [
            {"code": "good", "prerequisiteCode": "known"},
            {"code": "absent", "prerequisiteCode": "good"},
            {"code": "good", "prerequisiteCode": "missing"},
            {"code": "good", "prerequisiteCode": "m\0"},
        ],
    }

    refused = await imported(school.admin, given)

    assert [(error["code"], ".".join(error["path"])) for error in refused["userErrors"]] == [
        ("BAD_INPUT", "skills.1.code"),
        ("BAD_INPUT", "skills.2.name"),
        ("BAD_INPUT", "skills.3.code"),
        ("BAD_INPUT", "skills.4.code"),
        ("BAD_INPUT", "prerequisites.1.code"),
        ("BAD_INPUT", "prerequisites.2.prerequisiteCode"),
        ("BAD_INPUT", "prerequisites.3.prerequisiteCode"),
    ]
    assert refused["userErrors"][5]["message"] == (
        "No skill has the code 'missing'; name it among the skills, or correct it."
    )
    assert outcomes(refused) == (
        ["CREATED", "REFUSED", "REFUSED", "REFUSED", "REFUSED"],
        ["CREATED", "REFUSED", "REFUSED", "REFUSED"],
    )
    assert await exported(school.admin) == {
        "skills": [{"code": "known", "name": "Known", "subject": None}],
        "prerequisites": [],
    }


async def test_a_subject_is_exported_with_all_that_its_skills_require(school: School) -> None:
    await imported(school.admin, FRACTIONS)
    await imported(
        school.admin,
        {
            "skills": [{"code": "physics", "name": "Physics", "subject": "Science"}],
            "prerequisites": [{"code": "physics", "prerequisiteCode": "halve"}],
        },
    )

    assert await exported(school.admin, "Science") == {
        "skills": [{"code": "physics", "name": "Physics", "subject": "Science"}],
        "prerequisites": [{"code": "physics", "prerequisiteCode": "halve"}],
    }
    assert len((await exported(school.admin))["skills"]) == 4


async def test_a_graph_beyond_two_thousand_skills_is_exported_by_subject_only(school: School) -> None:
    for start in (0, 1000, 2000):
        many = [
            {"code": f"s{number:04}", "name": "S", "subject": f"Part {start}"}
            for number in range(start, min(start + 1000, 2001))
        ]
        payload = await imported(school.admin, {"skills": many, "prerequisites": []})
        assert payload["report"]["applied"] is True

    error = await school.admin.refused(EXPORT)
    part = await exported(school.admin, "Part 1000")

    assert error["extensions"]["code"] == "BAD_INPUT"
    assert error["message"] == (
        "The graph has more than 2,000 skills or 4,000 prerequisites; ask for the part of one subject."
    )
    assert [each["code"] for each in part["skills"]] == [f"s{number}" for number in range(1000, 2000)]


async def test_learners_neither_export_nor_import_the_graph(school: School) -> None:
    ada = await school.learner(await school.classroom(), "Ada")

    read = await ada.refused(EXPORT)
    written = await ada.refused(
        "mutation($i: ImportSkillGraphInput!) { importSkillGraph(input: $i) { userErrors { code } } }",
        i=FRACTIONS,
    )

    assert read["extensions"]["code"] == "FORBIDDEN"
    assert written["extensions"]["code"] == "FORBIDDEN"


def graph(edges: str, *codes: str, replace: bool = False) -> SkillGraph:
    """A graph of edges written `before>after`."""
    pairs = [each.split(">") for each in edges.split()]
    return SkillGraph(
        [GraphSkill(code, code) for code in codes],
        [GraphPrerequisite(after, before) for before, after in pairs],
        replace,
    )


KNOWN = {code: KnownSkill(new_id(), code, None) for code in "abcdefghij"}


def test_a_ninth_prerequisite_is_refused_unless_it_replaces_the_others() -> None:
    eight = {(code, "j") for code in "abcdefgh"}

    added = plan_import(graph("i>j"), KNOWN, eight)
    repeated = plan_import(graph("a>j a>j b>j"), KNOWN, eight)
    replacing = plan_import(graph("i>j", "j", replace=True), KNOWN, eight)

    assert [(error.reason, error.path) for error in added.errors] == [
        ("TOO_MANY_ENTRIES", ("prerequisites", "0"))
    ]
    assert [entry.outcome for entry in repeated.prerequisites] == [EntryOutcome.UNCHANGED] * 3
    assert replacing.errors == []
    assert replacing.removed == sorted(eight)


def test_an_edge_given_twice_is_made_once_and_one_turned_round_is_no_circle_when_replaced() -> None:
    twice = plan_import(graph("a>b a>b"), KNOWN, set())
    turned = plan_import(graph("b>a", "a", "b", replace=True), KNOWN, {("a", "b")})
    kept = plan_import(graph("b>a", "a"), KNOWN, {("a", "b")})
    itself = plan_import(graph("c>c"), KNOWN, set())

    assert [entry.outcome for entry in twice.prerequisites] == ["CREATED", "UNCHANGED"]
    assert (turned.errors, turned.removed) == ([], [("a", "b")])
    assert [error.reason for error in kept.errors] == ["CYCLE"]
    assert "c → c" in itself.errors[0].message


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (SkillGraph([GraphSkill(f"s{n}", "S") for n in range(2_001)], []), ("skills",)),
        (SkillGraph([], [GraphPrerequisite("a", "b")] * 4_001), ("prerequisites",)),
    ],
)
def test_a_graph_that_is_too_large_is_refused_as_a_whole(given: SkillGraph, path: tuple[str, ...]) -> None:
    with pytest.raises(BadInput) as refused:
        plan_import(given, KNOWN, set())

    assert (refused.value.reason, refused.value.path) == ("TOO_MANY_ENTRIES", path)
