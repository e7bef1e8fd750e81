"""Those who write while servers come and go: they send again what was not acknowledged, until it is."""

import asyncio
import itertools
import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.http_client import Connection, Refused, request
from bench.school import PASSWORD

ANSWER_SECONDS = 15.0
GIVE_UP_SECONDS = 300.0
RENEW_SECONDS = 1_500.0
"""After so long a person gets another token: they last an hour at most, and a run may last longer."""
_AGAIN = frozenset({"UNAVAILABLE", "TIMEOUT", "CONFLICT"})
_numbers = itertools.count(1)
SIGN_UP = """mutation($input: SignUpInput!) { signUp(input: $input) {
  accessToken refreshToken viewer { user { id } learner { id } organization { id } }
  userErrors { message } } }"""
RENEW = """mutation($input: RefreshTokensInput!) { refreshTokens(input: $input) {
  accessToken refreshToken userErrors { message } } }"""
SAVE = """mutation($input: SaveExamAnswerInput!) { saveExamAnswer(input: $input) {
  savedSequence userErrors { code reason message } } }"""
SIGNAL = """mutation($input: ReportExamSignalsInput!) { reportExamSignals(input: $input) {
  serverTime userErrors { code message } } }"""
RECORD = """mutation($input: RecordAttemptInput!) { recordAttempt(input: $input) {
  attempt { id score answeredAt } userErrors { code message } } }"""
_ACT = (
    """mutation($input: {kind}!) {{ {verb}(input: $input) {{ action {{ id }} userErrors {{ message }} }} }}"""
)
_KINDS = {"extendExamTime": "ExtendExamTimeInput", "messageExamLearners": "MessageExamLearnersInput"}


