"""A school for the walker: a learner with something of everything, and those who may and may not see it."""

from tests.access.walker import World
from tests.client import Client, School


async def make_world(school: School, anonymous: Client) -> World:
    """Two classes with a teacher each; the learner called self has practised in the first."""
    own_teacher, other_teacher = await school.teacher("Grace"), await school.teacher("Tim")
    own = await school.classroom("7A", own_teacher)
    other = await school.classroom("7B", other_teacher)
    learner = await school.learner(own, "Ada")
    people = {
        "anonymous": anonymous,
        "self": learner,
        "classmate": await school.learner(own, "Ben"),
        "other class": await school.learner(other, "Cleo"),
        "own teacher": own_teacher,
        "other teacher": other_teacher,
        "admin": school.admin,
        "other organization": (await School.found(anonymous, school.runtime)).admin,
    }
    objects = {
        "User": learner.user_id,
        "Organization": school.organization_id,
        "Classroom": own["id"],
        "Learner": learner.learner_id,
    }
    arguments = {
        "id": f'"{learner.learner_id}"',
        "ids": f'["{learner.learner_id}"]',
        "Classroom.id": f'"{own["id"]}"',
        "scopeId": f'"{own["id"]}"',
    }
    nothing = "0" * 32
    mutations = {
        "signUp": {"email": "x", "password": "x", "displayName": "x"},
        "signIn": {"email": "x", "password": "x"},
        "refreshTokens": {"refreshToken": "x"},
        "createClassroom": {"name": "new"},
        "archiveClassroom": {"classroomId": (await school.classroom("old", own_teacher))["id"]},
        "joinClassroom": {"joinCode": "AAAA-AAAA"},
        "enrollLearners": {"classroomId": own["id"], "learners": []},
        "addClassroomTeacher": {
            "__type": "ClassroomTeacherInput", "classroomId": own["id"], "userId": own_teacher.user_id
        },
        "removeClassroomTeacher": {
            "__type": "ClassroomTeacherInput", "classroomId": own["id"], "userId": f"usr_{nothing}"
        },
    }  # fmt: skip
    return World(people, objects, arguments, mutations)
