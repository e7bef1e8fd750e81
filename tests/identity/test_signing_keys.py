"""Signing keys change one after the other, and nobody has to sign in again."""

from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.bootstrap import Addresses, started
from app.config import Settings, read_settings
from app.identity import sign_in
from app.identity.tokens import load_keys
from app.kit.errors import Unauthenticated
from app.runtime import Runtime
from tests.client import TOKENS, Client, School
from tests.conftest import MovableClock


def _pem() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _kid(token: str) -> str:
    kid: str = jwt.get_unverified_header(token)["kid"]
    return kid


def _settings(folder: Path, *pems: bytes) -> Settings:
    """Settings of a process started with these keys, in this order."""
    folder.mkdir()
    file = folder / "keys.pem"
    file.write_bytes(b"".join(pems))
    return read_settings({}, data_dir=folder, signing_keys=file, consumers=False)


async def test_a_key_is_rotated_while_processes_restart_one_by_one(
    school: School, addresses: Addresses, settings: Settings, clock: MovableClock, tmp_path: Path
) -> None:
    """The server under test is the process that has not restarted yet."""
    old, new = (settings.data_dir / "signing_keys.pem").read_bytes(), _pem()
    token = school.admin.token or ""

    async with started(_settings(tmp_path / "published", old, new), addresses, clock) as process:
        old_kid, new_kid = (key["kid"] for key in process.tokens.key_set()["keys"])
        principal = await process.principals.recognise(token)
        assert principal.user_id is not None
        async with process.database.unit_of_work(principal.organization_id) as work:
            begun = await sign_in.begin(work, principal, process.tokens, principal.user_id)
        assert begun is not None
        assert _kid(token) == _kid(begun.access_token) == old_kid
        # A process that knows the old key alone still takes what this one signs.
        assert (await school.admin.with_token(begun.access_token).ask("{ viewer { roles } }"))["viewer"]

    async with started(_settings(tmp_path / "moved", new, old), addresses, clock) as process:
        assert [key["kid"] for key in process.tokens.key_set()["keys"]] == [new_kid, old_kid]
        assert await process.principals.recognise(token) == principal
        async with process.database.unit_of_work(principal.organization_id) as work:
            signed = await sign_in.rotate(work, principal, process.tokens, begun.refresh_token)
        assert signed is not None
        assert _kid(signed.access_token) == new_kid
        assert (await process.principals.recognise(signed.access_token)).user_id == principal.user_id

    async with started(_settings(tmp_path / "removed", new), addresses, clock) as process:
        assert (await process.principals.recognise(signed.access_token)).user_id == principal.user_id
        with pytest.raises(Unauthenticated, match="not valid here"):
            await process.principals.recognise(token)


async def test_a_lost_response_gives_the_same_successor_from_a_process_with_other_keys(
    anonymous: Client, runtime: Runtime, addresses: Addresses, clock: MovableClock, tmp_path: Path
) -> None:
    first = await anonymous.do(
        "signUp",
        {"email": "k@school.example", "password": "correct horse battery", "displayName": "K",
         "organizationName": "School"},
        TOKENS,
    )  # fmt: skip
    second = await anonymous.do("refreshTokens", {"refreshToken": first["refreshToken"]}, TOKENS)
    principal = await runtime.principals.recognise(first["accessToken"])

    async with (
        started(_settings(tmp_path / "other", _pem()), addresses, clock) as process,
        process.database.unit_of_work(principal.organization_id) as work,
    ):
        again = await sign_in.rotate(work, principal, process.tokens, first["refreshToken"])

    assert again is not None
    assert again.refresh_token == second["refreshToken"]
    third = await anonymous.do("refreshTokens", {"refreshToken": again.refresh_token}, TOKENS)
    assert third["refreshToken"] not in {first["refreshToken"], second["refreshToken"]}


def test_a_missing_file_is_made_with_one_key_for_our_eyes_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "keys.pem"
    (made,) = load_keys(path)
    (read,) = load_keys(path)
    assert read.kid == made.kid
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_without_an_ed25519_key_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "keys.pem"
    path.write_text("nothing")
    with pytest.raises(ValueError, match="openssl genpkey -algorithm ed25519"):
        load_keys(path)
