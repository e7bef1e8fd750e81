"""The principal: on whose behalf an operation runs."""

import uuid
from dataclasses import dataclass, field
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
    """A user in one organization, as its membership stands now; all empty for nobody.

    `is_admin` says whether it administers the organization, `is_staff` whether it teaches or administers.
    """

    user_id: uuid.UUID | None = None
    organization_id: uuid.UUID | None = None
    learner_id: uuid.UUID | None = None
    roles: frozenset[Role] = frozenset()
    sign_in_session_id: uuid.UUID | None = None
    is_admin: bool = field(init=False, repr=False, compare=False)
    is_staff: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Policies ask for these with every field, and to find a role takes Python's own hash of it.
        object.__setattr__(self, "is_admin", Role.ORGANIZATION_ADMIN in self.roles)
        object.__setattr__(self, "is_staff", self.is_admin or Role.TEACHER in self.roles)

    @property
    def signed_in(self) -> bool:
        """Whether there is anybody."""
        return self.user_id is not None


ANONYMOUS = Principal()
