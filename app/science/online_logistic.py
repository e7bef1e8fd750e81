"""On-line logistic learner model: a few numbers a learner, a skill and an item, moved by each answer.

Beliefs about the learner's ability, the learner's skill and the item's difficulty are Gaussian and move by
one step of a logistic Kalman filter an answer (an Elo rating whose steps shrink with evidence: Glickman 1999;
Pelanek 2016, "Applications of the Elo rating system in adaptive educational systems"). Beside them run
exponentially decayed averages of successes and of residuals (Galyardt and Goldin 2015). A logistic model
reads all of it (Gervet et al. 2020, "When is deep learning the best approach to knowledge tracing?"); its
weights are fitted off-line and are in `online_logistic_weights`.
"""

import math
from collections.abc import Sequence

from app.science import online_logistic_weights as constants
from app.science.estimate import Cases, Estimate, Factor, FactorKind, Readings, State, Update
from app.science.online_logistic_features import FEATURES, anchored, features
from app.science.online_logistic_readings import OnlineLogisticReader
from app.science.online_logistic_weights import DAY, STEADY_ITEM

# Mastery must not change because another skill was practised in between: what depends on it is left out.
_CONTEXT = frozenset(
    i for i, f in enumerate(FEATURES) if f.name in ("answers_since_skill", "same_skill_again")
)
_REASONS = tuple(dict.fromkeys(feature.kind for feature in FEATURES))
_COLUMNS = tuple(
    tuple(i for i, f in enumerate(FEATURES) if f.kind is kind and i not in _CONTEXT) for kind in _REASONS
)
"""The features of each reason that mastery rests on."""
_TOLD = (*_REASONS, FactorKind.TIME_SINCE_PRACTICE, FactorKind.HINTS)
_TIME = _TOLD.index(FactorKind.TIME_SINCE_PRACTICE)
_ORDER = tuple(_TOLD.index(kind) for kind in FactorKind if kind in _TOLD)

# A residual of so many averages keeps a smoothed average, sum / (weight + smoothing), where it is.
_LEARNER_HOLD = 1.0 + 1.0 * (1.0 - constants.LEARNER_DECAY)
_SKILL_HOLD = 1.0 + 0.5 * (1.0 - constants.SKILL_DECAY)


class OnlineLogistic:
    """Learner model `online-logistic/1`; the methods are described at `MasteryModel`.

    Skills fade: the loss in logits after a gap is `FORGETTING_RATE * ln(1 + gap / stability)`, scaled by
    what was known, so that nothing unknown is forgotten. The stability, in days, grows with spaced successes.
    What has faded comes back with success, in the measure of its credit: a wrong answer brings nothing back.
    """

    name = "online-logistic/1"

    def __init__(self, weights: Sequence[float] = constants.WEIGHTS) -> None:
        if len(weights) != len(FEATURES):
            raise ValueError(f"{len(weights)} weights given; the model has {len(FEATURES)} features")
        self._weights = tuple(weights)
        self._reader = OnlineLogisticReader(weights)

    def new_learner(self) -> State:
        return (0.0, constants.LEARNER_VARIANCE, *([0.0] * 6))

    def new_skill(self) -> State:
        return (0.0, constants.SKILL_VARIANCE, *([0.0] * 9), constants.FIRST_STABILITY, 0.0, 0.0)

    def new_item(self) -> State:
        return (constants.ITEM_DIFFICULTY, constants.ITEM_VARIANCE, *([0.0] * 4), constants.ITEM_DIFFICULTY)

    def predict(self, learner: State, skills: Sequence[State], item: State, at: float) -> float:
        item = anchored(learner, skills, item)
        logit = self._logit(features(learner, skills, item))
        loss, hinted = _faded(skills, logit, at)
        return sigmoid(logit - loss - hinted)

    def update(
        self, learner: State, skills: Sequence[State], item: State, score: float, at: float, *, hints: int = 0
    ) -> Update:
        if not 0.0 <= score <= 1.0:
            raise ValueError(f"the score is {score}; give a number from 0 to 1")
        if not math.isfinite(at):
            raise ValueError(f"the time is {at}; give seconds since the epoch")
        if hints < 0:
            raise ValueError(f"the number of hints is {hints}; give 0 or more")
        item = anchored(learner, skills, item)
        logit = self._logit(features(learner, skills, item))
        loss, hinted = _faded(skills, logit, at)
        predicted = sigmoid(logit - loss - hinted)
        credit = score * constants.HINT_CREDIT**hints if hints else score
        return _moved(learner, skills, item, credit, at, hints, loss, predicted)

    def estimate(self, learner: State, skill: State, reference_difficulty: float, at: float) -> Estimate:
        parts = self._parts(learner, skill, reference_difficulty, at)
        factors = tuple([Factor(_TOLD[place], parts[place]) for place in _ORDER])
        logit = math.fsum(parts)
        probability = sigmoid(logit)
        return Estimate(probability, _standard_error(probability, learner, skill, at), logit, factors)

    def chances(
        self, learner: State, skill: State, reference_difficulty: float, at: float
    ) -> tuple[float, float]:
        parts = self._parts(learner, skill, reference_difficulty, at)
        logit = math.fsum(parts)
        return sigmoid(logit), sigmoid(logit - parts[_TIME])

    def _parts(self, learner: State, skill: State, reference_difficulty: float, at: float) -> list[float]:
        """Return what each of `_TOLD` adds to the logit."""
        credit = STEADY_ITEM * sigmoid(-reference_difficulty)
        item = (reference_difficulty, 0.0, STEADY_ITEM, credit, 0.0, 0.0, 0.0)
        values = features(learner, (skill,), item)
        products = [weight * value for weight, value in zip(self._weights, values, strict=True)]
        parts = [math.fsum([products[column] for column in columns]) for columns in _COLUMNS]
        loss, hinted = _faded((skill,), math.fsum(parts), at)
        parts += (-loss, -hinted)
        return parts

    def readings(self, cases: Cases, at: float) -> Readings:
        return self._reader.read(cases, at)

    def item_difficulty(self, item: State) -> tuple[float, float]:
        return item[0], math.sqrt(item[1])

    def evidence(self, skill: State) -> tuple[int, float | None]:
        count = int(skill[2])
        return count, skill[4] if count else None

    def _logit(self, values: Sequence[float]) -> float:
        # fsum rounds once, so the result is the same on every Python; the built-in sum changed in 3.12.
        return math.fsum([weight * value for weight, value in zip(self._weights, values, strict=True)])


