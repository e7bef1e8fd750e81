"""A school for the walker: a learner with something of everything, and those who may and may not see it."""

from typing import Any

from tests.access.walker import World
from tests.client import Client, School, sign_in

NOBODY = "0" * 32
SKILL = "skill { id }"
ITEM: dict[str, Any] = {
    "kind": "MULTIPLE_CHOICE",
    "content": {"stem": "2 + 2?", "choices": [{"id": "a", "text": "4"}, {"id": "b", "text": "5"}]},
    "answerKey": {"correctChoiceIds": ["a"]},
}
CLOZE: dict[str, Any] = {
    "kind": "CLOZE",
    "content": {
        "stem": "2 + [1] = 4",
        "gaps": [
            {"id": "1", "label": "what?", "choices": [{"id": "a", "text": "2"}, {"id": "b", "text": "3"}]}
        ],
    },
    "answerKey": {"gaps": [{"gapId": "1", "accepted": ["2"]}]},
}


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
    session_to_see, session_to_end = await _signed_in_elsewhere(learner)
    practised = await _practised(school, learner, own["id"])
    asked, exam = await _exam(own_teacher, learner, own["id"], practised["Skill"])
    objects = {
        "User": learner.user_id,
        "Organization": school.organization_id,
        "Classroom": own["id"],
        "Learner": learner.learner_id,
        "Leaderboard": own["id"].replace("cls_", "lbd_") + "_WEEK_SCORE",
        **practised,
        **await _course(school.admin, practised["Skill"]),
        **exam,
        "SignInSession": session_to_see,
        "Job": await _job(school.admin),
    }
    arguments = {
        "ids": f'["{learner.learner_id}"]',
        "scopeId": f'"{own["id"]}"',
        "document": '"{ nothing }"',
        "goalSkillId": f'"{objects["Skill"]}"',
        "learnerId": f'"{learner.learner_id}"',
        "examId": f'"{objects["Exam"]}"',
        "sittingId": f'"{objects["ExamSitting"]}"',
        "classroomId": f'"{own["id"]}"',
        "JobProgressEvent.id": f'"{objects["Job"]}"',
        "time": '"2026-01-01T00:00:00Z"',
        "version": "1",
        **{f"{name}.id": f'"{public_id}"' for name, public_id in objects.items()},
        "id": f'"{learner.learner_id}"',
    }
    spare = await school.classroom("old", own_teacher)
    mutations = {
        **_mutations(own["id"], spare["id"], own_teacher.user_id, objects),
        **_exam_mutations(objects, asked),
        "startVerification": ("StartVerificationInput", {}),
        "cancelJob": ("CancelJobInput", {"jobId": objects["Job"]}),
        "revokeSignInSession": ("RevokeSignInSessionInput", {"signInSessionId": session_to_end}),
        "unenrollLearner": ("UnenrollLearnerInput", await _enrolled(own_teacher, spare["id"])),
        **await _of_members(school),
    }
    return World(people, objects, arguments, mutations)


async def _job(admin: Client) -> str:
    """A job that the admin asked for; no worker takes it here."""
    job: str = (await admin.do("startVerification", {}, "job { id }"))["job"]["id"]
    return job


async def _enrolled(teacher: Client, classroom_id: str) -> dict[str, str]:
    """A class and a learner of it who may leave."""
    given = {"classroomId": classroom_id, "learners": [{"displayName": "Dora"}]}
    payload = await teacher.do("enrollLearners", given, "results { learner { id } }")
    return {"classroomId": classroom_id, "learnerId": payload["results"][0]["learner"]["id"]}


async def _of_members(school: School) -> dict[str, tuple[str, dict[str, Any]]]:
    """What to send to change members: about two teachers who are there for that."""
    changed, removed = await school.teacher("Sam"), await school.teacher("Kim")
    return {
        "addMember": ("AddMemberInput", {"email": "x", "roles": ["TEACHER"]}),
        "setMemberRoles": ("SetMemberRolesInput", {"userId": changed.user_id, "roles": ["GUARDIAN"]}),
        "removeMember": ("RemoveMemberInput", {"userId": removed.user_id}),
    }


