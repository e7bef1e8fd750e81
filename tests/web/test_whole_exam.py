"""A whole exam with twenty learners over a server killed in the middle: every answer and event is there."""

import asyncio
import itertools
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, WebSocket, expect

from app.operations.demo.loading import PASSWORD
from app.realtime.cursors import decode_position
from tests.client import Client, sign_in
from tests.web.conftest import DemoServer
from tests.web.every_kind import EXAMINED, Sheet, make_items
from tests.web.exam_hall import KINDS, RIGHT, Device, held, key_of
from tests.web.visits import SERVER_AWAY, Scheme, Visit, visiting_place

# Loading the demo school takes a while on a busy machine.
pytestmark = pytest.mark.timeout(300)

LEARNERS = 20
FIRST = 91
PAGES = int(os.environ.get("MASTERYGRAPH_EXAM_PAGES", "3"))
"""How many of the learners sit at a page of their own; the others are devices that speak to the graph."""
LOOKS: list[tuple[Scheme, str]] = [("light", "wide"), ("dark", "narrow"), ("light", "narrow")]
TITLE = "Twenty at once"
_JOINED = "query($id: ID!) { exam(id: $id) { sittings(first: 50) { nodes { id state answeredCount } } } }"


@dataclass
class Followed:
    """What came over the sockets of a page from the monitor of an exam."""

    exam_id: str
    events: list[tuple[str, int]] = field(default_factory=list)

    def listen(self, socket: WebSocket) -> None:
        """Note what comes over one more socket."""
        socket.on("framereceived", lambda frame: self._note(json.loads(frame)))

    @property
    def snapshots(self) -> list[int]:
        """The numbers at which the state came as a whole."""
        return [seq for name, seq in self.events if name == "ExamMonitorSnapshot"]

    @property
    def changes(self) -> list[int]:
        """The numbers of the changes, in the order they came."""
        return [seq for name, seq in self.events if name != "ExamMonitorSnapshot"]

    def _note(self, frame: dict[str, Any]) -> None:
        payload = frame.get("payload")
        event = (payload.get("data") or {}).get("examMonitor") if isinstance(payload, dict) else None
        if event and event["__typename"] not in ("StreamHeartbeat", "StreamNotice"):
            seq = decode_position(f"exam:{key_of(self.exam_id)}", event["cursor"]).seq
            self.events.append((event["__typename"], seq))


@dataclass
class Exam:
    """The exam, its teacher, and the class that sits it."""

    teacher: Client
    classroom_id: str
    exam_id: str
    items: list[str]


@pytest.fixture
async def exam(demo_server: DemoServer) -> AsyncIterator[Exam]:
    async with httpx.AsyncClient(base_url=demo_server.address, timeout=30) as http:
        teacher, admin = [
            await sign_in(Client(http), f"{name}@demo.example", PASSWORD) for name in ("teacher", "admin")
        ]
        _, items = await make_items(admin, EXAMINED)
        made = await teacher.do("createClassroom", {"name": "The big hall"}, "classroom { id }")
        classroom_id = made["classroom"]["id"]
        emails = [{"email": f"learner{FIRST + place}@demo.example"} for place in range(LEARNERS)]
        given = {"classroomId": classroom_id, "learners": emails}
        await teacher.do("enrollLearners", given, "results { learner { id } }")
        form = {"title": TITLE, "itemIds": items, "durationSeconds": 1800}
        assessment = (await teacher.do("createAssessment", form, "assessment { id }"))["assessment"]
        opening = {"assessmentId": assessment["id"], "classroomId": classroom_id}
        opened = await teacher.do("openExam", opening, "exam { id }")
        yield Exam(teacher, classroom_id, opened["exam"]["id"], items)


async def begin(visit: Visit, number: int) -> None:
    """Sign in as the learner of that number, find the exam, begin."""
    page = visit.page
    await page.get_by_label("E-mail").fill(f"learner{number}@demo.example")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("link", name=re.compile(f"^{TITLE}")).click()
    await page.get_by_role("button", name="Begin").click()
    await expect(page.get_by_text("Question 1 of 7")).to_be_visible()


async def answer(visit: Visit, number: int, *kinds: str) -> None:
    """Answer items by mouse and keys; the number is each learner's own."""
    for kind in kinds:
        place = KINDS.index(kind) + 1
        await visit.page.get_by_role("button", name=re.compile(f"^Question {place},")).click()
        await expect(visit.page.get_by_text(f"Question {place} of 7")).to_be_visible()
        if kind == "NUMERIC":
            await visit.page.get_by_role("textbox").fill(str(number))
        else:
            await Sheet(visit.page).answer(kind)


async def hand_in(visit: Visit) -> None:
    """Hand in once everything is saved."""
    page = visit.page
    await expect(page.locator(".saved").get_by_text(re.compile(r"^Saved \d+ s ago$"))).to_be_visible()
    await page.get_by_role("button", name="Hand in").click()
    dialog = page.get_by_role("alertdialog")
    await expect(dialog).to_contain_text("All 7 questions answered.")
    await dialog.get_by_role("button", name="Hand in").click()
    await expect(page.get_by_role("heading", name="Handed in")).to_be_visible()


