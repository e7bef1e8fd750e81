"""The examples of GraphiQL, read as `web/src/graphiql/examples.ts` reads them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.client import Client

FOLDER = Path(__file__).parents[2] / "web" / "src" / "graphiql" / "examples"
PEOPLE = {
    "learner": "learner1@demo.example",
    "teacher": "teacher@demo.example",
    "admin": "admin@demo.example",
}
_LOOKUP = re.compile(r"# \$(\w+): (last of |response to |)(.*)")


@dataclass(frozen=True)
class Example:
    """An operation, and how its variables are found."""

    name: str
    title: str
    role: str
    about: str
    text: str
    lookups: tuple[tuple[str, str, str], ...]
    first: str

    async def variables(self, person: Client) -> dict[str, Any]:
        """What the page would fill in for a person."""
        return {name: await _looked(person, mark, how) for name, mark, how in self.lookups}


def read_examples() -> list[Example]:
    """All of them, in the order they are shown."""
    return [_read(path) for path in sorted(FOLDER.glob("*.graphql"))]


def _read(path: Path) -> Example:
    text = path.read_text()
    comments = [line for line in text.splitlines() if line.startswith("# ")]
    noted = dict(line[2:].split(": ", 1) for line in comments[1:])
    found = (_LOOKUP.fullmatch(line) for line in comments)
    lookups = tuple((each[1], each[2].strip(), each[3]) for each in found if each)
    return Example(
        path.stem, comments[0][2:], noted["as"], noted["about"], text, lookups, noted.get("first", "")
    )


async def _looked(person: Client, mark: str, how: str) -> Any:
    if not how.startswith("{"):
        return json.loads(how)
    data = await person.ask(how)
    if mark == "response to":
        return response_to(next(_items(data)))
    texts = list(_texts(data))
    return texts[-1 if mark else 0]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _items(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and "kind" in value:
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _items(each)


def response_to(item: dict[str, Any]) -> dict[str, Any]:
    """Some answer of the shape that an item's kind wants; right or wrong is left to chance."""
    choices = [each["id"] for each in item["choices"]]
    match item["kind"]:
        case "NUMERIC":
            return {"number": 12}
        case "SHORT_TEXT" | "CODE":
            return {"text": "12"}
        case "ORDERING":
            return {"ordering": choices}
        case "MATCHING":
            targets = [each["id"] for each in item["matchTargets"]]
            return {
                "pairs": [
                    {"choiceId": choice, "targetId": target}
                    for choice, target in zip(choices, targets, strict=False)
                ]
            }
        case "CLOZE":
            texts = [next((each["text"] for each in gap["choices"]), "12") for gap in item["gaps"]]
            gaps = [gap["id"] for gap in item["gaps"]]
            return {"gaps": [{"gapId": gap, "text": text} for gap, text in zip(gaps, texts, strict=True)]}
        case _:
            return {"choiceIds": choices[:1]}
