"""From signals to a probability: a logistic model, fitted on questions and kept with its origin."""

from dataclasses import dataclass
from importlib import resources
from math import exp

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from index.domain import Signals

FEATURES = ("dense", "dense_unit", "coverage", "coverage_unit")


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weights of `FEATURES`, in their order, and where they come from."""

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


def fit(
    rows: npt.NDArray[np.float64], answerable: npt.NDArray[np.bool_], provenance: str
) -> Calibration:
    """Fit by Newton's method with a slight ridge (iteratively reweighted least squares).

    Both classes weigh the same, however many questions each has.

    Args:
        rows: (n, len(FEATURES)) float64, the features of each question's first passage.
        answerable: (n,) bool, whether the documents answer it.
        provenance: which questions these are.
    """
    x = np.column_stack([rows, np.ones(len(rows))])
    y = answerable.astype(np.float64)
    balance = np.where(answerable, 0.5 / answerable.mean(), 0.5 / (1 - answerable.mean()))
    ridge = np.diag([*[0.1] * rows.shape[1], 0.0])
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (balance * (p - y)) + ridge @ weights
        curvature = x.T @ (x * (balance * p * (1 - p))[:, None]) + ridge
        weights -= np.linalg.solve(curvature, gradient)
    return Calibration(tuple(map(float, weights[:-1])), float(weights[-1]), provenance)