def sigmoid(logit: float) -> float:
    """Return 1 / (1 + e^-logit), inside (0, 1) for every finite logit."""
    return 1.0 / (1.0 + math.exp(-min(30.0, max(-30.0, logit))))


def _gap(skill: State, at: float, since: float) -> float:
    """Return the time from `since` in units of the skill's stability; 0 for late answers."""
    return (at - since) / (DAY * skill[11]) if skill[2] and at > since else 0.0


def _faded(skills: Sequence[State], logit: float, at: float) -> tuple[float, float]:
    """Return what forgetting and recent hints take from the logit, both at least 0."""
    gone = hinted = 0.0
    for skill in skills:
        gone += math.log1p(_gap(skill, at, skill[13]))
        hinted += skill[12]
    share = 1.0 / (len(skills) or 1)
    return constants.FORGETTING_RATE * gone * share * sigmoid(logit), constants.HINT_WEIGHT * hinted * share


def _grown_variance(skill: State, at: float) -> float:
    """Return the variance of the skill's ability now: what was not practised is known less well."""
    growth = constants.VARIANCE_GROWTH * math.log1p(_gap(skill, at, skill[4]))
    return min(constants.MOST_VARIANCE, skill[1] + growth)


def _standard_error(probability: float, learner: State, skill: State, at: float) -> float:
    """Return the delta-method standard error of the probability."""
    reading = constants.LASTING_VARIANCE + constants.UNSEEN_VARIANCE / (1.0 + skill[2])
    variance = learner[1] + _grown_variance(skill, at) + reading
    return probability * (1.0 - probability) * math.sqrt(variance)


def _moved(
    learner: State,
    skills: Sequence[State],
    item: State,
    credit: float,
    at: float,
    hints: int,
    loss: float,
    predicted: float,
) -> Update:
    """Return all states after an answer worth `credit`."""
    share = 1.0 / len(skills) if skills else 0.0
    variances = [_grown_variance(skill, at) for skill in skills]
    together = learner[0] + share * math.fsum([skill[0] for skill in skills])
    last = share * math.fsum([skill[8] for skill in skills])
    margin = together - item[0] - loss
    expected = sigmoid(margin)
    error = credit - expected
    information = max(0.02, expected * (1.0 - expected))
    doubt = learner[1] + share * share * math.fsum(variances) + item[1]
    gain = 1.0 / (1.0 + information * doubt)
    moved_item = _answered_item(item, credit, predicted, doubt, margin, together, last)
    moved_learner = _answered_learner(learner, credit, error, gain, information, moved_item[0])
    pull = gain * share * error
    narrowing = gain * information * share * share
    answered = moved_learner[2]
    moved_skills = tuple(
        [
            _practised(skill, grown, pull, narrowing, error, credit, answered, at, hints, moved_item[0])
            for skill, grown in zip(skills, variances, strict=True)
        ]
    )
    return Update(moved_learner, moved_skills, moved_item, predicted)


