"""What every server is asked, and how an answer is brought into one form.

The peers hold the schema of these questions; PostGraphile makes its own of the tables, so it is asked with
aliases. Ids are compared without prefix and hyphens. Of a mastery the peers tell the stored chance, ours
works it out as of the moment; the school's skills hardly fade, so a hundredth is tolerated, nothing else.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

TOLERANCE = 0.01
_ENCODED = frozenset({"usr", "org", "lrn", "mst", "skl"})

_ME = """{ viewer { roles user { id displayName email } organization { id name timeZone }
  learner { id displayName alias } } }"""
_BOARD = """query($id: ID!) { leaderboard(scopeId: $id, window: ALL_TIME, first: 50) {
  entries { rank alias score } } }"""
_DASHBOARD = """query($id: ID!) { classroom(id: $id) { name learners(first: 32) { nodes { id displayName
  mastery(first: 40) { nodes { id probability level evidenceCount skill { id name } } } } } } }"""
GRAPH = {"me": _ME, "leaderboard": _BOARD, "dashboard": _DASHBOARD}
POSTGRAPHILE = {
    "me": _ME.replace("{ id ", "{ id: rowId "),
    "leaderboard": """query($id: UUID!) { leaderboard: classroom(id: $id) {
      entries(first: 50, orderBy: [RANK_ASC, ALIAS_ASC]) { rank alias score } } }""",
    "dashboard": """query($id: UUID!) { classroom(id: $id) { name
      learners(first: 32, orderBy: [DISPLAY_NAME_ASC, ROW_ID_ASC]) { nodes { id: rowId displayName
        mastery(first: 40, orderBy: [SKILL_NAME_ASC, ROW_ID_ASC]) { nodes {
          id: rowId probability level evidenceCount skill { id: rowId name } } } } } } }""",
}
"""The document of each column."""


def body(document: str, variables: dict[str, Any]) -> bytes:
    """The body of a POST request."""
    return json.dumps({"query": document, "variables": variables}).encode()


def persisted(document: str) -> dict[str, Any]:
    """What names a document by its hash, as Apollo's automatic persisted queries do."""
    digest = hashlib.sha256(document.encode()).hexdigest()
    return {"persistedQuery": {"version": 1, "sha256Hash": digest}}


def persisted_path(document: str, by_hash: bool = True) -> str:
    """The path of a GET request for a document by its hash, or with its text."""
    if not by_hash:
        return "/graphql?" + urlencode({"query": document})
    return "/graphql?" + urlencode({"extensions": json.dumps(persisted(document), separators=(",", ":"))})


def leaves(value: Any) -> int:
    """How many leaves an answer has."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    return sum(map(leaves, value)) if isinstance(value, list) else 1


def normalised(answer: bytes) -> Any:
    """The data of an answer, its ids in one form; ValueError when it holds errors or no data."""
    said = json.loads(answer)
    if said.get("errors") or not said.get("data"):
        raise ValueError(answer[:300].decode())
    return _normalised(said["data"])


def _normalised(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _id(inner) if name == "id" else _normalised(inner)
            for name, inner in value.items()
            if name != "__typename"
        }
    return list(map(_normalised, value)) if isinstance(value, list) else value


def _id(value: str) -> str:
    prefix, _, rest = value.partition("_")
    return rest if prefix in _ENCODED else value.replace("-", "")


def difference(one: Any, other: Any, at: str = "data") -> str | None:
    """The first place where two answers differ; None when they are equal, chances within the tolerance."""
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return f"{at} has {sorted(one)} and {sorted(other)}"
        found: Iterator[str | None] = (difference(one[name], other[name], f"{at}.{name}") for name in one)
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return f"{at} has {len(one)} and {len(other)} entries"
        found = (difference(a, b, f"{at}[{i}]") for i, (a, b) in enumerate(zip(one, other, strict=True)))
    elif at.endswith(".probability"):
        found = iter([None if abs(one - other) <= TOLERANCE else f"{at} is {one} and {other}"])
    else:
        found = iter([None if one == other else f"{at} is {one!r:.80} and {other!r:.80}"])
    return next((each for each in found if each is not None), None)
