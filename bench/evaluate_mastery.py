"""Measure the mastery model on real answers, next to plain peers: AUC, log loss, calibration error.

    python -m bench.evaluate_mastery [--data FOLDER] [--folds 5] [--fit]

Learners are split into folds. For each fold the other learners' answers are replayed first (they teach the
items), then those of the fold, one after the other: each answer is predicted once, from the answers before,
whatever the number of its skills. `shipped` are the constants in the code (their weights saw these learners
too); `refitted` has weights of the other folds alone, so it is the honest figure, save that the steps
of items follow the shipped weights, and features, steps and half-lives were chosen on these same learners.
`--fit` prints weights fitted on everything.
"""

import argparse
import csv
import gzip
import math
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.science.calibration import area_under_curve, expected_calibration_error, log_loss
from app.science.estimate import State
from app.science.logistic_fit import fit_signed
from app.science.online_logistic import OnlineLogistic
from app.science.online_logistic_features import FEATURES, anchored, features
from app.science.online_logistic_weights import WEIGHTS

Numbers = NDArray[np.float64]
SETS = {"ASSISTments 2009": "assistments09_train.csv.gz", "Statics 2011": "statics2011_train.csv.gz"}
STEP = 60.0
"""Seconds between answers: these sets hold an order, no times."""
FIT_ROUNDS = 3
"""Items learn from the whole model's error, so new weights call for a new replay; three settle them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response of one learner to one item."""

    learner: int
    item: str
    skills: tuple[str, ...]
    correct: float


