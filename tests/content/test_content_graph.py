"""Skills and items: who makes them, what learners see of them, what becomes of an edit."""

import asyncio
from typing import Any

import pytest

from app.runtime import Runtime
from tests.client import Client, School
from tests.content.authoring import CHOICE, GAPS, MATCH, NUMBER, ORDER, SEVERAL, TEXT, item, skill

ABSENT_SKILL = "skl_" + "0" * 32
ABSENT_ITEM = "itm_" + "0" * 32

SEEN = """query($id: ID!) { item(id: $id) {
  kind stem unit version retiredAt difficulty difficultyStandardError
  choices { id text } matchTargets { id text } gaps { id label choices { id text } } skills { code }
} }"""


async def learner(school: School) -> Client:
    return await school.learner(await school.classroom(), "Ada")


async def test_a_learner_reads_a_skill_with_what_comes_before_and_after(school: School) -> None:
    counting = await skill(school.admin, "counting")
    adding = await skill(school.admin, "adding", counting)
    await skill(school.admin, "multiplying", adding, counting)
    first = await item(school.admin, adding)
    second = await item(school.admin, adding, NUMBER)
    ada = await learner(school)

    seen = await ada.ask(
        """query($id: ID!) { skill(id: $id) { name code subject prerequisites { code }
             dependents { totalCount nodes { code } }
             items(first: 1) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } } }""",
        id=adding,
    )
    cursor = seen["skill"]["items"]["pageInfo"].pop("endCursor")
    rest = await ada.ask(
        "query($id: ID!, $after: Cursor) { skill(id: $id) { items(after: $after) { nodes { id } } } }",
        id=adding,
        after=cursor,
    )

    assert seen["skill"] == {
        "name": "Adding",
        "code": "adding",
        "subject": None,
        "prerequisites": [{"code": "counting"}],
        "dependents": {"totalCount": 1, "nodes": [{"code": "multiplying"}]},
        "items": {"totalCount": 2, "nodes": [{"id": first}], "pageInfo": {"hasNextPage": True}},
    }
    assert rest["skill"]["items"]["nodes"] == [{"id": second}]


