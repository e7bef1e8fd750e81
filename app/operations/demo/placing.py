"""The demo school in the tables: its people, classes, skills, items and sessions, all in one transaction."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from app.access.principal import ANONYMOUS, Role
from app.content import courses
from app.identity.accounts import found_organization
from app.kit.database import UnitOfWork
from app.kit.ids import new_id
from app.kit.statements import sql
from app.operations import item_bank, roster
from app.operations.demo.people import Account
from app.operations.demo.simulation import School, Simulation
from app.operations.demo.timetable import DAYS
from app.practice.session_kind import SessionKind, SessionState

TIME_ZONE = "Europe/Berlin"
SUBJECT = "Mathematics"
COURSE = "School mathematics"
MOST_SKILLS_OF_SESSION = 3

_CREATE_ACCOUNTS = sql("""
    SELECT create_account(g.id, g.email, g.name, :hash, :now)
    FROM unnest(:ids::uuid[], :emails::text[], :names::text[]) AS g(id, email, name)
""")
_ADD_MEMBERS = sql("""
    INSERT INTO membership (organization_id, user_id, roles, created_at)
    SELECT :tenant, id, ARRAY[role], :now FROM unnest(:ids::uuid[], :roles::text[]) AS g(id, role)
""")
_TEACH = sql("""
    INSERT INTO classroom_teacher (organization_id, classroom_id, user_id, added_at)
    SELECT :tenant, id, :user_id, :at FROM unnest(:ids::uuid[]) AS g(id)
""")
_START_SESSIONS = sql("""
    INSERT INTO practice_session (organization_id, id, learner_id, classroom_id, kind, state, skill_ids,
                                  started_at, completed_at)
    SELECT :tenant, g.id, g.learner_id, g.classroom_id, :kind, g.state,
           ARRAY(SELECT jsonb_array_elements_text(g.skills -> 'ids')::uuid), g.started_at, g.completed_at
    FROM unnest(:ids::uuid[], :learners::uuid[], :classrooms::uuid[], :states::text[], :skills::jsonb[],
                :starts::timestamptz[], :ends::timestamptz[])
      AS g(id, learner_id, classroom_id, state, skills, started_at, completed_at)
""")
_LEARNERS = sql("SELECT id FROM learner ORDER BY id")
_ITEMS = sql("SELECT id FROM item ORDER BY id")
_SESSIONS = sql("SELECT id FROM practice_session ORDER BY id LIMIT :sessions")


class Placed(NamedTuple):
    """The ids of the school's learners, items and sessions, in the order of the simulation."""

    learners: Sequence[uuid.UUID]
    items: Sequence[uuid.UUID]
    sessions: Sequence[uuid.UUID]


async def place_school(
    work: UnitOfWork,
    school: School,
    simulation: Simulation,
    references: Mapping[int, float],
    password_hash: str,
) -> Placed:
    """Found the organization and all that stands in it before the first attempt.

    `references` are difficulties of skills, by index, in logits. All accounts share one password.
    """
    await found_organization(work, school.name, TIME_ZONE)
    began = work.now - timedelta(days=DAYS + 1)
    users = await _place_people(work, school, password_hash)
    classrooms = [await roster.create_classroom(work, each.name, began) for each in school.classes]
    await work.execute(_TEACH, tenant=work.tenant, ids=classrooms, user_id=users[1], at=began)
    learners = [new_id() for _ in school.learners]
    names = {i: each.account.name for i, each in zip(learners, school.learners, strict=True)}
    await roster.create_learners(work, names, dict(zip(learners, users[2:], strict=True)))
    classes = [classrooms[each.class_index] for each in school.learners]
    for classroom in classrooms:
        enrolled = [learner for learner, of in zip(learners, classes, strict=True) if of == classroom]
        await roster.enroll(work, classroom, enrolled, began)
    skills = await _place_skills(work, school, references)
    await _place_course(work, school, skills)
    items = await _place_items(work, school, skills, users[0], began)
    sessions = await _place_sessions(work, school, simulation, learners, classes, skills)
    return Placed(learners, items, sessions)