def read_answers(path: Path) -> list[Answer]:
    """Return the answers learner by learner, in the order given."""
    with gzip.open(path, "rt", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (int(row["user_id"]), int(row["order"])))
    return [
        Answer(int(row["user_id"]), row["item_id"], tuple(row["skills"].split("|")), float(row["correct"]))
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Replay:
    """What was known before each answer, in replay order."""

    features: Numbers
    shipped: Numbers
    elo: Numbers
    item_rate: Numbers
    outcomes: Numbers
    tested: NDArray[np.bool_]
    seconds: float


class Elo:
    """One-pass Elo with learner, skill and item, and steps that shrink (Pelanek 2016): the peer to beat."""

    def __init__(self) -> None:
        self.levels: dict[object, list[float]] = defaultdict(lambda: [0.0, 0.0])

    def answer(self, answer: Answer) -> float:
        """Return the chance before the answer, and learn from it."""
        learner = self.levels[answer.learner]
        skills = [self.levels[answer.learner, skill] for skill in answer.skills]
        item = self.levels["item", answer.item]
        logit = 0.5 + learner[0] + sum(skill[0] for skill in skills) / len(skills) - item[0]
        chance = 1.0 / (1.0 + math.exp(-logit))
        for level, sign in ((learner, 1.0), *((skill, 1.0) for skill in skills), (item, -1.0)):
            level[0] += sign * max(0.05, 0.6 / (1.0 + 0.1 * level[1])) * (answer.correct - chance)
            level[1] += 1.0
        return chance


def replay(answers: list[Answer], tested: set[int], seed: int, weights: Sequence[float] = WEIGHTS) -> Replay:
    """Replay the learners that are not tested in a shuffled order, then the tested ones."""
    by_learner: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_learner[answer.learner].append(answer)
    learners = [int(k) for k in np.random.default_rng(seed).permutation(sorted(by_learner))]
    learners.sort(key=lambda learner: learner in tested)
    model, elo = OnlineLogistic(weights), Elo()
    items: dict[str, State] = {}
    table = np.empty((len(answers), len(FEATURES)))
    chances = np.empty((3, len(answers)))
    row, seconds = 0, 0.0
    for learner in learners:
        state, skills = model.new_learner(), dict[str, State]()
        for place, answer in enumerate(by_learner[learner]):
            own = [skills.get(skill) or model.new_skill() for skill in answer.skills]
            item = items.get(answer.item) or model.new_item()
            table[row] = features(state, own, anchored(state, own, item))
            chances[1, row] = elo.answer(answer)
            chances[2, row] = (item[3] + 1.3) / (item[2] + 2.0)
            started = time.perf_counter()
            update = model.update(state, own, item, answer.correct, place * STEP)
            seconds += time.perf_counter() - started
            chances[0, row] = update.predicted
            state, items[answer.item] = update.learner, update.item
            skills.update(zip(answer.skills, update.skills, strict=True))
            row += 1
    order = [answer for learner in learners for answer in by_learner[learner]]
    return Replay(
        table,
        chances[0],
        chances[1],
        chances[2],
        np.array([answer.correct for answer in order]),
        np.array([answer.learner in tested for answer in order]),
        seconds,
    )


def fitted_weights(replays: list[Replay], everyone: bool = False) -> Numbers:
    """Return weights fitted on the untested learners (or everyone), the sets weighing the same."""
    chosen = [np.ones_like(part.tested) if everyone else ~part.tested for part in replays]
    size = sum(int(rows.sum()) for rows in chosen) / len(replays)
    return fit_signed(
        np.concatenate([part.features[rows] for part, rows in zip(replays, chosen, strict=True)]),
        np.concatenate([part.outcomes[rows] for part, rows in zip(replays, chosen, strict=True)]),
        [feature.sign for feature in FEATURES],
        np.concatenate([np.full(int(rows.sum()), size / int(rows.sum())) for rows in chosen]),
    )


def figures(part: Replay, chances: Numbers) -> tuple[float, float, float]:
    """Return AUC, log loss and calibration error on the tested learners."""
    outcomes, told = part.outcomes[part.tested], chances[part.tested]
    return (
        area_under_curve(outcomes, told),
        log_loss(outcomes, told),
        expected_calibration_error(outcomes, told),
    )


def learners_of_fold(answers: list[Answer], fold: int, folds: int) -> set[int]:
    """Return the learners of one fold, from a fixed shuffle."""
    learners = np.random.default_rng(0).permutation(sorted({answer.learner for answer in answers}))
    return {int(learner) for learner in learners[fold::folds]}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure the mastery model on real answers.")
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--only", type=int, help="measure this many folds only")
    parser.add_argument("--fit", action="store_true", help="print weights fitted on every learner")
    options = parser.parse_args()
    missing = [name for name in SETS.values() if not (options.data / name).exists()]
    if missing:
        parser.exit(2, f"{options.data} lacks {', '.join(missing)}; give the folder with --data\n")
    answers = {name: read_answers(options.data / file) for name, file in SETS.items()}
    if options.fit:
        weights = np.array(WEIGHTS)
        for _ in range(FIT_ROUNDS):
            replays = [replay(rows, set(), 1, weights.tolist()) for rows in answers.values()]
            weights = fitted_weights(replays, everyone=True)
        for feature, weight in zip(FEATURES, weights, strict=True):
            print(f"    {weight:.4f},  # {feature.name}")
        return
    measured: dict[tuple[str, str], list[tuple[float, float, float]]] = defaultdict(list)
    seconds, count = 0.0, 0
    for fold in range(options.only or options.folds):
        parts = {
            name: replay(rows, learners_of_fold(rows, fold, options.folds), 1)
            for name, rows in answers.items()
        }
        weights = fitted_weights(list(parts.values()))
        for name, part in parts.items():
            alone = fitted_weights([part])
            measured[name, "online-logistic, shipped"].append(figures(part, part.shipped))
            measured[name, "online-logistic, refitted"].append(figures(part, _chances(part, weights)))
            measured[name, "same, refitted on this set alone"].append(figures(part, _chances(part, alone)))
            measured[name, "Elo, one pass"].append(figures(part, part.elo))
            measured[name, "item success rate"].append(figures(part, part.item_rate))
            seconds, count = seconds + part.seconds, count + len(part.outcomes)
    print(f"{'':18}{'model':34}{'AUC':>7}{'log loss':>10}{'ECE':>8}{'AUC by fold':>16}")
    for (name, model), rows in measured.items():
        auc, loss, ece = np.mean(rows, axis=0)
        low, high = min(row[0] for row in rows), max(row[0] for row in rows)
        print(f"{name:18}{model:34}{auc:7.4f}{loss:10.4f}{ece:8.4f}{low:9.4f}-{high:.4f}")
    print(f"{seconds / count * 1e6:.1f} µs an update ({len(WEIGHTS)} features, {count:,} answers replayed)")


def _chances(part: Replay, weights: Numbers) -> Numbers:
    """Return the chances these weights give, without the small loss that a minute between answers makes."""
    return np.asarray(1.0 / (1.0 + np.exp(-(part.features @ weights))))


if __name__ == "__main__":
    main()