async def test_skills_are_found_by_a_part_of_name_or_code_and_paged_by_name(school: School) -> None:
    for code, name in [("f-1", "Halves"), ("f-2", "Quarters"), ("d-1", "Decimals"), ("p_1", "Percent")]:
        await skill(school.admin, code, name=name)
    query = (
        "query($search: String, $first: Int, $after: Cursor) { skills(search: $search, first: $first, "
        "after: $after) { totalCount nodes { name } pageInfo { hasNextPage endCursor } } }"
    )

    by_code = (await school.admin.ask(query, search="F-"))["skills"]
    by_name = (await school.admin.ask(query, search="cim"))["skills"]
    literal = (await school.admin.ask(query, search="_"))["skills"]
    first = (await school.admin.ask(query, first=3))["skills"]
    last = (await school.admin.ask(query, first=3, after=first["pageInfo"]["endCursor"]))["skills"]

    assert [each["name"] for each in by_code["nodes"]] == ["Halves", "Quarters"]
    assert [each["name"] for each in by_name["nodes"]] == ["Decimals"]
    assert [each["name"] for each in literal["nodes"]] == ["Percent"]
    assert [each["name"] for each in first["nodes"]] == ["Decimals", "Halves", "Percent"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (4, True)
    assert [each["name"] for each in last["nodes"]] == ["Quarters"]
    assert last["pageInfo"]["hasNextPage"] is False


async def test_a_skill_of_another_organization_is_not_found(school: School, anonymous: Client) -> None:
    other = await School.found(anonymous, school.runtime)
    foreign = await skill(other.admin, "secret")

    error = await school.admin.refused("query($id: ID!) { skill(id: $id) { name } }", id=foreign)
    listed = await school.admin.ask("{ skills { totalCount } }")

    assert error["extensions"]["code"] == "NOT_FOUND"
    assert listed["skills"]["totalCount"] == 0


async def test_learners_neither_make_nor_change_content(school: School) -> None:
    ada = await learner(school)

    for mutation, given in [
        ("createSkill", {"code": "x", "name": "X"}),
        ("setSkillPrerequisites", {"skillId": ABSENT_SKILL, "prerequisiteIds": []}),
        ("createItem", {"skillIds": [], **CHOICE}),
        ("retireItem", {"itemId": ABSENT_ITEM}),
        ("unretireItem", {"itemId": ABSENT_ITEM}),
    ]:
        name = mutation[0].upper() + mutation[1:]
        query = f"mutation($input: {name}Input!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"
        error = await ada.refused(query, input=given)
        assert error["extensions"]["code"] == "FORBIDDEN"


async def test_a_code_is_given_once_and_a_subject_can_be_taken_away(school: School) -> None:
    given = {"code": "alg", "name": "Algebra", "subject": "Mathematics", "idempotencyKey": "k"}
    first = await school.admin.do("createSkill", given, "skill { id subject }")
    again = await school.admin.do("createSkill", given, "skill { id subject }")
    taken = await school.admin.attempt("createSkill", {"code": "alg", "name": "Other"}, "skill { id }")
    other = await skill(school.admin, "geo")
    moved = await school.admin.attempt("updateSkill", {"skillId": other, "code": "alg"}, "skill { id }")
    skill_id = first["skill"]["id"]
    renamed = await school.admin.do(
        "updateSkill", {"skillId": skill_id, "name": " Early  algebra "}, "skill { name code subject }"
    )
    cleared = await school.admin.do(
        "updateSkill", {"skillId": skill_id, "subject": None}, "skill { name subject }"
    )

    assert again == first
    assert first["skill"]["subject"] == "Mathematics"
    for refused in (taken, moved):
        assert refused["skill"] is None
        assert refused["userErrors"] == [
            {
                "code": "CONFLICT",
                "reason": None,
                "path": ["code"],
                "message": "Another skill has the code 'alg'; choose another one.",
            }
        ]
    assert renamed["skill"] == {"name": "Early algebra", "code": "alg", "subject": "Mathematics"}
    assert cleared["skill"] == {"name": "Early algebra", "subject": None}


async def test_a_circle_of_prerequisites_is_refused_and_named(school: School) -> None:
    counting = await skill(school.admin, "counting")
    adding = await skill(school.admin, "adding", counting)
    multiplying = await skill(school.admin, "multiplying", adding)
    free = await skill(school.admin, "free")

    refused = await school.admin.attempt(
        "setSkillPrerequisites", {"skillId": counting, "prerequisiteIds": [free, multiplying]}
    )
    itself = await school.admin.attempt("setSkillPrerequisites", {"skillId": free, "prerequisiteIds": [free]})
    kept = await school.admin.ask(
        "query($id: ID!) { skill(id: $id) { prerequisites { code } } }", id=counting
    )

    (error,) = refused["userErrors"]
    assert (error["code"], error["reason"]) == ("BAD_INPUT", "CYCLE")
    assert error["path"] == ["prerequisiteIds", "1"]
    named = (
        error["message"].removeprefix("These skills would require each other: ").split(";")[0].split(" → ")
    )
    assert set(named) == {"Counting", "Adding", "Multiplying"}
    assert named[0] == named[-1]
    assert itself["userErrors"][0]["message"] == (
        "These skills would require each other: Free → Free; leave one of them out."
    )
    assert kept["skill"]["prerequisites"] == []


async def test_two_edits_at_once_make_no_circle_together(school: School) -> None:
    rounds = 6
    for number in range(rounds):
        a = await skill(school.admin, f"a{number}")
        b = await skill(school.admin, f"b{number}")
        answers = await asyncio.gather(
            school.admin.attempt("setSkillPrerequisites", {"skillId": a, "prerequisiteIds": [b]}),
            school.admin.attempt("setSkillPrerequisites", {"skillId": b, "prerequisiteIds": [a]}),
        )
        reasons = sorted(
            answer["userErrors"][0]["reason"] if answer["userErrors"] else "" for answer in answers
        )
        assert reasons == ["", "CYCLE"]


async def test_prerequisites_are_replaced_bounded_and_known(school: School) -> None:
    skills = [await skill(school.admin, f"s{number}") for number in range(10)]
    goal = await skill(school.admin, "goal", skills[0], skills[1])

    replaced = await school.admin.do(
        "setSkillPrerequisites",
        {"skillId": goal, "prerequisiteIds": [skills[1], skills[2], skills[2]]},
        "skill { prerequisites { code } }",
    )
    many = await school.admin.attempt(
        "setSkillPrerequisites", {"skillId": goal, "prerequisiteIds": skills[:9]}
    )
    absent = await school.admin.attempt(
        "setSkillPrerequisites", {"skillId": goal, "prerequisiteIds": [skills[0], ABSENT_SKILL]}
    )

    assert replaced["skill"]["prerequisites"] == [{"code": "s1"}, {"code": "s2"}]
    assert [(e["code"], e["reason"], e["path"]) for e in many["userErrors"]] == [
        ("BAD_INPUT", "TOO_MANY_ENTRIES", ["prerequisiteIds"])
    ]
    assert [(e["code"], e["path"]) for e in absent["userErrors"]] == [("NOT_FOUND", ["prerequisiteIds", "1"])]


async def test_a_learner_sees_what_is_asked(school: School) -> None:
    fractions = await skill(school.admin, "fractions")
    ada = await learner(school)

    choice = await ada.ask(SEEN, id=await item(school.admin, fractions))
    number = await ada.ask(SEEN, id=await item(school.admin, fractions, NUMBER))
    gaps = await ada.ask(SEEN, id=await item(school.admin, fractions, GAPS))

    nothing: dict[str, Any] = {"choices": [], "matchTargets": [], "gaps": [], "unit": None, "retiredAt": None}
    unknown = {"difficulty": None, "difficultyStandardError": None, "version": 1}
    common = {**nothing, **unknown, "skills": [{"code": "fractions"}]}
    assert choice["item"] == {
        **common,
        "kind": "MULTIPLE_CHOICE",
        "stem": "What is 2 + 2?",
        "choices": [{"id": "a", "text": "3"}, {"id": "b", "text": "4"}, {"id": "c", "text": "22"}],
    }
    assert number["item"] == {**common, "kind": "NUMERIC", "stem": "How long is the side?", "unit": "cm"}
    assert gaps["item"] == {
        **common,
        "kind": "CLOZE",
        "stem": "A triangle has (1) sides, a square (2).",
        "gaps": [
            {"id": "g1", "label": "(1)", "choices": []},
            {
                "id": "g2",
                "label": "(2)",
                "choices": [{"id": "p", "text": "four"}, {"id": "q", "text": "five"}],
            },
        ],
    }


async def test_no_field_of_an_item_tells_a_learner_the_answer(school: School) -> None:
    fractions = await skill(school.admin, "fractions")
    number = await item(school.admin, fractions, NUMBER)
    text = await item(school.admin, fractions, TEXT)
    ada = await learner(school)
    fields = await all_fields(ada)

    for item_id in (number, text):
        answer = await ada.post(f"query($id: ID!) {{ item(id: $id) {{ {fields} }} }}", id=item_id)
        assert answer["data"]["item"]["solution"] is None
        assert answer["data"]["item"]["versions"] is None
        assert "6171" not in str(answer)
        assert "hypotenuse" not in str(answer)
        codes = {(error["path"][1], error["extensions"]["code"]) for error in answer["errors"]}
        assert codes == {(name, "NOT_FOUND") for name in ("solution", "versions", "withheldAt")}


async def all_fields(client: Client) -> str:
    """Every field of an item two levels deep, as the published schema has them."""
    data = await client.ask(
        """{ __schema { types { name kind fields { name args { name defaultValue type { kind } }
             type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }"""
    )
    types = {each["name"]: each for each in data["__schema"]["types"]}

    def named(kind: dict[str, Any]) -> str:
        return kind["name"] if kind["name"] else named(kind["ofType"])

    def selection(name: str, depth: int) -> str:
        found = []
        for field in types[name]["fields"]:
            needed = [a for a in field["args"] if a["type"]["kind"] == "NON_NULL" and not a["defaultValue"]]
            inner = types[named(field["type"])]
            if inner["kind"] == "OBJECT" and depth and not needed:
                found.append(f"{field['name']} {{ {selection(inner['name'], depth - 1)} }}")
            elif inner["kind"] in ("SCALAR", "ENUM") and not needed:
                found.append(field["name"])
        return " ".join(found) or "__typename"

    return selection("Item", 2)


async def test_the_order_in_which_parts_are_shown_does_not_tell_the_answer(school: School) -> None:
    fractions = await skill(school.admin, "fractions")
    ada = await learner(school)
    orders, targets = set(), set()
    for _ in range(8):
        ordering = (await ada.ask(SEEN, id=await item(school.admin, fractions, ORDER)))["item"]
        matching = (await ada.ask(SEEN, id=await item(school.admin, fractions, MATCH)))["item"]
        orders.add("".join(each["id"] for each in ordering["choices"]))
        targets.add("".join(each["id"] for each in matching["matchTargets"]))
        assert "".join(each["id"] for each in matching["choices"]) == "hqet"

    assert all(sorted(order) == ["w", "x", "y", "z"] for order in orders)
    assert len(orders) > 2
    assert len(targets) > 2


async def test_staff_see_the_right_answer_of_each_kind(school: School) -> None:
    fractions = await skill(school.admin, "fractions")
    query = """query($id: ID!) { item(id: $id) { solution { choices { id } number text ordering { text }
                 pairs { choice { text } target { text } } gaps { gap { label } text } } } }"""
    empty = dict.fromkeys(("choices", "number", "text", "ordering", "pairs", "gaps"))

    async def solution(draft: dict[str, Any]) -> Any:
        found = await school.admin.ask(query, id=await item(school.admin, fractions, draft))
        return found["item"]["solution"]

    assert await solution(CHOICE) == {**empty, "choices": [{"id": "b"}]}
    assert await solution(SEVERAL) == {**empty, "choices": [{"id": "4"}, {"id": "6"}]}
    assert await solution(NUMBER) == {**empty, "number": 6171.5}
    assert await solution(TEXT) == {**empty, "text": "hypotenuse"}
    assert (await solution(ORDER))["ordering"] == [{"text": t} for t in ("1/8", "1/4", "1/2", "3/4")]
    assert (await solution(MATCH))["pairs"][3] == {"choice": {"text": "1/5"}, "target": {"text": "0.2"}}
    assert (await solution(GAPS))["gaps"] == [
        {"gap": {"label": "(1)"}, "text": "three"},
        {"gap": {"label": "(2)"}, "text": "four"},
    ]
    external = {"kind": "EXTERNAL", "content": {"stem": "Problem 51424"}, "answerKey": {}}
    assert await solution(external) is None


def without(draft: dict[str, Any], part: str, name: str, **more: Any) -> dict[str, Any]:
    kept = {key: value for key, value in draft[part].items() if key != name}
    return {**draft, part: {**kept, **more}}


@pytest.mark.parametrize(
    ("draft", "path", "reason"),
    [
        (without(CHOICE, "content", "stem", stem=" "), "content.stem", None),
        (without(CHOICE, "content", "stem", stem="x" * 10_001), "content.stem", None),
        (without(CHOICE, "content", "choices"), "content.choices", None),
        (without(CHOICE, "answerKey", "correctChoiceIds"), "answerKey.correctChoiceIds", None),
        (
            without(CHOICE, "answerKey", "correctChoiceIds", correctChoiceIds=["a", "b"]),
            "answerKey.correctChoiceIds",
            None,
        ),
        (without(CHOICE, "answerKey", "", value=4), "answerKey.value", None),
        (without(NUMBER, "content", "", matchTargets=[]), "content.matchTargets", None),
        (
            without(
                CHOICE, "answerKey", "feedback", feedback={"responses": [{"response": "z", "text": "No."}]}
            ),
            "answerKey.feedback.responses.0",
            None,
        ),
        (without(NUMBER, "answerKey", "tolerance", tolerance=-1), "answerKey.tolerance", None),
        (without(TEXT, "answerKey", "accepted", accepted=["a", " "]), "answerKey.accepted.1", None),
        (without(MATCH, "answerKey", "pairs", pairs=[]), "answerKey.pairs", None),
        (
            without(
                GAPS, "answerKey", "gaps",
                gaps=[{"gapId": "g1", "accepted": ["three"]}, {"gapId": "g2", "accepted": ["six"]}],
            ),
            "answerKey.gaps.1.accepted",
            None,
        ),
        (
            without(
                GAPS, "answerKey", "gaps",
                gaps=[{"gapId": "g1", "accepted": ["three"]}, {"gapId": "g1", "accepted": ["four"]}],
            ),
            "answerKey.gaps.1.gapId",
            None,
        ),
        (
            without(
                CHOICE, "content", "choices", choices=[{"id": str(n), "text": str(n)} for n in range(51)]
            ),
            "content.choices",
            "TOO_MANY_ENTRIES",
        ),
        ({**CHOICE, "kind": "CODE"}, "kind", None),
        ({**CHOICE, "skillIds": []}, "skillIds", None),
    ],
)  # fmt: skip
async def test_an_item_that_does_not_hold_together_is_refused_with_the_place(
    school: School, draft: dict[str, Any], path: str, reason: str | None
) -> None:
    fractions = await skill(school.admin, "fractions")

    refused = await school.admin.attempt("createItem", {"skillIds": [fractions], **draft}, "item { id }")
    counted = await school.admin.ask(
        "query($id: ID!) { skill(id: $id) { items { totalCount } } }", id=fractions
    )

    assert refused["item"] is None
    (error,) = refused["userErrors"]
    assert (error["code"], error["reason"], ".".join(error["path"])) == ("BAD_INPUT", reason, path)
    assert counted["skill"]["items"]["totalCount"] == 0


async def test_an_item_names_known_skills_of_its_own_organization(school: School, anonymous: Client) -> None:
    other = await School.found(anonymous, school.runtime)
    foreign = await skill(other.admin, "secret")
    known = await skill(school.admin, "known")

    refused = await school.admin.attempt(
        "createItem", {"skillIds": [known, foreign], **CHOICE}, "item { id }"
    )

    (error,) = refused["userErrors"]
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["skillIds", "1"])


