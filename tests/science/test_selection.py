"""The next item: success likely, but not certain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.science.selection import Candidate, distance_from_band, next_item

EASY, FITTING, ALSO_FITTING, HARD = (
    Candidate("easy", 0.95),
    Candidate("fitting", 0.80),
    Candidate("also-fitting", 0.72),
    Candidate("hard", 0.40),
)


def test_an_item_inside_the_band_comes_before_all_others() -> None:
    assert next_item([EASY, FITTING, HARD], 0.99) == FITTING


def test_without_any_inside_the_band_the_nearest_comes() -> None:
    assert next_item([HARD, EASY], 0.0) == EASY


def test_the_draw_chooses_among_equals_in_the_order_of_their_ids() -> None:
    assert next_item([FITTING, ALSO_FITTING], 0.49) == ALSO_FITTING
    assert next_item([FITTING, ALSO_FITTING], 0.5) == FITTING


def test_a_frustrated_learner_can_be_given_an_easier_band() -> None:
    assert next_item([EASY, FITTING], 0.0, lowest=0.9, highest=0.97) == EASY


def test_no_candidates_means_no_item() -> None:
    assert next_item([], 0.5) is None


def test_a_draw_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the draw is 1\.0"):
        next_item([EASY], 1.0)


def test_a_band_upside_down_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the band is 0\.9 to 0\.7"):
        next_item([EASY], 0.0, lowest=0.9, highest=0.7)


@given(st.lists(st.floats(0.01, 0.99), min_size=1), st.floats(0.0, 1.0, exclude_max=True))
def test_no_candidate_is_nearer_to_the_band_than_the_chosen_one(chances: list[float], draw: float) -> None:
    chosen = next_item([Candidate(str(k), chance) for k, chance in enumerate(chances)], draw)
    assert chosen is not None
    assert distance_from_band(chosen.chance) <= min(map(distance_from_band, chances)) + 1e-9
