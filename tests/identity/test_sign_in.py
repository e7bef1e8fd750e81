"""Signing up, in and out; tokens that end, rotate and alarm."""

import asyncio
from typing import Any

import asyncpg
import jwt
import pytest

from app.bootstrap import Addresses
from app.kit.statements import sql
from app.runtime import Runtime
from tests.client import PASSWORD, TOKENS, Client, GraphErrors, School, sign_in
from tests.conftest import MovableClock

VIEWER = "{ viewer { roles user { displayName email } learner { displayName } organization { name } } }"


def _founder(email: str) -> dict[str, Any]:
    return {"email": email, "password": PASSWORD, "displayName": "Founder", "organizationName": "School"}


async def test_a_founder_administers_and_teaches_the_organization(anonymous: Client) -> None:
    payload = await anonymous.do(
        "signUp",
        {
            "email": " Grace@Navy.example ",
            "password": PASSWORD,
            "displayName": "Grace  Hopper",
            "organizationName": "Navy School",
        },
        "accessToken viewer { roles user { displayName email } organization { name } learner { id } }",
    )

    assert payload["viewer"] == {
        "roles": ["ORGANIZATION_ADMIN", "TEACHER"],
        "user": {"displayName": "Grace Hopper", "email": "grace@navy.example"},
        "organization": {"name": "Navy School"},
        "learner": None,
    }


async def test_a_learner_signs_up_by_join_code_and_is_seen_as_learner(school: School) -> None:
    ada = await school.learner(await school.classroom(), "Ada")
    data = await ada.ask(VIEWER)
    assert data["viewer"]["roles"] == ["LEARNER"]
    assert data["viewer"]["learner"] == {"displayName": "Ada"}


async def test_nobody_is_no_viewer(anonymous: Client) -> None:
    assert await anonymous.ask("{ viewer { roles } }") == {"viewer": None}


@pytest.mark.parametrize(
    ("given", "path", "reason"),
    [
        ({"email": "no address"}, ["email"], None),
        ({"password": "short"}, ["password"], None),
        ({"password": "1234567890"}, ["password"], None),
        ({"displayName": " "}, ["displayName"], None),
        ({"joinCode": "AAAA-AAAA", "organizationName": None}, ["joinCode"], "JOIN_CODE_INVALID"),
        ({"organizationName": None}, ["joinCode"], None),
        ({"joinCode": "AAAA-AAAA"}, ["joinCode"], None),
    ],
)
async def test_a_sign_up_that_lacks_something_says_what(
    anonymous: Client, given: dict[str, Any], path: list[str], reason: str | None
) -> None:
    whole = {**_founder("a@b.example"), **given}
    payload = await anonymous.attempt("signUp", whole, "accessToken")
    assert payload["accessToken"] is None
    (error,) = payload["userErrors"]
    assert (error["code"], error["path"], error["reason"]) == ("BAD_INPUT", path, reason)


async def test_an_address_has_one_account(anonymous: Client) -> None:
    given = _founder("one@school.example")
    await anonymous.do("signUp", given, "accessToken")
    payload = await anonymous.attempt("signUp", {**given, "email": "ONE@school.example"}, "accessToken")
    assert payload["userErrors"][0]["code"] == "CONFLICT"


async def test_wrong_password_and_unknown_address_read_alike(anonymous: Client) -> None:
    given = _founder("two@school.example")
    await anonymous.do("signUp", given, "accessToken")
    wrong = await anonymous.attempt("signIn", {"email": given["email"], "password": "not the password"})
    unknown = await anonymous.attempt("signIn", {"email": "nobody@school.example", "password": PASSWORD})
    assert wrong["userErrors"] == unknown["userErrors"]
    assert wrong["userErrors"][0]["reason"] == "CREDENTIALS_INVALID"


async def test_an_access_token_states_what_rfc_9068_wants(school: School, runtime: Runtime) -> None:
    token = school.admin.token or ""
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert header == {"alg": "EdDSA", "typ": "at+jwt", "kid": runtime.tokens.key_set()["keys"][0]["kid"]}
    assert set(claims) == {"iss", "aud", "sub", "org", "sid", "ver", "jti", "iat", "nbf", "exp"}
    assert claims["exp"] - claims["iat"] == 600


async def test_an_access_token_ends_after_ten_minutes(school: School, clock: MovableClock) -> None:
    clock.forward(minutes=10, seconds=1)
    error = await school.admin.refused("{ viewer { roles } }")
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("token", ["x", "x.y.z", "eyJhbGciOiJub25lIn0.e30."])
async def test_a_token_that_is_none_is_refused(anonymous: Client, token: str) -> None:
    response = await anonymous.http.post(
        "/graphql", json={"query": "{ viewer { roles } }"}, headers={"authorization": f"Bearer {token}"}
    )
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_token_signed_by_another_key_is_refused(school: School, anonymous: Client) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    claims = jwt.decode(school.admin.token or "", options={"verify_signature": False})
    header = jwt.get_unverified_header(school.admin.token or "")
    forged = jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers=header)
    error = await anonymous.with_token(forged).refused("{ viewer { roles } }")
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


