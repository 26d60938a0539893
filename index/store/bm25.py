"""BM25 over passages (Robertson and Zaragoza 2009): each word's passages, with their scores."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from index.store.arrays import Rows
from index.store.contents import Files
from index.store.lexicon import STARTS, Lexicon

POSTINGS = "postings.bin"
POSTING = np.dtype([("passage", "<i4"), ("score", "<f4")])

Floats = npt.NDArray[np.float32]


class LexicalIndex(Lexicon):
    """A lexicon that finds the passages of its words."""

    def __init__(self, files: Files, languages: Iterable[str], size: int) -> None:
        """Read what `LexicalWriter` wrote of `size` passages, which are in `languages`.

        Raises:
            ValueError: the files don't fit each other.
            IndexCorrupt, OSError: as `Files.content`.
        """
        super().__init__(files, languages, size)
        self._postings = Rows(files.content(POSTINGS), POSTING)
        if len(self._postings) != self.starts[-1]:
            message = f"{POSTINGS} is not what {STARTS} says"
            raise ValueError(message)

    def scores(self, words: Sequence[str]) -> Floats:
        """Return the BM25 score of every passage: (n,) float32, 0 where no word is shared."""
        scores = np.zeros(self.size, np.float32)
        for number in self.numbers(words):
            postings = self._postings[int(self.starts[number]) : int(self.starts[number + 1])]
            scores[postings["passage"]] += postings["score"]
        return scores
