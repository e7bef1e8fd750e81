"""Organizations, user accounts, memberships, sign-ins."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Tenant, of_organization, reference


class Organization(Base):
    """A tenant: a school or whoever hosts one. `learners_are_minors`: those are whose age is unknown."""

    __tablename__ = "organization"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    time_zone: Mapped[str] = mapped_column(server_default="UTC")
    learners_are_minors: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime]


class UserAccount(Base):
    """A person's account, the same in all organizations; visible where the person is a member."""

    __tablename__ = "user_account"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    password_hash: Mapped[str]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Membership(Tenant, Base):
    """What a user is in an organization. `version` rises whenever roles change, so that older tokens end."""

    __tablename__ = "membership"
    __table_args__ = (of_organization(), Index(None, "user_id"))
    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    version: Mapped[int] = mapped_column(server_default="1")
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class SignInSession(Tenant, Base):
    """One sign-in and the family of refresh tokens that came from it."""

    __tablename__ = "sign_in_session"
    __table_args__ = (
        of_organization(),
        reference("user_id", "membership", "user_id"),
        Index(None, "user_id"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None]


class RefreshToken(Tenant, Base):
    """A refresh token, known by its SHA-256; its one use sets `rotated_at` and the salt of its successor."""

    __tablename__ = "refresh_token"
    __table_args__ = (reference("sign_in_session_id", "sign_in_session", cascade=True),)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    sign_in_session_id: Mapped[uuid.UUID] = mapped_column(index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    rotated_at: Mapped[datetime | None]
    successor_salt: Mapped[bytes | None] = mapped_column(LargeBinary)


class SecurityEvent(Tenant, Base):
    """A security-relevant act or alarm that a person can read later."""

    __tablename__ = "security_event"
    __table_args__ = (of_organization(),)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID | None]
    kind: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    at: Mapped[datetime]