async def test_the_same_key_makes_one_item(school: School) -> None:
    fractions = await skill(school.admin, "fractions")
    given = {"skillIds": [fractions], "idempotencyKey": "once", **CHOICE}

    first = await school.admin.do("createItem", given, "item { id }")
    again = await school.admin.do("createItem", given, "item { id }")
    other = await school.admin.attempt("createItem", {**given, **NUMBER}, "item { id }")

    assert again == first
    assert other["userErrors"][0]["code"] == "IDEMPOTENCY_CONFLICT"


VERSIONS = """query($id: ID!, $since: Int!) { item(id: $id) { version versions { totalCount nodes {
  version stem author { id } solution { choices { id } } changesSince(version: $since) } } } }"""


async def test_every_edit_makes_a_version_that_can_be_compared_and_restored(school: School) -> None:
    fractions = await skill(school.admin, "fractions")
    item_id = await item(school.admin, fractions)
    edited = {
        "stem": "What is 2 · 2?",
        "choices": [{"id": "a", "text": "3"}, {"id": "b", "text": "four"}, {"id": "d", "text": "5"}],
    }

    second = await school.admin.do(
        "updateItem",
        {
            "itemId": item_id,
            "content": edited,
            "answerKey": {"correctChoiceIds": ["b"]},
            "expectedVersion": 1,
        },
        "item { version stem }",
    )
    same = await school.admin.do("updateItem", {"itemId": item_id, "content": edited}, "item { version }")
    late = await school.admin.attempt(
        "updateItem", {"itemId": item_id, "content": edited, "expectedVersion": 1}, "item { version }"
    )
    third = await school.admin.do(
        "restoreItemVersion", {"itemId": item_id, "version": 1}, "item { version stem choices { text } }"
    )
    absent = await school.admin.attempt("restoreItemVersion", {"itemId": item_id, "version": 9})
    seen = (await school.admin.ask(VERSIONS, id=item_id, since=1))["item"]

    assert second["item"] == {"version": 2, "stem": "What is 2 · 2?"}
    assert same["item"] == {"version": 2}
    assert (late["userErrors"][0]["code"], late["userErrors"][0]["path"]) == ("CONFLICT", ["expectedVersion"])
    assert third["item"] == {
        "version": 3,
        "stem": "What is 2 + 2?",
        "choices": [{"text": "3"}, {"text": "4"}, {"text": "22"}],
    }
    assert (absent["userErrors"][0]["code"], absent["userErrors"][0]["path"]) == ("NOT_FOUND", ["version"])
    author, right = {"id": school.admin.user_id}, {"choices": [{"id": "b"}]}
    changes = [
        "answerKey.feedback.choices.c",
        "choices",
        "choices.b.text",
        "choices.c.text",
        "choices.d.text",
        "stem",
    ]
    assert seen["version"] == 3
    assert seen["versions"] == {
        "totalCount": 3,
        "nodes": [
            {"version": 3, "stem": "What is 2 + 2?", "author": author, "solution": right, "changesSince": []},
            {"version": 2, "stem": "What is 2 · 2?", "author": author, "solution": right,
             "changesSince": changes},
            {"version": 1, "stem": "What is 2 + 2?", "author": author, "solution": right, "changesSince": []},
        ],
    }  # fmt: skip


