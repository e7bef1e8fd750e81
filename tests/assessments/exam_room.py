"""An exam room: a class, its learners, an assessment of numeric items that want 5, and an exam of it."""

from dataclasses import dataclass, field
from typing import Any

from tests.client import Client, School
from tests.mastery.curriculum import new_item, new_skill, tenant_of

SITTING = """id state presence currentItemNumber answeredCount itemCount endsAt timeLeftWhenPausedSeconds
  baseTimeSeconds accommodationSeconds extendedSeconds openIncidentCount attemptNumber concern
  learner { id displayName }"""
ANSWERS = "answers { sequence item { id } response { number } }"
ACTION = """id kind at seconds text everyone undoableUntil undoneAt
  acknowledgements { sitting { id } deliveredAt seenAt }"""
WARNINGS = "warnings { kind sittingCount latestEnd }"
MINUTES = 60
INPUTS = {"extendExamTime": "ExtendExamTimeInput", "messageExamLearners": "MessageExamLearnersInput"}


@dataclass
class Desk:
    """A learner in the exam, at one device."""

    learner: Client
    exam_id: str
    items: list[str]
    device: str | None = "laptop"
    sitting_id: str = ""
    sequence: int = 1

    async def join(self, selection: str = SITTING) -> dict[str, Any]:
        """Join from this device; the sitting."""
        given = {"examId": self.exam_id, "deviceId": self.device}
        payload = await self.learner.do("joinExam", given, f"nextSequence sitting {{ {selection} id }}")
        self.sitting_id, self.sequence = payload["sitting"]["id"], payload["nextSequence"]
        sitting: dict[str, Any] = payload["sitting"]
        return sitting

    async def refused_to_join(self) -> tuple[str, str | None, list[str]]:
        """Join where that must be refused: code, reason, path."""
        given = {"examId": self.exam_id, "deviceId": self.device}
        return refusal(await self.learner.attempt("joinExam", given, "sitting { id }"), "sitting")

    def answer(self, item: int = 0, number: float = 5, sequence: int | None = None) -> dict[str, Any]:
        """The input of an answer."""
        return {
            "sittingId": self.sitting_id, "deviceId": self.device, "itemId": self.items[item],
            "response": {"number": number}, "sequence": self.sequence if sequence is None else sequence,
        }  # fmt: skip

    async def save(self, item: int = 0, number: float = 5, selection: str = SITTING) -> dict[str, Any]:
        """Save the next answer; the sitting."""
        payload = await self.learner.do(
            "saveExamAnswer", self.answer(item, number), f"savedSequence sitting {{ {selection} }}"
        )
        assert payload["savedSequence"] == self.sequence
        self.sequence += 1
        sitting: dict[str, Any] = payload["sitting"]
        return sitting

    async def refused(self, given: dict[str, Any]) -> tuple[str, str | None, list[str]]:
        """Save an answer that must be refused: code, reason, path."""
        payload = await self.learner.attempt("saveExamAnswer", given, "savedSequence sitting { id }")
        assert payload["savedSequence"] is None
        return refusal(payload, "sitting")

    async def submit(self) -> dict[str, Any]:
        """Submit; the sitting."""
        payload = await self.learner.do(
            "submitExam", {"sittingId": self.sitting_id}, f"sitting {{ {SITTING} }}"
        )
        sitting: dict[str, Any] = payload["sitting"]
        return sitting

    async def signal(self, kind: str = "HEARTBEAT", sequence: int = 1, **more: Any) -> dict[str, Any]:
        """Report one signal; the payload."""
        given = {"sittingId": self.sitting_id, "signals": [{"kind": kind, "sequence": sequence, **more}]}
        return await self.learner.attempt("reportExamSignals", given, "serverTime endsAt")

    async def look(self, selection: str = SITTING, by: Client | None = None) -> dict[str, Any]:
        """The sitting as it is read."""
        query = f"query($id: ID!) {{ examSitting(id: $id) {{ {selection} }} }}"
        sitting: dict[str, Any] = (await (by or self.learner).ask(query, id=self.sitting_id))["examSitting"]
        return sitting

    async def answers(self) -> list[tuple[int, int, float]]:
        """What the server holds: number, item's place in the assessment, value."""
        found = (await self.look(ANSWERS))["answers"]
        return [
            (each["sequence"], self.items.index(each["item"]["id"]), each["response"]["number"])
            for each in found
        ]


