"""How learners come into classes and out of them again: by join code, or enrolled by those who teach."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.access.principal import Principal
from app.classrooms.join_code import normal_join_code
from app.classrooms.service import taught_classroom
from app.identity.accounts import normal_email
from app.identity.security_events import write_security_event
from app.kit.database import Reader, UnitOfWork
from app.kit.errors import (
    BadInput,
    Conflict,
    DomainError,
    ErrorReason,
    NotFound,
    error_as_json,
    not_found,
)
from app.kit.statements import sql
from app.kit.text import checked_name
from app.learners.service import (
    create_learner,
    give_external_id,
    learner_of_external_id,
    learner_of_user,
)
from app.realtime.event_log import append, visibility_changed

MOST_ENTRIES = 250
EXTERNAL_SOURCE = "enrollment"
LONGEST_EXTERNAL_ID = 200

_UNENROLL = sql("""
    UPDATE enrollment SET left_at = coalesce(left_at, :now)
    WHERE classroom_id = :classroom_id AND learner_id = :learner_id
""")
# The lock lets nobody in whose class is being archived meanwhile.
_BY_CODE = sql("SELECT id FROM classroom WHERE join_code = :code AND archived_at IS NULL FOR SHARE")
# Of two enrollments that bring the same external id, the second is to find the learner that the first makes.
_ONE_AT_A_TIME = sql("SELECT FROM organization WHERE id = :id FOR NO KEY UPDATE")
_ANYWHERE_BY_CODE = sql("SELECT organization_id, classroom_id FROM classroom_of_join_code(:code)")
# The stay before is kept: what the learner did in it counted for the class.
_ENROLL = sql("""
    WITH past AS (
      INSERT INTO past_enrollment (organization_id, classroom_id, learner_id, enrolled_at, left_at)
      SELECT organization_id, classroom_id, learner_id, enrolled_at, left_at FROM enrollment
      WHERE classroom_id = :classroom_id AND learner_id = :learner_id AND left_at > enrolled_at
      ON CONFLICT DO NOTHING)
    INSERT INTO enrollment (organization_id, classroom_id, learner_id, enrolled_at)
    VALUES (:organization_id, :classroom_id, :learner_id, :now)
    ON CONFLICT (classroom_id, learner_id, organization_id) DO UPDATE SET left_at = NULL, enrolled_at = :now
      WHERE enrollment.left_at IS NOT NULL
""")
_LEARNER_EXISTS = sql("SELECT EXISTS (SELECT FROM learner WHERE id = :id AND erased_at IS NULL)")
_LEARNER_OF_EMAIL = sql("""
    SELECT u.id AS user_id, u.display_name, l.id AS learner_id FROM user_account u
    JOIN membership m ON m.user_id = u.id AND m.disabled_at IS NULL
    LEFT JOIN learner l ON l.user_id = u.id WHERE u.email = :email
""")


@dataclass(frozen=True, slots=True)
class NewEnrollment:
    """One entry of an enrollment: a learner known by id, by a member's address, or new by name."""

    learner_id: uuid.UUID | None = None
    email: str | None = None
    display_name: str | None = None
    external_id: str | None = None
    birth_year: int | None = None
    refused: DomainError | None = None


@dataclass(frozen=True, slots=True)
class EnrollmentResult:
    """What became of one entry; `created` says that the learner is new."""

    index: int
    learner_id: uuid.UUID | None
    created: bool
    error: DomainError | None = None

    def as_json(self) -> dict[str, Any]:
        """The result as it is kept under an idempotency key."""
        return {
            "index": self.index,
            "learner_id": self.learner_id.hex if self.learner_id else None,
            "created": self.created,
            "error": error_as_json(self.error) if self.error else None,
        }


async def join_classroom(work: UnitOfWork, principal: Principal, code: str) -> tuple[uuid.UUID, uuid.UUID]:
    """Enroll oneself by join code; becoming a learner of the organization where one is not yet.

    The class and the learner.
    """
    classroom_id: uuid.UUID | None = await work.fetch_value(_BY_CODE, code=normal_join_code(code))
    if classroom_id is None or principal.user_id is None:
        raise _wrong_code("joinCode")
    learner_id = principal.learner_id
    if learner_id is None:
        learner_id = await learner_of_user(work, principal.user_id)
    if not await enroll(work, classroom_id, learner_id):
        raise Conflict(
            "You are in this class already.", reason=ErrorReason.ALREADY_ENROLLED, path=("joinCode",)
        )
    return classroom_id, learner_id


async def classroom_of_join_code(reader: Reader, code: str, *path: str) -> tuple[uuid.UUID, uuid.UUID]:
    """Organization and class of a join code, wherever it is: for a person who is in none yet."""
    row = await reader.fetch_one(_ANYWHERE_BY_CODE, code=normal_join_code(code))
    if row is None:
        raise _wrong_code(*path)
    return row.organization_id, row.classroom_id


