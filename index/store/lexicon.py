"""The words of a generation, and in how many of its passages each is."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from index.store import ranking
from index.store.arrays import Rows
from index.store.contents import Files
from index.store.vocabulary import Vocabulary
from index.text.words import Analyzer

# Words of questions whose numbers are remembered.
REMEMBERED = 10_000

WORDS = "words.txt"
STARTS = "posting_starts.bin"

Numbers = npt.NDArray[np.int64]


class Lexicon:
    """The words of passages numbered 0 … n - 1, themselves numbered in order."""

    def __init__(self, files: Files, languages: Iterable[str], size: int) -> None:
        """Read what `LexicalWriter` wrote of `size` passages, which are in `languages`.

        Raises:
            ValueError: the files don't fit each other.
            IndexCorrupt, OSError: as `Files.content`.
        """
        self.analyzer = Analyzer(languages)
        self.size = size
        vocabulary = Vocabulary(files.content(WORDS))
        # Where the passages of each word begin, if those of all words lie end to end.
        self.starts: Numbers = Rows(files.content(STARTS), np.int64)[:]
        if len(self.starts) != len(vocabulary) + 1:
            message = f"{STARTS} is not of the words beside it"
            raise ValueError(message)
        self._vocabulary = vocabulary
        self._number = lru_cache(REMEMBERED)(vocabulary.number)

    def words(self, question: str) -> list[str]:
        """Return the words to search for: each in the languages whose documents hold it."""
        words: list[str] = []
        variants, identifiers = self.analyzer.variants(question)
        for stems in variants:
            known = [stem for stem in stems if self.holds(stem)]
            # An unknown word still counts, as one that no text has.
            words.extend(known or stems[:1])
        # The parts of an unknown identifier stand for it.
        return words + [identifier for identifier in identifiers if self.holds(identifier)]

    def holds(self, word: str) -> bool:
        """Whether any passage holds a word, given as `words` returns it."""
        return self.holding(word) > 0

    def idf(self, word: str) -> float:
        """Return how rare a word is among the passages (Lucene's idf, 0 and up)."""
        return float(ranking.idf(self.size, np.array(self.holding(word))))

    def holding(self, word: str) -> int:
        """Return how many passages hold a word."""
        number = self._number(word)
        return 0 if number is None else int(self.starts[number + 1] - self.starts[number])

    def numbers(self, words: Sequence[str]) -> Iterator[int]:
        """Yield the numbers of those of `words` that there are."""
        return (number for number in map(self._number, words) if number is not None)

    def all_words(self) -> list[str]:
        """Return all words, by their numbers."""
        return self._vocabulary.words()
