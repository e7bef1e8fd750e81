"""Courses and their modules: who makes them, in which order they stand, what subjects there are."""

import asyncio
from typing import Any

from app.runtime import Runtime
from tests.client import Client, School
from tests.content.authoring import skill
from tests.content.test_content_graph import statements

COURSE = """query($id: ID!) { course(id: $id) { name subject
  modules { totalCount nodes { name position skills { code } } } } }"""


async def course(author: Client, name: str = "Fractions", **more: Any) -> str:
    """A new course's id."""
    payload = await author.do("createCourse", {"name": name, **more}, "course { id }")
    made: str = payload["course"]["id"]
    return made


async def module(author: Client, course_id: str, name: str, *skills: str, **more: Any) -> str:
    """A new module's id."""
    given = {"courseId": course_id, "name": name, "skillIds": list(skills), **more}
    made: str = (await author.do("createModule", given, "module { id }"))["module"]["id"]
    return made


async def order(reader: Client, course_id: str) -> list[tuple[int, str]]:
    """The modules of a course, with their places."""
    found = await reader.ask(COURSE, id=course_id)
    return [(each["position"], each["name"]) for each in found["course"]["modules"]["nodes"]]


async def test_a_learner_reads_a_course_with_its_modules_and_their_skills(school: School) -> None:
    halves, quarters = await skill(school.admin, "halves"), await skill(school.admin, "quarters")
    course_id = await course(school.admin, subject="Mathematics")
    first = await module(school.admin, course_id, "Parts", quarters, halves)
    await module(school.admin, course_id, "Sums", halves)
    ada = await school.learner(await school.classroom(), "Ada")

    seen = await ada.ask(COURSE, id=course_id)
    of_skill = await ada.ask(
        """query($id: ID!) { skill(id: $id) { modules(first: 1) { totalCount
             nodes { name course { name } } pageInfo { hasNextPage } } } }""",
        id=halves,
    )
    of_module = await ada.ask(
        """query($id: ID!) { module(id: $id) { position course { id } }
             node(id: $id) { ... on Module { name } } }""",
        id=first,
    )

    assert seen["course"] == {
        "name": "Fractions",
        "subject": "Mathematics",
        "modules": {
            "totalCount": 2,
            "nodes": [
                {"name": "Parts", "position": 1, "skills": [{"code": "quarters"}, {"code": "halves"}]},
                {"name": "Sums", "position": 2, "skills": [{"code": "halves"}]},
            ],
        },
    }
    assert of_skill["skill"]["modules"] == {
        "totalCount": 2,
        "nodes": [{"name": "Parts", "course": {"name": "Fractions"}}],
        "pageInfo": {"hasNextPage": True},
    }
    assert of_module == {"module": {"position": 1, "course": {"id": course_id}}, "node": {"name": "Parts"}}


async def test_a_module_is_put_between_others_and_moved_and_no_place_is_left_empty(school: School) -> None:
    course_id = await course(school.admin)
    made = [await module(school.admin, course_id, name) for name in ("a", "b", "c")]
    await module(school.admin, course_id, "x", position=2)
    inserted = await order(school.admin, course_id)

    await school.admin.do("updateModule", {"moduleId": made[2], "position": 1}, "module { id }")
    forward = await order(school.admin, course_id)
    moved = await school.admin.do(
        "updateModule", {"moduleId": made[2], "position": 4, "name": " C "}, "module { name position }"
    )
    beyond = await school.admin.attempt("updateModule", {"moduleId": made[0], "position": 5})
    nowhere = await school.admin.attempt(
        "createModule", {"courseId": course_id, "name": "y", "position": 0}, "module { id }"
    )

    assert inserted == [(1, "a"), (2, "x"), (3, "b"), (4, "c")]
    assert forward == [(1, "c"), (2, "a"), (3, "x"), (4, "b")]
    assert moved["module"] == {"name": "C", "position": 4}
    assert await order(school.admin, course_id) == [(1, "a"), (2, "x"), (3, "b"), (4, "C")]
    assert [(e["code"], e["path"], e["message"]) for e in beyond["userErrors"]] == [
        ("BAD_INPUT", ["position"], "Places in this course go from 1 to 4, not 5.")
    ]
    assert (nowhere["module"], nowhere["userErrors"][0]["path"]) == (None, ["position"])


