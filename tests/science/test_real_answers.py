"""The mastery model on real answers, where they are at hand: good, and without a look ahead."""

from pathlib import Path

import pytest

from bench.evaluate_mastery import SETS, Answer, figures, learners_of_fold, read_answers, replay

FOLDER = Path(__file__).parents[3] / "shared" / "data"
ASSISTMENTS = FOLDER / SETS["ASSISTments 2009"]

pytestmark = pytest.mark.skipif(not ASSISTMENTS.exists(), reason=f"real answers are not at {FOLDER}")


@pytest.fixture(scope="module")
def answers() -> list[Answer]:
    return read_answers(ASSISTMENTS)


def test_learners_not_seen_before_are_predicted_better_than_by_elo(answers: list[Answer]) -> None:
    part = replay(answers, learners_of_fold(answers, 1, 5), seed=1)
    area, loss, calibration = figures(part, part.shipped)
    elo_area, elo_loss, _ = figures(part, part.elo)
    assert elo_area + 0.015 < area < 0.80  # more would be a label leak
    assert loss < elo_loss - 0.015
    assert calibration < 0.02


def test_changing_answers_from_a_time_on_leaves_the_predictions_before_it(answers: list[Answer]) -> None:
    few = answers[:3000]
    cut = 1800
    turned = [
        Answer(answer.learner, answer.item, answer.skills, 1.0 - answer.correct) if row >= cut else answer
        for row, answer in enumerate(few)
    ]
    # Learners whose answers all lie before the cut are replayed first, the others after them.
    later = {answer.learner for answer in few[cut:]}
    told, told_turned = replay(few, later, seed=1), replay(turned, later, seed=1)
    untouched = ~told.tested
    assert untouched.sum() > 1000
    assert (told.features[untouched] == told_turned.features[untouched]).all()
    assert (told.shipped[untouched] == told_turned.shipped[untouched]).all()
    assert (told.shipped[~untouched] != told_turned.shipped[~untouched]).any()