async def _tokens(anonymous: Client, email: str) -> dict[str, Any]:
    return await anonymous.do("signUp", _founder(email), TOKENS)


async def test_a_refresh_token_gives_new_tokens_once(anonymous: Client, clock: MovableClock) -> None:
    first = await _tokens(anonymous, "three@school.example")
    second = await anonymous.do("refreshTokens", {"refreshToken": first["refreshToken"]}, TOKENS)
    assert second["refreshToken"] != first["refreshToken"]
    assert await anonymous.with_token(second["accessToken"]).ask("{ viewer { roles } }") == {
        "viewer": {"roles": ["ORGANIZATION_ADMIN", "TEACHER"]}
    }


async def test_a_lost_response_gives_the_same_successor_within_ten_seconds(
    anonymous: Client, clock: MovableClock
) -> None:
    first = await _tokens(anonymous, "four@school.example")
    given = {"refreshToken": first["refreshToken"]}
    second = await anonymous.do("refreshTokens", given, TOKENS)
    clock.forward(seconds=5)
    again = await anonymous.do("refreshTokens", given, TOKENS)
    assert again["refreshToken"] == second["refreshToken"]


async def test_a_reused_refresh_token_ends_the_whole_family_and_raises_an_alarm(
    anonymous: Client, clock: MovableClock, runtime: Runtime
) -> None:
    first = await _tokens(anonymous, "five@school.example")
    second = await anonymous.do("refreshTokens", {"refreshToken": first["refreshToken"]}, TOKENS)
    clock.forward(seconds=11)

    reused = await anonymous.attempt("refreshTokens", {"refreshToken": first["refreshToken"]}, TOKENS)
    successor = await anonymous.attempt("refreshTokens", {"refreshToken": second["refreshToken"]}, TOKENS)
    error = await anonymous.with_token(second["accessToken"]).refused("{ viewer { roles } }")

    assert reused["userErrors"][0]["reason"] == "CREDENTIALS_INVALID"
    assert successor["userErrors"][0]["reason"] == "CREDENTIALS_INVALID"
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    claims = runtime.tokens.verify(second["accessToken"], runtime.clock())
    async with runtime.database.reader(claims.organization_id) as reader:
        alarms = await reader.fetch(sql("SELECT kind, user_id FROM security_event"))
    assert [(alarm.kind, alarm.user_id) for alarm in alarms] == [("refresh_token_reused", claims.user_id)]


async def test_a_hundred_refreshes_at_once_have_one_successor(anonymous: Client, runtime: Runtime) -> None:
    first = await _tokens(anonymous, "six@school.example")
    given = {"refreshToken": first["refreshToken"]}
    answers = await asyncio.gather(*(_refreshed(anonymous, given) for _ in range(100)))
    assert len({answer["refreshToken"] for answer in answers}) == 1
    claims = runtime.tokens.verify(first["accessToken"], runtime.clock())
    async with runtime.database.reader(claims.organization_id) as reader:
        assert await reader.fetch_value(sql("SELECT count(*) FROM refresh_token")) == 2


async def _refreshed(anonymous: Client, given: dict[str, Any]) -> dict[str, Any]:
    """New tokens; who is told that all connections are taken comes back, as the answer says."""
    while True:
        try:
            return await anonymous.do("refreshTokens", given, TOKENS)
        except GraphErrors as refused:
            if refused.args[0][0]["extensions"]["code"] != "UNAVAILABLE":
                raise
            await asyncio.sleep(refused.args[0][0]["extensions"]["retryAfterSeconds"])


@pytest.mark.parametrize("token", ["", "mgr_", "mgr_" + "0" * 32 + "_" + "A" * 43])
async def test_what_is_no_refresh_token_is_refused(anonymous: Client, token: str) -> None:
    payload = await anonymous.attempt("refreshTokens", {"refreshToken": token}, TOKENS)
    assert payload["userErrors"][0]["reason"] == "CREDENTIALS_INVALID"


async def test_signing_out_ends_both_tokens(anonymous: Client) -> None:
    given = await _tokens(anonymous, "seven@school.example")
    person = anonymous.with_token(given["accessToken"])
    assert await person.ask("mutation { signOut { userErrors { code } } }") == {"signOut": {"userErrors": []}}
    error = await person.refused("{ viewer { roles } }")
    refreshed = await anonymous.attempt("refreshTokens", {"refreshToken": given["refreshToken"]}, TOKENS)
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert refreshed["userErrors"][0]["reason"] == "CREDENTIALS_INVALID"


