"""The tour of the README, pasted into GraphiQL as a newcomer does, with no host but the server's own."""

import json
import re
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.web.conftest import ROOT
from tests.web.examples import response_to
from tests.web.visits import Visit, visiting, visiting_place

# Loading the demo school takes a while on a busy machine.
pytestmark = pytest.mark.timeout(300)

README = (ROOT / "README.md").read_text()
KNOWS, STARTS, ANSWERS, CLASS, ACTIVITY, EXAM = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)


def literal(value: dict[str, Any]) -> str:
    """An input as one writes it in a document."""
    return re.sub(r'"(\w+)":', r"\1:", json.dumps(value))


async def paste(visit: Visit, text: str) -> None:
    """Replace what the editor holds, through the clipboard."""
    await visit.page.evaluate("text => navigator.clipboard.writeText(text)", text)
    editor = visit.page.locator(".graphiql-query-editor .view-lines")
    await editor.click()
    for keys in ("Control+a", "Delete"):
        await visit.page.keyboard.press(keys)
    await expect(editor).to_have_text("")
    await visit.page.keyboard.press("Control+v")
    await expect(editor).to_contain_text(text.strip().split("\n")[0])


async def ask(visit: Visit, text: str) -> Any:
    """Paste and run; the data that came back without an error."""
    await paste(visit, text)
    async with visit.page.expect_response("**/graphql") as answered:
        await visit.page.keyboard.press("Control+Enter")
    answer = await (await answered.value).json()
    assert "errors" not in answer, answer
    await expect(visit.outcome).to_contain_text("Answered in")
    return answer["data"]


async def follow(visit: Visit, text: str, first: str) -> None:
    """Paste and run a subscription until its first event is shown, then end it."""
    await paste(visit, text)
    await visit.page.keyboard.press("Control+Enter")
    await expect(visit.response).to_contain_text(f'"{first}"')
    await expect(visit.outcome).to_contain_text("Live")
    await visit.page.get_by_role("button", name="Stop query").click()
    await expect(visit.outcome).to_contain_text("The stream has ended")


async def test_a_newcomer_pastes_the_tour_and_everything_answers(browser: Browser, demo: str) -> None:
    async with visiting(browser, demo, "tour") as visit:
        await visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=demo)
        await visit.sign_in_as("Learner")
        learner = (await ask(visit, KNOWS))["viewer"]["learner"]
        assert len(learner["mastery"]["nodes"]) == 3
        assert learner["mastery"]["nodes"][0]["explanation"]["factors"]

        session = (await ask(visit, STARTS))["startPracticeSession"]["session"]
        item = session["nextItem"]
        filled = ANSWERS.replace("pss_…", session["id"]).replace("itm_…", item["id"])
        answered = await ask(visit, filled.replace('{choiceIds: ["a"]}', literal(response_to(item))))
        assert answered["recordAttempt"]["userErrors"] == []
        assert answered["recordAttempt"]["attempt"]["masteryChanges"]
        await visit.keep("1-answered")

        await visit.sign_out()
        await visit.sign_in_as("Teacher")
        classroom = (await ask(visit, CLASS))["viewer"]["classrooms"]["nodes"][0]
        assert len(classroom["masteryGrid"]["rows"]) == 5
        await follow(visit, ACTIVITY.replace("cls_…", classroom["id"]), "ClassroomActivitySnapshot")

        asked = "{ viewer { classrooms { nodes { exams(state: OPEN) { nodes { id } } } } } }"
        classrooms = (await ask(visit, asked))["viewer"]["classrooms"]["nodes"]
        exam = next(exam for each in classrooms for exam in each["exams"]["nodes"])
        await follow(visit, EXAM.replace("exm_…", exam["id"]), "ExamMonitorSnapshot")
        await visit.keep("2-watched")


async def test_a_mistake_is_told_so_that_it_can_be_mended(browser: Browser, demo: str) -> None:
    refused = "status of 4"
    async with visiting_place(browser, demo, "/graphql", "mistakes", forgiven=refused) as visit:
        await visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=demo)
        await visit.sign_in_as("Learner")
        for text, told in {
            "{ viewer { learner { displayNam } } }": "displayNam",
            "{ viewer { ": "Syntax Error",
            '{ classroom(id: "cls_nobody") { name } }': "NOT_FOUND",
            "{ viewer { learner { mastery(first: 5000) { nodes { id } } } } }": "5,002 objects",
        }.items():
            await paste(visit, text)
            await visit.page.keyboard.press("Control+Enter")
            await expect(visit.outcome).to_contain_text(told)
        await visit.keep("told")
