"""Members: admins add them, give them roles and remove them; what they could see before, they see no more."""

import asyncio
from typing import Any

import pytest

from app.access.principal import Principal, Role
from app.identity import members
from app.kit import ids
from app.kit.statements import sql
from app.operations.accounts import NewUser, create_user
from app.operations.organizations import Organization
from app.runtime import Runtime
from tests.client import PASSWORD, TOKENS, Client, School, sign_in
from tests.conftest import MovableClock
from tests.live.following import CLASSROOM
from tests.socket import socket_of

MEMBER = "member { roles joinedAt user { id displayName email } }"
ROLES = "{ viewer { roles learner { displayName } } }"


def _address() -> str:
    return f"member{ids.new_id().hex}@school.example"


def _new(email: str, *roles: str) -> dict[str, Any]:
    return {"email": email, "roles": roles, "displayName": "Hedy  Lamarr", "password": PASSWORD}


async def _members(school: School, **arguments: Any) -> dict[str, Any]:
    data = await school.admin.ask(
        """query($id: ID!, $first: Int, $after: Cursor, $search: String) {
          node(id: $id) { ... on Organization { members(first: $first, after: $after, search: $search) {
            totalCount nodes { roles user { displayName } } pageInfo { endCursor hasNextPage } } } } }""",
        id=school.organization_id,
        **arguments,
    )
    found: dict[str, Any] = data["node"]["members"]
    return found


def _names(found: dict[str, Any]) -> list[str]:
    return [each["user"]["displayName"] for each in found["nodes"]]


async def _events(school: School, runtime: Runtime) -> list[tuple[str, str, list[str]]]:
    organization = ids.decode(school.organization_id)
    assert organization is not None
    async with runtime.database.reader(organization[1]) as reader:
        rows = await reader.fetch(sql("SELECT kind, user_id, detail FROM security_event ORDER BY id"))
    assert {row.detail["by"] for row in rows} == {school.admin.user_id.removeprefix("usr_")}
    return [(row.kind, ids.encode("usr", row.user_id), row.detail["roles"]) for row in rows]


async def test_an_admin_makes_an_account_a_teacher_who_signs_in(school: School, runtime: Runtime) -> None:
    email = _address()
    payload = await school.admin.do("addMember", _new(f" {email.upper()} ", "TEACHER"), MEMBER)
    hedy = await sign_in(school.admin, email)

    assert payload["member"]["user"] == {"id": hedy.user_id, "displayName": "Hedy Lamarr", "email": email}
    assert payload["member"]["roles"] == ["TEACHER"]
    assert await hedy.ask(ROLES) == {"viewer": {"roles": ["TEACHER"], "learner": None}}
    assert (await school.classroom("8B", hedy))["name"] == "8B"
    assert await _events(school, runtime) == [("member_added", hedy.user_id, ["TEACHER"])]


async def test_a_member_in_the_role_learner_is_a_learner(school: School) -> None:
    email = _address()
    await school.admin.do("addMember", _new(email, "LEARNER", "GUARDIAN"), MEMBER)
    hedy = await sign_in(school.admin, email)
    assert await hedy.ask(ROLES) == {
        "viewer": {"roles": ["GUARDIAN", "LEARNER"], "learner": {"displayName": "Hedy Lamarr"}}
    }


async def test_an_operator_takes_back_a_learner_who_was_removed_as_the_same_learner(
    school: School, runtime: Runtime
) -> None:
    email = _address()
    await school.admin.do("addMember", _new(email, "LEARNER"), MEMBER)
    before = await sign_in(school.admin, email)
    await school.admin.do("removeMember", {"userId": before.user_id}, "userId")
    decoded = ids.decode(school.organization_id)
    assert decoded is not None
    user_id = await create_user(
        runtime.database,
        runtime.passwords,
        Organization(decoded[1], "School", "UTC"),
        NewUser(email, "Another Name", Role.LEARNER),
        lambda: pytest.fail("somebody who has an account keeps the password"),
    )
    after = await sign_in(school.admin, email)

    assert ids.encode("usr", user_id) == after.user_id == before.user_id
    assert after.learner_id == before.learner_id
    assert await after.ask(ROLES) == {
        "viewer": {"roles": ["LEARNER"], "learner": {"displayName": "Hedy Lamarr"}}
    }


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"email": "no address"}, ["email"]),
        ({"roles": []}, ["roles"]),
        ({"roles": ["TEACHER", "PLATFORM_ADMIN"]}, ["roles"]),
        ({"password": "short"}, ["password"]),
        ({"password": None}, ["password"]),
        ({"displayName": None}, ["password"]),
        ({"displayName": " "}, ["displayName"]),
    ],
)
async def test_a_new_member_that_lacks_something_is_not_made(
    school: School, given: dict[str, Any], path: list[str]
) -> None:
    payload = await school.admin.attempt("addMember", {**_new(_address(), "TEACHER"), **given}, MEMBER)
    assert payload["member"] is None
    assert [(each["code"], each["path"]) for each in payload["userErrors"]] == [("BAD_INPUT", path)]
    assert (await _members(school))["totalCount"] == 1


