"""Access tokens: short-lived JWTs signed with Ed25519, one algorithm for each `kid`; refresh tokens: opaque.

RFC 9068 gives the header type `at+jwt`. All claims we rely on are required by ourselves; PyJWT requires none.
"""

import base64
import hashlib
import hmac
import os
import re
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.kit.errors import Unauthenticated

REQUIRED = ["exp", "iat", "nbf", "aud", "iss", "sub", "jti", "sid", "org", "ver"]
_PEM = re.compile(rb"-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----", re.DOTALL)
_REFRESH = re.compile(r"mgr_([0-9a-f]{32})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid access token says."""

    user_id: uuid.UUID
    organization_id: uuid.UUID
    sign_in_session_id: uuid.UUID
    version: int
    expires_at: datetime


class SigningKey:
    """An Ed25519 key; its `kid` is the RFC 7638 thumbprint of the public half."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self.private = private
        self.public = private.public_key()
        raw = self.public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.x = _base64(raw)
        canonical = f'{{"crv":"Ed25519","kty":"OKP","x":"{self.x}"}}'.encode()
        self.kid = _base64(hashlib.sha256(canonical).digest())

    def public_jwk(self) -> dict[str, str]:
        """The public half, for the key set that others read."""
        return {"kty": "OKP", "crv": "Ed25519", "x": self.x, "kid": self.kid, "alg": "EdDSA", "use": "sig"}


class Tokens:
    """Signs with the first key, verifies with all: publish a new key last, sign with it when all know it."""

    def __init__(
        self, keys: Sequence[SigningKey], issuer: str, access_life: timedelta, refresh_life: timedelta
    ) -> None:
        self._keys = list(keys)
        self._by_kid = {key.kid: key for key in keys}
        self._issuer = issuer
        self._access_life = access_life
        self.refresh_life = refresh_life
        # Checking a signature costs more than most queries: what was verified is remembered until it expires.
        self._verified: OrderedDict[str, Claims] = OrderedDict()

    def key_set(self) -> dict[str, Any]:
        """The published JSON Web Key Set."""
        return {"keys": [key.public_jwk() for key in self._keys]}

    def access(
        self,
        user_id: uuid.UUID,
        organization_id: uuid.UUID,
        session_id: uuid.UUID,
        version: int,
        now: datetime,
    ) -> tuple[str, datetime]:
        """A signed access token and when it ends."""
        expires = now.replace(microsecond=0) + self._access_life
        payload = {
            "iss": self._issuer, "aud": self._issuer, "sub": user_id.hex, "org": organization_id.hex,
            "sid": session_id.hex, "ver": version, "jti": uuid.uuid4().hex,
            "iat": int(now.timestamp()), "nbf": int(now.timestamp()), "exp": int(expires.timestamp()),
        }  # fmt: skip
        key = self._keys[0]
        headers = {"kid": key.kid, "typ": "at+jwt"}
        return jwt.encode(payload, key.private, algorithm="EdDSA", headers=headers), expires

    def verify(self, token: str, now: datetime) -> Claims:
        """The claims of a token that is ours, whole and not expired; Unauthenticated otherwise."""
        claims = self._verified.get(token)
        if claims is None:
            claims = self._claims(token, now)
            self._verified[token] = claims
            while len(self._verified) > 10_000:
                self._verified.popitem(last=False)
        if claims.expires_at <= now:
            self._verified.pop(token, None)
            raise Unauthenticated("The access token has expired; get a new one with 'refreshTokens'.")
        return claims

    def _claims(self, token: str, now: datetime) -> Claims:
        try:
            header = jwt.get_unverified_header(token)
            key = self._by_kid[header["kid"]]
            if header.get("typ") != "at+jwt" or header.get("alg") != "EdDSA":
                raise jwt.InvalidTokenError("not an access token")
            payload = jwt.decode(
                token, key.public, algorithms=["EdDSA"], audience=self._issuer, issuer=self._issuer,
                options={"require": REQUIRED, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )  # fmt: skip
            if payload["nbf"] > now.timestamp() + 60:
                raise jwt.InvalidTokenError("not yet valid")
            return Claims(
                uuid.UUID(hex=payload["sub"]), uuid.UUID(hex=payload["org"]), uuid.UUID(hex=payload["sid"]),
                int(payload["ver"]), datetime.fromtimestamp(payload["exp"], UTC),
            )  # fmt: skip
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, OverflowError, OSError):
            raise Unauthenticated("This access token is not valid here; sign in again.") from None

    def new_refresh(self, organization_id: uuid.UUID) -> str:
        """A refresh token: the organization, to look it up within its walls, and 256 random bits."""
        return f"mgr_{organization_id.hex}_{_base64(os.urandom(32))}"


def new_salt() -> bytes:
    """256 random bits, stored with a refresh token when it is used."""
    return os.urandom(32)


def successor(token: str, salt: bytes) -> str:
    """The one refresh token that follows this one: HMAC-SHA256 of it under the salt of its use.

    Whoever repeats the exchange with the same token gets the same successor, from any process and whatever
    keys sign meanwhile. The salt alone, which is all that the database holds, gives nothing.
    """
    secret = hmac.digest(salt, token.encode(), "sha256")
    return f"{token[:36]}_{_base64(secret)}"


def refresh_organization(token: str) -> uuid.UUID | None:
    """The organization a refresh token belongs to; None when it is not one of ours in form."""
    match = _REFRESH.fullmatch(token)
    return uuid.UUID(hex=match[1]) if match else None


def digest(token: str) -> bytes:
    """What is stored of a refresh token."""
    return hashlib.sha256(token.encode()).digest()


def load_keys(path: Path) -> list[SigningKey]:
    """The Ed25519 keys of a PEM file, in order; a missing file is made with a new key, for our eyes only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
    keys = []
    for pem in _PEM.findall(path.read_bytes()):
        key = serialization.load_pem_private_key(pem, None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(
                f"{path} holds a key that is not Ed25519; make one with 'openssl genpkey -algorithm ed25519'."
            )
        keys.append(SigningKey(key))
    if not keys:
        raise ValueError(f"{path} holds no private key; make one with 'openssl genpkey -algorithm ed25519'.")
    return keys


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