async def test_an_edit_of_the_content_alone_must_still_fit_the_answer_key(school: School) -> None:
    fractions = await skill(school.admin, "fractions")
    item_id = await item(school.admin, fractions)

    refused = await school.admin.attempt(
        "updateItem",
        {
            "itemId": item_id,
            "content": {"stem": "?", "choices": [{"id": "x", "text": "1"}, {"id": "y", "text": "2"}]},
        },
    )

    (error,) = refused["userErrors"]
    assert (error["code"], error["path"]) == ("BAD_INPUT", ["answerKey", "correctChoiceIds"])


async def test_a_new_set_of_skills_replaces_the_old_one(school: School) -> None:
    fractions, decimals = await skill(school.admin, "fractions"), await skill(school.admin, "decimals")
    item_id = await item(school.admin, fractions)

    moved = await school.admin.do(
        "updateItem", {"itemId": item_id, "skillIds": [decimals]}, "item { version skills { code } }"
    )
    compared = await school.admin.ask(
        """query($id: ID!) { item(id: $id) { versions { nodes {
             version skills { code } changesSince(version: 1) } } } }""",
        id=item_id,
    )

    assert moved["item"] == {"version": 2, "skills": [{"code": "decimals"}]}
    assert compared["item"]["versions"]["nodes"] == [
        {"version": 2, "skills": [{"code": "decimals"}], "changesSince": ["skillIds"]},
        {"version": 1, "skills": [{"code": "fractions"}], "changesSince": []},
    ]


