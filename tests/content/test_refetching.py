"""What stands in a page can be asked for again by its id alone, by those who saw it there."""

from typing import Any

from tests.client import Client, School
from tests.content.authoring import CHOICE, item, skill

AGAIN = """query($id: ID!) { node(id: $id) { id __typename
  ... on Subject { name skillCount courseCount }
  ... on Member { roles user { id } }
  ... on ItemVersion { version stem skills { code } }
} }"""


async def again(client: Client, public_id: str) -> object:
    return (await client.ask(AGAIN, id=public_id))["node"]


async def test_a_subject_is_found_again_by_its_id_and_only_within_its_organization(
    school: School, anonymous: Client
) -> None:
    await school.admin.do(
        "createSkill", {"code": "a", "name": "Adding", "subject": "Mathematik"}, "skill { id }"
    )
    await school.admin.do("createCourse", {"name": "Year 7", "subject": "Mathematik"}, "course { id }")
    data = await school.admin.ask("{ subjects(first: 5) { nodes { id } } }")
    (subject,) = data["subjects"]["nodes"]
    expected = {"id": subject["id"], "__typename": "Subject", "name": "Mathematik"}
    assert await again(school.admin, subject["id"]) == {**expected, "skillCount": 1, "courseCount": 1}

    stranger = (await School.found(anonymous, school.runtime)).admin
    refused = await stranger.refused(AGAIN, id=subject["id"])
    assert refused["extensions"]["code"] == "NOT_FOUND"


async def test_a_member_is_found_again_by_admins_alone(school: School) -> None:
    teacher = await school.teacher()
    data = await school.admin.ask("{ viewer { organization { members { nodes { id user { id } } } } } }")
    members = {each["user"]["id"]: each["id"] for each in data["viewer"]["organization"]["members"]["nodes"]}
    found = members[teacher.user_id]
    expected = {"id": found, "__typename": "Member", "roles": ["TEACHER"], "user": {"id": teacher.user_id}}
    assert await again(school.admin, found) == expected
    assert (await teacher.refused(AGAIN, id=found))["extensions"]["code"] == "NOT_FOUND"


async def test_each_version_of_an_item_is_found_again_by_staff_alone(school: School) -> None:
    skill_id = await skill(school.admin, "add")
    item_id = await item(school.admin, skill_id)
    draft: Any = CHOICE["content"]
    content = {**draft, "stem": "How much is 2 + 2?"}
    await school.admin.do("updateItem", {"itemId": item_id, "content": content}, "item { id }")
    data = await school.admin.ask(
        "query($id: ID!) { node(id: $id) { ... on Item { versions { nodes { id } } } } }", id=item_id
    )
    second, first = [each["id"] for each in data["node"]["versions"]["nodes"]]
    expected = {"__typename": "ItemVersion", "skills": [{"code": "add"}]}
    assert await again(school.admin, first) == {
        "id": first, **expected, "version": 1, "stem": "What is 2 + 2?"}  # fmt: skip
    assert await again(school.admin, second) == {
        "id": second, **expected, "version": 2, "stem": "How much is 2 + 2?"}  # fmt: skip

    learner = await school.learner(await school.classroom())
    assert (await learner.refused(AGAIN, id=first))["extensions"]["code"] == "NOT_FOUND"
    for spelling in (f"{first}0", first.replace("_1", "_01"), first.replace("_1", "_0"), item_id):
        answer = await school.admin.post(AGAIN, id=spelling.replace("itm_", "itv_"))
        assert answer["data"] == {"node": None}
