"""The pages in docs/schema/ tell of the schema that is served, all of it, and lead where they say."""

import re
from pathlib import Path

import pytest

from schema.reference.__main__ import FOLDER, main, written
from schema.reference.history import first_committed
from schema.root import build

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.M)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return written()


def test_the_committed_pages_are_those_of_the_schema(made: dict[str, str]) -> None:
    if first_committed() is None:
        made = {name: text for name, text in made.items() if name != "changes.md"}
    stale = [name for name, text in made.items() if not _is(FOLDER / name, text)]
    assert stale == [], "run 'make docs' and commit docs/schema/"
    assert {page.name for page in FOLDER.glob("*.md")} - {"changes.md"} == set(made) - {"changes.md"}


def _is(page: Path, text: str) -> bool:
    return page.exists() and page.read_text() == text


def test_every_link_leads_to_a_page_and_a_heading(made: dict[str, str]) -> None:
    broken = []
    for name, text in made.items():
        for link in LINK.findall(text):
            file, _, anchor = link.partition("#")
            if link.startswith("https://"):
                continue
            target = made.get(file or name)
            if target is None:
                broken += [] if (FOLDER / file).exists() else [f"{name}: {link}"]
            elif anchor and anchor not in anchors(target):
                broken.append(f"{name}: {link}")
    assert broken == []


def test_every_heading_stands_once_on_its_page(made: dict[str, str]) -> None:
    for text in made.values():
        headings = HEADING.findall(text)
        assert len(anchors(text)) == len(headings)


def test_every_field_of_the_schema_is_told_of(made: dict[str, str]) -> None:
    told = "\n".join(text for name, text in made.items() if name != "changes.md")
    missing = []
    for coordinate in build().policies:
        type_name, _, field = coordinate.partition(".")
        if type_name.endswith(("Connection", "Edge")):
            continue  # pages of objects are explained once
        if type_name in ("Query", "Mutation", "Subscription"):
            missing += [] if f"### {coordinate}\n" in told else [coordinate]
        else:
            section = told.partition(f"### {type_name}\n")[2].partition("\n### ")[0]
            missing += [] if f"| `{field}` |" in section else [coordinate]
    assert missing == []


def test_a_page_tells_types_arguments_policies_and_cost(made: dict[str, str]) -> None:
    learner = made["learners.md"].partition("### Learner\n")[2]
    row = next(line for line in learner.splitlines() if line.startswith("| `recommendations` |"))
    link = "[`[Recommendation!]!`](recommendations.md#recommendation)"
    meaning = "What had best be done next, the best first; none before the first practice."
    first = "`first` `Int` `= 5`: At most this many, 1 to 100."
    assert row == f"| `recommendations` | {link} | {meaning}<br>{first} | `of_learner` | 10 × `first` |"
    sign_in = made["identity.md"].partition("### Mutation.signIn\n")[2]
    assert "| `password` | `String!` | Its password. |" in sign_in.partition("\n### ")[0]


def test_a_word_that_is_no_verb_is_refused_with_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["print"]) == 2
    assert "write" in capsys.readouterr().err
