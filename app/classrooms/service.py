"""What teachers do with classes."""

import uuid

from app.access.principal import Principal
from app.classrooms.join_code import new_join_code
from app.kit.database import Row, UnitOfWork
from app.kit.errors import (
    Conflict,
    Forbidden,
    not_found,
)
from app.kit.ids import new_id
from app.kit.statements import sql
from app.kit.text import checked_name
from app.realtime.event_log import append, visibility_changed

_CREATE = sql("""
    INSERT INTO classroom (organization_id, id, name, join_code, leaderboard_for_minors, created_at)
    VALUES (:organization_id, :id, :name, :join_code, :leaderboard_for_minors, :now)
""")
_ADD_TEACHER = sql("""
    INSERT INTO classroom_teacher (organization_id, classroom_id, user_id, added_at)
    VALUES (:organization_id, :classroom_id, :user_id, :now) ON CONFLICT DO NOTHING
""")
_REMOVE_TEACHER = sql("""
    DELETE FROM classroom_teacher WHERE classroom_id = :classroom_id AND user_id = :user_id
""")
_TEACHER_COUNT = sql("SELECT count(*) FROM classroom_teacher WHERE classroom_id = :classroom_id")
_STAFF_MEMBER = sql("""
    SELECT EXISTS (SELECT FROM membership WHERE user_id = :user_id AND disabled_at IS NULL
                   AND roles && ARRAY['TEACHER', 'ORGANIZATION_ADMIN'])
""")
_TAUGHT = sql("""
    SELECT c.id, c.archived_at FROM classroom c
    WHERE c.id = :id AND (:everything OR EXISTS (
      SELECT FROM classroom_teacher t WHERE t.classroom_id = c.id AND t.user_id = :user_id))
    FOR UPDATE OF c
""")
_ARCHIVE = sql("UPDATE classroom SET archived_at = coalesce(archived_at, :now) WHERE id = :id")
_UPDATE = sql("""
    UPDATE classroom SET name = coalesce(:name::text, name),
      leaderboard_for_minors = coalesce(:leaderboard_for_minors::boolean, leaderboard_for_minors)
    WHERE id = :id
""")
_RENEW_CODE = sql("UPDATE classroom SET join_code = :join_code WHERE id = :id")
_LEAVE_TAUGHT = sql("DELETE FROM classroom_teacher WHERE user_id = :user_id")
_LEAVE_ATTENDED = sql("""
    UPDATE enrollment e SET left_at = :now FROM learner l
    WHERE l.organization_id = e.organization_id AND l.id = e.learner_id AND l.user_id = :user_id
      AND e.left_at IS NULL
""")


async def create_classroom(
    work: UnitOfWork, principal: Principal, name: str, leaderboard_for_minors: bool = False
) -> uuid.UUID:
    """Make a class and its join code; whoever makes it teaches it."""
    if not principal.is_staff or principal.user_id is None:
        raise Forbidden("Only teachers and admins make classes; ask an admin for the role.")
    classroom_id = new_id()
    await work.execute(
        _CREATE, organization_id=work.tenant, id=classroom_id,
        name=checked_name(name, "A class's name", "name"), join_code=new_join_code(),
        leaderboard_for_minors=leaderboard_for_minors, now=work.now,
    )  # fmt: skip
    await _add_teacher(work, classroom_id, principal.user_id)
    return classroom_id


async def archive_classroom(work: UnitOfWork, principal: Principal, classroom_id: uuid.UUID) -> uuid.UUID:
    """Archive a class; its code lets nobody in any more, its figures stay. Doing it twice changes nothing."""
    await taught_classroom(work, principal, classroom_id)
    await work.execute(_ARCHIVE, id=classroom_id, now=work.now)
    return classroom_id


async def update_classroom(
    work: UnitOfWork,
    principal: Principal,
    classroom_id: uuid.UUID,
    name: str | None,
    leaderboard_for_minors: bool | None = None,
) -> uuid.UUID:
    """Give a class another name, turn its leaderboards on or off for minors; None leaves it as it is."""
    await taught_classroom(work, principal, classroom_id)
    checked = None if name is None else checked_name(name, "A class's name", "name")
    await work.execute(_UPDATE, id=classroom_id, name=checked, leaderboard_for_minors=leaderboard_for_minors)
    if leaderboard_for_minors is not None:
        await append(work, [visibility_changed(work.tenant, classroom_id=classroom_id)])
    return classroom_id


async def renew_join_code(work: UnitOfWork, principal: Principal, classroom_id: uuid.UUID) -> uuid.UUID:
    """Give a class another join code, in place of the one before; Conflict for an archived class."""
    row = await taught_classroom(work, principal, classroom_id)
    if row.archived_at is not None:
        raise Conflict("This class is archived; nobody joins it.", path=("classroomId",))
    await work.execute(_RENEW_CODE, id=classroom_id, join_code=new_join_code())
    return classroom_id


async def add_teacher(
    work: UnitOfWork, principal: Principal, classroom_id: uuid.UUID, user_id: uuid.UUID
) -> uuid.UUID:
    """Let another teacher of the organization teach the class too."""
    await taught_classroom(work, principal, classroom_id)
    if not await work.fetch_value(_STAFF_MEMBER, user_id=user_id):
        raise not_found("teacher", "userId")
    await _add_teacher(work, classroom_id, user_id)
    return classroom_id


async def remove_teacher(
    work: UnitOfWork, principal: Principal, classroom_id: uuid.UUID, user_id: uuid.UUID
) -> uuid.UUID:
    """Take a class from a teacher; the last one stays, so that no class is without."""
    await taught_classroom(work, principal, classroom_id)
    if not await work.execute(_REMOVE_TEACHER, classroom_id=classroom_id, user_id=user_id):
        raise not_found("teacher", "userId")
    if not await work.fetch_value(_TEACHER_COUNT, classroom_id=classroom_id):
        raise Conflict("This is the class's last teacher; add another one first.", path=("userId",))
    return classroom_id


async def give_up_teaching(work: UnitOfWork, user_id: uuid.UUID) -> None:
    """Take all classes from somebody who teaches no more; a class may be left to the admins so."""
    await work.execute(_LEAVE_TAUGHT, user_id=user_id)


async def leave_all(work: UnitOfWork, user_id: uuid.UUID) -> None:
    """Take a user out of all classes, those taught and those attended; their figures stay."""
    await give_up_teaching(work, user_id)
    await work.execute(_LEAVE_ATTENDED, user_id=user_id, now=work.now)


async def taught_classroom(work: UnitOfWork, principal: Principal, classroom_id: uuid.UUID) -> Row:
    """The class, locked, if the principal teaches it: fetched and checked in one."""
    row = await work.fetch_one(
        _TAUGHT, id=classroom_id, everything=principal.is_admin,
        user_id=principal.user_id if principal.is_staff else None,
    )  # fmt: skip
    if row is None:
        raise not_found("classroom", "classroomId")
    return row


async def _add_teacher(work: UnitOfWork, classroom_id: uuid.UUID, user_id: uuid.UUID) -> None:
    await work.execute(
        _ADD_TEACHER, organization_id=work.tenant, classroom_id=classroom_id, user_id=user_id, now=work.now
    )
