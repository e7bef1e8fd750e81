"""Practice sessions: who starts them, what they ask next, how they end."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from app.access.principal import Principal, Role
from app.kit import ids
from app.kit.statements import sql
from app.practice import sessions
from app.practice.selection import next_item
from app.practice.session_kind import SessionKind
from app.realtime.event_log import learner_topic, read_after
from app.runtime import Runtime
from app.science.mastery_model import State, model_named, model_names
from schema.context import contexts
from schema.engine.execution import Executor
from schema.root import build
from tests.client import Client, School
from tests.content.authoring import CHOICE, NUMBER, item, skill

SESSION = """session { id kind state startedAt completedAt attemptCount learner { id } classroom { id }
  skills { code } nextItem { id } }"""
READ = f"query($id: ID!) {{ node(id: $id) {{ ... on PracticeSession {{ {SESSION[9:-1]} }} }} }}"
ABSENT = "0" * 32


async def start(person: Client, *skill_ids: str, **more: Any) -> dict[str, Any]:
    """A new session on these skills."""
    payload = await person.do("startPracticeSession", {"skillIds": list(skill_ids), **more}, SESSION)
    found: dict[str, Any] = payload["session"]
    return found


async def answer(person: Client, session_id: str, item_id: str, choice: str = "b") -> dict[str, Any]:
    """Answer an item; the payload."""
    given = {"sessionId": session_id, "itemId": item_id, "response": {"choiceIds": [choice]}}
    return await person.do("recordAttempt", given, "attempt { id correct } session { nextItem { id } }")


async def attempt_move(person: Client, verb: str, session_id: str) -> dict[str, Any]:
    """Pause, resume or complete a session; the payload with `userErrors`."""
    query = (
        f"mutation($input: PracticeSessionInput!) {{ {verb}PracticeSession(input: $input) {{ {SESSION} "
        "userErrors { code reason path message } } }"
    )
    data = await person.ask(query, input={"sessionId": session_id})
    payload: dict[str, Any] = data[f"{verb}PracticeSession"]
    return payload


async def move(person: Client, verb: str, session_id: str) -> dict[str, Any]:
    """The session after a move that must succeed."""
    payload = await attempt_move(person, verb, session_id)
    assert payload["userErrors"] == []
    moved: dict[str, Any] = payload["session"]
    return moved


async def read(person: Client, session_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await person.ask(READ, id=session_id))["node"]
    return found


def raw(public_id: str) -> uuid.UUID:
    decoded = ids.decode(public_id)
    assert decoded is not None
    return decoded[1]


async def test_a_learner_starts_a_session_on_the_skills_named(school: School) -> None:
    classroom = await school.classroom()
    ada = await school.learner(classroom)
    fractions, decimals = await skill(school.admin, "fractions"), await skill(school.admin, "decimals")
    items = {await item(school.admin, each) for each in (fractions, decimals)}

    started = await start(ada, fractions, decimals, classroomId=classroom["id"])
    seen = await read(ada, started["id"])

    assert {key: started[key] for key in ("kind", "state", "completedAt", "attemptCount")} == {
        "kind": "PRACTICE",
        "state": "ACTIVE",
        "completedAt": None,
        "attemptCount": 0,
    }
    assert started["learner"] == {"id": ada.learner_id}
    assert started["classroom"] == {"id": classroom["id"]}
    assert started["skills"] == [{"code": "fractions"}, {"code": "decimals"}]
    assert started["nextItem"]["id"] in items
    assert seen == started


async def test_only_learners_start_sessions(school: School, anonymous: Client) -> None:
    refused = await school.admin.attempt("startPracticeSession", {})
    nobody = await anonymous.refused("mutation { startPracticeSession(input: {}) { userErrors { code } } }")

    assert [(each["code"], each["message"]) for each in refused["userErrors"]] == [
        ("FORBIDDEN", "Only learners practise; join a class by its code to become one.")
    ]
    assert nobody["extensions"]["code"] == "UNAUTHENTICATED"


async def test_what_a_session_is_started_with_must_be_there(school: School, anonymous: Client) -> None:
    ada = await school.learner(await school.classroom())
    known = await skill(school.admin, "known")
    other = await School.found(anonymous, school.runtime)
    foreign = await skill(other.admin, "foreign")
    unattended = await school.classroom("8B")

    async def error(**given: Any) -> tuple[str, str | None, list[str]]:
        (found,) = (await ada.attempt("startPracticeSession", given))["userErrors"]
        return found["code"], found["reason"], found["path"]

    assert await error(skillIds=[known, foreign]) == ("NOT_FOUND", None, ["skillIds", "1"])
    assert await error(skillIds=[known, ada.learner_id]) == ("NOT_FOUND", None, ["skillIds", "1"])
    many = [f"skl_{number:032x}" for number in range(21)]
    assert await error(skillIds=many) == ("BAD_INPUT", "TOO_MANY_ENTRIES", ["skillIds"])
    assert await error(classroomId=unattended["id"]) == ("NOT_FOUND", None, ["classroomId"])


async def test_a_learner_may_have_two_sessions_but_one_for_each_key(school: School) -> None:
    ada = await school.learner(await school.classroom())
    fractions = await skill(school.admin, "fractions")

    first = await start(ada, fractions, idempotencyKey="k")
    again = await start(ada, fractions, idempotencyKey="k")
    second = await start(ada, fractions)
    listed = await ada.ask("{ viewer { learner { practiceSessions { totalCount nodes { id } } } } }")

    assert again == first
    assert listed["viewer"]["learner"]["practiceSessions"] == {
        "totalCount": 2,
        "nodes": [{"id": second["id"]}, {"id": first["id"]}],
    }


async def test_a_session_is_paused_resumed_and_completed_and_repeats_change_nothing(
    school: School, runtime: Runtime
) -> None:
    classroom = await school.classroom()
    ada = await school.learner(classroom)
    fractions = await skill(school.admin, "fractions")
    first = await item(school.admin, fractions)
    started = await start(ada, fractions, classroomId=classroom["id"])
    states = []
    for verb in ("pause", "pause", "resume", "resume", "pause", "complete", "complete"):
        last = await move(ada, verb, started["id"])
        states.append(last["state"])

    assert states == ["PAUSED", "PAUSED", "ACTIVE", "ACTIVE", "PAUSED", "COMPLETED", "COMPLETED"]
    assert started["nextItem"] == {"id": first}
    assert last["nextItem"] is None
    assert last["completedAt"] is not None
    async with runtime.database.reader(raw(school.organization_id)) as reader:
        events = await read_after(reader, learner_topic(raw(ada.learner_id)), 0)
    common = {
        "learner": raw(ada.learner_id).hex,
        "session": raw(started["id"]).hex,
        "classroom": raw(classroom["id"]).hex,
    }
    assert [(each.seq, each.kind, each.payload) for each in events] == [
        (number, "session.changed", {**common, "state": state})
        for number, state in enumerate(("ACTIVE", "PAUSED", "ACTIVE", "PAUSED", "COMPLETED"), start=1)
    ]


async def test_a_completed_session_stays_completed(school: School) -> None:
    ada = await school.learner(await school.classroom())
    started = await start(ada, await skill(school.admin, "fractions"))
    completed = await move(ada, "complete", started["id"])

    for verb in ("pause", "resume"):
        refused = await attempt_move(ada, verb, started["id"])
        assert refused["session"] is None
        assert [(each["code"], each["reason"], each["path"]) for each in refused["userErrors"]] == [
            ("CONFLICT", "SESSION_COMPLETED", ["sessionId"])
        ]
    assert await read(ada, started["id"]) == completed


async def test_a_session_is_seen_by_its_learner_and_the_teacher_and_moved_by_the_learner_alone(
    school: School,
) -> None:
    grace, other = await school.teacher("Grace"), await school.teacher("Hedy")
    classroom = await school.classroom("7A", grace)
    ada, ben = await school.learner(classroom, "Ada"), await school.learner(classroom, "Ben")
    started = await start(ada, await skill(school.admin, "fractions"))
    query = "query($id: ID!) { practiceSession(id: $id) { state learner { id } } }"

    for person in (ada, grace, school.admin):
        seen = await person.ask(query, id=started["id"])
        assert seen["practiceSession"] == {"state": "ACTIVE", "learner": {"id": ada.learner_id}}
    for person in (ben, other):
        error = await person.refused(query, id=started["id"])
        assert error["extensions"]["code"] == "NOT_FOUND"
    moved = await attempt_move(ben, "complete", started["id"])
    absent = await attempt_move(ben, "complete", f"pss_{ABSENT}")
    taught = await attempt_move(grace, "complete", started["id"])

    assert moved["userErrors"] == absent["userErrors"]
    assert (moved["userErrors"][0]["code"], moved["userErrors"][0]["path"]) == ("NOT_FOUND", ["sessionId"])
    assert taught["userErrors"][0]["code"] == "FORBIDDEN"


async def test_each_item_of_the_skills_comes_once_until_nothing_is_left(school: School) -> None:
    ada = await school.learner(await school.classroom())
    fractions = await skill(school.admin, "fractions")
    items = {await item(school.admin, fractions) for _ in range(4)}
    retired = await item(school.admin, fractions)
    await school.admin.do("retireItem", {"itemId": retired}, "item { id }")
    external = {"kind": "EXTERNAL", "content": {"stem": "51424"}, "answerKey": {}}
    await item(school.admin, fractions, external)
    await item(school.admin, await skill(school.admin, "decimals"))

    started = await start(ada, fractions)
    asked, following = [], started["nextItem"]
    while following is not None:
        asked.append(following["id"])
        following = (await answer(ada, started["id"], following["id"]))["session"]["nextItem"]

    assert len(asked) == 4
    assert set(asked) == items


async def test_a_new_session_begins_with_what_was_not_met_lately(school: School) -> None:
    ada = await school.learner(await school.classroom())
    fractions = await skill(school.admin, "fractions")
    items = [await item(school.admin, fractions) for _ in range(3)]
    first = await start(ada, fractions)
    met = []
    for _ in range(2):
        following = (await read(ada, first["id"]))["nextItem"]["id"]
        met.append(following)
        await answer(ada, first["id"], following)

    second = await start(ada, fractions)

    assert second["nextItem"]["id"] in set(items) - set(met)


async def test_a_next_item_that_was_retired_is_replaced_when_the_session_is_resumed(school: School) -> None:
    ada = await school.learner(await school.classroom())
    fractions = await skill(school.admin, "fractions")
    items = {await item(school.admin, fractions) for _ in range(2)}
    started = await start(ada, fractions)
    await school.admin.do("retireItem", {"itemId": started["nextItem"]["id"]}, "item { id }")

    resumed = await move(ada, "resume", started["id"])

    assert {resumed["nextItem"]["id"]} == items - {started["nextItem"]["id"]}


async def test_a_new_learner_starts_with_skills_that_require_nothing(school: School) -> None:
    ada = await school.learner(await school.classroom())
    counting = await skill(school.admin, "counting")
    adding = await skill(school.admin, "adding", counting)
    empty = await skill(school.admin, "without items")
    telling = await skill(school.admin, "telling the time", empty)
    for each in (counting, adding, telling):
        await item(school.admin, each)

    started = await start(ada)

    assert {each["code"] for each in started["skills"]} == {"counting", "telling the time"}


async def test_of_many_skills_that_are_ready_three_are_chosen(school: School) -> None:
    ada = await school.learner(await school.classroom())
    for number in range(5):
        await item(school.admin, await skill(school.admin, f"s{number}"))

    started = await start(ada)

    assert len(started["skills"]) == 3


async def test_prerequisites_come_before_what_requires_them(school: School) -> None:
    ada = await school.learner(await school.classroom())
    counting = await skill(school.admin, "counting")
    adding = await skill(school.admin, "adding", counting)
    for _ in range(6):
        await item(school.admin, adding)
    only = await item(school.admin, counting)

    started = await start(ada, adding, counting)

    assert started["nextItem"] == {"id": only}


async def test_an_item_of_two_skills_of_the_session_comes_once(school: School) -> None:
    ada = await school.learner(await school.classroom())
    fractions, decimals = await skill(school.admin, "fractions"), await skill(school.admin, "decimals")
    given = {"skillIds": [fractions, decimals], **CHOICE}
    both = (await school.admin.do("createItem", given, "item { id }"))["item"]["id"]

    started = await start(ada, fractions, decimals)
    answered = await answer(ada, started["id"], both)

    assert started["nextItem"] == {"id": both}
    assert answered["session"]["nextItem"] is None


async def test_a_review_takes_up_what_was_practised(school: School) -> None:
    ada = await school.learner(await school.classroom())
    fractions, decimals = await skill(school.admin, "fractions"), await skill(school.admin, "decimals")
    first = await item(school.admin, fractions)
    await item(school.admin, decimals)

    too_early = await ada.attempt("startPracticeSession", {"kind": "REVIEW"}, SESSION)
    practice = await start(ada, fractions)
    await answer(ada, practice["id"], first)
    review = await start(ada, kind="REVIEW")

    assert [(each["code"], each["path"]) for each in too_early["userErrors"]] == [("CONFLICT", ["kind"])]
    assert (review["kind"], review["skills"]) == ("REVIEW", [{"code": "fractions"}])
    assert review["nextItem"] == {"id": first}


async def test_a_session_left_for_a_week_is_abandoned_when_another_one_starts(
    school: School, runtime: Runtime
) -> None:
    ada = await school.learner(await school.classroom())
    fractions = await skill(school.admin, "fractions")
    old, paused, recent = [await start(ada, fractions) for _ in range(3)]
    await move(ada, "pause", paused["id"])
    principal = Principal(raw(ada.user_id), raw(school.organization_id), raw(ada.learner_id))
    age = sql("UPDATE practice_session SET started_at = started_at - interval '8 days' WHERE id = ANY(:ids)")
    async with runtime.database.unit_of_work(principal.organization_id) as work:
        await work.execute(age, ids=[raw(old["id"]), raw(paused["id"])])
        await sessions.start_session(work, principal, SessionKind.PRACTICE, [], None, 0.0)

    states = [(await read(ada, each["id"]))["state"] for each in (old, paused, recent)]
    refused = await attempt_move(ada, "resume", old["id"])

    assert states == ["ABANDONED", "PAUSED", "ACTIVE"]
    assert refused["userErrors"][0]["message"] == "This session was abandoned; start another one."


ATTEMPTS = """query($id: ID!, $skill: ID) { learner(id: $id) {
  attempts(skillId: $skill) { totalCount nodes {
    id item { id version } itemVersion learner { id } session { id } scoring correct score
    response { choices { id text } number text ordering { id } pairs { choice { id } } gaps { text } }
  } }
  active: practiceSessions(state: ACTIVE) { totalCount }
  completed: practiceSessions(state: COMPLETED) { totalCount nodes { attempts { totalCount } } }
} }"""


async def test_attempts_are_told_newest_first_in_the_words_that_were_answered(school: School) -> None:
    ada = await school.learner(await school.classroom())
    fractions, lengths = await skill(school.admin, "fractions"), await skill(school.admin, "lengths")
    choice, number = await item(school.admin, fractions), await item(school.admin, lengths, NUMBER)
    started = await start(ada, fractions, lengths)
    wrong = await answer(ada, started["id"], choice, "c")
    right = await ada.do(
        "recordAttempt",
        {"sessionId": started["id"], "itemId": number, "response": {"number": 6171.6}},
        "attempt { id }",
    )
    choices = [{"id": "b", "text": "four"}, {"id": "d", "text": "five"}]
    changed = {"stem": "What is 2 + 2?", "choices": choices}
    key = {"correctChoiceIds": ["b"]}
    await school.admin.do(
        "updateItem", {"itemId": choice, "content": changed, "answerKey": key}, "item { id }"
    )
    await move(ada, "complete", started["id"])

    seen = (await school.admin.ask(ATTEMPTS, id=ada.learner_id))["learner"]
    one = (await ada.ask(ATTEMPTS, id=ada.learner_id, skill=lengths))["learner"]

    nothing = dict.fromkeys(("choices", "number", "text", "ordering", "pairs", "gaps"))
    common = {"learner": {"id": ada.learner_id}, "session": {"id": started["id"]}, "scoring": "SCORED"}
    first = {
        **common,
        "id": wrong["attempt"]["id"],
        "item": {"id": choice, "version": 2},
        "itemVersion": 1,
        "correct": False,
        "score": 0.0,
        "response": {**nothing, "choices": [{"id": "c", "text": "22"}]},
    }
    second = {
        **common,
        "id": right["attempt"]["id"],
        "item": {"id": number, "version": 1},
        "itemVersion": 1,
        "correct": True,
        "score": 1.0,
        "response": {**nothing, "number": 6171.6},
    }
    assert seen["attempts"] == {"totalCount": 2, "nodes": [second, first]}
    assert one["attempts"] == {"totalCount": 1, "nodes": [second]}
    assert seen["active"] == {"totalCount": 0}
    assert seen["completed"] == {"totalCount": 1, "nodes": [{"attempts": {"totalCount": 2}}]}


async def test_pages_of_attempts_neither_repeat_nor_leave_out_any(school: School) -> None:
    ada = await school.learner(await school.classroom())
    fractions = await skill(school.admin, "fractions")
    items = [await item(school.admin, fractions) for _ in range(5)]
    started = await start(ada, fractions)
    recorded = [(await answer(ada, started["id"], each))["attempt"]["id"] for each in items]
    query = """query($id: ID!, $after: Cursor) { practiceSession(id: $id) {
      attempts(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } }"""
    found, after, more = [], None, True
    while more:
        page = (await ada.ask(query, id=started["id"], after=after))["practiceSession"]["attempts"]
        found += [each["id"] for each in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert found == recorded[::-1]


MODEL = model_named(model_names()[0])
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def answered_by(count: int, score: float) -> State:
    """An item after so many answers of new learners, all with this score."""
    state = MODEL.new_item()
    for _ in range(count):
        state = MODEL.update(MODEL.new_learner(), [MODEL.new_skill()], state, score, AT.timestamp()).item
    return state


@pytest.mark.parametrize(
    ("kind", "lowest", "highest"),
    [(SessionKind.PRACTICE, 0.70, 0.85), (SessionKind.ADAPTIVE_TEST, 0.45, 0.55)],
)
async def test_the_next_item_is_the_one_nearest_to_the_wanted_chance_of_success(
    school: School, runtime: Runtime, kind: SessionKind, lowest: float, highest: float
) -> None:
    ada = await school.learner(await school.classroom())
    fractions = await skill(school.admin, "fractions")
    states = [answered_by(count, score) for count in (1, 4, 12, 40) for score in (0.0, 1.0)]
    items = [await item(school.admin, fractions) for _ in states]
    store = sql("""
        INSERT INTO item_parameter (organization_id, item_id, model, state, difficulty, standard_error)
        VALUES (:tenant, :item_id, :model, :state, :difficulty, :error)
    """)
    chances = {}
    async with runtime.database.unit_of_work(raw(school.organization_id)) as work:
        for item_id, state in zip(items, states, strict=True):
            difficulty, error = MODEL.item_difficulty(state)
            await work.execute(
                store, tenant=work.tenant, item_id=raw(item_id), model=MODEL.name, state=list(state),
                difficulty=difficulty, error=error,
            )  # fmt: skip
            skills = [MODEL.new_skill()]
            chances[raw(item_id)] = MODEL.predict(MODEL.new_learner(), skills, state, AT.timestamp())
        chosen = await next_item(
            work, tenant=work.tenant, session_id=ids.new_id(), learner_id=raw(ada.learner_id),
            skill_ids=[raw(fractions)], answered=(), learner_state=None, now=AT, chance=0.0, kind=kind,
        )  # fmt: skip
        rest = await next_item(
            work, tenant=work.tenant, session_id=ids.new_id(), learner_id=raw(ada.learner_id),
            skill_ids=[raw(fractions)], answered=list(chances), learner_state=None, now=AT, chance=0.0,
            kind=kind,
        )  # fmt: skip

    away = {each: max(lowest - chance, chance - highest, 0.0) for each, chance in chances.items()}
    assert chosen is not None
    assert away[chosen] == min(away.values())
    assert rest is None


async def test_many_sessions_take_as_many_statements_as_one(school: School, runtime: Runtime) -> None:
    classroom = await school.classroom()
    ada, ben = await school.learner(classroom, "Ada"), await school.learner(classroom, "Ben")
    fractions = await skill(school.admin, "fractions")
    items = [await item(school.admin, fractions) for _ in range(8)]
    for person, count in ((ada, 1), (ben, 6)):
        for _ in range(count):
            started = await start(person, fractions)
            for each in items[:count]:
                await answer(person, started["id"], each)
    query = """query($id: ID!) { learner(id: $id) { practiceSessions { totalCount nodes {
                 skills { code } nextItem { stem } learner { id } attempts { totalCount nodes {
                   item { stem skills { code } } session { id } learner { id }
                   response { choices { text } } } } } } } }"""

    assert await statements(runtime, school, query, ada) == await statements(runtime, school, query, ben)


async def statements(runtime: Runtime, school: School, query: str, learner: Client) -> int:
    """How many statements one operation sends."""
    roles = frozenset({Role.ORGANIZATION_ADMIN})
    principal = Principal(raw(school.admin.user_id), raw(school.organization_id), None, roles)
    context = contexts(runtime)(principal, "request", "")
    executor = Executor(build().schema)
    document = executor.documents.read(query)
    operation = document.operation(None)
    assert operation is not None
    found = await executor.answer(document, operation, {"id": learner.learner_id}, context)
    assert "errors" not in found
    return context.statements.sent
