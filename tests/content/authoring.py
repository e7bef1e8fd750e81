"""Skills and items that tests make, through the doors that authors use."""

from collections.abc import Mapping
from typing import Any

from tests.client import Client

CHOICE = {
    "kind": "MULTIPLE_CHOICE",
    "content": {
        "stem": "What is 2 + 2?",
        "choices": [{"id": "a", "text": "3"}, {"id": "b", "text": "4"}, {"id": "c", "text": "22"}],
    },
    "answerKey": {
        "correctChoiceIds": ["b"],
        "feedback": {"responses": [{"response": "c", "text": "Add the numbers, do not join them."}]},
    },
}
NUMBER = {
    "kind": "NUMERIC",
    "content": {"stem": "How long is the side?", "unit": "cm"},
    "answerKey": {"value": 6171.5, "tolerance": 0.25},
}
TEXT = {
    "kind": "SHORT_TEXT",
    "content": {"stem": "Name the longest side of a right triangle."},
    "answerKey": {"accepted": ["hypotenuse"]},
}
ORDER = {
    "kind": "ORDERING",
    "content": {
        "stem": "Order by size, the smallest first.",
        "choices": [
            {"id": x, "text": t} for x, t in [("w", "1/8"), ("x", "1/4"), ("y", "1/2"), ("z", "3/4")]
        ],
    },
    "answerKey": {"order": ["w", "x", "y", "z"]},
}
MATCH = {
    "kind": "MATCHING",
    "content": {
        "stem": "Match the equal ones.",
        "choices": [
            {"id": x, "text": t} for x, t in [("h", "1/2"), ("q", "1/4"), ("e", "1/8"), ("t", "1/5")]
        ],
        "matchTargets": [
            {"id": x, "text": t} for x, t in [("i", "0.5"), ("j", "0.25"), ("k", "0.125"), ("l", "0.2")]
        ],
    },
    "answerKey": {
        "pairs": [{"choiceId": c, "targetId": t} for c, t in [("h", "i"), ("q", "j"), ("e", "k"), ("t", "l")]]
    },
}
GAPS = {
    "kind": "CLOZE",
    "content": {
        "stem": "A triangle has (1) sides, a square (2).",
        "gaps": [
            {"id": "g1", "label": "(1)"},
            {
                "id": "g2",
                "label": "(2)",
                "choices": [{"id": "p", "text": "four"}, {"id": "q", "text": "five"}],
            },
        ],
    },
    "answerKey": {"gaps": [{"gapId": "g1", "accepted": ["three"]}, {"gapId": "g2", "accepted": ["four"]}]},
}
SEVERAL = {
    "kind": "MULTIPLE_RESPONSE",
    "content": {"stem": "Which are even?", "choices": [{"id": x, "text": x} for x in ("3", "4", "6")]},
    "answerKey": {"correctChoiceIds": ["4", "6"]},
}


async def skill(author: Client, code: str, *prerequisites: str, name: str = "") -> str:
    """A new skill's id."""
    given = {"code": code, "name": name or code.title(), "prerequisiteIds": list(prerequisites)}
    payload = await author.do("createSkill", given, "skill { id }")
    made: str = payload["skill"]["id"]
    return made


async def item(author: Client, skill_id: str, draft: Mapping[str, Any] = CHOICE) -> str:
    """A new item's id."""
    payload = await author.do("createItem", {"skillIds": [skill_id], **draft}, "item { id }")
    made: str = payload["item"]["id"]
    return made
