"""Embeddings of passages on disk."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from index.store.arrays import Rows
from index.store.contents import Files

VECTORS = "vectors.bin"

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
Trial = Callable[[], Floats]
"""Makes stand-ins for the questions that will be asked: (n, dim) float32, unit rows."""


class Vectors:
    """Unit vectors under the ids 0 … n - 1; their inner product is their cosine."""

    def __init__(self, files: Files, dim: int) -> None:
        """Read the vectors, `dim` long.

        Raises:
            ValueError: there is no whole number of them.
            IndexCorrupt, OSError: as `Files.content`.
        """
        self.dim = dim
        self.rows = Rows(files.content(VECTORS), np.float32, dim)

    @property
    def size(self) -> int:
        """The number of vectors."""
        return len(self.rows)

    def of(self, ids: Ids) -> Floats:
        """Return the vectors under `ids`, as they were built: (len(ids), dim) float32."""
        return self.rows.take(ids)

    def cosines(self, vector: Floats, ids: Ids) -> Floats:
        """Return the cosine of `vector` (dim,) with each of `ids`: (len(ids),) float32."""
        result: Floats = self.of(ids) @ vector
        return result

    def nearest(self, vector: Floats, ids: Ids, count: int) -> Ids:
        """Return the `count` of `ids` that are nearest to `vector` (dim,), nearest first."""
        ordered = np.sort(ids)
        places = np.argsort(-self.cosines(vector, ordered), kind="stable")
        return ordered[places[:count]]
