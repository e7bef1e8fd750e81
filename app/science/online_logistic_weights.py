"""Constants of the on-line logistic model, with where each comes from.

Those under "Fitted" were chosen by cross-validation over learners on ASSISTments 2009-10 (skill builder)
and OLI Engineering Statics 2011, both sets weighing the same; `python -m bench.evaluate_mastery` prints them
and, with `--fit`, the weights. They are aggregates over more than 2,700 learners. Those under "By design"
could not be fitted, since these sets hold neither times nor hints; each states its meaning.
"""

# --- Fitted: beliefs (logits; variances in logits squared) ---------------------------------------
LEARNER_VARIANCE = 0.5
SKILL_VARIANCE = 0.09
ITEM_VARIANCE = 1.3
ITEM_DIFFICULTY = -0.91
LEARNER_DRIFT = 0.00067
SKILL_DRIFT = 0.0005
ITEM_DRIFT = 4e-5
SLOPE_STEP = 0.12

# --- Fitted: decay an answer, from half-lives in answers ---------------------------------------
LEARNER_DECAY = 0.5 ** (1.0 / 5.0)
SKILL_DECAY = 0.5 ** (1.0 / 10.0)
DIFFICULTY_DECAY = 0.5 ** (1.0 / 7.0)

# --- Fitted: weights, in the order of `FEATURES` ------------------------------------------------
WEIGHTS = (
    0.2116, 0.6622, 0.7551, 0.1138, -0.3749, 0.4987, 0.5238, -0.3618, 0.6051, -0.5831,
    0.6922, 0.0882, -0.7941, 0.2526, 0.5759, 0.6258, 0.0652, -0.0641, 0.0524,
)  # fmt: skip

# --- By design: what mastery is measured on --------------------------------------------------------
STEADY_ITEM = 1e9
"""Answers of the imagined item that mastery is measured on: nothing about it is uncertain."""

# --- By design: forgetting ----------------------------------------------------------------------
DAY = 86_400.0
"""Seconds."""
FORGETTING_RATE = 0.6
"""Logits lost for each e-fold of 1 + gap / stability, on a skill known for certain (a power law of
forgetting: Wixted and Ebbesen 1991)."""
FIRST_STABILITY = 1.0
"""Days: a skill met once has lost FORGETTING_RATE * ln 2 = 0.42 logits a day later."""
MASSED_STABILITY = 0.2
"""Days that a success adds at once; successes after a gap add up to the stability itself (spacing effect:
Cepeda et al. 2006)."""
MOST_STABILITY = 3650.0
"""Days."""
VARIANCE_GROWTH = 0.1
"""Logits squared of doubt added for each e-fold of 1 + gap / stability."""
MOST_VARIANCE = 2.0

# --- By design: hints ---------------------------------------------------------------------------
HINT_CREDIT = 0.5
"""Each hint halves what an answer is worth to the beliefs."""
HINT_WEIGHT = 0.4
"""Logits taken while every recent answer needed hints."""
HINT_DECAY = 0.5 ** (1.0 / 3.0)
"""Hints are forgotten with a half-life of three answers."""

# --- Set by hand on answers: uncertainty ---------------------------------------------------------
UNSEEN_VARIANCE = 0.3
"""Logits squared of doubt that the reading of a skill's few answers adds, divided by 1 + answers."""
LASTING_VARIANCE = 0.1
"""Logits squared of doubt that no number of answers removes: learners change, and items are not all alike.
This and the one above were set on the learners of one fold, so that their next five answers in a skill
scatter about the estimate as its standard error says; not checked on others."""