async def test_twenty_learners_sit_an_exam_over_a_killed_server_and_nothing_is_missing(
    browser: Browser, demo_server: DemoServer, exam: Exam
) -> None:
    address, followed = demo_server.address, Followed(exam.exam_id)
    numbers = range(FIRST, FIRST + LEARNERS)
    async with AsyncExitStack() as hall:
        place = f"/console/{exam.classroom_id}/exams/{exam.exam_id}"
        console = await hall.enter_async_context(
            visiting_place(browser, address, place, "hall-teacher", forgiven=SERVER_AWAY)
        )
        console.page.on("websocket", followed.listen)
        await console.sign_in_as("Teacher")
        await expect(console.page.get_by_role("button", name=f"Not started {LEARNERS}")).to_be_visible()

        looks = itertools.cycle(LOOKS)
        visits = {}
        for number, (scheme, size) in zip(numbers[:PAGES], looks, strict=False):
            visits[number] = await hall.enter_async_context(
                visiting_place(browser, address, "/learn/exams", f"hall-{number}", scheme=scheme, size=size,
                               forgiven=SERVER_AWAY)
            )  # fmt: skip
        anonymous = exam.teacher.with_token(None)
        sat = [Device.sit(address, anonymous, each, exam.items, exam.exam_id) for each in numbers[PAGES:]]
        devices, _ = await asyncio.gather(
            asyncio.gather(*sat), asyncio.gather(*(begin(visit, number) for number, visit in visits.items()))
        )
        following = [asyncio.create_task(device.follow()) for device in devices]
        await expect(console.page.get_by_role("button", name=f"Working {LEARNERS}")).to_be_visible()

        async def all_answer(*kinds: str) -> None:
            await asyncio.gather(
                *(device.answer(*kinds) for device in devices),
                *(answer(visit, number, *kinds) for number, visit in visits.items()),
            )

        await all_answer(*KINDS[:3])
        await console.page.get_by_role("button", name="Act on everyone").click()
        await console.page.get_by_role("menuitem", name="Extend everyone").click()
        await console.page.get_by_role("dialog").get_by_role("button", name="Give time").click()
        await expect(console.page.get_by_text("+10 min")).to_have_count(LEARNERS)
        await console.keep("1-working")

        writing = asyncio.create_task(all_answer(*KINDS[3:6]))
        under_way = console.page.locator(".sitting-answered", has_text=re.compile("[4-6]/7"))
        await expect(under_way.first).to_be_visible()
        demo_server.kill()
        await expect(console.page.locator(".exam .connection")).to_have_text("Reconnecting")
        await asyncio.to_thread(demo_server.start_again)
        await writing
        await all_answer("CLOZE")
        await expect(console.page.get_by_text(re.compile(r"^7/7"))).to_have_count(LEARNERS)
        await console.keep("2-resumed")
        for visit in visits.values():
            await expect(visit.page.get_by_text("You have 10 min more.")).to_be_visible()

        await asyncio.gather(
            *(device.submit() for device in devices), *(hand_in(visit) for visit in visits.values())
        )
        await expect(console.page.get_by_role("button", name=f"Finished {LEARNERS}")).to_be_visible()
        await expect(console.page.get_by_text("Submitted", exact=True)).to_have_count(LEARNERS)
        await expect(console.page.locator(".exam .connection")).to_have_text("Live")
        await console.keep("3-finished")

        sittings = (await exam.teacher.ask(_JOINED, id=exam.exam_id))["exam"]["sittings"]["nodes"]
        assert [(each["state"], each["answeredCount"]) for each in sittings] == [("SUBMITTED", 7)] * LEARNERS
        for device in devices:
            assert await device.held() == device.given
        for number in visits:
            learner = await sign_in(anonymous, f"learner{number}@demo.example", PASSWORD)
            mine = (await learner.ask(_JOINED, id=exam.exam_id))["exam"]["sittings"]["nodes"]
            there = await held(learner, mine[0]["id"], exam.items)
            assert there == {**RIGHT, "NUMERIC": {"number": float(number)}}

        async with asyncio.timeout(30):
            last = await told(demo_server, f"exam:{key_of(exam.exam_id)}")
            while followed.changes[-1] < last:
                await console.page.wait_for_timeout(200)
            for device in devices:
                last = await told(demo_server, f"sitting:{key_of(device.sitting_id)}")
                while device.heard[-1][1] < last:
                    await asyncio.sleep(0.2)
        for task in following:
            task.cancel()
    for device in devices:
        (first, *changes) = [seq for _, seq in device.heard]
        assert device.heard[0][0] == "ExamSittingSnapshot"
        assert changes == list(range(first + 1, changes[-1] + 1))
        assert "ExamActionReceived" in [name for name, _ in device.heard]
    (began,) = followed.snapshots
    assert followed.changes == list(range(began + 1, followed.changes[-1] + 1))


async def told(server: DemoServer, topic: str) -> int:
    """The number of a topic's last event, once it is sure that none is missing before it."""
    whole = f"SELECT CASE count(*) WHEN max(seq) THEN max(seq) END FROM event WHERE topic = '{topic}'"
    last = await server.found.ask(whole)
    assert last > 0
    return last
