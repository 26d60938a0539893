"""What proposes the passages worth scoring: one interface, whatever finds them.

An engine only proposes. What a passage scores, is read and is quoted comes from the generation's
own files, so where two engines propose the same passages, the answers are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from index.store.bm25 import LexicalIndex
from index.store.dense import DenseIndex
from index.store.ranking import highest

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


class Matches(Protocol):
    """The passages of one generation that hold words of a question."""

    def best(self, count: int) -> Ids:
        """Return the ids of the `count` with the highest BM25, those over 0 alone, in no order.

        Raises:
            EngineUnavailable: the engine can't be asked.
            IndexCorrupt: it, or a file, doesn't hold what was built.
        """

    def scores(self, ids: Ids) -> Floats:
        """Return the BM25 of passages: (len(ids),) float32, 0 where no word is shared.

        Raises:
            IndexCorrupt: a file isn't what was built.
        """


class Engine(Protocol):
    """Finds passages of one generation."""

    def nearest(self, vector: Floats, count: int) -> Ids:
        """Return the ids of the `count` passages nearest to `vector` (dim,), nearest first.

        Raises:
            EngineUnavailable: the engine can't be asked.
            IndexCorrupt: it, or a file, doesn't hold what was built.
        """

    def matches(self, words: Sequence[str]) -> Matches:
        """Return what holds `words`, which are given as `Lexicon.words` returns them."""

    def look(self) -> None:
        """See whether the engine can be asked, if it wasn't lately; `problem` tells."""

    def check(self) -> None:
        """See whether the engine holds the generation.

        Raises:
            EngineUnavailable: it can't be asked.
            IndexCorrupt: it doesn't.
        """

    @property
    def whole(self) -> bool:
        """Whether its files are of as many passages as the generation has."""

    @property
    def problem(self) -> str:
        """Why the engine can't be asked, as far as is known; empty if it can."""


@dataclass(frozen=True, slots=True)
class FaissEngine:
    """Finds passages in the memory and the files of this process."""

    dense: DenseIndex
    lexical: LexicalIndex

    def nearest(self, vector: Floats, count: int) -> Ids:
        """Return the ids of the `count` passages nearest to `vector` (dim,), nearest first."""
        return self.dense.search(vector, count)

    def matches(self, words: Sequence[str]) -> "ScoredMatches":
        """Return what holds `words`."""
        return ScoredMatches(self.lexical.scores(words))

    def look(self) -> None:
        """See nothing: it is here."""

    def check(self) -> None:
        """Find nothing: what it holds was read with the generation."""

    @property
    def whole(self) -> bool:
        """Whether its files are of as many passages as the vectors are."""
        return self.dense.whole

    @property
    def problem(self) -> str:
        """None."""
        return ""


@dataclass(frozen=True, slots=True)
class ScoredMatches:
    """The BM25 of every passage."""

    every: Floats

    def best(self, count: int) -> Ids:
        """Return the ids of the `count` highest, those over 0 alone, in no order."""
        return highest(self.every, count)

    def scores(self, ids: Ids) -> Floats:
        """Return the BM25 of passages."""
        scores: Floats = self.every[ids]
        return scores
