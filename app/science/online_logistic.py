"""On-line logistic learner model: Gaussian beliefs about learner, skill and item, one step an answer."""

import math
from collections.abc import Sequence

from app.science.estimate import Estimate, Factor, FactorKind, State, Update

DAY = 86_400.0


class OnlineLogistic:
    """Learner model `online-logistic/1`; the methods are described at MasteryModel."""

    name = "online-logistic/1"

    def new_learner(self) -> State:
        return (0.0, 0.6, 0.0)

    def new_skill(self) -> State:
        return (0.0, 0.9, 0.0, 0.0)

    def new_item(self) -> State:
        return (0.0, 1.5, 0.0)

    def predict(self, learner: State, skills: Sequence[State], item: State, at: float) -> float:
        return _sigmoid(self._logit(learner, skills, item, at))

    def _logit(self, learner: State, skills: Sequence[State], item: State, at: float) -> float:
        ability = sum(s[0] - _loss(s, at) for s in skills) / len(skills) if skills else 0.0
        return 0.5 + learner[0] + ability - item[0]

    def update(
        self, learner: State, skills: Sequence[State], item: State, score: float, at: float, *, hints: int = 0
    ) -> Update:
        if not 0.0 <= score <= 1.0:
            raise ValueError(f"score is {score}; give a number from 0 to 1")
        predicted = self.predict(learner, skills, item, at)
        weight = predicted * (1.0 - predicted)
        error = score - predicted
        total = learner[1] + item[1] + sum(s[1] for s in skills) / max(1, len(skills)) ** 2
        gain = 1.0 / (1.0 + weight * total)
        moved = []
        for ability, variance, count, last in skills:
            share = variance / len(skills)
            moved.append(
                (
                    ability + gain * share * error,
                    variance - gain * weight * share * share + 0.01,
                    count + 1.0,
                    max(last, at) if count else at,
                )
            )
        return Update(
            (
                learner[0] + gain * learner[1] * error,
                learner[1] - gain * weight * learner[1] ** 2 + 0.001,
                learner[2] + 1.0,
            ),
            tuple(moved),
            (item[0] - gain * item[1] * error, item[1] - gain * weight * item[1] ** 2, item[2] + 1.0),
            predicted,
        )

    def estimate(self, learner: State, skill: State, reference_difficulty: float, at: float) -> Estimate:
        factors = (
            Factor(FactorKind.PRIOR, 0.5),
            Factor(FactorKind.ABILITY, learner[0]),
            Factor(FactorKind.RECENT_ANSWERS, skill[0]),
            Factor(FactorKind.DIFFICULTY, -reference_difficulty),
            Factor(FactorKind.TIME_SINCE_PRACTICE, -_loss(skill, at)),
        )
        logit = math.fsum(factor.contribution for factor in factors)
        probability = _sigmoid(logit)
        error = probability * (1.0 - probability) * math.sqrt(learner[1] + skill[1] + 0.2 * _loss(skill, at))
        return Estimate(probability, error, logit, factors)

    def item_difficulty(self, item: State) -> tuple[float, float]:
        return item[0], math.sqrt(item[1])

    def evidence(self, skill: State) -> tuple[int, float | None]:
        count = int(skill[2])
        return count, skill[3] if count else None


def _loss(skill: State, at: float) -> float:
    if not skill[2]:
        return 0.0
    return 0.35 * math.log1p(max(0.0, at - skill[3]) / (DAY * (1.0 + skill[2])))


def _sigmoid(logit: float) -> float:
    if logit >= 0.0:
        return 1.0 / (1.0 + math.exp(-min(logit, 30.0)))
    grown = math.exp(max(logit, -30.0))
    return grown / (1.0 + grown)