async def test_a_restored_version_brings_its_skills_back(school: School) -> None:
    fractions, decimals = await skill(school.admin, "fractions"), await skill(school.admin, "decimals")
    item_id = await item(school.admin, fractions)
    await school.admin.do("updateItem", {"itemId": item_id, "skillIds": [decimals, fractions]}, "item { id }")

    restored = await school.admin.do(
        "restoreItemVersion", {"itemId": item_id, "version": 1}, "item { version skills { code } }"
    )
    again = await school.admin.do("restoreItemVersion", {"itemId": item_id, "version": 1}, "item { version }")

    assert restored["item"] == {"version": 3, "skills": [{"code": "fractions"}]}
    assert again["item"] == {"version": 3}


async def test_a_retired_item_can_be_offered_again(school: School) -> None:
    fractions = await skill(school.admin, "fractions")
    item_id = await item(school.admin, fractions)
    ada = await learner(school)
    start = {"skillIds": [fractions], "kind": "PRACTICE"}
    await school.admin.do("retireItem", {"itemId": item_id}, "item { id }")
    without_it = await ada.do("startPracticeSession", start, "session { nextItem { id } }")

    first = await school.admin.do("unretireItem", {"itemId": item_id}, "item { retiredAt version }")
    again = await school.admin.do("unretireItem", {"itemId": item_id}, "item { retiredAt version }")
    absent = await school.admin.attempt("unretireItem", {"itemId": ABSENT_ITEM})
    with_it = await ada.do("startPracticeSession", start, "session { nextItem { id } }")

    assert without_it["session"]["nextItem"] is None
    assert first["item"] == {"retiredAt": None, "version": 1}
    assert again == first
    assert (absent["userErrors"][0]["code"], absent["userErrors"][0]["path"]) == ("NOT_FOUND", ["itemId"])
    assert with_it["session"]["nextItem"] == {"id": item_id}