async def test_a_member_is_not_made_twice(school: School) -> None:
    email = _address()
    await school.admin.do("addMember", _new(email, "TEACHER"), MEMBER)
    again = await school.admin.attempt("addMember", _new(email, "ORGANIZATION_ADMIN"), MEMBER)
    assert [(each["code"], each["path"]) for each in again["userErrors"]] == [("CONFLICT", ["email"])]


async def test_nobody_of_another_organization_is_made_a_member_unasked(
    school: School, anonymous: Client
) -> None:
    email = _address()
    founder = {"email": email, "password": PASSWORD, "displayName": "Founder", "organizationName": "Other"}
    await anonymous.do("signUp", founder, TOKENS)
    payload = await school.admin.attempt("addMember", _new(email, "TEACHER"), MEMBER)
    assert payload["member"] is None
    assert [(each["code"], each["path"]) for each in payload["userErrors"]] == [("CONFLICT", ["email"])]
    founder_again = await sign_in(anonymous, email)
    assert (await founder_again.ask(ROLES))["viewer"]["roles"] == ["ORGANIZATION_ADMIN", "TEACHER"]


async def test_members_are_listed_by_name_in_pages_and_found_by_name_or_address(school: School) -> None:
    grace, tim = await school.teacher("Grace"), await school.teacher("Tim")
    await school.learner(await school.classroom(), "Ben")
    page = await _members(school, first=2)
    rest = await _members(school, first=2, after=page["pageInfo"]["endCursor"])
    email = (await tim.ask("{ viewer { user { email } } }"))["viewer"]["user"]["email"]

    assert _names(page) + _names(rest) == ["Ada", "Ben", "Grace", "Tim"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (4, True)
    assert [each["roles"] for each in page["nodes"]] == [["ORGANIZATION_ADMIN", "TEACHER"], ["LEARNER"]]
    assert _names(await _members(school, search="GRA")) == ["Grace"]
    assert _names(await _members(school, search=email)) == ["Tim"]
    assert (await _members(school, search="%"))["totalCount"] == 0
    error = await grace.refused("{ viewer { organization { members { totalCount } } } }")
    assert error["extensions"]["code"] == "NOT_FOUND"


async def test_new_roles_end_older_tokens_and_new_tokens_have_them(
    school: School, anonymous: Client, runtime: Runtime, clock: MovableClock
) -> None:
    email = _address()
    await school.admin.do("addMember", _new(email, "TEACHER"), MEMBER)
    tokens = await school.admin.do("signIn", {"email": email, "password": PASSWORD}, TOKENS)
    hedy = school.admin.with_token(tokens["accessToken"])
    hedy_id = tokens["viewer"]["user"]["id"]
    await hedy.ask(ROLES)

    given = {"userId": hedy_id, "roles": ["GUARDIAN", "TEACHER"]}
    payload = await school.admin.do("setMemberRoles", given, MEMBER)
    clock.forward(seconds=1)
    refused = await hedy.refused(ROLES)
    renewed = await anonymous.do("refreshTokens", {"refreshToken": tokens["refreshToken"]}, TOKENS)
    hedy = hedy.with_token(renewed["accessToken"])
    await school.admin.do("setMemberRoles", given, MEMBER)
    clock.forward(seconds=1)

    assert payload["member"]["roles"] == ["GUARDIAN", "TEACHER"]
    assert refused["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await hedy.ask(ROLES))["viewer"]["roles"] == ["GUARDIAN", "TEACHER"]
    assert await _events(school, runtime) == [
        ("member_added", hedy_id, ["TEACHER"]),
        ("member_roles_set", hedy_id, ["GUARDIAN", "TEACHER"]),
    ]


async def test_a_teacher_who_is_made_a_learner_sees_the_old_class_no_more(school: School) -> None:
    email = _address()
    await school.admin.do("addMember", _new(email, "TEACHER"), MEMBER)
    hedy = await sign_in(school.admin, email)
    classroom = await school.classroom("7A", hedy)
    ada = await school.learner(classroom, "Ada")

    await school.admin.do("setMemberRoles", {"userId": hedy.user_id, "roles": ["LEARNER"]}, MEMBER)
    hedy = await sign_in(school.admin, email)
    learners = await hedy.ask("{ viewer { organization { learners { nodes { displayName } } } } }")

    assert learners["viewer"]["organization"]["learners"]["nodes"] == [{"displayName": "Hedy Lamarr"}]
    for public_id in (ada.learner_id, classroom["id"]):
        error = await hedy.refused("query($id: ID!) { node(id: $id) { id } }", id=public_id)
        assert error["extensions"]["code"] == "NOT_FOUND"
    await school.admin.do("setMemberRoles", {"userId": hedy.user_id, "roles": ["TEACHER"]}, MEMBER)
    hedy = await sign_in(school.admin, email)
    error = await hedy.refused("query($id: ID!) { node(id: $id) { id } }", id=classroom["id"])
    assert error["extensions"]["code"] == "NOT_FOUND"


async def test_the_last_admin_stays_one_and_stays(school: School) -> None:
    founder = school.admin.user_id
    demoted = await school.admin.attempt("setMemberRoles", {"userId": founder, "roles": ["TEACHER"]}, MEMBER)
    removed = await school.admin.attempt("removeMember", {"userId": founder}, "userId")
    assert [(each["code"], each["path"]) for each in demoted["userErrors"]] == [("CONFLICT", ["roles"])]
    assert [(each["code"], each["path"]) for each in removed["userErrors"]] == [("CONFLICT", ["userId"])]
    given = {"userId": founder, "roles": ["ORGANIZATION_ADMIN"]}
    kept = await school.admin.do("setMemberRoles", given, MEMBER)
    assert kept["member"]["roles"] == ["ORGANIZATION_ADMIN"]


async def test_two_admins_who_remove_each_other_at_once_leave_one(school: School, runtime: Runtime) -> None:
    email = _address()
    await school.admin.do("addMember", _new(email, "ORGANIZATION_ADMIN"), MEMBER)
    hedy = await sign_in(school.admin, email)
    both = [await runtime.principals.recognise(person.token) for person in (school.admin, hedy)]

    async def remove(who: Principal, whom: Principal) -> None:
        assert whom.user_id is not None
        async with runtime.database.unit_of_work(who.organization_id) as work:
            await members.remove_member(work, who, whom.user_id)

    outcomes = await asyncio.gather(remove(*both), remove(*reversed(both)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "NoneType"]


async def test_the_role_of_those_who_operate_the_server_is_neither_given_nor_taken(
    school: School, runtime: Runtime
) -> None:
    grace = await school.teacher("Grace")
    user, organization = ids.decode(grace.user_id), ids.decode(school.organization_id)
    assert user is not None
    assert organization is not None
    async with runtime.database.unit_of_work(organization[1]) as work:
        statement = sql("UPDATE membership SET roles = '{PLATFORM_ADMIN,TEACHER}' WHERE user_id = :id")
        await work.execute(statement, id=user[1])
    given = {"userId": grace.user_id, "roles": ["LEARNER"]}
    payload = await school.admin.do("setMemberRoles", given, MEMBER)
    assert payload["member"]["roles"] == ["LEARNER", "PLATFORM_ADMIN"]


async def test_a_removed_teacher_is_out_of_everything_and_may_come_back(
    school: School, anonymous: Client, runtime: Runtime, clock: MovableClock
) -> None:
    email = _address()
    await school.admin.do("addMember", _new(email, "TEACHER"), MEMBER)
    tokens = await school.admin.do("signIn", {"email": email, "password": PASSWORD}, TOKENS)
    hedy = school.admin.with_token(tokens["accessToken"])
    hedy_id = tokens["viewer"]["user"]["id"]
    classroom = await school.classroom("7A", hedy)

    removed = await school.admin.do("removeMember", {"userId": hedy_id}, "userId")
    clock.forward(seconds=1)
    refused = await hedy.refused(ROLES)
    renewed = await anonymous.attempt("refreshTokens", {"refreshToken": tokens["refreshToken"]}, TOKENS)
    signed = await anonymous.attempt("signIn", {"email": email, "password": PASSWORD}, TOKENS)
    again = await school.admin.attempt("removeMember", {"userId": hedy_id}, "userId")
    listed = await _members(school)
    back = await school.admin.do("addMember", {"email": email, "roles": ["TEACHER"]}, MEMBER)
    teachers = await school.admin.ask(
        "query($id: ID!) { classroom(id: $id) { teachers { totalCount } } }", id=classroom["id"]
    )

    assert removed["userId"] == hedy_id
    assert refused["extensions"]["code"] == "UNAUTHENTICATED"
    assert renewed["userErrors"][0]["reason"] == "CREDENTIALS_INVALID"
    assert signed["userErrors"][0]["reason"] == "CREDENTIALS_INVALID"
    assert [(each["code"], each["path"]) for each in again["userErrors"]] == [("NOT_FOUND", ["userId"])]
    assert _names(listed) == ["Ada"]
    assert back["member"]["user"]["id"] == hedy_id
    assert (await (await sign_in(anonymous, email)).ask(ROLES))["viewer"]["roles"] == ["TEACHER"]
    assert (await hedy.refused(ROLES))["extensions"]["code"] == "UNAUTHENTICATED"
    assert teachers["classroom"]["teachers"]["totalCount"] == 0
    assert [kind for kind, _, _ in await _events(school, runtime)] == [
        "member_added", "member_removed", "member_added",
    ]  # fmt: skip


async def test_a_removed_learner_is_in_no_class_any_more(school: School) -> None:
    classroom = await school.classroom("7A")
    ada = await school.learner(classroom, "Ada")
    await school.admin.do("removeMember", {"userId": ada.user_id}, "userId")
    data = await school.admin.ask(
        "query($id: ID!) { classroom(id: $id) { learners { totalCount } } }", id=classroom["id"]
    )
    assert data["classroom"]["learners"]["totalCount"] == 0


async def test_the_stream_of_a_removed_teacher_ends_with_the_next_event(
    address: str, school: School, clock: MovableClock
) -> None:
    grace = await school.teacher("Grace")
    classroom = await school.classroom("7A", grace)
    ada = await school.learner(classroom, "Ada")
    async with socket_of(address, grace.token) as socket:
        stream = await socket.subscribe(CLASSROOM, id=classroom["id"])
        assert (await stream.event())["__typename"] == "ClassroomActivitySnapshot"
        await school.admin.do("removeMember", {"userId": grace.user_id}, "userId")
        clock.forward(seconds=1)
        started = await ada.do("startPracticeSession", {"classroomId": classroom["id"]}, "session { id }")
        assert started["session"]
        assert (await stream.error())["extensions"]["code"] == "UNAUTHENTICATED"


async def test_only_admins_administer_and_only_their_own_organization(
    school: School, anonymous: Client
) -> None:
    grace = await school.teacher("Grace")
    ada = await school.learner(await school.classroom(), "Ada")
    asked = [
        ("addMember", _new(_address(), "TEACHER")),
        ("setMemberRoles", {"userId": grace.user_id, "roles": ["ORGANIZATION_ADMIN"]}),
        ("removeMember", {"userId": grace.user_id}),
    ]
    for name, given in asked:
        query = (
            f"mutation($input: {name[0].upper() + name[1:]}Input!) "
            f"{{ {name}(input: $input) {{ userErrors {{ code }} }} }}"
        )
        for person in (grace, ada):
            assert (await person.refused(query, input=given))["extensions"]["code"] == "FORBIDDEN"
    stranger = (await School.found(anonymous, school.runtime)).admin
    for name, given in asked[1:]:
        payload = await stranger.attempt(name, given)
        assert [(each["code"], each["path"]) for each in payload["userErrors"]] == [("NOT_FOUND", ["userId"])]
    assert (await grace.ask(ROLES))["viewer"]["roles"] == ["TEACHER"]
