"""Writes the words of passages, and for each word its passages, or for each passage its words."""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.store.arrays import Rows, RowsWriter
from index.store.bm25 import POSTING, POSTINGS
from index.store.contents import DraftFiles
from index.store.lexicon import STARTS, WORDS
from index.store.ranking import bm25, bm25_norms, bm25_rarity
from index.store.term_counts import TERM, TERM_STARTS, TERMS
from index.store.vocabulary import Vocabulary

# Texts that are worked on at a time when an index is written.
STEP = 50_000

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


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

    @property
    def average(self) -> float:
        """The mean number of words of a passage, 1 where there is none."""
        return self._passages.average

    def finish(self, *, postings: bool = True) -> None:
        """Write the index: `postings`, or the words of each passage, for `TermCounts`.

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
        if postings:
            self._write_postings(renumbered, starts, frequencies)
        else:
            self._passages.write(self._folder, renumbered)
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

    @property
    def average(self) -> float:
        """The mean number of words of a text, 1 where there is none."""
        lengths = np.array(self._lengths, np.float64)
        return float(lengths.mean()) if len(lengths) else 1.0

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
        lengths = np.array(self._lengths, np.int64)
        rare = bm25_rarity(len(lengths), frequencies)
        norms = bm25_norms(lengths, self.average)
        for texts, rows in self._steps():
            words, held = rows[:, 0].astype(np.int64), rows[:, 1]
            yield texts, words, bm25(rare[words], held, norms[texts])

    def write(self, folder: Path, renumbered: Numbers) -> None:
        """Write the words of each text, by the numbers that they have now, for `TermCounts`."""
        sizes = np.array(self._sizes, np.int64)
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        starts.astype("<i8").tofile(folder / TERM_STARTS)
        writer = RowsWriter(folder / TERMS, TERM)
        try:
            for _, rows in self._steps():
                terms = np.empty(len(rows), TERM)
                terms["word"], terms["count"] = renumbered[rows[:, 0]], rows[:, 1]
                writer.add(terms)
        finally:
            writer.close()

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