async def _signed_in_elsewhere(learner: Client) -> tuple[str, str]:
    """Two more sign-ins of the learner: one to look at, one to end."""
    email = (await learner.ask("{ viewer { user { email } } }"))["viewer"]["user"]["email"]
    for _ in range(2):
        await sign_in(learner, email)
    data = await learner.ask("{ viewer { signInSessions { nodes { id current } } } }")
    sessions = data["viewer"]["signInSessions"]["nodes"]
    to_end, to_see = [each["id"] for each in sessions if not each["current"]]
    return to_see, to_end


async def _practised(school: School, learner: Client, classroom_id: str) -> dict[str, str]:
    """Skills, items, a session and attempts of the learner, and what the consumers make of them."""
    staff = school.admin
    first = (await staff.do("createSkill", {"code": "add", "name": "Add"}, SKILL))["skill"]["id"]
    given = {"code": "times", "name": "Multiply", "prerequisiteIds": [first]}
    second = (await staff.do("createSkill", given, SKILL))["skill"]["id"]
    items = []
    for kind in (ITEM, CLOZE, ITEM, ITEM):
        payload = await staff.do("createItem", {**kind, "skillIds": [first]}, "item { id }")
        items.append(payload["item"]["id"])
    payload = await staff.do("createItem", {**ITEM, "skillIds": [second]}, "item { id }")
    session = (
        await learner.do(
            "startPracticeSession", {"skillIds": [first], "classroomId": classroom_id}, "session { id }"
        )
    )["session"]["id"]
    attempts = []
    wrong, right = {"choiceIds": ["b"]}, {"gaps": [{"gapId": "1", "text": "2"}]}
    for item, response in ((items[0], wrong), (items[2], wrong), (items[1], right)):
        answer = {"sessionId": session, "itemId": item, "response": response, "durationMs": 9000}
        recorded = await learner.do(
            "recordAttempt", answer, "attempt { id masteryChanges { mastery { id } } }"
        )
        attempts.append(recorded["attempt"])
    await school.settled(learner)
    data = await learner.ask("{ viewer { learner { recommendations { id } } } }")
    return {
        "Skill": second,
        "Item": items[1],
        "PracticeSession": session,
        "Attempt": attempts[-1]["id"],
        "Mastery": attempts[-1]["masteryChanges"][0]["mastery"]["id"],
        "Recommendation": data["viewer"]["learner"]["recommendations"][0]["id"],
    }


async def _course(staff: Client, skill_id: str) -> dict[str, str]:
    """A course of one module, which teaches the skill."""
    made = await staff.do("createCourse", {"name": "Arithmetic", "subject": "Mathematics"}, "course { id }")
    given = {"courseId": made["course"]["id"], "name": "Products", "skillIds": [skill_id]}
    module = await staff.do("createModule", given, "module { id }")
    return {"Course": made["course"]["id"], "Module": module["module"]["id"]}


