"""Scores, against what can be worked out by hand."""

import random
from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.store.bm25 import LexicalIndex
from index.store.contents import DraftFiles
from index.store.lexical_writer import LexicalWriter
from index.store.ranking import K1, B, best_matches, highest, idf, late_interaction
from index.store.vocabulary import Vocabulary
from index.text.words import Analyzer


def test_late_interaction_is_the_weighted_mean_of_best_matches() -> None:
    cosines = np.array([[0.1, 0.5], [0.9, 0.2], [0.3, 0.4]], np.float32)
    weights = np.array([1.0, 3.0], np.float32)
    best = best_matches(cosines, np.array([0, 0, 2, 1]), np.array([3, 1, 2, 3]))
    expected = [(0.9 + 3 * 0.5) / 4, (0.1 + 3 * 0.5) / 4, 0, (0.9 + 3 * 0.4) / 4]
    assert np.allclose(late_interaction(best, weights), expected)


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
    """An index of passages of these words."""
    writer = LexicalWriter(folder)
    for words in passages:
        writer.add(words)
    writer.finish()
    return LexicalIndex(DraftFiles(folder), ["english"], len(passages))


def test_bm25_finds_the_text_with_the_rare_word(tmp_path: Path) -> None:
    analyzer = Analyzer(["english"])
    texts = ["a red lamp", "a blue lamp", "a green door"]
    index = written(tmp_path, [analyzer.words(text, "english") for text in texts])
    scores = index.scores(index.words("blue lamps"))
    assert scores.argmax() == 1
    assert scores[2] == 0
    assert index.scores(["nowhere"]).tolist() == [0, 0, 0]


def test_bm25_scores_are_those_of_bm25s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.store.lexical_writer.STEP", 7)
    dice = random.Random(0)  # noqa: S311 - no secret
    words = [f"w{int(dice.paretovariate(0.7))}" for _ in range(2000)]
    passages = [dice.choices(words, k=dice.randrange(30)) for _ in range(50)]
    index = written(tmp_path, passages)
    reference = bm25s.BM25(method="lucene", k1=K1, b=B)
    reference.index([text or [""] for text in passages], show_progress=False)
    for _ in range(20):
        question = [word for word in dice.choices(words, k=6) if word in reference.vocab_dict]
        expected = reference.get_scores(question)
        assert np.array_equal(index.scores([*question, "unknown"]), expected)


def test_every_word_of_a_long_list_has_its_number(tmp_path: Path) -> None:
    words = sorted({f"{number * 7919 % 1009:x}é" for number in range(500)}, key=str.encode)
    Vocabulary.write(tmp_path / "words", words)
    vocabulary = Vocabulary(DraftFiles(tmp_path).content("words"))
    assert [vocabulary.number(word) for word in words] == list(range(len(words)))
    assert all(vocabulary.number(word) is None for word in ("", "0", "zzz", words[5][:-1]))
