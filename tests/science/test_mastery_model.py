"""The on-line logistic model: what its figures promise a learner and a teacher."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.science.estimate import Cases, Estimate, FactorKind, State
from app.science.mastery_level import probability_without_forgetting
from app.science.mastery_model import UnknownModelError, model_named, model_names

MODEL = model_named("online-logistic/1")
DAY = 86_400.0
START = 1_700_000_000.0

answer_lists = st.lists(
    st.tuples(
        st.integers(0, 2),  # skill
        st.integers(0, 3),  # item
        st.sampled_from([0.0, 0.0, 0.4, 1.0, 1.0]),
        st.sampled_from([-DAY, 0.0, 60.0, 3 * DAY, 200 * DAY]),
        st.integers(0, 2),  # hints
    ),
    max_size=40,
)
Answers = list[tuple[int, int, float, float, int]]


class Learner:
    """One learner's states while answers are replayed."""

    def __init__(self) -> None:
        self.learner = MODEL.new_learner()
        self.skills = [MODEL.new_skill() for _ in range(3)]
        self.items = [MODEL.new_item() for _ in range(4)]
        self.at = START
        self.predicted: list[float] = []

    def answer(self, skill: int, item: int, score: float, wait: float = 60.0, hints: int = 0) -> "Learner":
        self.at += wait
        update = MODEL.update(
            self.learner, [self.skills[skill]], self.items[item], score, self.at, hints=hints
        )
        self.learner, self.skills[skill], self.items[item] = update.learner, update.skills[0], update.item
        self.predicted.append(update.predicted)
        return self

    def states(self) -> list[State]:
        return [self.learner, *self.skills, *self.items]

    def estimate(self, skill: int = 0, after: float = 0.0, difficulty: float = -0.9) -> Estimate:
        return MODEL.estimate(self.learner, self.skills[skill], difficulty, self.at + after)


def replayed(answers: Answers) -> Learner:
    learner = Learner()
    for answer in answers:
        learner.answer(*answer)
    return learner


def after_scores(scores: list[float]) -> Learner:
    return replayed([(0, 0, score, 60.0, 0) for score in scores])


def test_an_unknown_model_is_refused_with_the_known_names() -> None:
    with pytest.raises(
        UnknownModelError, match="no mastery model is named 'guess'; known models: online-logistic/1"
    ):
        model_named("guess")


def test_every_model_is_found_by_its_own_name() -> None:
    assert [model_named(name).name for name in model_names()] == list(model_names())


def test_a_first_answer_is_already_predicted_from_the_item() -> None:
    learner, skill = MODEL.new_learner(), MODEL.new_skill()
    hard = easy = MODEL.new_item()
    for _ in range(20):
        hard = MODEL.update(learner, [skill], hard, 0.0, START).item
        easy = MODEL.update(learner, [skill], easy, 1.0, START).item
    assert MODEL.predict(learner, [skill], hard, START) < 0.3
    assert MODEL.predict(learner, [skill], easy, START) > 0.8


def test_a_new_item_is_taken_to_be_as_hard_as_the_learners_usual_items() -> None:
    learner, skill, hard = MODEL.new_learner(), MODEL.new_skill(), MODEL.new_item()
    for _ in range(30):
        hard = MODEL.update(MODEL.new_learner(), [MODEL.new_skill()], hard, 0.0, START).item
    unmoved = MODEL.predict(learner, [skill], MODEL.new_item(), START)
    met = MODEL.update(learner, [skill], hard, 0.0, START)
    difficulty = MODEL.item_difficulty(
        MODEL.update(met.learner, met.skills, MODEL.new_item(), 0.5, START).item
    )[0]
    assert difficulty > MODEL.item_difficulty(MODEL.new_item())[0] + 0.5
    assert MODEL.predict(met.learner, met.skills, MODEL.new_item(), START) < unmoved


@given(answer_lists)
@settings(max_examples=60, deadline=None)
def test_the_factors_add_up_to_the_logit_exactly(answers: Answers) -> None:
    learner = replayed(answers)
    estimate = learner.estimate(after=5 * DAY)
    assert math.fsum(factor.contribution for factor in estimate.factors) == estimate.logit
    assert estimate.probability == pytest.approx(1.0 / (1.0 + math.exp(-estimate.logit)), abs=1e-12)
    assert len({factor.kind for factor in estimate.factors}) == len(estimate.factors) == 8


@given(answer_lists)
@settings(max_examples=60, deadline=None)
def test_chances_stay_inside_zero_and_one_and_states_finite(answers: Answers) -> None:
    learner = replayed(answers)
    assert all(0.0 < chance < 1.0 for chance in learner.predicted)
    assert all(math.isfinite(number) for state in learner.states() for number in state)
    assert 0.0 < learner.estimate().standard_error < 0.5