async def _exam(
    teacher: Client, learner: Client, classroom_id: str, skill_id: str
) -> tuple[str, dict[str, str]]:
    """An exam that the learner has sat, with a raised hand, a message and a result that is released.

    What it asks, which learners see nowhere else, and its objects.
    """
    item = await teacher.do("createItem", {**CLOZE, "skillIds": [skill_id]}, "item { id }")
    item_id = item["item"]["id"]
    extra = {"learnerId": learner.learner_id, "extraTimePercent": 25}
    await teacher.do("setAccommodation", extra, "extraTimePercent")
    sections = [{"title": "All", "itemCount": 1, "durationSeconds": 600}]
    form = {"title": "Sums", "itemIds": [item_id], "durationSeconds": 600, "releasePolicy": "AT_SUBMISSION",
            "sections": sections, "attemptsAllowed": 2}  # fmt: skip
    assessment = (await teacher.do("createAssessment", form, "assessment { id }"))["assessment"]["id"]
    given = {"assessmentId": assessment, "classroomId": classroom_id}
    exam = (await teacher.do("openExam", given, "exam { id }"))["exam"]["id"]
    sitting = (await learner.do("joinExam", {"examId": exam}, "sitting { id }"))["sitting"]["id"]
    right = {"gaps": [{"gapId": "1", "text": "2"}]}
    answer = {"sittingId": sitting, "itemId": item_id, "response": right, "sequence": 1}
    await learner.do("saveExamAnswer", answer, "savedSequence")
    signals = {"sittingId": sitting, "signals": [{"kind": "HAND_RAISED", "sequence": 1}]}
    await learner.do("reportExamSignals", signals, "serverTime")
    message = {"examId": exam, "target": {"everyone": True}, "text": "Five minutes left."}
    action = (await teacher.do("messageExamLearners", message, "action { id }"))["action"]["id"]
    await learner.do("submitExam", {"sittingId": sitting}, "sitting { id }")
    incidents = await teacher.ask(
        "query($id: ID!) { examSitting(id: $id) { incidents { nodes { id } } } }", id=sitting
    )
    return item_id, {
        "Assessment": assessment,
        "Exam": exam,
        "ExamSitting": sitting,
        "ExamAction": action,
        "ExamIncident": incidents["examSitting"]["incidents"]["nodes"][0]["id"],
    }


