"""Fits the weights of `Calibration` on questions whose answers are known."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

# Of the questions that members ask, the share that the documents answer: an assumption, since it
# differs from server to server; `sure` in the config is how an owner corrects it.
ANSWERABLE = 0.8
RANKING_RIDGE = 2e-4
CONFIDENCE_RIDGE = 0.1
NEWTON_STEPS = 50
Floats = npt.NDArray[np.float64]


def fit_ranking(
    questions: Sequence[tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]],
) -> tuple[float, ...]:
    """Fit the weights under which the units that answer have the greatest share (softmax).

    Args:
        questions: for each the signals (units, signals) float32 of its candidates and which of
            them answer, (units,) bool, one at least.
    """
    every = np.concatenate([signals for signals, _ in questions])
    right = np.concatenate([answers for _, answers in questions])
    counts = [len(answers) for _, answers in questions]
    starts = np.concatenate([[0], np.cumsum(counts)])[:-1]
    # Signals of like size make the search quick; a signal that never varies stays as it is.
    size = every.std(axis=0)
    size[size == 0] = 1
    every = every / size

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = every @ weights.astype(np.float32)
        highest = np.repeat(np.maximum.reduceat(scores, starts), counts)
        share = np.exp((scores - highest).astype(np.float64))
        answering = np.where(right, share, 0)
        total, right_share = np.add.reduceat(share, starts), np.add.reduceat(answering, starts)
        # An answer far below the best would vanish.
        right_share = np.maximum(right_share, np.finfo(np.float64).tiny)
        slope = share / np.repeat(total, counts) - answering / np.repeat(right_share, counts)
        gradient = slope.astype(np.float32) @ every / len(questions) + RANKING_RIDGE * weights
        value = np.log(total / right_share).mean() + RANKING_RIDGE / 2 * weights @ weights
        return float(value), gradient.astype(np.float64)

    from scipy.optimize import minimize  # noqa: PLC0415 - not where one only asks

    fitted = minimize(loss, np.zeros(every.shape[1]), jac=True, method="L-BFGS-B")
    return tuple(float(weight) for weight in fitted.x / size)


def fit_confidence(
    rows: Floats, answerable: npt.NDArray[np.bool_]
) -> tuple[tuple[float, ...], float]:
    """Fit weights and bias by Newton's method, the classes weighing as they are met in use.

    Args:
        rows: (n, signals) float64, the features of each question's first passage.
        answerable: (n,) bool, whether the documents answer it.
    """
    x = np.column_stack([rows, np.ones(len(rows))])
    y = answerable.astype(np.float64)
    share = answerable.mean()
    balance = np.where(answerable, ANSWERABLE / share, (1 - ANSWERABLE) / (1 - share))
    ridge = np.diag([*[CONFIDENCE_RIDGE] * rows.shape[1], 0.0])
    weights = np.zeros(x.shape[1])
    for _ in range(NEWTON_STEPS):
        p = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (balance * (p - y)) + ridge @ weights
        curvature = x.T @ (x * (balance * p * (1 - p))[:, None]) + ridge
        weights -= np.linalg.solve(curvature, gradient)
    return tuple(map(float, weights[:-1])), float(weights[-1])