@given(answer_lists, st.lists(st.floats(0.0, 4000.0 * DAY), min_size=2, max_size=6))
@settings(max_examples=60, deadline=None)
def test_more_time_without_practice_never_raises_mastery(answers: Answers, gaps: list[float]) -> None:
    learner = replayed(answers)
    chances = [learner.estimate(after=gap).probability for gap in sorted(gaps)]
    assert chances == sorted(chances, reverse=True)
    predicted = [
        MODEL.predict(learner.learner, learner.skills[:2], learner.items[0], learner.at + gap)
        for gap in sorted(gaps)
    ]
    assert predicted == sorted(predicted, reverse=True)


@given(answer_lists)
@settings(max_examples=150, deadline=None)
def test_a_right_answer_never_lowers_mastery_of_its_skill(answers: Answers) -> None:
    learner = replayed(answers)
    before = learner.estimate().probability
    assert learner.answer(0, 0, 1.0, wait=0.0).estimate().probability >= before - 1e-9


@given(answer_lists, st.floats(0.0, 400.0 * DAY))
@settings(max_examples=150, deadline=None)
def test_a_wrong_answer_never_raises_mastery_of_its_skill_however_long_the_pause(
    answers: Answers, pause: float
) -> None:
    learner = replayed([*answers, (0, 0, 1.0, 60.0, 0)])
    before = learner.estimate(after=pause).probability
    assert learner.answer(0, 0, 0.0, wait=pause).estimate().probability <= before + 1e-9


def test_what_faded_over_a_pause_comes_back_with_a_right_answer_alone() -> None:
    practised = [(0, item % 3, 1.0, 60.0, 0) for item in range(12)]
    known = replayed(practised).estimate().probability
    faded = replayed(practised).estimate(after=60 * DAY).probability
    after_right = replayed([*practised, (0, 0, 1.0, 60 * DAY, 0)]).estimate().probability
    after_wrong = replayed([*practised, (0, 0, 0.0, 60 * DAY, 0)]).estimate().probability
    assert after_wrong < faded < known <= after_right


@given(answer_lists)
@settings(max_examples=60, deadline=None)
def test_the_same_answers_give_the_same_numbers_to_the_last_bit(answers: Answers) -> None:
    assert replayed(answers).states() == replayed(answers).states()


@given(answer_lists, answer_lists, answer_lists)
@settings(max_examples=40, deadline=None)
def test_predictions_do_not_depend_on_answers_still_to_come(
    known: Answers, later: Answers, other: Answers
) -> None:
    seen = len(known) + 1
    first, second = (later or [(0, 0, 1.0, 60.0, 0)]), [(0, 0, 0.0, 60.0, 0), *other]
    second[0] = (*first[0][:2], 1.0 - first[0][2], *first[0][3:])
    assert replayed(known + first).predicted[:seen] == replayed(known + second).predicted[:seen]


@pytest.mark.parametrize("pattern", ["wrong", "right", "alternating", "late", "hinted"])
def test_ten_thousand_adverse_answers_leave_finite_states(pattern: str) -> None:
    learner = Learner()
    for number in range(10_000):
        score = {"wrong": 0.0, "right": 1.0}.get(pattern, float(number % 2))
        wait = -1e5 if pattern == "late" else 1e5
        learner.answer(number % 3, number % 4, score, wait, hints=9 if pattern == "hinted" else 0)
    assert all(math.isfinite(number) for state in learner.states() for number in state)
    assert all(state[1] > 0.0 for state in learner.states())
    assert abs(learner.learner[0]) < 10.0
    assert abs(learner.learner[3] / learner.learner[5]) <= 1.0
    assert all(0.0 < chance < 1.0 for chance in learner.predicted)


def on_known_items(score: float, count: int) -> Learner:
    """A learner who answers items that many learners have answered, about two in three of them right."""
    item = MODEL.new_item()
    for number in range(60):
        learner, skill = MODEL.new_learner(), MODEL.new_skill()
        item = MODEL.update(learner, [skill], item, float(number % 3 > 0), START).item
    learner_now = Learner()
    for _ in range(count):
        learner_now.items[0] = item
        learner_now.answer(0, 0, score)
    return learner_now


def test_right_answers_bring_mastery_and_wrong_ones_do_not() -> None:
    assert on_known_items(1.0, 10).estimate().probability > 0.85
    assert on_known_items(0.0, 10).estimate().probability < 0.25


def test_uncertainty_shrinks_with_answers_and_grows_with_time() -> None:
    few, many = after_scores([1.0, 0.0] * 2), after_scores([1.0, 0.0] * 20)
    assert many.estimate().standard_error < 0.7 * few.estimate().standard_error
    fresh, stale = many.estimate(), many.estimate(after=60 * DAY)
    fresh_logits = fresh.standard_error / (fresh.probability * (1.0 - fresh.probability))
    stale_logits = stale.standard_error / (stale.probability * (1.0 - stale.probability))
    assert stale_logits > fresh_logits


def test_spaced_practice_fades_more_slowly_than_massed_practice() -> None:
    massed = replayed([(0, 0, 1.0, 60.0, 0)] * 8)
    spaced = replayed([(0, 0, 1.0, 4 * DAY, 0)] * 8)
    assert loss(massed.estimate(after=30 * DAY)) < 2.0 * loss(spaced.estimate(after=30 * DAY)) < 0.0


