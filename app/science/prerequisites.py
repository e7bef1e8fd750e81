"""The prerequisite graph of skills: cycles, what is ready, and the path to a goal.

An edge is (prerequisite, skill): the first is learnt before the second.
"""

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable

Edge = tuple[str, str]


class CycleError(ValueError):
    """The prerequisites form a cycle, so no order of learning exists; `cycle` names its skills."""

    def __init__(self, cycle: list[str]) -> None:
        self.cycle = cycle
        super().__init__(f"these skills require each other: {' -> '.join(cycle)}; remove one of these edges")


def find_cycle(edges: Iterable[Edge]) -> list[str]:
    """Return the skills of one cycle, the first repeated at the end, or an empty list when there is none."""
    follows = _sorted_followers(edges)
    finished: set[str] = set()
    for start in sorted(follows):
        path: list[str] = []
        on_path: set[str] = set()
        pending = [(start, False)]
        while pending:
            skill, leaving = pending.pop()
            if leaving:
                on_path.discard(path.pop())
                finished.add(skill)
            elif skill in on_path:
                return [*path[path.index(skill) :], skill]
            elif skill not in finished:
                path.append(skill)
                on_path.add(skill)
                pending.append((skill, True))
                pending.extend((after, False) for after in reversed(follows.get(skill, [])))
    return []


def learning_path(goal: str, edges: Iterable[Edge], mastered: Collection[str]) -> list[str]:
    """Return the skills to learn up to and with the goal, each after its prerequisites.

    What is mastered is left out, and so is what only it required. Skills free to come in either order are in
    the order of their ids. CycleError when the goal's prerequisites form a cycle.
    """
    requires = defaultdict(set)
    for before, after in edges:
        requires[after].add(before)
    needed = _needed(goal, requires, mastered)
    follows = defaultdict(list)
    for after in needed:
        for before in requires[after] & needed:
            follows[before].append(after)
    left = {skill: len(requires[skill] & needed) for skill in needed}
    ready = [skill for skill, count in left.items() if not count]
    heapq.heapify(ready)
    path = []
    while ready:
        skill = heapq.heappop(ready)
        path.append(skill)
        for after in follows[skill]:
            left[after] -= 1
            if not left[after]:
                heapq.heappush(ready, after)
    if len(path) < len(needed):
        stuck = needed.difference(path)
        raise CycleError(find_cycle((before, after) for after in stuck for before in requires[after] & stuck))
    return path


def ready_skills(skills: Iterable[str], edges: Iterable[Edge], mastered: Collection[str]) -> list[str]:
    """Return the skills not yet mastered whose prerequisites all are, in the order given."""
    blocked = {after for before, after in edges if before not in mastered}
    return [skill for skill in skills if skill not in mastered and skill not in blocked]


def _needed(goal: str, requires: dict[str, set[str]], mastered: Collection[str]) -> set[str]:
    needed: set[str] = set()
    pending = [goal]
    while pending:
        skill = pending.pop()
        if skill not in needed and skill not in mastered:
            needed.add(skill)
            pending.extend(requires.get(skill, ()))
    for skill in needed:
        requires.setdefault(skill, set())
    return needed


def _sorted_followers(edges: Iterable[Edge]) -> dict[str, list[str]]:
    follows: dict[str, set[str]] = defaultdict(set)
    for before, after in edges:
        follows[before].add(after)
    return {skill: sorted(after) for skill, after in follows.items()}
