"""How scores are made, in NumPy alone: BM25, late interaction, and the highest of them."""

import numpy as np
import numpy.typing as npt

# BM25, as Robertson and Zaragoza (2009) have it: what repetition and length count for.
K1 = 1.2
B = 0.75
# Words that every text holds have no rarity to divide by.
RARITY = 1e-6

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


def idf(count: int, holding: Numbers) -> Floats:
    """Return how rare words are that `holding` of `count` texts have (Lucene's idf, 0 and up)."""
    return np.log1p((count - holding + 0.5) / (holding + 0.5)).astype(np.float32)


def bm25_rarity(count: int, holding: Numbers) -> Floats:
    """Return what BM25 weighs words by that `holding` of `count` texts have (Lucene's idf)."""
    rarity: Floats = np.log(1 + (count - holding + 0.5) / (holding + 0.5)).astype(np.float32)
    return rarity


def bm25_norms(lengths: Numbers, average: float) -> npt.NDArray[np.float64]:
    """Return what BM25 makes of the lengths of texts, in words, that have `average` of them."""
    norms: npt.NDArray[np.float64] = K1 * ((1 - B) + B * lengths.astype(np.float64) / average)
    return norms


def bm25(rarity: Floats, held: npt.NDArray[np.int32], norms: npt.NDArray[np.float64]) -> Floats:
    """Return the BM25 score of a word in a text that holds it so often, each of as many."""
    scores: Floats = (rarity * (held / (norms + held))).astype(np.float32)
    return scores


def highest(scores: Floats, count: int) -> Numbers:
    """Return the places of the `count` highest of `scores`, those over 0 alone, in no order.

    Of equal ones the first are taken.
    """
    places = np.flatnonzero(scores)
    if len(places) > count:
        positive = scores[places]
        least = np.partition(positive, -count)[-count]
        above, equal = places[positive > least], places[positive == least]
        places = np.concatenate([above, equal[: count - len(above)]])
    return places


def best_matches(similarities: Floats, firsts: Numbers, lasts: Numbers) -> Floats:
    """Return the greatest of each column in each range of rows: (ranges, columns), -1 in none.

    Args:
        similarities: (rows, columns), -1 and up.
        firsts: (ranges,), the first row of each.
        lasts: (ranges,), the row behind the last of each.
    """
    # A reduction over pairs of bounds: every second result is of what lies between two ranges. One
    # more row, so that a range may end with the last.
    padded = np.pad(similarities, ((0, 1), (0, 0)), constant_values=-1)
    bounds = np.stack([firsts, lasts], axis=1).ravel()
    best: Floats = np.maximum.reduceat(padded, bounds, axis=0)[::2]
    return np.where((lasts > firsts)[:, None], best, np.float32(-1))


def late_interaction(best: Floats, weights: Floats) -> Floats:
    """Return the weighted mean of each question token's best match (MaxSim).

    Khattab and Zaharia 2020, with the question's tokens weighted.

    Args:
        best: (texts, question tokens), as `best_matches` gives them.
        weights: (question tokens,), 0 and up.

    Returns:
        (texts,), -1 to 1; 0 for a text without tokens.
    """
    total = float(weights.sum())
    if total <= 0:
        return np.zeros(len(best), np.float32)
    any_token = (best > -1).any(axis=1)
    scores: Floats = np.where(any_token, best @ weights / np.float32(total), np.float32(0))
    return scores