async def enroll_learners(
    work: UnitOfWork, principal: Principal, classroom_id: uuid.UUID, entries: Sequence[NewEnrollment]
) -> list[EnrollmentResult]:
    """Enroll each entry by itself: one that is refused leaves the others alone."""
    if len(entries) > MOST_ENTRIES:
        raise BadInput(
            f"At most {MOST_ENTRIES} learners at once; send the rest in another request.",
            reason=ErrorReason.TOO_MANY_ENTRIES, path=("learners",),
        )  # fmt: skip
    row = await taught_classroom(work, principal, classroom_id)
    if row.archived_at is not None:
        raise Conflict("This class is archived; enroll into another one.", path=("classroomId",))
    if any(entry.external_id is not None for entry in entries):
        await work.fetch(_ONE_AT_A_TIME, id=work.tenant)
    results: list[EnrollmentResult] = []
    for index, entry in enumerate(entries):
        try:
            learner_id, created = await _learner_of(work, entry)
            if not await enroll(work, classroom_id, learner_id):
                raise Conflict("This learner is in the class already.", reason=ErrorReason.ALREADY_ENROLLED)
            results.append(EnrollmentResult(index, learner_id, created))
        except DomainError as error:
            error.path = ("learners", str(index), *error.path)
            results.append(EnrollmentResult(index, None, False, error))
    await _write_down(work, principal, classroom_id, results)
    return results


async def unenroll_learner(
    work: UnitOfWork, principal: Principal, classroom_id: uuid.UUID, learner_id: uuid.UUID
) -> uuid.UUID:
    """Take a learner out of a class, whose teachers see it no more. Doing it twice changes nothing."""
    await taught_classroom(work, principal, classroom_id)
    if not await work.execute(_UNENROLL, classroom_id=classroom_id, learner_id=learner_id, now=work.now):
        raise not_found("learner", "learnerId")
    await append(work, [visibility_changed(work.tenant, classroom_id=classroom_id)])
    return classroom_id


async def enroll(work: UnitOfWork, classroom_id: uuid.UUID, learner_id: uuid.UUID) -> bool:
    """Put a learner into a class; False when it was there already."""
    touched = await work.execute(
        _ENROLL, organization_id=work.tenant, classroom_id=classroom_id, learner_id=learner_id, now=work.now
    )
    return touched > 0


async def _write_down(
    work: UnitOfWork, principal: Principal, classroom_id: uuid.UUID, results: Sequence[EnrollmentResult]
) -> None:
    """Keep who brought known learners into a class, and so into the sight of its teachers."""
    known = [each.learner_id.hex for each in results if each.learner_id and not each.created]
    if known:
        detail = {"classroom": classroom_id.hex, "learners": known}
        await write_security_event(work, "learners_enrolled", principal.user_id, detail)


async def _learner_of(work: UnitOfWork, entry: NewEnrollment) -> tuple[uuid.UUID, bool]:
    if entry.refused is not None:
        raise entry.refused
    if entry.learner_id is not None:
        if not await work.fetch_value(_LEARNER_EXISTS, id=entry.learner_id):
            raise not_found("learner", "learnerId")
        return entry.learner_id, False
    if entry.email is not None:
        return await _learner_of_member(work, entry.email)
    if entry.external_id is not None:
        _check_external_id(entry.external_id)
        known = await learner_of_external_id(work, EXTERNAL_SOURCE, entry.external_id)
        if known is not None:
            return known, False
    if entry.display_name is None:
        raise BadInput("Give 'learnerId', the 'email' of a member, or a 'displayName'.")
    name = checked_name(entry.display_name, "A name", "displayName")
    learner_id = await create_learner(work, name, birth_year=entry.birth_year)
    if entry.external_id is not None:
        await give_external_id(work, learner_id, EXTERNAL_SOURCE, entry.external_id)
    return learner_id, True


async def _learner_of_member(work: UnitOfWork, email: str) -> tuple[uuid.UUID, bool]:
    row = await work.fetch_one(_LEARNER_OF_EMAIL, email=normal_email(email, "email"))
    if row is None:
        raise NotFound("No member has this address; check it, or give a 'displayName'.", path=("email",))
    if row.learner_id is not None:
        return row.learner_id, False
    return await create_learner(work, row.display_name, row.user_id), True


def _check_external_id(external_id: str) -> None:
    if not 1 <= len(external_id) <= LONGEST_EXTERNAL_ID or not external_id.isprintable():
        raise BadInput(
            f"An external id has 1 to {LONGEST_EXTERNAL_ID} printable characters.", path=("externalId",)
        )


def _wrong_code(*path: str) -> BadInput:
    return BadInput(
        "No open class has this join code; check it with your teacher.",
        reason=ErrorReason.JOIN_CODE_INVALID, path=path,
    )  # fmt: skip
