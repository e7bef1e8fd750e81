"""An exam of every kind of item in the demo school: what learners answer, and what the server holds of it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.exceptions import WebSocketException

from app.kit import ids
from app.operations.demo.loading import PASSWORD
from app.realtime.cursors import decode_position
from tests.client import Client, GraphErrors, sign_in
from tests.socket import Stream, socket_of
from tests.web.every_kind import ITEMS

KINDS = list(ITEMS)
RIGHT: dict[str, dict[str, Any]] = {
    "MULTIPLE_CHOICE": {"choices": [{"id": "c3"}]},
    "MULTIPLE_RESPONSE": {"choices": [{"id": "c1"}, {"id": "c3"}]},
    "NUMERIC": {"number": 80.0},
    "SHORT_TEXT": {"text": "Hexagon"},
    "ORDERING": {"ordering": [{"id": "c2"}, {"id": "c3"}, {"id": "c1"}]},
    "MATCHING": {"pairs": [{"choice": {"id": "c1"}, "target": {"id": "t2"}},
                           {"choice": {"id": "c2"}, "target": {"id": "t1"}}]},
    "CLOZE": {"gaps": [{"gap": {"id": "1"}, "text": "equilateral"}, {"gap": {"id": "2"}, "text": "60"}]},
}  # fmt: skip
"""The right answer to each item, as the server tells it."""

# In two parts: all of them together would be too much for one operation.
_HELD = (
    "item { id } response { number text choices { id } ordering { id } }",
    "item { id } response { pairs { choice { id } target { id } } gaps { gap { id } text } }",
)
_OWN = """subscription($id: ID!, $after: Cursor) { examSitting(sittingId: $id, after: $after) {
  __typename ... on StreamEvent { cursor } ... on ExamActionReceived { action { kind } } } }"""
_AGAIN_SECONDS = 0.3


async def held(learner: Client, sitting_id: str, items: list[str]) -> dict[str, dict[str, Any]]:
    """What the server holds of a sitting: the parts of each answer that were given, by the item's kind."""
    found: dict[str, dict[str, Any]] = {}
    for part in _HELD:
        query = f"query($id: ID!) {{ examSitting(id: $id) {{ answers {{ {part} }} }} }}"
        for each in (await learner.ask(query, id=sitting_id))["examSitting"]["answers"]:
            given = {name: value for name, value in each["response"].items() if value is not None}
            found.setdefault(KINDS[items.index(each["item"]["id"])], {}).update(given)
    return found


def own_answer(kind: str, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """An answer that differs from learner to learner: as it is sent, and as it is held."""
    picked = [f"c{(number + place) % 3 + 1}" for place in range(3)]
    match kind:
        case "MULTIPLE_CHOICE":
            return {"choiceIds": picked[:1]}, {"choices": _named(picked[:1])}
        case "MULTIPLE_RESPONSE":
            return {"choiceIds": picked[:2]}, {"choices": _named(picked[:2])}
        case "NUMERIC":
            return {"number": number}, {"number": float(number)}
        case "SHORT_TEXT":
            return {"text": f"polygon {number}"}, {"text": f"polygon {number}"}
        case "ORDERING":
            return {"ordering": picked}, {"ordering": _named(picked)}
        case "MATCHING":
            targets = ["t1", "t2"] if number % 2 else ["t2", "t1"]
            pairs = list(zip(("c1", "c2"), targets, strict=True))
            return (
                {"pairs": [{"choiceId": choice, "targetId": target} for choice, target in pairs]},
                {"pairs": [{"choice": {"id": choice}, "target": {"id": target}} for choice, target in pairs]},
            )
        case _:
            texts = {"1": "equilateral" if number % 2 else "scalene", "2": str(number)}
            return (
                {"gaps": [{"gapId": gap, "text": text} for gap, text in texts.items()]},
                {"gaps": [{"gap": {"id": gap}, "text": text} for gap, text in texts.items()]},
            )


def _named(names: list[str]) -> list[dict[str, str]]:
    return [{"id": name} for name in names]


@dataclass
class Device:
    """A learner who sits the exam over the graph: what is not acknowledged is sent again as it was.

    It follows its sitting over a socket, and comes back behind the last cursor; `heard` has what it was told.
    """

    address: str
    learner: Client
    number: int
    items: list[str]
    sitting_id: str = ""
    sequence: int = 1
    given: dict[str, dict[str, Any]] = field(default_factory=dict)
    heard: list[tuple[str, int]] = field(default_factory=list)
    _cursor: str | None = None

    @classmethod
    async def sit(
        cls, address: str, anonymous: Client, number: int, items: list[str], exam_id: str
    ) -> "Device":
        """The demo school's learner of that number signs in and joins."""
        learner = await sign_in(anonymous, f"learner{number}@demo.example", PASSWORD)
        device = cls(address, learner, number, items)
        payload = await learner.do("joinExam", {"examId": exam_id}, "nextSequence sitting { id }")
        device.sitting_id, device.sequence = payload["sitting"]["id"], payload["nextSequence"]
        return device

    async def answer(self, *kinds: str) -> None:
        """Save an answer to each item, one after the other, however long it takes."""
        for kind in kinds:
            response, self.given[kind] = own_answer(kind, self.number)
            given = {
                "sittingId": self.sitting_id, "itemId": self.items[KINDS.index(kind)],
                "response": response, "sequence": self.sequence,
            }  # fmt: skip
            await self._until_told("saveExamAnswer", given, "savedSequence")
            self.sequence += 1

    async def submit(self) -> None:
        """Submit, for good."""
        await self._until_told("submitExam", {"sittingId": self.sitting_id}, "sitting { state }")

    async def held(self) -> dict[str, dict[str, Any]]:
        """What the server holds of the sitting."""
        return await held(self.learner, self.sitting_id, self.items)

    async def follow(self) -> None:
        """Follow the own sitting until cancelled."""
        while True:
            try:
                async with socket_of(self.address, self.learner.token) as socket:
                    stream = await socket.subscribe(_OWN, id=self.sitting_id, after=self._cursor)
                    closing = asyncio.ensure_future(socket.connection.wait_closed())
                    await self._listen(stream, closing)
            except (OSError, WebSocketException, TimeoutError):
                pass
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _listen(self, stream: Stream, closing: "asyncio.Future[None]") -> None:
        while not closing.done():
            frame: asyncio.Future[dict[str, Any]] = asyncio.ensure_future(stream.frames.get())
            both: list[asyncio.Future[Any]] = [frame, closing]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not frame.done():
                frame.cancel()
                return
            event = frame.result()["payload"]["data"]["examSitting"]
            self._cursor = event["cursor"]
            if event["__typename"] not in ("StreamHeartbeat", "StreamNotice"):
                topic = f"sitting:{key_of(self.sitting_id)}"
                self.heard.append((event["__typename"], decode_position(topic, event["cursor"]).seq))

    async def _until_told(self, mutation: str, given: dict[str, Any], selection: str) -> None:
        while True:
            try:
                await self.learner.do(mutation, given, selection)
                return
            except GraphErrors as refused:
                if any(each.get("extensions", {}).get("code") != "UNAVAILABLE" for each in refused.args[0]):
                    raise
            except (httpx.HTTPError, ValueError):
                pass
            await asyncio.sleep(_AGAIN_SECONDS)


def key_of(public_id: str) -> str:
    """The key in the database of what an id names."""
    decoded = ids.decode(public_id)
    assert decoded is not None
    return decoded[1].hex