async def test_modules_made_at_once_take_one_place_each(school: School) -> None:
    course_id = await course(school.admin)

    await asyncio.gather(*(module(school.admin, course_id, f"m{n}", position=1) for n in range(6)))

    found = await order(school.admin, course_id)
    assert [place for place, _ in found] == [1, 2, 3, 4, 5, 6]
    assert sorted(name for _, name in found) == ["m0", "m1", "m2", "m3", "m4", "m5"]


async def test_a_course_has_at_most_a_hundred_modules(school: School) -> None:
    course_id = await course(school.admin)
    for number in range(100):
        await module(school.admin, course_id, f"m{number}")

    refused = await school.admin.attempt("createModule", {"courseId": course_id, "name": "one more"})
    pages = await school.admin.ask(
        """query($id: ID!, $after: Cursor) { course(id: $id) { modules(first: 60, after: $after) {
             nodes { position } pageInfo { endCursor } } } }""",
        id=course_id,
    )
    cursor = pages["course"]["modules"]["pageInfo"]["endCursor"]
    rest = await school.admin.ask(
        """query($id: ID!, $after: Cursor) { course(id: $id) { modules(first: 60, after: $after) {
             nodes { position } pageInfo { hasNextPage } } } }""",
        id=course_id,
        after=cursor,
    )

    (error,) = refused["userErrors"]
    assert (error["code"], error["reason"], error["path"]) == ("BAD_INPUT", "TOO_MANY_ENTRIES", ["courseId"])
    assert [each["position"] for each in rest["course"]["modules"]["nodes"]] == list(range(61, 101))
    assert rest["course"]["modules"]["pageInfo"]["hasNextPage"] is False


async def test_the_skills_of_a_module_are_replaced_known_and_bounded(
    school: School, anonymous: Client
) -> None:
    skills = [await skill(school.admin, f"s{number:02}") for number in range(31)]
    other = await School.found(anonymous, school.runtime)
    foreign = await skill(other.admin, "secret")
    course_id = await course(school.admin)
    module_id = await module(school.admin, course_id, "m", *skills[:2])

    changed = await school.admin.do(
        "updateModule",
        {"moduleId": module_id, "skillIds": [skills[2], skills[0], skills[2]]},
        "module { skills { code } }",
    )
    many = await school.admin.attempt("updateModule", {"moduleId": module_id, "skillIds": skills})
    hidden = await school.admin.attempt("updateModule", {"moduleId": module_id, "skillIds": [foreign]})
    emptied = await school.admin.do(
        "updateModule", {"moduleId": module_id, "skillIds": []}, "module { skills { code } }"
    )

    assert changed["module"]["skills"] == [{"code": "s02"}, {"code": "s00"}]
    assert [(e["reason"], e["path"]) for e in many["userErrors"]] == [("TOO_MANY_ENTRIES", ["skillIds"])]
    assert [(e["code"], e["path"]) for e in hidden["userErrors"]] == [("NOT_FOUND", ["skillIds", "0"])]
    assert emptied["module"]["skills"] == []


async def test_a_course_is_renamed_and_leaves_its_subject(school: School) -> None:
    course_id = await course(school.admin, subject="Maths")

    renamed = await school.admin.do(
        "updateCourse", {"courseId": course_id, "name": " Numbers "}, "course { name subject }"
    )
    cleared = await school.admin.do(
        "updateCourse", {"courseId": course_id, "subject": None}, "course { name subject }"
    )
    blank = await school.admin.attempt("updateCourse", {"courseId": course_id, "name": " "})

    assert renamed["course"] == {"name": "Numbers", "subject": "Maths"}
    assert cleared["course"] == {"name": "Numbers", "subject": None}
    assert [(e["code"], e["path"]) for e in blank["userErrors"]] == [("BAD_INPUT", ["name"])]


async def test_the_same_key_makes_one_course_and_one_module(school: School) -> None:
    given = {"name": "Once", "idempotencyKey": "k"}
    first = await school.admin.do("createCourse", given, "course { id }")
    again = await school.admin.do("createCourse", given, "course { id }")
    part = {"courseId": first["course"]["id"], "name": "m", "idempotencyKey": "k"}
    one = await school.admin.do("createModule", part, "module { id }")
    two = await school.admin.do("createModule", part, "module { id }")
    listed = await school.admin.ask("{ courses { totalCount } }")

    assert again == first
    assert two == one
    assert listed["courses"]["totalCount"] == 1
    assert await order(school.admin, first["course"]["id"]) == [(1, "m")]


