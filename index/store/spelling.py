"""Misspelt words of a question, mended by the words that the documents use."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter
from rapidfuzz import process
from rapidfuzz.distance import OSA

from index.store.contents import Content
from index.text.words import UNSPACED, fold

FILE_JSON = TypeAdapter(dict[str, int])
# Shorter words have too many neighbours; a long one may be wrong in two places.
LETTERS = 4
LONG = 8
# Of all words of a large collection most are names and slips that nobody means by another, and an
# unknown word is held against each one that is kept.
WORDS = 200_000
WORD = re.compile(rf"[^\W\d_{UNSPACED}]{{{LETTERS},}}")


class Spelling:
    """The commonest words of the documents and how often they stand there."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        """Mend by the words of `counts`, folded."""
        self._counts = counts

    @classmethod
    def load(cls, content: Content) -> Self:
        """Read what `SpellingWriter` wrote.

        Raises:
            ValueError: it is no list of words.
            IndexCorrupt: it is not what was built.
        """
        (written,) = content.parts([(0, content.size)])
        return cls(FILE_JSON.validate_json(bytes(written)))

    def correct(self, question: str, known: Callable[[str], bool]) -> str:
        """Return `question` with each unknown word replaced by its one near neighbour, if any.

        `known` tells the words that are right although the documents don't use them.
        """

        def mend(match: re.Match[str]) -> str:
            word = match.group()
            if fold(word) in self._counts or known(word):
                return word
            near = self._nearest(fold(word))
            return near.capitalize() if near and word[0].isupper() else near or word

        return WORD.sub(mend, question)

    def _nearest(self, word: str) -> str:
        edits = 2 if len(word) >= LONG else 1
        choices = process.extract(
            word, self._counts.keys(), scorer=OSA.distance, score_cutoff=edits, limit=None
        )
        ranked = [(distance, -self._counts[choice], choice) for choice, distance, _ in choices]
        return min(ranked)[2] if ranked else ""


class SpellingWriter:
    """Collects the words of documents."""

    def __init__(self) -> None:
        """Begin without any."""
        self._counts: Counter[str] = Counter()

    def add(self, text: str) -> None:
        """Count the words of a text."""
        self._counts.update(WORD.findall(fold(text)))

    def save(self, file: Path) -> None:
        """Write the words to `file`.

        Raises:
            OSError: the disk refuses.
        """
        file.write_text(json.dumps(dict(self._counts.most_common(WORDS))), encoding="utf-8")
