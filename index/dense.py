"""The only importer of faiss: passage embeddings, searched exactly by inner product."""

from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from index.errors import IndexCorrupt

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


class DenseIndex:
    """Unit vectors under the ids 0 … n - 1; their inner product is their cosine."""

    def __init__(self, index: faiss.Index) -> None:
        """Wrap a FAISS index of inner products."""
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors) -> "DenseIndex":
        """Index `vectors`: (n, dim) float32, unit rows."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        return cls(index)

    @classmethod
    def load(cls, file: Path) -> "DenseIndex":
        """Read an index from `file`.

        Raises:
            IndexCorrupt: FAISS can't read it.
        """
        try:
            return cls(faiss.read_index(str(file)))
        except RuntimeError as error:
            reason = " ".join(str(error).split())[-120:]
            message = f"{file}: FAISS can't read it ({reason})"
            raise IndexCorrupt(message) from error

    def save(self, file: Path) -> None:
        """Write the index to `file`.

        Raises:
            OSError: it can't be written.
        """
        try:
            faiss.write_index(self._index, str(file))
        except RuntimeError as error:
            raise OSError(" ".join(str(error).split())) from error

    @property
    def size(self) -> int:
        """The number of vectors."""
        return int(self._index.ntotal)

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return int(self._index.d)

    def search(self, vector: Vectors, count: int) -> Ids:
        """Return the ids of the `count` vectors nearest to `vector` (dim,), nearest first."""
        if not self.size:
            return np.zeros(0, np.int64)
        _, ids = self._index.search(vector[np.newaxis], min(count, self.size))
        found: Ids = ids[0][ids[0] >= 0]
        return found

    def vectors(self, ids: Ids) -> Vectors:
        """Return the vectors under `ids`, as they were built: (len(ids), dim) float32."""
        result: Vectors = self._index.reconstruct_batch(ids)
        return result

    def cosines(self, vector: Vectors, ids: Ids) -> Vectors:
        """Return the cosine of `vector` (dim,) with each of `ids`: (len(ids),) float32."""
        result: Vectors = self.vectors(ids) @ vector
        return result
