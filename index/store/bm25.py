"""BM25 over passages, on disk, its scores worked out (Robertson and Zaragoza 2009)."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.store import ranking
from index.store.arrays import Rows, RowsWriter
from index.store.contents import DraftFiles, Files
from index.store.vocabulary import Vocabulary
from index.text.words import Analyzer

K1 = 1.2
B = 0.75
# Words that every text holds have no rarity to divide by.
RARITY = 1e-6
# Texts that are worked on at a time when an index is written.
STEP = 50_000
# Words of questions whose numbers are remembered.
REMEMBERED = 10_000

WORDS = "words.txt"
STARTS = "posting_starts.bin"
POSTINGS = "postings.bin"
POSTING = np.dtype([("passage", "<i4"), ("score", "<f4")])

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


class LexicalIndex:
    """BM25 over passages numbered 0 … n - 1."""

    def __init__(self, files: Files, languages: Iterable[str], size: int) -> None:
        """Read what `LexicalWriter` wrote of `size` passages, which are in `languages`.

        Raises:
            ValueError: the files don't fit each other.
            IndexCorrupt, OSError: as `Files.content`.
        """
        self.analyzer = Analyzer(languages)
        self.size = size
        vocabulary = Vocabulary(files.content(WORDS))
        self._starts: Numbers = Rows(files.content(STARTS), np.int64)[:]
        self._postings = Rows(files.content(POSTINGS), POSTING)
        starts = len(self._starts)
        if starts != len(vocabulary) + 1 or len(self._postings) != self._starts[-1]:
            message = f"{POSTINGS} is not of the words beside it"
            raise ValueError(message)
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
        return self._passage_count(word) > 0

    def idf(self, word: str) -> float:
        """Return how rare a word is among the passages (Lucene's idf, 0 and up)."""
        return float(ranking.idf(self.size, np.array(self._passage_count(word))))

    def scores(self, words: Sequence[str]) -> Floats:
        """Return the BM25 score of every passage: (n,) float32, 0 where no word is shared."""
        scores = np.zeros(self.size, np.float32)
        for number in self._numbers(words):
            postings = self._postings_of(number)
            scores[postings["passage"]] += postings["score"]
        return scores

    def _numbers(self, words: Sequence[str]) -> Iterator[int]:
        """The numbers of those of `words` that there are."""
        return (number for number in map(self._number, words) if number is not None)

    def _passage_count(self, word: str) -> int:
        """How many passages hold a word."""
        number = self._number(word)
        return 0 if number is None else int(self._starts[number + 1] - self._starts[number])

    def _postings_of(self, number: int) -> npt.NDArray[np.void]:
        return self._postings[int(self._starts[number]) : int(self._starts[number + 1])]


class LexicalWriter:
    """Writes what `LexicalIndex` reads, with no more in memory than the words and a few numbers."""

    def __init__(self, folder: Path) -> None:
        """Write into `folder`.

        Raises:
            OSError: the disk refuses.
        """
        self._folder = folder
        self._words: dict[str, int] = {}
        self._passages = _Counts(folder / "passages.counts")

    def add(self, words: Sequence[str]) -> None:
        """Take in the words of the next passage.

        Raises:
            OSError: the disk refuses.
        """
        self._passages.add(words, self._words)

    def close(self) -> None:
        """Close the file that the words of texts are kept in until all are known.

        Raises:
            OSError: the disk refuses.
        """
        self._passages.close()

    def finish(self) -> None:
        """Work out the scores and write the index.

        Raises:
            OSError: the disk refuses.
        """
        ordered = sorted(self._words, key=str.encode)
        Vocabulary.write(self._folder / WORDS, ordered)
        order = np.array([self._words[word] for word in ordered], np.int64)
        renumbered = np.empty(len(order), np.int64)
        renumbered[order] = np.arange(len(order))
        frequencies = self._passages.frequencies(len(order))
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(frequencies[order])])
        starts.astype("<i8").tofile(self._folder / STARTS)
        self._write_postings(renumbered, starts, frequencies)
        self._passages.remove()

    def _write_postings(self, renumbered: Numbers, starts: Numbers, frequencies: Numbers) -> None:
        """Put each word's passages together, in order."""
        file = self._folder / POSTINGS
        if not starts[-1]:
            file.touch()
            return
        postings = np.memmap(file, POSTING, "w+", shape=(int(starts[-1]),))
        free = starts[:-1].copy()
        for texts, words, scores in self._passages.scores(frequencies):
            numbers = renumbered[words]
            order = np.argsort(numbers, kind="stable")
            numbers = numbers[order]
            counts = np.bincount(numbers, minlength=len(free))
            behind = np.arange(len(numbers)) - (np.cumsum(counts) - counts)[numbers]
            places = free[numbers] + behind
            postings["passage"][places] = texts[order]
            postings["score"][places] = scores[order]
            free += counts
        postings.flush()


class _Counts:
    """How often each text holds which words, kept in a file until all are known."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._rows = RowsWriter(file, np.int32)
        self._sizes = array("l")
        self._lengths = array("l")

    def add(self, words: Sequence[str], numbers: dict[str, int]) -> None:
        """Count the words of the next text; new ones get the next of `numbers`."""
        rows = [(numbers.setdefault(word, len(numbers)), n) for word, n in Counter(words).items()]
        self._rows.add(np.array(rows, np.int32).reshape(-1, 2))
        self._sizes.append(len(rows))
        # A text without words counts as one of a single word that no other has.
        self._lengths.append(max(1, len(words)))

    def frequencies(self, words: int) -> Numbers:
        """How many texts hold each of so many words."""
        self._rows.close()
        frequencies = np.zeros(words, np.int64)
        for _, rows in self._steps():
            frequencies += np.bincount(rows[:, 0], minlength=words)
        return frequencies

    def scores(self, frequencies: Numbers) -> Iterator[tuple[Numbers, Numbers, Floats]]:
        """Yield for some texts at a time: text, word and BM25 score of each pair."""
        lengths = np.array(self._lengths, np.float64)
        count = len(lengths)
        rare = np.log(1 + (count - frequencies + 0.5) / (frequencies + 0.5)).astype(np.float32)
        norms = K1 * ((1 - B) + B * lengths / (lengths.mean() if count else 1))
        for texts, rows in self._steps():
            words, held = rows[:, 0].astype(np.int64), rows[:, 1]
            scores = rare[words] * (held / (norms[texts] + held))
            yield texts, words, scores.astype(np.float32)

    def close(self) -> None:
        """Write what isn't yet."""
        self._rows.close()

    def remove(self) -> None:
        """Remove the file."""
        self._file.unlink()

    def _steps(self) -> Iterator[tuple[Numbers, npt.NDArray[np.int32]]]:
        """Yield the rows of some texts at a time, and the text that each is of."""
        content = DraftFiles(self._file.parent).content(self._file.name)
        rows = Rows(content, np.int32, 2)
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.array(self._sizes, np.int64))])
        for first in range(0, len(self._sizes), STEP):
            sizes = self._sizes[first : first + STEP]
            last = first + len(sizes)
            texts = np.repeat(np.arange(first, last), sizes)
            yield texts, rows[int(starts[first]) : int(starts[last])]