async def placed_school(work: UnitOfWork, sessions: int) -> Placed:
    """The ids of a school that was placed before; its first so many sessions are the simulated ones."""
    return Placed(
        [row.id for row in await work.fetch(_LEARNERS)],
        [row.id for row in await work.fetch(_ITEMS)],
        [row.id for row in await work.fetch(_SESSIONS, sessions=sessions)],
    )


async def _place_people(work: UnitOfWork, school: School, password_hash: str) -> list[uuid.UUID]:
    """Make the accounts of admin, teacher and learners, in this order."""
    people: list[tuple[Account, Role]] = [
        (school.admin, Role.ORGANIZATION_ADMIN),
        (school.teacher, Role.TEACHER),
        *((each.account, Role.LEARNER) for each in school.learners),
    ]
    ids = [new_id() for _ in people]
    await work.execute(
        _CREATE_ACCOUNTS,
        ids=ids,
        emails=[account.email for account, _ in people],
        names=[account.name for account, _ in people],
        hash=password_hash,
        now=work.now,
    )
    roles = [role for _, role in people]
    await work.execute(_ADD_MEMBERS, tenant=work.tenant, ids=ids, roles=roles, now=work.now)
    return ids


async def _place_skills(work: UnitOfWork, school: School, references: Mapping[int, float]) -> list[uuid.UUID]:
    ids = {skill.code: new_id() for skill in school.skills}
    await item_bank.create_skills(
        work,
        [
            item_bank.NewSkill(ids[skill.code], skill.code, skill.name, SUBJECT, references.get(index, 0.0))
            for index, skill in enumerate(school.skills)
        ],
    )
    await item_bank.create_prerequisites(
        work, [(ids[skill.code], ids[code]) for skill in school.skills for code in skill.prerequisites]
    )
    return list(ids.values())


async def _place_course(work: UnitOfWork, school: School, skills: Sequence[uuid.UUID]) -> None:
    """One course, with a module for each school year."""
    course_id = await courses.create_course(work, ANONYMOUS, COURSE, SUBJECT)
    for grade in sorted({skill.grade for skill in school.skills}):
        taught = [
            skill_id for skill, skill_id in zip(school.skills, skills, strict=True) if skill.grade == grade
        ]
        await courses.create_module(work, ANONYMOUS, course_id, f"Grade {grade}", None, taught)


async def _place_items(
    work: UnitOfWork, school: School, skills: Sequence[uuid.UUID], author: uuid.UUID, at: datetime
) -> list[uuid.UUID]:
    items = [
        item_bank.NewItem(new_id(), each.kind, each.content, each.answer_key, [skills[each.skill_index]])
        for each in school.items
    ]
    await item_bank.create_items(work, items, at, author)
    return [item.id for item in items]


async def _place_sessions(
    work: UnitOfWork,
    school: School,
    simulation: Simulation,
    learners: Sequence[uuid.UUID],
    classes: Sequence[uuid.UUID],
    skills: Sequence[uuid.UUID],
) -> list[uuid.UUID]:
    ids = [new_id() for _ in simulation.sessions]
    asked: list[Counter[int]] = [Counter() for _ in ids]
    for answer in simulation.answers:
        asked[answer.session_index][school.items[answer.item_index].skill_index] += 1
    bank = Counter(item.skill_index for item in school.items)

    def practised(counts: Counter[int]) -> list[str]:
        # What has items left comes first: who is still at it has something to go on with.
        most = sorted(counts, key=lambda index: (counts[index] == bank[index], -counts[index]))
        return [skills[index].hex for index in most[:MOST_SKILLS_OF_SESSION]]

    ended = [each.completed_at is not None for each in simulation.sessions]
    await work.execute(
        _START_SESSIONS,
        tenant=work.tenant,
        kind=SessionKind.PRACTICE.value,
        ids=ids,
        learners=[learners[each.learner_index] for each in simulation.sessions],
        classrooms=[classes[each.learner_index] for each in simulation.sessions],
        states=[(SessionState.COMPLETED if each else SessionState.ACTIVE).value for each in ended],
        skills=[{"ids": practised(counts)} for counts in asked],
        starts=[each.started_at for each in simulation.sessions],
        ends=[each.completed_at for each in simulation.sessions],
    )
    return ids
