"""A class at practice, made through the graph: learners who answer the same numeric items."""

import random
from dataclasses import dataclass, replace
from typing import Any

from bench.http_client import Connection, request

PASSWORD = "correct horse battery"
RECORD = """mutation($input: RecordAttemptInput!) { recordAttempt(input: $input) {
  attempt { id score correct masteryChanges { before after } } session { nextItem { id } }
  userErrors { message } } }"""
_SIGN_UP = """mutation($input: SignUpInput!) { signUp(input: $input) {
  accessToken viewer { user { id } learner { id } } userErrors { message } } }"""
_SKILL = """mutation($input: CreateSkillInput!) { createSkill(input: $input) {
  skill { id } userErrors { message } } }"""
_ITEM = (
    "mutation($input: CreateItemInput!) { createItem(input: $input) { item { id } userErrors { message } } }"
)
_CLASSROOM = """mutation($input: CreateClassroomInput!) { createClassroom(input: $input) {
  classroom { id joinCode } userErrors { message } } }"""
_START = """mutation($input: StartPracticeSessionInput!) { startPracticeSession(input: $input) {
  session { id nextItem { id } } userErrors { message } } }"""


@dataclass(frozen=True, slots=True)
class Desk:
    """A learner's connection and open session; `items` are what can be answered there, each with 5."""

    connection: Connection
    learner_id: str
    session_id: str
    items: list[str]

    def answer(self, number: int, key: str | None = None, item_id: str | None = None) -> bytes:
        """The request that records the learner's answer of that number; two of three are right."""
        given: dict[str, Any] = {
            "sessionId": self.session_id,
            "itemId": item_id or self.items[number % len(self.items)],
            "response": {"number": 4 if number % 3 == 2 else 5},
            "durationMs": 9000,
            "idempotencyKey": key,
        }
        return request(RECORD, input=given)


@dataclass(frozen=True, slots=True)
class Class:
    """A class with its teacher's connection."""

    teacher: Connection
    classroom_id: str
    desks: list[Desk]
    skill_ids: list[str]

    async def start_again(self) -> list[tuple[Desk, str]]:
        """A new session for each learner, and its first item."""
        given = {"skillIds": self.skill_ids, "classroomId": self.classroom_id}
        found = []
        for desk in self.desks:
            payload = await desk.connection.ask(_START, input=given)
            session = payload["startPracticeSession"]["session"]
            found.append((replace(desk, session_id=session["id"]), session["nextItem"]["id"]))
        return found


async def seat(port: int, learners: int, items: int = 480, skills: int = 6) -> Class:
    """Found an organization, make skills and items, and let learners sign up and start a session each."""
    teacher = Connection(port)
    await _sign_up(teacher, "founder@bench.example", organizationName="Bench")
    codes = [f"BENCH.{number}" for number in range(skills)]
    ids = [
        (await teacher.ask(_SKILL, input={"code": code, "name": f"Skill {code}"}))["createSkill"]["skill"][
            "id"
        ]
        for code in codes
    ]
    made = [await _item(teacher, number, ids[number % skills]) for number in range(items)]
    classroom = (await teacher.ask(_CLASSROOM, input={"name": "7A"}))["createClassroom"]["classroom"]
    desks = []
    for number in range(learners):
        connection = Connection(port)
        viewer = await _sign_up(connection, f"learner{number}@bench.example", joinCode=classroom["joinCode"])
        given = {"skillIds": ids, "classroomId": classroom["id"]}
        session = (await connection.ask(_START, input=given))["startPracticeSession"]["session"]["id"]
        # Each in an order of its own: learners of a class do not all wait for the same item at once.
        order = random.Random(number).sample(made, len(made))
        desks.append(Desk(connection, viewer["learner"]["id"], session, order))
    return Class(teacher, classroom["id"], desks, ids)


async def _sign_up(connection: Connection, email: str, **given: str) -> dict[str, Any]:
    values = {"email": email, "password": PASSWORD, "displayName": email.split("@")[0], **given}
    payload = (await connection.ask(_SIGN_UP, input=values))["signUp"]
    connection.token = payload["accessToken"]
    viewer: dict[str, Any] = payload["viewer"]
    return viewer


async def _item(teacher: Connection, number: int, skill_id: str) -> str:
    given = {
        "kind": "NUMERIC",
        "skillIds": [skill_id],
        "content": {"stem": f"Exercise {number}: what is 2 + 3?"},
        "answerKey": {"value": 5},
    }
    item_id: str = (await teacher.ask(_ITEM, input=given))["createItem"]["item"]["id"]
    return item_id