async def test_courses_are_found_by_subject_and_paged_by_name(school: School) -> None:
    for name, subject in [("C", "Maths"), ("A", "Maths"), ("B", "History"), ("D", None)]:
        await course(school.admin, name, subject=subject)
    query = """query($subject: String, $first: Int, $after: Cursor) {
      courses(subject: $subject, first: $first, after: $after) {
        totalCount nodes { name } pageInfo { endCursor } } }"""

    maths = (await school.admin.ask(query, subject="Maths"))["courses"]
    first = (await school.admin.ask(query, first=3))["courses"]
    last = (await school.admin.ask(query, first=3, after=first["pageInfo"]["endCursor"]))["courses"]

    assert (maths["totalCount"], [each["name"] for each in maths["nodes"]]) == (2, ["A", "C"])
    assert (first["totalCount"], [each["name"] for each in first["nodes"]]) == (4, ["A", "B", "C"])
    assert [each["name"] for each in last["nodes"]] == ["D"]


async def test_the_subjects_are_told_with_how_many_skills_and_courses_they_have(school: School) -> None:
    for code, subject in [("a", "Maths"), ("b", "Maths"), ("c", "Art"), ("d", None)]:
        await school.admin.do("createSkill", {"code": code, "name": code, "subject": subject}, "skill { id }")
    await course(school.admin, subject="Maths")
    await course(school.admin, subject="History")

    query = """query($after: Cursor) { subjects(first: 2, after: $after) {
      totalCount nodes { name skillCount courseCount } pageInfo { endCursor } } }"""
    first = (await school.admin.ask(query))["subjects"]
    rest = (await school.admin.ask(query, after=first["pageInfo"]["endCursor"]))["subjects"]
    of_maths = await school.admin.ask('{ skills(subject: "Maths") { totalCount nodes { code } } }')

    assert first["totalCount"] == 3
    assert [*first["nodes"], *rest["nodes"]] == [
        {"name": "Art", "skillCount": 1, "courseCount": 0},
        {"name": "History", "skillCount": 0, "courseCount": 1},
        {"name": "Maths", "skillCount": 2, "courseCount": 1},
    ]
    assert of_maths["skills"] == {"totalCount": 2, "nodes": [{"code": "a"}, {"code": "b"}]}


async def test_learners_make_no_courses_and_others_see_none(school: School, anonymous: Client) -> None:
    course_id = await course(school.admin)
    module_id = await module(school.admin, course_id, "m")
    ada = await school.learner(await school.classroom(), "Ada")
    stranger = (await School.found(anonymous, school.runtime)).admin

    for mutation, given in [
        ("createCourse", {"name": "x"}),
        ("updateCourse", {"courseId": course_id, "name": "x"}),
        ("createModule", {"courseId": course_id, "name": "x"}),
        ("updateModule", {"moduleId": module_id, "name": "x"}),
    ]:
        name = mutation[0].upper() + mutation[1:]
        query = f"mutation($input: {name}Input!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"
        error = await ada.refused(query, input=given)
        assert error["extensions"]["code"] == "FORBIDDEN"
        if mutation != "createCourse":
            payload = await stranger.attempt(mutation, given)
            assert [each["code"] for each in payload["userErrors"]] == ["NOT_FOUND"]
    hidden = await stranger.refused(COURSE, id=course_id)
    listed = await stranger.ask("{ courses { nodes { name } } subjects { nodes { name } } }")

    assert hidden["extensions"]["code"] == "NOT_FOUND"
    assert listed == {"courses": {"nodes": []}, "subjects": {"nodes": []}}


async def test_a_course_of_many_modules_takes_as_many_statements_as_one_of_two(
    school: School, runtime: Runtime
) -> None:
    taught = await skill(school.admin, "taught")
    few, many = await course(school.admin, "few"), await course(school.admin, "many")
    for course_id, count in ((few, 2), (many, 20)):
        for number in range(count):
            await module(school.admin, course_id, f"m{number}", taught)
    query = """query($id: ID!) { course(id: $id) { modules { totalCount nodes {
                 name course { name } skills { code modules(first: 1) { nodes { name } } } } } } }"""

    assert await statements(runtime, school, query, few) == await statements(runtime, school, query, many)
