"""Learners of the demo school at their desks in an exam, each answering over the graph as a device would."""

from dataclasses import dataclass
from typing import Any

from tests.client import Client, sign_in
from tests.web.examples import response_to

PASSWORD = "masterygraph-demo"
_JOINED = """nextSequence
  sitting { id items { id kind choices { id } matchTargets { id } gaps { id } } }"""
_ACTIONS = "query($id: ID!) { examSitting(id: $id) { actions(first: 5) { nodes { id kind text } } } }"


@dataclass
class DemoDesk:
    """A learner in an exam."""

    learner: Client
    name: str
    sitting_id: str
    items: list[dict[str, Any]]
    sequence: int
    signals: int = 0

    @classmethod
    async def join(cls, anonymous: Client, number: int, exam_id: str) -> "DemoDesk":
        """The school's learner of that number joins the exam."""
        learner = await sign_in(anonymous, f"learner{number}@demo.example", PASSWORD)
        name = (await learner.ask("{ viewer { learner { displayName } } }"))["viewer"]["learner"][
            "displayName"
        ]
        payload = await learner.do("joinExam", {"examId": exam_id, "deviceId": "laptop"}, _JOINED)
        sitting = payload["sitting"]
        # What a gap may be filled with would cost too much to ask for every item; any text is an answer.
        items = [
            {**item, "gaps": [{**gap, "choices": []} for gap in item["gaps"]]} for item in sitting["items"]
        ]
        return cls(learner, name, sitting["id"], items, payload["nextSequence"])

    async def answer(self, place: int) -> None:
        """Save an answer to the item at that place, from 0."""
        item = self.items[place]
        given = {
            "sittingId": self.sitting_id, "deviceId": "laptop", "itemId": item["id"],
            "response": response_to(item), "sequence": self.sequence,
        }  # fmt: skip
        await self.learner.do("saveExamAnswer", given, "savedSequence")
        self.sequence += 1

    async def signal(self, kind: str) -> None:
        """Report one signal."""
        self.signals += 1
        given = {"sittingId": self.sitting_id, "signals": [{"kind": kind, "sequence": self.signals}]}
        await self.learner.do("reportExamSignals", given, "serverTime")

    async def see_last_message(self) -> str:
        """Say that the last message was seen; its text."""
        found = await self.learner.ask(_ACTIONS, id=self.sitting_id)
        message = next(each for each in found["examSitting"]["actions"]["nodes"] if each["kind"] == "MESSAGE")
        given = {"sittingId": self.sitting_id, "actionId": message["id"], "stage": "SEEN"}
        await self.learner.do("acknowledgeExamAction", given, "action { id }")
        text: str = message["text"]
        return text