@dataclass
class ExamRoom:
    """The school's admin teaches the class and opens the exam."""

    school: School
    classroom: dict[str, Any]
    items: list[str]
    learners: list[Client]
    skills: list[str]
    assessment_id: str = ""
    exam_id: str = ""
    opened: dict[str, Any] = field(default_factory=dict)

    @classmethod
    async def prepare(
        cls, school: School, *names: str, items: int = 4, seconds: int = 60 * MINUTES, **form: Any
    ) -> "ExamRoom":
        """A class of these learners, and an assessment; the items ask for two skills in turn."""
        classroom = await school.classroom()
        learners = [await school.learner(classroom, name) for name in names]
        async with school.runtime.database.unit_of_work(tenant_of(school)) as work:
            skills = [await new_skill(work, "add"), await new_skill(work, "subtract")]
            made = [await new_item(work, [skills[number % 2]]) for number in range(items)]
        item_ids = [f"itm_{each.hex}" for each in made]
        room = cls(school, classroom, item_ids, learners, [f"skl_{each.hex}" for each in skills])
        given = {"title": "Sums", "itemIds": item_ids, "durationSeconds": seconds, **form}
        payload = await school.admin.do("createAssessment", given, "assessment { id }")
        room.assessment_id = payload["assessment"]["id"]
        return room

    @classmethod
    async def open(cls, school: School, *names: str, seconds: int = 60 * MINUTES, **form: Any) -> "ExamRoom":
        """The same, with the exam opened at once."""
        room = await cls.prepare(school, *names, seconds=seconds, **form)
        await room.open_exam()
        return room

    async def open_exam(self, **more: Any) -> dict[str, Any]:
        """Open an exam for the class; the payload."""
        given = {"assessmentId": self.assessment_id, "classroomId": self.classroom["id"], **more}
        self.opened = await self.teacher.do(
            "openExam", given, f"exam {{ id state opensAt closesAt }} {WARNINGS}"
        )
        self.exam_id = self.opened["exam"]["id"]
        return self.opened

    @property
    def teacher(self) -> Client:
        """Who teaches the class."""
        return self.school.admin

    def desk(self, place: int = 0, device: str | None = "laptop") -> Desk:
        """A learner's desk; not joined yet."""
        return Desk(self.learners[place], self.exam_id, self.items, device)

    async def desks(self) -> list[Desk]:
        """All learners' desks, joined."""
        found = [self.desk(place) for place in range(len(self.learners))]
        for desk in found:
            await desk.join()
        return found

    async def act(self, mutation: str, *desks: Desk, **more: Any) -> dict[str, Any]:
        """An act on these desks, or on everyone; the payload."""
        payload = await self.attempt(mutation, *desks, **more)
        assert payload["userErrors"] == []
        return payload

    async def refused(self, mutation: str, *desks: Desk, **more: Any) -> tuple[str, str | None, list[str]]:
        """An act that must be refused."""
        return refusal(await self.attempt(mutation, *desks, **more), "action")

    async def attempt(self, mutation: str, *desks: Desk, **more: Any) -> dict[str, Any]:
        """An act on these desks, or on everyone; the payload with `userErrors`."""
        kind = INPUTS.get(mutation, "ExamActionInput")
        query = (
            f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ action {{ {ACTION} }} {WARNINGS} "
            "userErrors { code reason path message } } }"
        )
        data = await self.teacher.ask(query, input=self.target(*desks, **more))
        payload: dict[str, Any] = data[mutation]
        return payload

    def target(self, *desks: Desk, **more: Any) -> dict[str, Any]:
        """The input of an act on these desks, or on everyone."""
        target = {"sittingIds": [each.sitting_id for each in desks]} if desks else {"everyone": True}
        return {"examId": self.exam_id, "target": target, **more}

    async def exam(self, selection: str = "state", by: Client | None = None) -> dict[str, Any]:
        """The exam as it is read."""
        query = f"query($id: ID!) {{ exam(id: $id) {{ {selection} }} }}"
        exam: dict[str, Any] = (await (by or self.teacher).ask(query, id=self.exam_id))["exam"]
        return exam


def refusal(payload: dict[str, Any], empty: str) -> tuple[str, str | None, list[str]]:
    """Code, reason and path of the one error; what the payload would hold is null."""
    assert payload[empty] is None
    (error,) = payload["userErrors"]
    return error["code"], error["reason"], error["path"]


async def exam_by_the_graph(
    teacher: Client, classroom_id: str, items: int = 1, **opening: Any
) -> tuple[str, list[str]]:
    """An exam of new items that want 5, made by nothing but the graph; its id and the items'."""
    code = f"skill-{classroom_id[-8:]}"
    skill = (await teacher.do("createSkill", {"code": code, "name": "Add"}, "skill { id }"))["skill"]["id"]
    item = {"kind": "NUMERIC", "content": {"stem": "2 + 3"}, "answerKey": {"value": 5}, "skillIds": [skill]}
    made = [(await teacher.do("createItem", item, "item { id }"))["item"]["id"] for _ in range(items)]
    form = {"title": "Sums", "itemIds": made, "durationSeconds": 600}
    assessment = (await teacher.do("createAssessment", form, "assessment { id }"))["assessment"]["id"]
    given = {"assessmentId": assessment, "classroomId": classroom_id, **opening}
    exam: str = (await teacher.do("openExam", given, "exam { id }"))["exam"]["id"]
    return exam, made
