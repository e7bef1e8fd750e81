"""The prerequisite graph as it is exchanged: skills and edges by code, and what an import would do."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from app.content.skills import LONGEST_CODE, MOST_PREREQUISITES
from app.kit.errors import BadInput, DomainError, ErrorReason
from app.kit.ids import new_id
from app.kit.text import checked_name
from app.science.prerequisites import find_cycle

MOST_SKILLS = 2_000
MOST_EDGES = 4_000

CodeEdge = tuple[str, str]
"""The code of the prerequisite, then the code of the skill that requires it."""


class EntryOutcome(StrEnum):
    """What an import does, or would do, with one entry."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    UNCHANGED = "UNCHANGED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class GraphSkill:
    """A skill by code. With `keep_subject` the subject is not told, and a known skill keeps its own."""

    code: str
    name: str
    subject: str | None = None
    keep_subject: bool = False


@dataclass(frozen=True, slots=True)
class GraphPrerequisite:
    """`prerequisite_code` is to be learnt before `code`."""

    code: str
    prerequisite_code: str


@dataclass(frozen=True, slots=True)
class SkillGraph:
    """The graph; with `replace` the skills named lose the prerequisites that are not given here."""

    skills: Sequence[GraphSkill]
    prerequisites: Sequence[GraphPrerequisite]
    replace: bool = False


@dataclass(frozen=True, slots=True)
class KnownSkill:
    """A skill that is there already."""

    id: uuid.UUID
    name: str
    subject: str | None


@dataclass(slots=True)
class Entry:
    """One entry of an import; `skill_id` is the skill's when the entry is a skill."""

    code: str
    outcome: EntryOutcome
    skill_id: uuid.UUID | None = None
    name: str = ""
    subject: str | None = None
    prerequisite_code: str = ""
    errors: list[DomainError] = field(default_factory=list)

    def refuse(self, error: DomainError) -> None:
        """Say why the entry cannot be taken."""
        self.outcome = EntryOutcome.REFUSED
        self.errors.append(error)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import does: each entry in the order of the input, and the edges that go away."""

    skills: Sequence[Entry]
    prerequisites: Sequence[Entry]
    removed: Sequence[CodeEdge]

    @property
    def errors(self) -> list[DomainError]:
        """Why nothing is done, if there is a reason."""
        return [error for entry in (*self.skills, *self.prerequisites) for error in entry.errors]


def plan_import(graph: SkillGraph, known: Mapping[str, KnownSkill], edges: Set[CodeEdge]) -> Plan:
    """Compare a graph with the skills (by code) and edges that are there; BadInput when it is too large."""
    _check_size(graph)
    skills = _planned_skills(graph.skills, known)
    codes = {entry.code for entry in skills}
    taken = {edge for edge in edges if graph.replace and edge[1] in codes}
    prerequisites = _planned_edges(graph.prerequisites, known.keys() | codes, edges)
    _check_counts(prerequisites, edges - taken)
    _check_acyclic(prerequisites, edges - taken)
    given = {_edge(entry) for entry in prerequisites}
    return Plan(skills, prerequisites, sorted(taken - given))


def codes_named(graph: SkillGraph) -> list[str]:
    """All codes that may name a skill, sorted; what cannot be printed is the code of none."""
    codes = {plain_code(skill.code) for skill in graph.skills}
    for each in graph.prerequisites:
        codes |= {plain_code(each.code), plain_code(each.prerequisite_code)}
    return sorted(code for code in codes if code.isprintable())


def plain_code(code: str) -> str:
    """A code as it is compared and stored: without white space at its ends, one blank within."""
    return " ".join(code.split())


def _check_size(graph: SkillGraph) -> None:
    for path, given, most in (
        ("skills", len(graph.skills), MOST_SKILLS),
        ("prerequisites", len(graph.prerequisites), MOST_EDGES),
    ):
        if given > most:
            message = f"At most {most:,} here; {given:,} were given. Send them in parts, the skills first."
            raise BadInput(message, reason=ErrorReason.TOO_MANY_ENTRIES, path=(path,))


def _planned_skills(given: Sequence[GraphSkill], known: Mapping[str, KnownSkill]) -> list[Entry]:
    planned: list[Entry] = []
    seen: set[str] = set()
    for index, skill in enumerate(given):
        entry = Entry(plain_code(skill.code), EntryOutcome.CREATED)
        planned.append(entry)
        try:
            _read_skill(entry, skill, ("skills", str(index)), known.get(entry.code))
            if entry.code in seen:
                message = f"The code '{entry.code}' is given twice; leave one of them out."
                raise BadInput(message, path=("skills", str(index), "code"))
        except DomainError as error:
            entry.refuse(error)
        seen.add(entry.code)
    return planned


def _read_skill(entry: Entry, given: GraphSkill, path: tuple[str, ...], before: KnownSkill | None) -> None:
    checked_name(given.code, "A skill's code", *path, "code", longest=LONGEST_CODE)
    entry.name = checked_name(given.name, "A skill's name", *path, "name")
    if given.subject is not None:
        entry.subject = checked_name(given.subject, "A subject", *path, "subject")
    elif given.keep_subject and before is not None:
        entry.subject = before.subject
    entry.skill_id = before.id if before is not None else new_id()
    if before is not None:
        same = (entry.name, entry.subject) == (before.name, before.subject)
        entry.outcome = EntryOutcome.UNCHANGED if same else EntryOutcome.UPDATED


def _planned_edges(given: Sequence[GraphPrerequisite], codes: Set[str], edges: Set[CodeEdge]) -> list[Entry]:
    planned: list[Entry] = []
    seen = set(edges)
    for index, each in enumerate(given):
        entry = Entry(plain_code(each.code), EntryOutcome.CREATED)
        entry.prerequisite_code = plain_code(each.prerequisite_code)
        for part, code in (("code", entry.code), ("prerequisiteCode", entry.prerequisite_code)):
            if code not in codes:
                message = f"No skill has the code '{code}'; name it among the skills, or correct it."
                entry.refuse(BadInput(message, path=("prerequisites", str(index), part)))
        if not entry.errors and _edge(entry) in seen:
            entry.outcome = EntryOutcome.UNCHANGED
        seen.add(_edge(entry))
        planned.append(entry)
    return planned


def _check_counts(planned: Sequence[Entry], kept: Set[CodeEdge]) -> None:
    counts = Counter(code for _, code in kept)
    seen = set(kept)
    for index, entry in enumerate(planned):
        if entry.errors or _edge(entry) in seen:
            continue
        seen.add(_edge(entry))
        counts[entry.code] += 1
        if counts[entry.code] > MOST_PREREQUISITES:
            message = f"The skill '{entry.code}' would have more than {MOST_PREREQUISITES} prerequisites."
            path = ("prerequisites", str(index))
            entry.refuse(BadInput(message, reason=ErrorReason.TOO_MANY_ENTRIES, path=path))


def _check_acyclic(planned: Sequence[Entry], kept: Set[CodeEdge]) -> None:
    given = {_edge(entry): index for index, entry in reversed([*enumerate(planned)]) if not entry.errors}
    cycle = find_cycle([*kept, *given])
    if not cycle:
        return
    # What is there has no cycle, so at least one of its edges is given here.
    index = min(given[edge] for edge in pairwise(cycle) if edge in given)
    message = f"These skills would require each other: {' → '.join(cycle)}; leave one of these edges out."
    path = ("prerequisites", str(index), "prerequisiteCode")
    planned[index].refuse(BadInput(message, reason=ErrorReason.CYCLE, path=path))


def _edge(entry: Entry) -> CodeEdge:
    return entry.prerequisite_code, entry.code