async def test_a_retired_item_leaves_its_skill_but_can_still_be_read(school: School) -> None:
    fractions = await skill(school.admin, "fractions")
    item_id = await item(school.admin, fractions)

    first = await school.admin.do("retireItem", {"itemId": item_id}, "item { retiredAt }")
    again = await school.admin.do("retireItem", {"itemId": item_id}, "item { retiredAt }")
    absent = await school.admin.attempt("retireItem", {"itemId": ABSENT_ITEM})
    listed = await school.admin.ask(
        "query($id: ID!) { skill(id: $id) { items { totalCount nodes { id } } } }", id=fractions
    )

    assert first["item"]["retiredAt"] is not None
    assert again == first
    assert (absent["userErrors"][0]["code"], absent["userErrors"][0]["path"]) == ("NOT_FOUND", ["itemId"])
    assert listed["skill"]["items"] == {"totalCount": 0, "nodes": []}


async def test_a_hundred_items_take_as_many_statements_as_two(school: School, runtime: Runtime) -> None:
    few, many = await skill(school.admin, "few"), await skill(school.admin, "many")
    for skill_id, count in ((few, 2), (many, 40)):
        for _ in range(count):
            await item(school.admin, skill_id)
    query = """query($id: ID!) { skill(id: $id) { items(first: 100) { nodes {
                 stem difficulty skills { prerequisites { code } } solution { choices { text } } } } } }"""

    assert await statements(runtime, school, query, few) == await statements(runtime, school, query, many)


async def statements(runtime: Runtime, school: School, query: str, skill_id: str) -> int:
    """How many statements one operation sends."""
    from app.access.principal import Principal, Role
    from app.kit import ids
    from schema.context import contexts
    from schema.engine.execution import Executor
    from schema.root import build

    organization = ids.decode(school.organization_id)
    user = ids.decode(school.admin.user_id)
    assert organization is not None
    assert user is not None
    principal = Principal(user[1], organization[1], None, frozenset({Role.ORGANIZATION_ADMIN}))
    context = contexts(runtime)(principal, "request", "")
    executor = Executor(build().schema)
    document = executor.documents.read(query)
    operation = document.operation(None)
    assert operation is not None
    answer = await executor.answer(document, operation, {"id": skill_id}, context)
    assert "errors" not in answer
    return context.statements.sent
