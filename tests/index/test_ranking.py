"""Scores, against what can be worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from index.lexical import Analyzer, LexicalIndex
from index.ranking import idf, late_interaction, quantized, similarities


def test_late_interaction_is_the_weighted_mean_of_best_matches() -> None:
    cosines = np.array([[0.1, 0.9, 0.3], [0.5, 0.2, 0.4]], np.float32)
    weights = np.array([1.0, 3.0], np.float32)
    ranges = np.array([[0, 3], [0, 1], [2, 2]])
    scores = late_interaction(cosines, weights, ranges, np.full(2, -1, np.float32))
    assert np.allclose(scores, [(0.9 + 3 * 0.5) / 4, (0.1 + 3 * 0.5) / 4, 0])
    with_title = late_interaction(cosines, weights, ranges, np.array([0.9, 0.2], np.float32))
    assert np.allclose(with_title, [(0.9 + 3 * 0.5) / 4, (0.9 + 3 * 0.5) / 4, 0])


def test_late_interaction_without_weight_is_zero() -> None:
    scores = late_interaction(
        np.ones((1, 2), np.float32),
        np.zeros(1, np.float32),
        np.array([[0, 2]]),
        np.zeros(1, np.float32),
    )
    assert scores.tolist() == [0]


@given(arrays.arrays(np.float32, (3, 16), elements=st.floats(-1, 1, width=32)))
def test_quantized_tokens_come_back_within_half_a_step(tokens: np.ndarray) -> None:
    values, scale = quantized(tokens)
    assert np.all(np.abs(values * scale[:, None] - tokens) <= scale[:, None] * 0.51)
    question = np.eye(16, dtype=np.float32)[:1]
    assert np.allclose(similarities(question, values, scale)[0], values[:, 0] * scale)


def test_a_rarer_word_weighs_more() -> None:
    weights = idf(100, np.array([1, 10, 100]))
    assert weights[0] > weights[1] > weights[2] >= 0


def test_words_are_folded_stemmed_and_never_none() -> None:
    analyzer = Analyzer(["english"])
    assert analyzer.words("Cafés running", "english") == analyzer.words("cafe runs", "english")
    assert analyzer.words("who is he", "english") != []
    assert analyzer.words("東京都", "none") == ["東京", "京都"]


def test_bm25_finds_the_text_with_the_rare_word() -> None:
    index = LexicalIndex.build(["a red lamp", "a blue lamp", "a green door"], ["english"] * 3)
    scores = index.scores(index.words("blue lamps"))
    assert scores.argmax() == 1
    assert scores[2] == 0
    assert index.scores(["nowhere"]).tolist() == [0, 0, 0]
    assert index.coverage(index.words("blue lamps, not a tree")).argmax() == 1
    assert index.coverage(index.words("a blue lamp"))[1] == pytest.approx(1)
    assert index.coverage(["nowhere"]).tolist() == [0, 0, 0]
