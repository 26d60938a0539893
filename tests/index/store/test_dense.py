"""Many passages are found by cells, as nearly all of those that comparing with each would find."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from index import Answer, IndexSettings, open_index
from index.build.build import build
from index.front import silent
from index.model.onnx_embedder import OnnxEmbedder
from index.store.contents import DraftFiles
from index.store.dense import CELLS_FILE, DEPTH, DenseIndex, write_cells
from index.store.store import Store
from index.store.vectors import VECTORS, Vectors

Floats = npt.NDArray[np.float32]
DIM = 32


def unit(vectors: npt.NDArray[np.float64]) -> Floats:
    """Rows of length 1."""
    rows: Floats = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return rows


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many are too many to compare with each."""
    monkeypatch.setattr("index.store.dense.EXACT", 500)


@pytest.fixture
def questions(tmp_path: Path) -> Callable[[int], Floats]:
    """Writes vectors that lie in heaps, and makes others like them."""
    random = np.random.default_rng(5)
    heaps = random.standard_normal((60, DIM))

    def made(count: int) -> Floats:
        own = heaps[random.integers(len(heaps), size=count)]
        return unit(own + 0.7 * random.standard_normal((count, DIM)))

    made(4000).tofile(tmp_path / VECTORS)
    return made


@pytest.mark.usefixtures("few")
def test_cells_hold_nearly_all_of_the_nearest(
    tmp_path: Path, questions: Callable[[int], Floats]
) -> None:
    recall = write_cells(tmp_path, DIM, lambda: questions(200))
    vectors = Vectors(DraftFiles(tmp_path), DIM)
    dense = DenseIndex(DraftFiles(tmp_path), vectors)
    assert (tmp_path / CELLS_FILE).exists()
    assert dense.whole
    assert recall is not None
    assert 0.98 <= recall <= 1
    recalls = []
    for question in questions(200):
        near, exact = dense.search(question, DEPTH), dense.exact(question, DEPTH)
        cosines = vectors.cosines(question, near)
        assert list(cosines) == sorted(cosines, reverse=True)
        recalls.append(np.isin(exact, near).mean())
    assert np.mean(recalls) > 0.95


def test_few_are_compared_with_each(tmp_path: Path, questions: Callable[[int], Floats]) -> None:
    assert write_cells(tmp_path, DIM, lambda: questions(200)) is None
    assert not (tmp_path / CELLS_FILE).exists()


@pytest.mark.usefixtures("few")
def test_cells_of_other_vectors_and_damaged_ones_are_told(
    tmp_path: Path, questions: Callable[[int], Floats]
) -> None:
    write_cells(tmp_path, DIM, lambda: questions(200))
    questions(600).tofile(tmp_path / VECTORS)
    assert not DenseIndex(DraftFiles(tmp_path), Vectors(DraftFiles(tmp_path), DIM)).whole
    cells = tmp_path / CELLS_FILE
    cells.write_bytes(cells.read_bytes()[:100])
    with pytest.raises(ValueError, match=r"cells\.faiss: FAISS can't read it"):
        DenseIndex(DraftFiles(tmp_path), Vectors(DraftFiles(tmp_path), DIM))


def test_an_index_with_cells_answers_and_keeps_how_good_they_are(
    tmp_path: Path, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.store.dense.EXACT", 30)
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for number in range(40):
        text = f"# Room {number}\n\nRoom {number} has {number + 3} doors and is cleaned at night.\n"
        (seeds / f"room{number}.md").write_text(text)
    settings = IndexSettings(seeds=str(seeds), store=str(tmp_path / "store"), language="english")
    report = build(settings, silent, lambda _settings: embedder)
    assert report.manifest.recall is not None
    assert 0.98 <= report.manifest.recall <= 1
    folder = Store(settings.store_path).generations / report.generation
    assert (folder / CELLS_FILE).exists()
    reply = open_index(settings, embedder=embedder).answer("How many doors has room 17?")
    assert isinstance(reply, Answer)
    assert "Room 17 has 20 doors" in reply.citations[0].quote
