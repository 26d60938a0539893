"""The benchmark of Qdrant's engine measures what it says, on a few passages."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("qdrant_edge", reason="the engine is in the extra dev")

from tests.tools.bench.qdrant import corpus, dense, lifetimes, shard, sparse, spread, tables, texts

SIZE = 400
DIM = 384


def rows(count: int) -> texts.Floats:
    found = np.random.default_rng(count).standard_normal((count, DIM)).astype(np.float32)
    return spread.unit(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Passages of ten words of a hundred, few of them frequent; and questions of three."""
    place = tmp_path_factory.mktemp("bench")
    real = place / "real"
    real.mkdir()
    random = np.random.default_rng(1)
    for name, count, length in (("passages", SIZE, 10), ("questions", 20, 3)):
        counting = texts.Counting({f"w{number}": number for number in range(100)})
        for drawn in random.zipf(1.3, (count, length)):
            counting.add([f"w{number % 100}" for number in drawn])
        counting.words().save(real, f"words-{name}")
        np.save(real / f"{name}.npy", rows(count))
    (real / "words.txt").write_text("\n".join(f"w{number}" for number in range(100)))
    (real / "collections.json").write_text(json.dumps([corpus.SUBJECT, "other"] * (SIZE // 2)))
    corpus.make(place, 2 * SIZE)
    made = corpus.load(place, 2 * SIZE)
    made_shard = shard.created(place / "shard", shard.config(32))
    shard.send(made_shard, made.contents, np.arange(2 * SIZE))
    shard.optimized(made_shard)
    made_shard.close()
    return place


@pytest.fixture(scope="module")
def made(folder: Path) -> corpus.Corpus:
    return corpus.load(folder, 2 * SIZE, 20)


def test_made_passages_lie_between_real_ones_and_have_words_of_both(made: corpus.Corpus) -> None:
    vectors, words = made.contents.vectors, made.contents.words
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors[:SIZE], rows(SIZE))
    own = (vectors[SIZE:] * vectors[:SIZE]).sum(axis=1)
    assert 0.5 < own.min() < own.max() < 0.95
    sizes = np.diff(words.starts)
    assert sizes[SIZE:].mean() == pytest.approx(sizes[:SIZE].mean(), rel=0.1)
    first = words.numbers[words.starts[SIZE] : words.starts[SIZE + 1]]
    assert len(set(first.tolist())) == len(first)


def test_a_search_of_few_passages_finds_all_that_the_filter_lets_through(
    folder: Path, made: corpus.Corpus
) -> None:
    found = list(dense.measure(made, folder / "shard", 32))
    assert {row["dead"] for row in found} == {None, 0.0, 0.1, 0.5}
    assert {row["recall@50"] for row in found} == {1.0}
    dead = {row["dead"]: row["passages"] for row in found if row["tenant"] == "big"}
    assert dead[0.5] < dead[0.1] < dead[0.0] == dead[None]


def test_recall_is_the_share_of_the_nearest_that_was_found(made: corpus.Corpus) -> None:
    exact = dense.Exact.of(made, None, None)
    best = np.argsort(-made.cosines, axis=1)
    assert exact.recall(best[:, :50].tolist(), 50) == 1
    assert exact.recall(best[:, 25:75].tolist(), 50) == pytest.approx(0.5, abs=0.01)
    assert exact.recall(best[:, 50:100].tolist(), 50) == pytest.approx(0, abs=0.01)


def test_with_all_words_the_engine_finds_what_bm25_does(folder: Path, made: corpus.Corpus) -> None:
    found = list(sparse.measure(made, folder / "shard"))
    whole = [row for row in found if row["without words in more than"] == 1]
    assert {row["overlap@50"] for row in whole} == {1.0}
    fewer = [row for row in found if row["without words in more than"] == 0.1]
    assert any(row["questions that lose a word"] for row in fewer)
    assert min(row["overlap@50"] for row in fewer) < 1


def test_what_a_build_ends_is_not_found_and_what_it_brings_is(
    folder: Path, made: corpus.Corpus
) -> None:
    told = list(lifetimes.measure(made, folder / "shard", folder / "changed"))
    builds = [row for row in told if "build" in row]
    assert len(builds) == lifetimes.BUILDS
    for row in builds:
        assert row["then"]["recall@50"] == 1
    assert builds[-1]["then"]["points"] > builds[0]["then"]["points"]
    assert told[-1]["points"] < builds[-1]["then"]["points"]
    assert not (folder / "changed").exists()


def test_what_was_measured_is_shown_as_tables(folder: Path, made: corpus.Corpus) -> None:
    told = [*dense.measure(made, folder / "shard", 32), *sparse.measure(made, folder / "shard")]
    lines = list(tables.tables([*told, {"seconds": 1}]))
    assert "no filter | 32 | 32 bits | 1.000, 1.000;" in "\n".join(lines)
    assert any("in more than 10%" in line for line in lines)
    assert lines[-1] == "{'seconds': 1}"


def test_texts_are_read_once_and_long_ones_are_cut_between_sentences(tmp_path: Path) -> None:
    for name, lines in (
        (texts.PASSAGES, [{"preamble": "A", "text": "One.", "corpus": "docs"}] * 2),
        (texts.CONTEXTS, [{"title": "B", "context": "It is so. " * 150, "source": "wiki"}]),
    ):
        with gzip.open(tmp_path / name, "wt") as file:
            file.write("\n".join(map(json.dumps, lines)))
    found, collections = texts.passages(tmp_path)
    assert found[0] == "A\nOne."
    assert collections == ["docs", "wiki", "wiki"]
    assert all(len(text) <= texts.CHARACTERS + 2 and text.endswith("so.") for text in found[1:])
