"""What authors do with skills: make them, name them, and say what is to be learnt before them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from app.access.principal import Principal
from app.kit.database import UnitOfWork
from app.kit.errors import BadInput, Conflict, ErrorReason, not_found
from app.kit.ids import new_id
from app.kit.statements import sql
from app.kit.text import checked_name
from app.science.prerequisites import find_cycle

MOST_PREREQUISITES = 8
LONGEST_CODE = 80

_CREATE = sql("""
    INSERT INTO skill (organization_id, id, code, name, subject, created_at)
    VALUES (:organization_id, :id, :code, :name, :subject, :now)
    ON CONFLICT (organization_id, code) DO NOTHING
""")
_CURRENT = sql("SELECT code, name, subject FROM skill WHERE id = :id FOR NO KEY UPDATE")
_UPDATE = sql("""
    UPDATE skill SET code = :code, name = :name, subject = :subject
    WHERE id = :id AND NOT EXISTS (SELECT FROM skill other WHERE other.code = :code AND other.id <> :id)
""")
_NAMES = sql("SELECT id, name FROM skill WHERE id = ANY(:ids)")

# Two edits at once could each be free of cycles and of taken codes, and not so together; the lock shows one
# what the other did.
_LOCK = sql("SELECT pg_advisory_xact_lock(hashtextextended('skills ' || :organization_id::uuid::text, 0))")
_EDGES = sql("SELECT prerequisite_id, skill_id FROM skill_prerequisite WHERE skill_id <> :skill_id")
_REMOVE = sql("""
    DELETE FROM skill_prerequisite WHERE skill_id = :skill_id AND prerequisite_id <> ALL(:prerequisite_ids)
""")
_ADD = sql("""
    INSERT INTO skill_prerequisite (organization_id, skill_id, prerequisite_id)
    SELECT :organization_id, :skill_id, unnest(:prerequisite_ids::uuid[]) ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class SkillChange:
    """What to change of a skill: None keeps; `clear_subject` takes the subject away."""

    code: str | None = None
    name: str | None = None
    subject: str | None = None
    clear_subject: bool = False


async def create_skill(
    work: UnitOfWork,
    principal: Principal,
    code: str,
    name: str,
    subject: str | None,
    prerequisite_ids: Sequence[uuid.UUID],
) -> uuid.UUID:
    """Make a skill; Conflict when its code is taken."""
    skill_id = new_id()
    code = checked_code(code)
    await lock_skills(work)
    made = await work.execute(
        _CREATE, organization_id=work.tenant, id=skill_id, code=code, now=work.now,
        name=checked_name(name, "A skill's name", "name"), subject=checked_subject(subject),
    )  # fmt: skip
    if not made:
        raise _code_taken(code)
    await set_prerequisites(work, principal, skill_id, prerequisite_ids)
    return skill_id


async def update_skill(
    work: UnitOfWork, principal: Principal, skill_id: uuid.UUID, change: SkillChange
) -> uuid.UUID:
    """Change a skill's code, name or subject; Conflict when the code is taken."""
    await lock_skills(work)
    row = await work.fetch_one(_CURRENT, id=skill_id)
    if row is None:
        raise not_found("skill", "skillId")
    code = row.code if change.code is None else checked_code(change.code)
    name = row.name if change.name is None else checked_name(change.name, "A skill's name", "name")
    kept = None if change.clear_subject else row.subject
    subject = kept if change.subject is None else checked_subject(change.subject)
    if not await work.execute(_UPDATE, id=skill_id, code=code, name=name, subject=subject):
        raise _code_taken(code)
    return skill_id


async def set_prerequisites(
    work: UnitOfWork, principal: Principal, skill_id: uuid.UUID, prerequisite_ids: Sequence[uuid.UUID]
) -> uuid.UUID:
    """Say what is to be learnt before a skill, instead of what was said before; BadInput for a cycle."""
    wanted = list(dict.fromkeys(prerequisite_ids))
    if len(wanted) > MOST_PREREQUISITES:
        raise BadInput(
            f"A skill has at most {MOST_PREREQUISITES} prerequisites; name those that matter most.",
            reason=ErrorReason.TOO_MANY_ENTRIES, path=("prerequisiteIds",),
        )  # fmt: skip
    await lock_skills(work)
    names = {row.id: row.name for row in await work.fetch(_NAMES, ids=[skill_id, *wanted])}
    if skill_id not in names:
        raise not_found("skill", "skillId")
    for index, prerequisite_id in enumerate(prerequisite_ids):
        if prerequisite_id not in names:
            raise not_found("skill", "prerequisiteIds", str(index))
    await _check_acyclic(work, skill_id, prerequisite_ids)
    await work.execute(_REMOVE, skill_id=skill_id, prerequisite_ids=wanted)
    await work.execute(_ADD, organization_id=work.tenant, skill_id=skill_id, prerequisite_ids=wanted)
    return skill_id


async def lock_skills(work: UnitOfWork) -> None:
    """Let nobody else change codes or prerequisites of the organization until this transaction has ended."""
    await work.execute(_LOCK, organization_id=work.tenant)


async def check_skills(
    work: UnitOfWork, skill_ids: Sequence[uuid.UUID], most: int, path: str = "skillIds"
) -> list[uuid.UUID]:
    """The skills, each once; BadInput for too many, NotFound with the place of one that is not there."""
    wanted = list(dict.fromkeys(skill_ids))
    if len(wanted) > most:
        message = f"At most {most} skills here; {len(wanted)} were given."
        raise BadInput(message, reason=ErrorReason.TOO_MANY_ENTRIES, path=(path,))
    known = {row.id for row in await work.fetch(_NAMES, ids=wanted)}
    for index, skill_id in enumerate(skill_ids):
        if skill_id not in known:
            raise not_found("skill", path, str(index))
    return wanted


async def _check_acyclic(
    work: UnitOfWork, skill_id: uuid.UUID, prerequisite_ids: Sequence[uuid.UUID]
) -> None:
    edges = [
        (row.prerequisite_id.hex, row.skill_id.hex) for row in await work.fetch(_EDGES, skill_id=skill_id)
    ]
    cycle = find_cycle([*edges, *((each.hex, skill_id.hex) for each in prerequisite_ids)])
    if not cycle:
        return
    ids = [uuid.UUID(each) for each in cycle]
    names = {row.id: row.name for row in await work.fetch(_NAMES, ids=ids)}
    index = next((str(place) for place, each in enumerate(prerequisite_ids) if each in ids), "0")
    raise BadInput(
        f"These skills would require each other: {' → '.join(names[each] for each in ids)}; "
        "leave one of them out.",
        reason=ErrorReason.CYCLE, path=("prerequisiteIds", index),
    )  # fmt: skip


def checked_code(code: str) -> str:
    """A skill's code, trimmed; BadInput for one that is blank or too long."""
    return checked_name(code, "A skill's code", "code", longest=LONGEST_CODE)


def checked_subject(subject: str | None) -> str | None:
    """A subject's name, None for none; BadInput for one that is blank or too long."""
    return None if subject is None else checked_name(subject, "A subject", "subject")


def _code_taken(code: str) -> Conflict:
    return Conflict(f"Another skill has the code '{code}'; choose another one.", path=("code",))