def _answered_item(
    item: State, credit: float, predicted: float, doubt: float, margin: float, together: float, last: float
) -> State:
    """Return the item's state after an answer.

    It learns from the whole model's error: what the learner's recent answers explain is not its own. `doubt`
    is the variance of the margin in squared logits, `together` the ability in logits, `last` how the last
    answers to the skills went, from -1 to 1.
    """
    difficulty, variance, seen, credits, discrimination, after_success, anchor = item
    information = max(0.02, predicted * (1.0 - predicted))
    gain = variance / (1.0 + information * doubt)
    surprise = credit - sigmoid(margin + discrimination * together + after_success * last)
    shrink = 0.1 / (1.0 + seen)
    return (
        difficulty - gain * (credit - predicted),
        variance + constants.ITEM_DRIFT - gain * information * variance,
        seen + 1.0,
        credits + credit,
        _bounded(discrimination + constants.SLOPE_STEP * (surprise * together - shrink * discrimination)),
        _bounded(after_success + constants.SLOPE_STEP * (surprise * last - shrink * after_success)),
        anchor,
    )


def _answered_learner(
    learner: State, credit: float, error: float, gain: float, information: float, difficulty: float
) -> State:
    """Return the learner's state after an answer; `gain` and `information` are the filter's."""
    ability, variance, answered, errors, successes, weight, losing, difficulties = learner
    return (
        ability + gain * variance * error,
        variance + constants.LEARNER_DRIFT - gain * information * variance * variance,
        answered + 1.0,
        errors * constants.LEARNER_DECAY + _fair(error, _LEARNER_HOLD * errors / (weight + 1.0), credit),
        successes * constants.LEARNER_DECAY + credit,
        weight * constants.LEARNER_DECAY + 1.0,
        0.0 if credit > 0.5 else losing + 1.0,
        difficulties * constants.LEARNER_DECAY + difficulty,
    )


def _practised(
    skill: State,
    variance: float,
    pull: float,
    narrowing: float,
    error: float,
    credit: float,
    answered: float,
    at: float,
    hints: int,
    difficulty: float,
) -> State:
    """Return a skill's state after an answer.

    `pull` and `narrowing` are the filter's steps of the mean and of the variance, per unit and per
    squared unit of variance.
    """
    ability, _, count, _, last_at, errors, weight, losing, _, *rest = skill
    difficulties, met, stability, hinted, fresh = rest
    gap_days = (at - last_at) / DAY if count and at > last_at else 0.0
    return (
        ability + pull * variance,
        variance + constants.SKILL_DRIFT - narrowing * variance * variance,
        count + 1.0,
        answered,
        last_at if count and last_at > at else at,
        errors * constants.SKILL_DECAY + _fair(error, _SKILL_HOLD * errors / (weight + 0.5), credit),
        weight * constants.SKILL_DECAY + 1.0,
        0.0 if credit > 0.5 else losing + 1.0,
        2.0 * credit - 1.0,
        difficulties * constants.DIFFICULTY_DECAY + difficulty,
        met * constants.DIFFICULTY_DECAY + 1.0,
        min(
            constants.MOST_STABILITY,
            stability + credit * (constants.MASSED_STABILITY + min(gap_days, stability)),
        ),
        hinted * constants.HINT_DECAY + (1.0 - constants.HINT_DECAY if hints else 0.0),
        _freshened(fresh, credit, at) if count else at,
    )


def _freshened(fresh: float, credit: float, at: float) -> float:
    """Return since when a skill fades; an answer without credit brings nothing back."""
    if credit >= 1.0:
        return max(fresh, at)
    return fresh + credit * (at - fresh) if at > fresh else fresh


def _fair(error: float, holding: float, credit: float) -> float:
    """Return the residual to average in: a right answer never lowers the average, nor a wrong one raises it.

    An expected success has a small residual, and would pull down what a surprising one has built up.
    `holding` is the residual that leaves the average as it is.
    """
    if credit >= 1.0:
        return max(error, min(1.0, holding))
    return min(error, max(-1.0, holding)) if credit <= 0.0 else error


def _bounded(slope: float) -> float:
    """Keep an item's slope where the logistic curve still rises with ability."""
    return min(3.0, max(-0.9, slope))
