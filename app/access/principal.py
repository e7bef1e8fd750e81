"""The principal: on whose behalf an operation runs."""

import uuid
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a user can be in an organization."""

    LEARNER = "LEARNER"
    TEACHER = "TEACHER"
    GUARDIAN = "GUARDIAN"
    ORGANIZATION_ADMIN = "ORGANIZATION_ADMIN"
    PLATFORM_ADMIN = "PLATFORM_ADMIN"


@dataclass(frozen=True, slots=True)
class Principal:
    """A user in one organization, as its membership stands now; all empty for nobody."""

    user_id: uuid.UUID | None = None
    organization_id: uuid.UUID | None = None
    learner_id: uuid.UUID | None = None
    roles: frozenset[Role] = frozenset()
    sign_in_session_id: uuid.UUID | None = None

    @property
    def signed_in(self) -> bool:
        """Whether there is anybody."""
        return self.user_id is not None

    @property
    def is_admin(self) -> bool:
        """Whether it administers the organization."""
        return Role.ORGANIZATION_ADMIN in self.roles

    @property
    def is_staff(self) -> bool:
        """Whether it teaches or administers."""
        return self.is_admin or Role.TEACHER in self.roles


ANONYMOUS = Principal()
