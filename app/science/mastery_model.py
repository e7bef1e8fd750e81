"""The interface every learner model stands behind, and the models known by name."""

from collections.abc import Sequence
from typing import Protocol

from app.science.estimate import Cases, Estimate, Factor, FactorKind, Readings, State, Update
from app.science.online_logistic import OnlineLogistic

__all__ = [
    "Cases",
    "Estimate",
    "Factor",
    "FactorKind",
    "MasteryModel",
    "Readings",
    "State",
    "UnknownModelError",
    "Update",
    "model_named",
    "model_names",
]


class MasteryModel(Protocol):
    """A model of what a learner can do, learnt one answer at a time.

    Times are seconds since the epoch. The same arguments always give bit-equal results, so that states
    recomputed from stored attempts equal the stored ones. An answer that arrives late (`at` before the
    last one) is applied on arrival, and its gap counts as zero.
    """

    @property
    def name(self) -> str:
        """Name and version stored with each attempt, such as `online-logistic/1`."""
        ...

    def new_learner(self) -> State:
        """State of a learner without answers."""
        ...

    def new_skill(self) -> State:
        """State of one learner's skill without answers."""
        ...

    def new_item(self) -> State:
        """State of an item without answers."""
        ...

    def predict(self, learner: State, skills: Sequence[State], item: State, at: float) -> float:
        """Return the chance, in (0, 1), that the learner succeeds on the item at this time.

        `skills` are the learner's states of the skills the item needs, possibly none.
        """
        ...

    def update(
        self, learner: State, skills: Sequence[State], item: State, score: float, at: float, *, hints: int = 0
    ) -> Update:
        """Return the states after an answer with a score in [0, 1]; ValueError for any other score."""
        ...

    def estimate(self, learner: State, skill: State, reference_difficulty: float, at: float) -> Estimate:
        """Return mastery: the chance of success now on an item of that difficulty (logits).

        Forgetting since the last practice is included.
        """
        ...

    def chances(
        self, learner: State, skill: State, reference_difficulty: float, at: float
    ) -> tuple[float, float]:
        """Return, to the last bit, the probability of `estimate`, and the one had no time passed."""
        ...

    def readings(self, cases: Cases, at: float) -> Readings:
        """Return, for many skills at one moment and to the last bit, what `estimate` says without reasons."""
        ...

    def item_difficulty(self, item: State) -> tuple[float, float]:
        """Return the item's difficulty and its standard error, in logits."""
        ...

    def evidence(self, skill: State) -> tuple[int, float | None]:
        """Return how many answers count, and when the last was given (None without any)."""
        ...


class UnknownModelError(LookupError):
    """No learner model has this name."""


_MODELS: dict[str, MasteryModel] = {model.name: model for model in (OnlineLogistic(),)}


def model_names() -> tuple[str, ...]:
    """Return the names of all models, the default first."""
    return tuple(_MODELS)


def model_named(name: str) -> MasteryModel:
    """Return the model of that name; UnknownModelError lists the known names."""
    try:
        return _MODELS[name]
    except KeyError:
        known = ", ".join(_MODELS)
        raise UnknownModelError(f"no mastery model is named {name!r}; known models: {known}") from None
