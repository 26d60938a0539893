"""From signals to a probability: a logistic model, fitted on questions and kept with its origin."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from math import exp

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from index.domain import Signals

RANKING_STEPS = 400
LEARNING_RATE = 2.0
RIDGE = 2e-4
NEWTON_STEPS = 50
# Of the questions that members ask, the share that the documents answer: an assumption, since it
# differs from server to server; `sure` in the config is how an owner corrects it.
ANSWERABLE = 0.8
RANKED = ("dense", "dense_unit", "lexical", "lexical_unit", "late", "late_unit")
FEATURES = ("dense", "dense_unit", "late", "late_unit", "coverage", "coverage_unit")


@dataclass(frozen=True, slots=True)
class Calibration:
    """How signals are weighed, and which questions the weights were fitted on.

    `ranking` has the weights of `RANKED`; their sum orders the units, and passages by their best
    unit. `weights` and `bias` turn `FEATURES` into the probability that a passage answers.
    """

    ranking: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    provenance: str

    def probability(self, signals: Signals) -> float:
        """Return how likely it is that a passage with these signals answers (0 to 1)."""
        total = self.bias
        for weight, value in zip(self.weights, features(signals), strict=True):
            total += weight * value
        return 1 / (1 + exp(-total))


def features(signals: Signals) -> tuple[float, ...]:
    """The signals that count for confidence: those that mean the same in every corpus."""
    return tuple(float(getattr(signals, name)) for name in FEATURES)


def shipped() -> Calibration:
    """Return the calibration that ships with the bot."""
    data = resources.files("index").joinpath("calibration.json").read_bytes()
    return TypeAdapter(Calibration).validate_json(data)


def fit_ranking(
    questions: Sequence[tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]],
) -> tuple[float, ...]:
    """Fit the weights under which the units that answer have the greatest share (softmax).

    Args:
        questions: for each the signals (units, len(RANKED)) float32 of its candidates and which
            of them answer, (units,) bool, one at least.
    """
    weights = np.zeros(len(RANKED))
    momentum = np.zeros_like(weights)
    for _ in range(RANKING_STEPS):
        gradient = RIDGE * weights
        for signals, right in questions:
            scores = signals @ weights
            share = np.exp(scores - scores.max())
            target = np.where(right, share, 0)
            difference = share / share.sum() - target / target.sum()
            gradient += difference @ signals / len(questions)
        momentum = 0.9 * momentum - LEARNING_RATE * gradient
        weights += momentum
    return tuple(float(weight) for weight in weights)


def fit_confidence(
    rows: npt.NDArray[np.float64], answerable: npt.NDArray[np.bool_]
) -> tuple[tuple[float, ...], float]:
    """Fit weights and bias by Newton's method, the classes weighing as they are met in use.

    Args:
        rows: (n, len(FEATURES)) float64, the features of each question's first passage.
        answerable: (n,) bool, whether the documents answer it.
    """
    x = np.column_stack([rows, np.ones(len(rows))])
    y = answerable.astype(np.float64)
    share = answerable.mean()
    balance = np.where(answerable, ANSWERABLE / share, (1 - ANSWERABLE) / (1 - share))
    ridge = np.diag([*[0.1] * rows.shape[1], 0.0])
    weights = np.zeros(x.shape[1])
    for _ in range(NEWTON_STEPS):
        p = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (balance * (p - y)) + ridge @ weights
        curvature = x.T @ (x * (balance * p * (1 - p))[:, None]) + ridge
        weights -= np.linalg.solve(curvature, gradient)
    return tuple(map(float, weights[:-1])), float(weights[-1])