def test_what_is_not_known_is_not_forgotten() -> None:
    known, unknown = on_known_items(1.0, 10), on_known_items(0.0, 10)
    assert loss(known.estimate(after=10 * DAY)) < 3.0 * loss(unknown.estimate(after=10 * DAY)) < 0.0


def loss(estimate: Estimate) -> float:
    return next(f.contribution for f in estimate.factors if f.kind is FactorKind.TIME_SINCE_PRACTICE)


def test_a_late_answer_counts_with_no_gap_and_keeps_the_last_practice() -> None:
    learner = after_scores([1.0] * 3)
    last = learner.at
    learner.answer(0, 0, 1.0, wait=-50 * DAY)
    assert MODEL.evidence(learner.skills[0]) == (4, last)


def test_a_right_answer_with_hints_is_worth_less() -> None:
    plain, hinted = Learner().answer(0, 0, 1.0), Learner().answer(0, 0, 1.0, hints=2)
    assert hinted.estimate().probability < plain.estimate().probability
    hints = next(f.contribution for f in hinted.estimate().factors if f.kind is FactorKind.HINTS)
    assert hints == pytest.approx(-0.4 * (1.0 - 0.5 ** (1.0 / 3.0)), abs=1e-12)


def test_mastery_is_the_chance_on_an_item_of_that_difficulty() -> None:
    learner = after_scores([1.0, 0.0, 1.0, 1.0])
    harder, easier = learner.estimate(difficulty=1.0), learner.estimate(difficulty=-2.0)
    assert harder.probability < 0.5 < easier.probability


def test_evidence_is_none_before_the_first_answer() -> None:
    assert MODEL.evidence(MODEL.new_skill()) == (0, None)
    assert MODEL.evidence(after_scores([1.0]).skills[0]) == (1, START + 60.0)


def test_item_difficulty_gets_surer_with_answers() -> None:
    learner = after_scores([1.0, 0.0] * 10)
    assert MODEL.item_difficulty(learner.items[0])[1] < 0.6 * MODEL.item_difficulty(learner.items[1])[1]


def test_an_item_of_several_skills_moves_each_of_them() -> None:
    skills = [MODEL.new_skill(), MODEL.new_skill()]
    update = MODEL.update(MODEL.new_learner(), skills, MODEL.new_item(), 1.0, START)
    assert update.skills[0] == update.skills[1] != skills[0]


def test_an_item_without_skills_still_teaches_the_learner_and_the_item() -> None:
    update = MODEL.update(MODEL.new_learner(), [], MODEL.new_item(), 1.0, START)
    assert update.skills == ()
    assert update.learner[0] > 0.0
    assert MODEL.item_difficulty(update.item)[0] < MODEL.item_difficulty(MODEL.new_item())[0]


@pytest.mark.parametrize(
    ("score", "at", "hints", "message"),
    [
        (1.5, START, 0, "the score is 1.5; give a number from 0 to 1"),
        (math.nan, START, 0, "the score is nan"),
        (1.0, math.inf, 0, "the time is inf; give seconds since the epoch"),
        (1.0, START, -1, "the number of hints is -1; give 0 or more"),
    ],
)
def test_an_impossible_answer_is_refused(score: float, at: float, hints: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MODEL.update(MODEL.new_learner(), [], MODEL.new_item(), score, at, hints=hints)


@given(answer_lists, st.sampled_from([-DAY, 0.0, 1.0, 40 * DAY]), st.sampled_from([-8.0, -0.9, 0.0, 2.5]))
def test_many_readings_are_to_the_last_bit_what_single_estimates_say(
    answers: Answers, after: float, difficulty: float
) -> None:
    who = (replayed(answers), Learner().answer(1, 2, 0.3))
    at = who[0].at + after
    skills = [skill for each in who for skill in each.skills]
    learners = np.array([each.learner for each in who])
    found = MODEL.readings(Cases(learners, np.repeat([0, 1], 3), np.array(skills), [difficulty] * 6), at)
    expected = [MODEL.estimate(each.learner, skill, difficulty, at) for each in who for skill in each.skills]

    assert found.probability.tolist() == [each.probability for each in expected]
    assert found.standard_error.tolist() == [each.standard_error for each in expected]
    assert found.kept.tolist() == [probability_without_forgetting(each) for each in expected]


@given(answer_lists, st.sampled_from([0.0, 60.0, 5 * DAY, 400 * DAY]), st.floats(-3.0, 3.0))
def test_chances_are_those_of_the_estimate_to_the_last_bit(
    answers: Answers, after: float, difficulty: float
) -> None:
    learner = replayed(answers)
    for skill in range(3):
        found = learner.estimate(skill, after, difficulty)
        said = MODEL.chances(learner.learner, learner.skills[skill], difficulty, learner.at + after)
        assert said == (found.probability, probability_without_forgetting(found))