class Person:
    """Somebody signed in, who asks whichever server answers."""

    def __init__(
        self, ports: Sequence[int], chance: random.Random, renew_every: float = RENEW_SECONDS
    ) -> None:
        self._ports = ports
        self._chance = chance
        self._renew_every = renew_every
        self._connection = Connection(chance.choice(ports))
        self._asking = asyncio.Lock()
        self.token: str | None = None
        self.learner_id = ""
        self.repeats = 0
        self._refresh_token = ""
        self._renew_at = math.inf

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The first field of the answer, one question at a time, each such that it may be asked twice.

        Refused, when it is.
        """
        async with self._asking:
            if time.monotonic() >= self._renew_at:
                await self._renew()
            return await self._ask(request(query, **variables))

    async def _renew(self) -> None:
        """Get another token, which whoever connects from now on has; the one before is good for a while."""
        self._connection.token = None
        self._take_tokens(await self._ask(request(RENEW, input={"refreshToken": self._refresh_token})))

    def _take_tokens(self, payload: dict[str, Any]) -> None:
        self.token = self._connection.token = payload["accessToken"]
        self._refresh_token = payload["refreshToken"]
        self._renew_at = time.monotonic() + self._renew_every

    async def _ask(self, body: bytes) -> dict[str, Any]:
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while True:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    answer = json.loads(await self._connection.post(body))
            except (OSError, EOFError, TimeoutError) as error:
                why: object = error
            else:
                errors = answer.get("errors")
                if not errors:
                    payload: dict[str, Any] = next(iter(answer["data"].values()))
                    if payload.get("userErrors"):
                        raise Refused(str(payload["userErrors"]))
                    return payload
                why = errors
                if errors[0].get("extensions", {}).get("code") not in _AGAIN:
                    raise Refused(str(errors))
            if time.monotonic() > deadline:
                raise Refused(f"no answer within {GIVE_UP_SECONDS:.0f} s: {why}")
            self.repeats += 1
            await self._elsewhere()

    async def do(self, mutation: str, given: dict[str, Any], selection: str) -> dict[str, Any]:
        """Run a mutation that bears to be sent twice; its payload."""
        name = mutation[0].upper() + mutation[1:]
        query = (
            f"mutation($input: {name}Input!) {{ {mutation}(input: $input) {{ {selection} "
            "userErrors { message } } }"
        )
        return await self.ask(query, input=given)

    async def sign_up(self, **given: Any) -> dict[str, Any]:
        """Sign up under a new address; the viewer."""
        email = f"person{next(_numbers)}@bench.example"
        values = {"email": email, "password": PASSWORD, "displayName": email.split("@")[0], **given}
        payload = await self.ask(SIGN_UP, input=values)
        self._take_tokens(payload)
        viewer: dict[str, Any] = payload["viewer"]
        self.learner_id = (viewer["learner"] or {}).get("id", "")
        return viewer

    async def close(self) -> None:
        """Close the connection; the next request opens another."""
        await self._connection.close()

    async def _elsewhere(self) -> None:
        await self._connection.close()
        await asyncio.sleep(0.05 + 0.1 * self._chance.random())
        self._connection = Connection(self._chance.choice(self._ports), self.token)


@dataclass(eq=False)
class Desk:
    """A learner who sits an exam at one device, with items that want 5."""

    person: Person
    exam_id: str
    items: list[str]
    sitting_id: str
    sequence: int = 0
    signals: int = 0
    answered_at: list[str] = field(default_factory=list)
    session_id: str = ""
    practised: list[str] = field(default_factory=list)

    async def join(self) -> int:
        """Begin, or go on; the number of the last answer that the server holds."""
        given = {"examId": self.exam_id, "deviceId": "laptop"}
        payload = await self.person.do("joinExam", given, "nextSequence sitting { id }")
        assert payload["sitting"]["id"] == self.sitting_id
        saved: int = payload["nextSequence"] - 1
        return saved

    async def save(self) -> None:
        """Save the next answer, until it is acknowledged."""
        number = self.sequence + 1
        given = {
            "sittingId": self.sitting_id, "deviceId": "laptop", "sequence": number,
            "itemId": self.items[number % len(self.items)], "response": {"number": number % 7},
        }  # fmt: skip
        payload = await self.person.ask(SAVE, input=given)
        assert payload["savedSequence"] == number
        self.sequence = number

    async def signal(self, kind: str) -> None:
        """Report a sign of the device."""
        self.signals += 1
        signals = [{"kind": kind, "sequence": self.signals}]
        await self.person.ask(SIGNAL, input={"sittingId": self.sitting_id, "signals": signals})

    async def practise(self, key: str, right: bool) -> None:
        """Answer an item in the open session, until it is acknowledged."""
        given = {
            "sessionId": self.session_id, "itemId": self.practised[len(self.answered_at) % 4],
            "response": {"number": 5 if right else 4},
            "durationMs": 5000, "idempotencyKey": key,
        }  # fmt: skip
        payload = await self.person.ask(RECORD, input=given)
        self.answered_at.append(payload["attempt"]["answeredAt"])


@dataclass
class Room:
    """A class with its teacher, who founded the school, and an open exam; some of the class are at desks."""

    teacher: Person
    classroom_id: str
    exam_id: str
    skill_id: str
    desks: list[Desk]
    sittings: list[str]

    async def act(self, verb: str, key: str, **more: Any) -> None:
        """Do something to everyone."""
        given = {"examId": self.exam_id, "target": {"everyone": True}, "idempotencyKey": key, **more}
        query = _ACT.format(verb=verb, kind=_KINDS.get(verb, "ExamActionInput"))
        await self.teacher.ask(query, input=given)


async def open_room(
    ports: Sequence[int],
    chance: random.Random,
    learners: int,
    items: int = 8,
    named: int = 0,
    renew_every: float = RENEW_SECONDS,
) -> Room:
    """Found a school with one class of these learners, and of others who are only named, and open an exam.

    Learners have accounts and have not joined; whoever joins is to be seen by the monitors for hours.
    """
    teacher = Person(ports, chance, renew_every)
    await teacher.sign_up(organizationName="Bench")

    room = (await teacher.do("createClassroom", {"name": "7A"}, "classroom { id joinCode }"))["classroom"]
    skill = (await teacher.do("createSkill", {"code": "add", "name": "Add"}, "skill { id }"))["skill"]["id"]
    made = await _items(teacher, skill, items)
    form = {"title": "Sums", "itemIds": made, "durationSeconds": 4 * 3600}
    assessment = (await teacher.do("createAssessment", form, "assessment { id }"))["assessment"]["id"]
    people = [Person(ports, chance, renew_every) for _ in range(learners)]
    await _all_sign_up(people, room["joinCode"])
    for begin in range(0, named, 250):
        names = [{"displayName": f"Learner {number:03}"} for number in range(begin, min(begin + 250, named))]
        await teacher.do(
            "enrollLearners", {"classroomId": room["id"], "learners": names}, "results { index }"
        )
    given = {"assessmentId": assessment, "classroomId": room["id"]}
    exam = (await teacher.do("openExam", given, "exam { id }"))["exam"]["id"]
    by_learner = await _sittings(teacher, exam)
    desks = [Desk(each, exam, made, by_learner[each.learner_id]) for each in people]
    return Room(teacher, room["id"], exam, skill, desks, list(by_learner.values()))


async def begin_practice(room: Room) -> None:
    """Let everybody with an account start a session, over items that no exam asks, and be on the board."""
    on = {"classroomId": room.classroom_id, "leaderboardForMinors": True}
    await room.teacher.do("updateClassroom", on, "classroom { id }")
    made = await _items(room.teacher, room.skill_id, 4)
    given = {"skillIds": [room.skill_id], "classroomId": room.classroom_id}
    for desk in room.desks:
        payload = await desk.person.do("startPracticeSession", given, "session { id }")
        desk.session_id, desk.practised = payload["session"]["id"], made


async def _items(teacher: Person, skill_id: str, count: int) -> list[str]:
    item = {
        "kind": "NUMERIC",
        "content": {"stem": "2 + 3"},
        "answerKey": {"value": 5},
        "skillIds": [skill_id],
    }
    return [(await teacher.do("createItem", item, "item { id }"))["item"]["id"] for _ in range(count)]


async def _all_sign_up(people: Sequence[Person], code: str, at_once: int = 4) -> None:
    waiting = iter(people)

    async def lane() -> None:
        for person in waiting:
            await person.sign_up(joinCode=code)

    await asyncio.gather(*(lane() for _ in range(at_once)))


async def _sittings(teacher: Person, exam_id: str) -> dict[str, str]:
    """The sittings of an exam by learner."""
    query = """query($id: ID!, $after: Cursor) { exam(id: $id) { sittings(first: 100, after: $after) {
      nodes { id learner { id } } pageInfo { hasNextPage endCursor } } } }"""
    found: dict[str, str] = {}
    after = None
    while True:
        page = (await teacher.ask(query, id=exam_id, after=after))["sittings"]
        found.update({each["learner"]["id"]: each["id"] for each in page["nodes"]})
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]
