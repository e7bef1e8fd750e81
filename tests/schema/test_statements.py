"""How many statements a document sends: as many as it has levels, however many rows they hold."""

import uuid
from datetime import timedelta

from app.content.kinds import ItemKind
from app.kit import ids
from app.kit.database import UnitOfWork
from app.kit.ids import new_id
from app.kit.metrics import STATEMENTS
from app.kit.statements import sql
from app.operations.item_bank import NewItem, NewSkill, create_items, create_skills
from app.practice.attempt_writer import record_bulk
from app.practice.folding import NewAttempt
from tests.client import Client, School

DASHBOARD = """query($id: ID!) {
  classroom(id: $id) { name learners(first: 30) { totalCount nodes {
    displayName
    mastery(first: 40) { nodes { probability level skill { name } } }
    practiceSessions(first: 1) { nodes { state startedAt nextItem { stem } } }
  } } }
  skills(first: 100) { nodes { name prerequisites { name } } }
}"""
SESSION = sql("""
    INSERT INTO practice_session
      (organization_id, id, learner_id, kind, state, skill_ids, started_at, next_item_id)
    VALUES (:tenant, :id, :learner_id, 'PRACTICE', 'ACTIVE', '{}', :now, :item_id)
""")


async def _class_of(school: School, size: int, skill_count: int) -> str:
    """A class whose learners have practised each skill once and have a session under way."""
    classroom = await school.classroom(f"class of {size}")
    names = [{"displayName": f"Learner {number:02}"} for number in range(size)]
    payload = await school.admin.do(
        "enrollLearners", {"classroomId": classroom["id"], "learners": names}, "results { learner { id } }"
    )
    learners = [uuid.UUID(result["learner"]["id"][4:]) for result in payload["results"]]
    organization = ids.decode(school.organization_id)
    assert organization is not None
    async with school.runtime.database.unit_of_work(organization[1]) as work:
        await _practise(work, learners, f"{size}-", skill_count)
    found: str = classroom["id"]
    return found


async def _practise(work: UnitOfWork, learners: list[uuid.UUID], prefix: str, skill_count: int) -> None:
    skills = [NewSkill(new_id(), f"{prefix}{number}", f"Skill {number}") for number in range(skill_count)]
    await create_skills(work, skills)
    items = [
        NewItem(new_id(), ItemKind.NUMERIC, {"stem": "1 + 1"}, {"value": 2, "tolerance": 0}, [skill.id])
        for skill in skills
    ]
    await create_items(work, items, work.now)
    await record_bulk(
        work,
        [
            NewAttempt(learner, item.id, 1, 1.0, True, work.now - timedelta(minutes=5))
            for learner in learners
            for item in items
        ],
    )
    for learner in learners:
        await work.execute(
            SESSION, tenant=work.tenant, id=new_id(), learner_id=learner, now=work.now, item_id=items[0].id
        )


async def _statements(person: Client, classroom_id: str) -> tuple[int, int]:
    before = STATEMENTS._value.get()
    data = await person.ask(DASHBOARD, id=classroom_id)
    masteries = sum(len(each["mastery"]["nodes"]) for each in data["classroom"]["learners"]["nodes"])
    return int(STATEMENTS._value.get() - before), masteries


async def test_a_class_of_30_takes_as_many_statements_as_a_class_of_3(school: School) -> None:
    small, large = await _class_of(school, 3, 2), await _class_of(school, 30, 40)

    few, few_masteries = await _statements(school.admin, small)
    many, many_masteries = await _statements(school.admin, large)

    assert (few_masteries, many_masteries) == (6, 1200)
    assert many == few
    # Class, learners, their count, mastery with its skills, sessions, next items; all skills, prerequisites.
    assert many == 8


async def test_the_checks_of_a_teacher_cost_as_many_statements_for_30_as_for_3(school: School) -> None:
    teacher = await school.teacher()
    counts = []
    for size in (3, 30):
        classroom_id = await _class_of(school, size, 2)
        given = {"classroomId": classroom_id, "userId": teacher.user_id}
        query = (
            "mutation($i: ClassroomTeacherInput!) { addClassroomTeacher(input: $i) { userErrors { code } } }"
        )
        await school.admin.ask(query, i=given)
        counts.append(await _statements(teacher, classroom_id))
    assert [count for count, _ in counts] == [counts[0][0]] * 2
    assert [masteries for _, masteries in counts] == [6, 60]
