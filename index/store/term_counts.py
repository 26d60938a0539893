"""Which words each passage holds, and how often: for BM25 of those passages that are asked for."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.store.arrays import Array, Rows
from index.store.contents import Files
from index.store.lexicon import Lexicon
from index.store.ranking import bm25, bm25_norms, bm25_rarity

TERMS = "terms.bin"
TERM_STARTS = "term_starts.bin"
TERM = np.dtype([("word", "<i4"), ("count", "<i4")])

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


class TermCounts:
    """The words of passages numbered 0 … n - 1, as `LexicalWriter` wrote them."""

    def __init__(self, files: Files, lexicon: Lexicon, average: float) -> None:
        """Read the words, which are those of the `lexicon`; a passage has `average` of them.

        Raises:
            ValueError: the files don't fit each other.
            IndexCorrupt, OSError: as `Files.content`.
        """
        self._lexicon = lexicon
        self._average = average
        self._starts = Rows(files.content(TERM_STARTS), np.int64)
        self._terms = Rows(files.content(TERMS), TERM)
        last = self._starts[len(self._starts) - 1 :]
        if len(self._starts) != lexicon.size + 1 or int(last[0]) != len(self._terms):
            message = f"{TERMS} is not of the passages"
            raise ValueError(message)

    def of(self, ids: Numbers) -> tuple[Numbers, Array]:
        """Return the words of passages, end to end: places in `ids`, and rows of `TERM`.

        Raises:
            IndexCorrupt: they are not what was built.
        """
        firsts, lasts = self._starts.take(ids), self._starts.take(ids + 1)
        return np.repeat(np.arange(len(ids)), lasts - firsts), self._terms.spans(firsts, lasts)

    def norms(self, places: Numbers, terms: Array, count: int) -> npt.NDArray[np.float64]:
        """Return what BM25 makes of the lengths of `count` passages, given what `of` returned."""
        # A text without words counts as one of a single word that no other has.
        lengths = np.bincount(places, terms["count"], minlength=count)
        return bm25_norms(np.maximum(lengths, 1), self._average)

    def scores(self, words: Sequence[str], ids: Numbers) -> Floats:
        """Return the BM25 score of each passage: (len(ids),) float32, 0 where no word is shared.

        Raises:
            IndexCorrupt: the files are not what was built.
        """
        lexicon = self._lexicon
        places, terms = self.of(ids)
        norms = self.norms(places, terms, len(ids))
        scores = np.zeros(len(ids), np.float32)
        for number in lexicon.numbers(words):
            those = terms["word"] == number
            holding = lexicon.starts[number + 1] - lexicon.starts[number]
            rare = bm25_rarity(lexicon.size, np.array([holding]))
            own = places[those]
            scores[own] += bm25(rare, terms["count"][those], norms[own])
        return scores
