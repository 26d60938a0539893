"""The only importer of faiss: embeddings of passages, found by inner product.

Up to `EXACT` passages a question is compared with every one. Beyond, with those of the cells that
are nearest to it (an inverted file, Sivic and Zisserman 2003, of vectors in bytes); what is found
is compared again, exactly. How many cells are looked into is chosen when the index is built.
"""

from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from index.store.arrays import Rows
from index.store.contents import Content, DraftFiles, Files
from index.store.vectors import VECTORS, Trial, Vectors

# Comparing with all of so many takes about as long as embedding the question.
EXACT = 50_000
# The share of the exact nearest ten that the cells must hold, for what stands in for questions.
RECALL = 0.985
DEPTH = 10
# Vectors a cell, when training, and the cells by the square root of all vectors.
TRAINED_ON = 40
CELLS = 4
STEP = 100_000
# So many more are found than are wanted, since bytes move those of like cosines past each other.
SPARE = 2

CELLS_FILE = "cells.faiss"

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


class DenseIndex:
    """Finds the nearest of the vectors that are beside its cells, if it has any."""

    def __init__(self, files: Files, vectors: Vectors) -> None:
        """Read the cells of `vectors`, if they have any.

        Raises:
            ValueError: FAISS can't read its file.
            IndexCorrupt, OSError: as `Files.content`.
        """
        self._vectors = vectors
        # What is compared with every question stays in memory.
        self._cells = _read_cells(files.content(CELLS_FILE)) if files.has(CELLS_FILE) else None
        self._all: Floats | None = None if self._cells else vectors.rows[:]

    @property
    def whole(self) -> bool:
        """Whether the cells, if there are any, are of as many vectors."""
        return self._cells is None or int(self._cells.ntotal) == self._vectors.size

    def search(self, vector: Floats, count: int) -> Ids:
        """Return the ids of the `count` vectors nearest to `vector` (dim,), nearest first."""
        if self._cells is None:
            return self.exact(vector, count)
        found = min(count * SPARE, self._vectors.size)
        _, ids = self._cells.search(vector[np.newaxis], found)
        return self._vectors.nearest(vector, ids[0][ids[0] >= 0], count)

    def exact(self, vector: Floats, count: int) -> Ids:
        """Return what `search` should, by comparing with every vector."""
        if not self._vectors.size:
            return np.zeros(0, np.int64)
        vectors = self._vectors.rows[:] if self._all is None else self._all
        _, ids = _nearest(vectors, vector[np.newaxis], min(count, len(vectors)))
        result: Ids = ids[0]
        return result


def write_cells(folder: Path, dim: int, tried: Trial) -> float | None:
    """Divide the vectors in `folder` into cells, where they are too many to search exactly.

    Of 1, 2, 4 … cells a question as many are looked into as hold `RECALL` of the exact nearest of
    what `tried` returns, (n, dim), which stands in for the questions that will be asked.

    Returns:
        the recall in the first ten; None where the search is exact.

    Raises:
        OSError: the disk refuses.
    """
    vectors = Rows(DraftFiles(folder).content(VECTORS), np.float32, dim)[:]
    if len(vectors) <= EXACT:
        return None
    cells = round(CELLS * len(vectors) ** 0.5)
    byte = faiss.ScalarQuantizer.QT_8bit
    middles = faiss.IndexFlatIP(dim)
    index = faiss.IndexIVFScalarQuantizer(middles, dim, cells, byte, faiss.METRIC_INNER_PRODUCT)
    # The vectors themselves, not how they differ from the middle of their cell.
    index.by_residual = False
    # Alike from one build to the next.
    random = np.random.default_rng(len(vectors))
    sample = np.sort(
        random.choice(len(vectors), min(len(vectors), TRAINED_ON * cells), replace=False)
    )
    index.train(vectors[sample])
    for first in range(0, len(vectors), STEP):
        index.add(np.ascontiguousarray(vectors[first : first + STEP]))
    questions = tried()
    _, exact = _nearest(vectors, questions, DEPTH)
    index.nprobe, recall = 1, 0.0
    while index.nprobe < cells:
        recall = _recall(index, questions, exact)
        if recall >= RECALL:
            break
        index.nprobe *= 2
    try:
        faiss.write_index(index, str(folder / CELLS_FILE))
    except RuntimeError as error:
        raise OSError(" ".join(str(error).split())) from error
    return recall


def _read_cells(content: Content) -> faiss.Index:
    """Read what `write_cells` wrote.

    Raises:
        ValueError: FAISS can't.
    """
    begin = 0

    def read(count: int) -> bytes:
        nonlocal begin
        end = min(begin + count, content.size)
        (part,) = content.parts([(begin, end)])
        begin = end
        return part.tobytes()

    try:
        return faiss.read_index(faiss.PyCallbackIOReader(read))  # type: ignore[attr-defined] # not in its stubs
    except RuntimeError as error:
        message = f"{CELLS_FILE}: FAISS can't read it: {' '.join(str(error).split())[-120:]}"
        raise ValueError(message) from error


def _nearest(vectors: Floats, questions: Floats, count: int) -> tuple[Floats, Ids]:
    """Return the cosines and ids of the nearest: (questions, count) each, nearest first."""
    cosines, ids = faiss.knn(questions, vectors, count, metric=faiss.METRIC_INNER_PRODUCT)
    return cosines, ids


def _recall(index: faiss.Index, questions: Floats, exact: Ids) -> float:
    """Return the share of the exact nearest that are among those found, to be compared again."""
    _, candidates = index.search(questions, DEPTH * SPARE)
    pairs = zip(exact, candidates, strict=True)
    return float(np.mean([np.isin(nearest, ids).mean() for nearest, ids in pairs]))
