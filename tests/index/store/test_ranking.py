"""Scores, against what can be worked out by hand."""

import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import bm25s
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.store.bm25 import K1, B, LexicalIndex, LexicalWriter
from index.store.ranking import best_matches, highest, idf, late_interaction, reverse_interaction
from index.store.vocabulary import Vocabulary
from index.text.words import Analyzer


def test_late_interaction_is_the_weighted_mean_of_best_matches() -> None:
    cosines = np.array([[0.1, 0.5], [0.9, 0.2], [0.3, 0.4]], np.float32)
    weights = np.array([1.0, 3.0], np.float32)
    best = best_matches(cosines, np.array([0, 0, 2, 1]), np.array([3, 1, 2, 3]))
    expected = [(0.9 + 3 * 0.5) / 4, (0.1 + 3 * 0.5) / 4, 0, (0.9 + 3 * 0.4) / 4]
    assert np.allclose(late_interaction(best, weights), expected)
    title = np.repeat(np.array([[0.9, 0.2]], np.float32), 4, axis=0)
    with_title = late_interaction(best, weights, title)
    assert np.allclose(with_title, [expected[0], (0.9 + 3 * 0.5) / 4, 0, expected[3]])


def test_reverse_interaction_is_the_mean_of_what_each_token_of_a_text_matches_best() -> None:
    cosines = np.array([[0.1, 0.5], [0.9, 0.2], [0.3, 0.4]], np.float32)
    firsts, lasts = np.array([0, 1, 2]), np.array([3, 2, 2])
    means = reverse_interaction(cosines, firsts, lasts)
    assert np.allclose(means, [(0.5 + 0.9 + 0.4) / 3, 0.9, 0])


def test_late_interaction_without_weight_is_zero() -> None:
    scores = late_interaction(np.ones((1, 1), np.float32), np.zeros(1, np.float32))
    assert scores.tolist() == [0]


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0])), st.integers(1, 5))
def test_the_highest_are_those_that_sorting_finds(scores: list[float], count: int) -> None:
    array = np.array(scores, np.float32)
    order = np.argsort(-array, kind="stable")[:count]
    assert sorted(highest(array, count)) == sorted(order[array[order] > 0])


def test_a_rarer_word_weighs_more() -> None:
    weights = idf(100, np.array([1, 10, 100]))
    assert weights[0] > weights[1] > weights[2] >= 0


def test_words_are_folded_stemmed_and_never_none() -> None:
    analyzer = Analyzer(["english"])
    assert analyzer.words("Cafés running", "english") == analyzer.words("cafe runs", "english")
    assert analyzer.words("who is he", "english") != []
    assert analyzer.words("東京都", "none") == ["東京", "京都"]


def written(folder: Path, passages: Sequence[Sequence[str]]) -> LexicalIndex:
    """An index of passages of these words; each passage is cut into two units."""
    writer = LexicalWriter(folder)
    for words in passages:
        writer.add(words, (words[:3], words[3:]))
    writer.finish()
    return LexicalIndex(folder, ["english"], len(passages))


def test_bm25_finds_the_text_with_the_rare_word(tmp_path: Path) -> None:
    analyzer = Analyzer(["english"])
    texts = ["a red lamp", "a blue lamp", "a green door"]
    index = written(tmp_path, [analyzer.words(text, "english") for text in texts])
    every = np.arange(3)
    scores = index.scores(index.words("blue lamps"))
    assert scores.argmax() == 1
    assert scores[2] == 0
    assert index.scores(["nowhere"]).tolist() == [0, 0, 0]
    assert index.coverage(index.words("blue lamps, not a tree"), every).argmax() == 1
    assert index.coverage(index.words("a blue lamp"), every)[1] == pytest.approx(1)


def test_bm25_scores_are_those_of_bm25s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.store.bm25.STEP", 7)
    dice = random.Random(0)  # noqa: S311 - no secret
    words = [f"w{int(dice.paretovariate(0.7))}" for _ in range(2000)]
    passages = [dice.choices(words, k=dice.randrange(30)) for _ in range(50)]
    units = [part for words_of in passages for part in (words_of[:3], words_of[3:])]
    index = written(tmp_path, passages)
    for texts, score in ((passages, index.scores), (units, partial(of_every, index))):
        reference = bm25s.BM25(method="lucene", k1=K1, b=B)
        reference.index([text or [""] for text in texts], show_progress=False)
        for _ in range(20):
            question = [word for word in dice.choices(words, k=6) if word in reference.vocab_dict]
            expected = reference.get_scores(question)
            assert np.array_equal(score([*question, "unknown"]), expected)


def of_every(index: LexicalIndex, words: Sequence[str]) -> npt.NDArray[np.float32]:
    """The BM25 scores of every unit."""
    return index.unit_scores(words, np.array([0]), np.array([index.units]))[0]


def test_a_unit_holds_the_share_of_the_words_that_it_has(tmp_path: Path) -> None:
    index = written(tmp_path, [["red", "lamp", "desk", "blue"], ["red", "door", "wall"]])
    shares = index.unit_scores(["red", "blue"], np.array([0, 2]), np.array([2, 4]))[1]
    # Of four units two hold "red", so "blue" is rarer; the last unit is empty.
    assert shares[1] > shares[0] == shares[2] > shares[3] == 0
    assert shares[0] + shares[1] == pytest.approx(1)


def test_every_word_of_a_long_list_has_its_number(tmp_path: Path) -> None:
    words = sorted({f"{number * 7919 % 1009:x}é" for number in range(500)}, key=str.encode)
    Vocabulary.write(tmp_path / "words", words)
    vocabulary = Vocabulary(tmp_path / "words")
    assert [vocabulary.number(word) for word in words] == list(range(len(words)))
    assert all(vocabulary.number(word) is None for word in ("", "0", "zzz", words[5][:-1]))