async def test_changed_roles_end_older_tokens_within_a_second(
    school: School, runtime: Runtime, clock: MovableClock
) -> None:
    teacher = await school.teacher()
    claims = runtime.tokens.verify(teacher.token or "", runtime.clock())
    async with runtime.database.unit_of_work(claims.organization_id) as work:
        await work.execute(
            sql("UPDATE membership SET roles = '{LEARNER}', version = version + 1 WHERE user_id = :id"),
            id=claims.user_id,
        )
    clock.forward(seconds=1)
    error = await teacher.refused("{ viewer { roles } }")
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_member_of_two_organizations_says_which(
    school: School, anonymous: Client, runtime: Runtime
) -> None:
    from app.access.principal import Role
    from app.identity import accounts
    from app.kit import ids

    given = _founder("both@school.example")
    first = await anonymous.do("signUp", given, TOKENS)
    other = ids.decode(school.organization_id)
    user = ids.decode(first["viewer"]["user"]["id"])
    assert other is not None
    assert user is not None
    async with runtime.database.unit_of_work(other[1]) as work:
        await accounts.add_member(work, user[1], {Role.TEACHER})

    undecided = await anonymous.attempt("signIn", {"email": given["email"], "password": PASSWORD}, TOKENS)
    there = await anonymous.do(
        "signIn",
        {"email": given["email"], "password": PASSWORD, "organizationId": school.organization_id},
        "viewer { roles organization { id } memberships { organization { id } roles } }",
    )
    moved = await anonymous.do(
        "refreshTokens",
        {"refreshToken": first["refreshToken"], "organizationId": school.organization_id},
        TOKENS,
    )

    assert undecided["userErrors"][0]["reason"] == "ORGANIZATION_REQUIRED"
    assert there["viewer"]["organization"]["id"] == school.organization_id
    assert there["viewer"]["roles"] == ["TEACHER"]
    assert [each["roles"] for each in there["viewer"]["memberships"]] == [
        ["ORGANIZATION_ADMIN", "TEACHER"],
        ["TEACHER"],
    ]
    assert moved["viewer"]["organization"]["id"] == school.organization_id


async def test_the_key_set_is_published_without_private_parts(anonymous: Client) -> None:
    answer = (await anonymous.http.get("/.well-known/jwks.json")).json()
    (key,) = answer["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "alg", "use"}


async def test_a_person_signs_in_again_with_the_address_in_any_case(anonymous: Client) -> None:
    await _tokens(anonymous, "eight@school.example")
    again = await sign_in(anonymous, "Eight@School.example")
    data = await again.ask("{ viewer { user { email } } }")
    assert data["viewer"]["user"]["email"] == "eight@school.example"


async def test_a_disabled_account_gets_no_tokens(
    anonymous: Client, runtime: Runtime, addresses: Addresses, clock: MovableClock
) -> None:
    email = "nine@school.example"
    first = await _tokens(anonymous, email)
    owner = await asyncpg.connect(addresses.owner)
    try:
        await owner.execute("UPDATE user_account SET disabled_at = now() WHERE email = $1", email)
        refreshed = await anonymous.attempt("refreshTokens", {"refreshToken": first["refreshToken"]}, TOKENS)
        again = await anonymous.attempt("signIn", {"email": email, "password": PASSWORD}, TOKENS)
        await owner.execute("UPDATE user_account SET disabled_at = NULL WHERE email = $1", email)
    finally:
        await owner.close()
    enabled = await sign_in(anonymous, email)

    assert (refreshed["accessToken"], refreshed["userErrors"][0]["reason"]) == (None, "CREDENTIALS_INVALID")
    assert (again["accessToken"], again["userErrors"][0]["reason"]) == (None, "CREDENTIALS_INVALID")
    assert enabled.token is not None


@pytest.mark.parametrize("mutation", ["signUp", "signIn", "refreshTokens"])
async def test_a_client_is_told_to_sign_in_without_the_token_that_has_ended(
    anonymous: Client, clock: MovableClock, mutation: str
) -> None:
    """The token is refused as everywhere; what the client is to do instead stands at the mutation."""
    email = f"{mutation.lower()}@ended.example"
    first = await _tokens(anonymous, email)
    given = {
        "signUp": _founder(f"new.{email}"),
        "signIn": {"email": email, "password": PASSWORD},
        "refreshTokens": {"refreshToken": first["refreshToken"]},
    }[mutation]
    clock.forward(minutes=11)
    name = mutation[0].upper() + mutation[1:]
    error = await anonymous.with_token(first["accessToken"]).refused(
        f"mutation($input: {name}Input!) {{ {mutation}(input: $input) {{ accessToken }} }}", input=given
    )
    without = await anonymous.do(mutation, given, TOKENS)
    data = await anonymous.ask('{ __type(name: "Mutation") { fields { name description } } }')
    described = {each["name"]: each["description"] for each in data["__type"]["fields"]}

    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert without["accessToken"]
    assert "Send no Authorization header" in described[mutation]
