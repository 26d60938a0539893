"""How scores are made, in NumPy alone: late interaction, and signals weighed into one score."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ranges = npt.NDArray[np.int64]


def idf(count: int, found: npt.NDArray[np.int64]) -> Floats:
    """Return how rare words are that `found` of `count` texts hold (Lucene's idf, 0 and up)."""
    return np.log1p((count - found + 0.5) / (found + 0.5)).astype(np.float32)


def late_interaction(
    similarities: Floats, weights: Floats, ranges: Ranges, floor: Floats
) -> Floats:
    """Return the weighted mean of each question token's best match (MaxSim).

    Khattab and Zaharia 2020, with the question's tokens weighted.

    Args:
        similarities: (question tokens, text tokens), cosines.
        weights: (question tokens,), 0 and up.
        ranges: (texts, 2), the columns that are each text's tokens, from and up to.
        floor: (question tokens,), the best match with what stands above every text.

    Returns:
        (texts,), -1 to 1; 0 for a text without tokens.
    """
    total = float(weights.sum())
    scores = np.zeros(len(ranges), np.float32)
    if total <= 0:
        return scores
    for number, (first, last) in enumerate(ranges):
        if last > first:
            best = similarities[:, first:last].max(axis=1)
            scores[number] = np.maximum(best, floor) @ weights / total
    return scores


def quantized(tokens: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Return `tokens` (n, dim) as bytes and the (n,) factors that give them back."""
    scale = np.abs(tokens).max(axis=1, initial=0) / np.float32(127)
    scale = np.maximum(scale, np.finfo(np.float32).tiny).astype(np.float32)
    return np.rint(tokens / scale[:, None]).astype(np.int8), scale


def similarities(question: Floats, tokens: npt.NDArray[np.int8], scale: Floats) -> Floats:
    """Return the cosines of question tokens (m, dim) with quantized text tokens: (m, n)."""
    result: Floats = (question @ tokens.astype(np.float32).T) * scale
    return result
