"""The prerequisite graph: cycles are named, paths respect it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.science.prerequisites import CycleError, find_cycle, learning_path, ready_skills

EDGES = [
    ("count", "add"),
    ("add", "multiply"),
    ("add", "subtract"),
    ("multiply", "divide"),
    ("subtract", "divide"),
]


def test_a_cycle_is_named_from_its_first_skill_back_to_it() -> None:
    assert find_cycle([("z", "a"), ("a", "b"), ("b", "c"), ("c", "a")]) == ["a", "b", "c", "a"]


def test_a_skill_that_requires_itself_is_a_cycle() -> None:
    assert find_cycle([("a", "a")]) == ["a", "a"]


def test_a_diamond_is_no_cycle() -> None:
    assert find_cycle(EDGES) == []


def test_a_chain_of_ten_thousand_skills_is_searched() -> None:
    chain = [(f"{k:05}", f"{k + 1:05}") for k in range(10_000)]
    assert find_cycle(chain) == []
    assert len(find_cycle([*chain, ("10000", "00000")])) == 10_002


def test_the_path_brings_each_skill_after_its_prerequisites() -> None:
    assert learning_path("divide", EDGES, set()) == ["count", "add", "multiply", "subtract", "divide"]


def test_what_is_mastered_and_what_only_it_required_is_left_out() -> None:
    assert learning_path("divide", EDGES, {"add", "subtract"}) == ["multiply", "divide"]


def test_the_path_to_a_mastered_goal_is_empty() -> None:
    assert learning_path("divide", EDGES, {"divide"}) == []


def test_a_goal_in_a_cycle_has_no_path_and_the_cycle_is_told() -> None:
    with pytest.raises(CycleError, match="a -> b -> a; remove one of these edges") as caught:
        learning_path("c", [("a", "b"), ("b", "a"), ("b", "c")], set())
    assert caught.value.cycle == ["a", "b", "a"]


def test_skills_are_ready_when_all_their_prerequisites_are_mastered() -> None:
    skills = ["count", "add", "multiply", "subtract", "divide"]
    assert ready_skills(skills, EDGES, set()) == ["count"]
    assert ready_skills(skills, EDGES, {"count", "add", "multiply"}) == ["subtract"]


pairs = st.tuples(st.integers(0, 7), st.integers(0, 7))


@given(st.lists(pairs, max_size=20), st.sets(st.integers(0, 7)))
def test_edges_that_only_go_up_never_form_a_cycle_and_paths_keep_their_order(
    drawn: list[tuple[int, int]], mastered: set[int]
) -> None:
    edges = [(str(min(pair)), str(max(pair))) for pair in drawn if pair[0] != pair[1]]
    assert find_cycle(edges) == []
    path = learning_path("7", edges, {str(skill) for skill in mastered})
    for before, after in edges:
        if before in path and after in path:
            assert path.index(before) < path.index(after)
