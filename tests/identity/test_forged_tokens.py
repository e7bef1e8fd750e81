"""Tokens that somebody made of what is public: neither transport takes one, and none breaks it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.runtime import Runtime
from tests.client import PASSWORD, Client, School
from tests.socket import raw_socket

OTHERS = Ed25519PrivateKey.generate()
HEAD = {"alg": "EdDSA", "typ": "at+jwt"}
CONTEXT = "{ viewer { user { id } } }"

Forge = Callable[[Runtime, dict[str, Any]], str]


def encoded(value: Any) -> str:
    """JSON, or text as it is, in base64 as tokens have it."""
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def unsigned(head: Any, payload: Any, signature: str = "") -> str:
    """A token nobody signed."""
    return f"{encoded(head)}.{encoded(payload)}.{signature}"


def ours(runtime: Runtime, payload: dict[str, Any], **head: Any) -> str:
    """A token that our own key has signed."""
    key = runtime.tokens._keys[0]
    return jwt.encode(payload, key.private, "EdDSA", headers={"kid": key.kid, "typ": "at+jwt", **head})


def by_hmac(runtime: Runtime, payload: dict[str, Any], secret: bytes) -> str:
    """A token signed by HMAC, under the name of our key; PyJWT itself refuses to sign so."""
    signed = f"{encoded({'alg': 'HS256', 'typ': 'at+jwt', 'kid': _kid(runtime)})}.{encoded(payload)}"
    digest = hmac.digest(secret, signed.encode(), hashlib.sha256)
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def _kid(runtime: Runtime) -> str:
    return runtime.tokens._keys[0].kid


def _public(runtime: Runtime, encoding: serialization.Encoding, form: serialization.PublicFormat) -> bytes:
    return runtime.tokens._keys[0].public.public_bytes(encoding, form)


RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
PEM = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
FORGED: dict[str, Forge] = {
    "alg none": lambda r, p: unsigned({**HEAD, "alg": "none", "kid": _kid(r)}, p),
    "alg NONE, as none": lambda r, p: unsigned({**HEAD, "alg": "nOnE", "kid": _kid(r)}, p, "AAAA"),
    "no signature": lambda r, p: unsigned({**HEAD, "kid": _kid(r)}, p),
    "HMAC with the public key": lambda r, p: by_hmac(r, p, _public(r, *RAW)),
    "HMAC with the public key as PEM": lambda r, p: by_hmac(r, p, _public(r, *PEM)),
    "HMAC with its published x": lambda r, p: by_hmac(r, p, r.tokens._keys[0].x.encode()),
    "another key under our name": lambda r, p: jwt.encode(p, OTHERS, "EdDSA", {**HEAD, "kid": _kid(r)}),
    "another key, brought along": lambda r, p: jwt.encode(
        p, OTHERS, "EdDSA", {**HEAD, "kid": "x", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}}
    ),
    "a key from elsewhere": lambda r, p: jwt.encode(
        p, OTHERS, "EdDSA", {**HEAD, "kid": "../../dev/null", "jku": "http://127.0.0.1:1/keys"}
    ),
    "not an access token": lambda r, p: ours(r, p, typ="JWT"),
    "for somebody else": lambda r, p: ours(r, {**p, "aud": "elsewhere"}),
    "by somebody else": lambda r, p: ours(r, {**p, "iss": "elsewhere"}),
    "ended": lambda r, p: ours(r, {**p, "exp": p["iat"] - 1}),
    "not yet": lambda r, p: ours(r, {**p, "nbf": p["iat"] + 3_600}),
    "without an end": lambda r, p: ours(r, {key: value for key, value in p.items() if key != "exp"}),
    "without a session": lambda r, p: ours(r, {key: value for key, value in p.items() if key != "sid"}),
    "an end without end": lambda r, p: ours(r, {**p, "exp": 10**18}),
    "a head nested beyond measure": lambda r, p: f"{encoded('[' * 30_000)}.e30.AAAA",
    "a head of objects beyond measure": lambda r, p: (
        f"{encoded(chr(123) + chr(34) * 2 + ':' + '[' * 9_000)}.e30.A"
    ),
    "a head that is no object": lambda r, p: f"{encoded([])}.e30.AAAA",
    "a kid that is none": lambda r, p: unsigned({**HEAD, "kid": ["x"]}, p, "AAAA"),
    "numbers beyond measure": lambda r, p: f"{encoded('9' * 6_000)}.e30.AAAA",
}


@pytest.fixture
async def payload(school: School) -> dict[str, Any]:
    """What a good token of the school's admin says."""
    assert school.admin.token is not None
    found: dict[str, Any] = jwt.decode(school.admin.token, options={"verify_signature": False})
    return found


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_a_forged_token_is_taken_by_neither_transport(
    school: School, runtime: Runtime, address: str, payload: dict[str, Any], forge: Forge
) -> None:
    token = forge(runtime, payload)
    error = await school.admin.with_token(token).refused(CONTEXT)
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    async with raw_socket(address) as connection:
        await connection.send(
            json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
        )
        await connection.wait_closed()
        assert connection.close_code == 4403


async def test_a_token_made_anew_with_all_it_needs_is_taken(
    school: School, runtime: Runtime, payload: dict[str, Any]
) -> None:
    assert datetime.fromtimestamp(payload["exp"], UTC) > runtime.clock()
    data = await school.admin.with_token(ours(runtime, payload)).ask(CONTEXT)
    assert data == {"viewer": {"user": {"id": school.admin.user_id}}}


async def test_a_refresh_token_is_no_access_token(school: School, anonymous: Client) -> None:
    email = (await school.admin.ask("{ viewer { user { email } } }"))["viewer"]["user"]["email"]
    given = {"email": email, "password": PASSWORD}
    tokens = await anonymous.do("signIn", given, "accessToken refreshToken")
    error = await anonymous.with_token(tokens["refreshToken"]).refused(CONTEXT)
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    (refused,) = (await anonymous.attempt("refreshTokens", {"refreshToken": tokens["accessToken"]}))[
        "userErrors"
    ]
    assert refused["code"] == "BAD_INPUT"


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
async def test_what_a_browser_sends_without_asking_changes_nothing(school: School, media: str) -> None:
    body = '{"query": "mutation { createClassroom(input: {name: \\"X\\"}) { classroom { id } } }"}'
    headers = {"authorization": f"Bearer {school.admin.token}", "content-type": media}
    response = await school.admin.http.post("/graphql", content=body, headers=headers)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (415, "BAD_INPUT")
    data = await school.admin.ask("{ viewer { classrooms { totalCount } } }")
    assert data == {"viewer": {"classrooms": {"totalCount": 0}}}