def _exam_mutations(objects: dict[str, str], asked: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """What to send about the exam: acts come too late for the learner, who has submitted."""
    exam, sitting, incident = objects["Exam"], objects["ExamSitting"], objects["ExamIncident"]
    target = {"examId": exam, "target": {"sittingIds": [sitting]}}
    answer = {"sittingId": sitting, "itemId": asked, "sequence": 1,
              "response": {"gaps": [{"gapId": "1", "text": "2"}]}}  # fmt: skip
    form = {"title": "", "itemIds": [], "durationSeconds": 600}
    opening = {"assessmentId": objects["Assessment"], "classroomId": objects["Classroom"]}
    return {
        "createAssessment": ("CreateAssessmentInput", form),
        "regradeExam": ("RegradeExamInput", {"examId": exam, "itemIds": [asked]}),
        "retireAssessment": ("RetireAssessmentInput", {"assessmentId": objects["Assessment"]}),
        "openExam": ("OpenExamInput", {**opening, "closesAt": "2026-01-01T00:00:00Z"}),
        "releaseExam": ("ReleaseExamInput", {"examId": exam}),
        "setAccommodation": (
            "SetAccommodationInput",
            {"learnerId": objects["Learner"], "extraTimePercent": 999},
        ),
        "joinExam": ("JoinExamInput", {"examId": exam}),
        "saveExamAnswer": ("SaveExamAnswerInput", answer),
        "reportExamSignals": ("ReportExamSignalsInput", {"sittingId": sitting, "signals": []}),
        "acknowledgeExamAction": (
            "AcknowledgeExamActionInput",
            {"sittingId": sitting, "actionId": objects["ExamAction"]},
        ),
        "submitExam": ("SubmitExamInput", {"sittingId": sitting}),
        "extendExamTime": ("ExtendExamTimeInput", {**target, "seconds": 60}),
        "messageExamLearners": ("MessageExamLearnersInput", {**target, "text": "Hello."}),
        "pauseExam": ("ExamActionInput", target),
        "resumeExam": ("ExamActionInput", target),
        "unlockExam": ("ExamActionInput", target),
        "forceSubmitExam": ("ExamActionInput", target),
        "undoExamAction": ("UndoExamActionInput", {"actionId": objects["ExamAction"]}),
        "claimRaisedHand": ("ClaimRaisedHandInput", {"incidentId": incident}),
        "dismissExamIncident": ("DismissExamIncidentInput", {"incidentId": incident}),
        "closeExam": ("CloseExamInput", {"examId": exam}),
    }


def _mutations(
    own: str, spare: str, teacher: str, objects: dict[str, str]
) -> dict[str, tuple[str, dict[str, Any]]]:
    """What to send to each mutation: harmless to send again, and about the learner called self."""
    session, item, skill = objects["PracticeSession"], objects["Item"], objects["Skill"]
    answer = {"sessionId": session, "itemId": item, "response": {"gaps": [{"gapId": "1", "text": "2"}]}}
    return {
        "signUp": ("SignUpInput", {"email": "x", "password": "x", "displayName": "x"}),
        "signIn": ("SignInInput", {"email": "x", "password": "x"}),
        "refreshTokens": ("RefreshTokensInput", {"refreshToken": "x"}),
        "updateOrganization": ("UpdateOrganizationInput", {}),
        "createClassroom": ("CreateClassroomInput", {"name": "new"}),
        "archiveClassroom": ("ArchiveClassroomInput", {"classroomId": spare}),
        "updateClassroom": ("UpdateClassroomInput", {"classroomId": own, "name": "7A"}),
        "renewJoinCode": ("RenewJoinCodeInput", {"classroomId": own}),
        "updateLearner": ("UpdateLearnerInput", {"learnerId": objects["Learner"], "alias": "Calm otter 41"}),
        "joinClassroom": ("JoinClassroomInput", {"joinCode": "AAAA-AAAA"}),
        "enrollLearners": ("EnrollLearnersInput", {"classroomId": own, "learners": []}),
        "addClassroomTeacher": ("ClassroomTeacherInput", {"classroomId": own, "userId": teacher}),
        "removeClassroomTeacher": ("ClassroomTeacherInput", {"classroomId": own, "userId": f"usr_{NOBODY}"}),
        "createSkill": ("CreateSkillInput", {"code": "add", "name": "Add"}),
        "updateSkill": ("UpdateSkillInput", {"skillId": skill, "name": "Multiply"}),
        "setSkillPrerequisites": (
            "SetSkillPrerequisitesInput",
            {"skillId": skill, "prerequisiteIds": [skill]},
        ),
        "importSkillGraph": ("ImportSkillGraphInput", {"skills": [], "prerequisites": []}),
        "createCourse": ("CreateCourseInput", {"name": "new"}),
        "updateCourse": ("UpdateCourseInput", {"courseId": objects["Course"], "name": "Arithmetic"}),
        "createModule": ("CreateModuleInput", {"courseId": objects["Course"], "name": "new"}),
        "updateModule": ("UpdateModuleInput", {"moduleId": objects["Module"], "position": 1}),
        "createItem": ("CreateItemInput", {**ITEM, "skillIds": []}),
        "updateItem": ("UpdateItemInput", {"itemId": item, "expectedVersion": 99}),
        "retireItem": ("RetireItemInput", {"itemId": item}),
        "unretireItem": ("UnretireItemInput", {"itemId": item}),
        "restoreItemVersion": ("RestoreItemVersionInput", {"itemId": item, "version": 1}),
        "startPracticeSession": ("StartPracticeSessionInput", {"skillIds": [skill], "classroomId": own}),
        "pausePracticeSession": ("PracticeSessionInput", {"sessionId": session}),
        "resumePracticeSession": ("PracticeSessionInput", {"sessionId": session}),
        "recordAttempt": ("RecordAttemptInput", answer),
        "recordAttempts": ("RecordAttemptsInput", {"attempts": [answer]}),
        "completePracticeSession": ("PracticeSessionInput", {"sessionId": session}),
        "answerRecommendation": (
            "AnswerRecommendationInput",
            {"recommendationId": objects["Recommendation"], "answer": "DISMISSED"},
        ),
    }
