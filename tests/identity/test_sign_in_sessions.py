"""One's own sign-ins: listed, and ended from elsewhere."""

from typing import Any

from app.kit import ids
from app.kit.statements import sql
from app.runtime import Runtime
from tests.client import PASSWORD, TOKENS, Client, School
from tests.conftest import MovableClock

SESSIONS = """query($first: Int, $after: Cursor) { viewer { signInSessions(first: $first, after: $after) {
  totalCount nodes { id createdAt lastUsedAt current } pageInfo { endCursor hasNextPage } } } }"""


async def _sessions(person: Client, **page: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await person.ask(SESSIONS, **page))["viewer"]["signInSessions"]
    return found


async def _grace(anonymous: Client, *, times: int) -> list[dict[str, Any]]:
    """Grace signs up, then signs in at other devices; the tokens of each, the sign-up's first."""
    email = f"grace{ids.new_id().hex}@school.example"
    given = {"email": email, "password": PASSWORD}
    signed_up = {**given, "displayName": "Grace", "organizationName": "School"}
    tokens = [await anonymous.do("signUp", signed_up, TOKENS)]
    return [*tokens, *[await anonymous.do("signIn", given, TOKENS) for _ in range(times - 1)]]


async def test_a_person_sees_the_own_sign_ins_the_newest_first(anonymous: Client) -> None:
    first, second = [anonymous.with_token(each["accessToken"]) for each in await _grace(anonymous, times=2)]
    of_first, of_second = await _sessions(first), await _sessions(second)

    assert of_first["totalCount"] == 2
    assert [each["current"] for each in of_first["nodes"]] == [False, True]
    assert [each["current"] for each in of_second["nodes"]] == [True, False]
    assert [each["id"] for each in of_first["nodes"]] == [each["id"] for each in of_second["nodes"]]
    newest, oldest = of_first["nodes"]
    assert newest["id"].startswith("ses_")
    assert newest["createdAt"] > oldest["createdAt"]


async def test_the_sign_ins_come_in_pages(anonymous: Client) -> None:
    tokens = await _grace(anonymous, times=3)
    grace = anonymous.with_token(tokens[0]["accessToken"])
    whole = await _sessions(grace)
    page = await _sessions(grace, first=2)
    rest = await _sessions(grace, first=2, after=page["pageInfo"]["endCursor"])
    assert page["pageInfo"]["hasNextPage"] is True
    assert [each["id"] for each in page["nodes"] + rest["nodes"]] == [each["id"] for each in whole["nodes"]]


async def test_renewing_the_tokens_is_the_last_use(anonymous: Client, clock: MovableClock) -> None:
    (tokens,) = await _grace(anonymous, times=1)
    clock.forward(minutes=5)
    renewed = await anonymous.do("refreshTokens", {"refreshToken": tokens["refreshToken"]}, TOKENS)
    (session,) = (await _sessions(anonymous.with_token(renewed["accessToken"])))["nodes"]
    assert session["lastUsedAt"] > session["createdAt"]
    assert session["current"] is True


async def test_a_sign_in_whose_last_token_ran_out_is_listed_no_more(
    anonymous: Client, clock: MovableClock
) -> None:
    _, kept = await _grace(anonymous, times=2)
    clock.forward(days=29)
    renewed = await anonymous.do("refreshTokens", {"refreshToken": kept["refreshToken"]}, TOKENS)
    clock.forward(days=2)
    renewed = await anonymous.do("refreshTokens", {"refreshToken": renewed["refreshToken"]}, TOKENS)
    found = await _sessions(anonymous.with_token(renewed["accessToken"]))
    assert (found["totalCount"], [each["current"] for each in found["nodes"]]) == (1, [True])


async def test_a_person_ends_a_sign_in_elsewhere_and_its_tokens_are_refused(
    anonymous: Client, runtime: Runtime
) -> None:
    lost, kept = await _grace(anonymous, times=2)
    thief, grace = (anonymous.with_token(each["accessToken"]) for each in (lost, kept))
    await thief.ask("{ viewer { roles } }")
    (session,) = [each for each in (await _sessions(grace))["nodes"] if not each["current"]]

    given = {"signInSessionId": session["id"]}
    ended = await grace.do("revokeSignInSession", given, "signInSessionId")
    again = await grace.do("revokeSignInSession", given, "signInSessionId")

    assert ended["signInSessionId"] == again["signInSessionId"] == session["id"]
    assert (await thief.refused("{ viewer { roles } }"))["extensions"]["code"] == "UNAUTHENTICATED"
    refreshed = await anonymous.attempt("refreshTokens", {"refreshToken": lost["refreshToken"]}, TOKENS)
    assert refreshed["userErrors"][0]["reason"] == "CREDENTIALS_INVALID"
    assert [each["current"] for each in (await _sessions(grace))["nodes"]] == [True]
    assert await grace.ask("query($id: ID!) { node(id: $id) { id } }", id=kept["viewer"]["user"]["id"])
    organization = ids.decode(kept["viewer"]["organization"]["id"])
    assert organization is not None
    async with runtime.database.reader(organization[1]) as reader:
        written = await reader.fetch(sql("SELECT kind, detail FROM security_event"))
    assert [(row.kind, row.detail) for row in written] == [
        ("sign_in_session_revoked", {"signInSession": session["id"].removeprefix("ses_")})
    ]


async def test_a_sign_in_ended_by_another_process_is_refused_after_a_second(
    anonymous: Client, runtime: Runtime, clock: MovableClock
) -> None:
    from app.identity import sign_in

    (tokens,) = await _grace(anonymous, times=1)
    grace = anonymous.with_token(tokens["accessToken"])
    await grace.ask("{ viewer { roles } }")
    principal = await runtime.principals.recognise(tokens["accessToken"])
    assert principal.sign_in_session_id is not None
    async with runtime.database.unit_of_work(principal.organization_id) as work:
        await sign_in.revoke(work, principal, principal.sign_in_session_id)
    clock.forward(seconds=1)
    assert (await grace.refused("{ viewer { roles } }"))["extensions"]["code"] == "UNAUTHENTICATED"


async def test_nobody_ends_or_sees_the_sign_in_of_somebody_else(school: School, anonymous: Client) -> None:
    grace = await school.teacher("Grace")
    (session,) = (await _sessions(grace))["nodes"]
    stranger = (await School.found(anonymous, school.runtime)).admin
    for person in (school.admin, await school.teacher("Tim"), stranger):
        refused = await person.attempt("revokeSignInSession", {"signInSessionId": session["id"]})
        error = await person.refused("query($id: ID!) { node(id: $id) { id } }", id=session["id"])
        assert [(each["code"], each["path"]) for each in refused["userErrors"]] == [
            ("NOT_FOUND", ["signInSessionId"])
        ]
        assert error["extensions"]["code"] == "NOT_FOUND"
    wrong_kind = await grace.attempt("revokeSignInSession", {"signInSessionId": grace.user_id})
    assert wrong_kind["userErrors"][0]["code"] == "NOT_FOUND"
    assert len((await _sessions(grace))["nodes"]) == 1
