"""The only importer of the BM25 library: words in, scores out (Robertson and Zaragoza 2009)."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import bm25s
import numpy as np
import numpy.typing as npt
import Stemmer
from bm25s import stopwords

from index import ranking
from index.errors import IndexCorrupt, SettingsError

K1 = 1.2
B = 0.75
# Scripts written without spaces: their words are found by pairs of characters.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
TOKEN = re.compile(rf"[{UNSPACED}]+|[^\W{UNSPACED}]+")
NO_LANGUAGE = "none"


class Analyzer:
    """Turns text into the words that BM25 counts: folded, without marks, stemmed."""

    def __init__(self, language: str) -> None:
        """Set up stemmer and stop words of a Snowball language, or of none.

        Raises:
            SettingsError: there is no stemmer for the language.
        """
        known = [NO_LANGUAGE, *sorted(Stemmer.algorithms())]
        if language not in known:
            message = f"`index.language` should be one of {', '.join(known)}, but is {language!r}"
            raise SettingsError(message)
        self._language = language
        name = {"english": "EN_PLUS", "porter": "EN_PLUS"}.get(language, language.upper())
        self._stopwords = frozenset(getattr(stopwords, f"STOPWORDS_{name}", ()))

    def words(self, text: str) -> list[str]:
        """Return the words of `text`, stop words left out unless there are no others."""
        decomposed = unicodedata.normalize("NFKD", text).casefold()
        folded = "".join(char for char in decomposed if not unicodedata.combining(char))
        words: list[str] = []
        for token in TOKEN.findall(folded):
            if re.match(f"[{UNSPACED}]", token):
                words.extend(token[i : i + 2] for i in range(max(1, len(token) - 1)))
            else:
                words.append(token)
        kept = [word for word in words if word not in self._stopwords] or words
        if self._language == NO_LANGUAGE:
            return kept
        # A Snowball stemmer is not safe to share between threads; making one costs 0.3 us.
        return [str(word) for word in Stemmer.Stemmer(self._language).stemWords(kept)]


class LexicalIndex:
    """BM25 over texts numbered 0 … n - 1."""

    def __init__(self, bm25: bm25s.BM25, analyzer: Analyzer, size: int) -> None:
        """Wrap an index of the words that `analyzer` finds."""
        self._bm25 = bm25
        self.analyzer = analyzer
        self.size = size

    @classmethod
    def build(cls, texts: Sequence[str], analyzer: Analyzer) -> Self:
        """Index `texts`."""
        bm25 = bm25s.BM25(method="lucene", k1=K1, b=B)
        # A text without words would leave BM25 with an empty vocabulary.
        bm25.index([analyzer.words(text) or [""] for text in texts], show_progress=False)
        return cls(bm25, analyzer, len(texts))

    @classmethod
    def load(cls, folder: Path, analyzer: Analyzer) -> Self:
        """Read an index from `folder`.

        Raises:
            IndexCorrupt: its files can't be read.
        """
        try:
            bm25 = bm25s.BM25.load(folder)
            size = int(bm25.scores["num_docs"])
        except (OSError, ValueError, KeyError, EOFError) as error:
            message = f"{folder}: the BM25 postings can't be read ({error})"
            raise IndexCorrupt(message) from error
        return cls(bm25, analyzer, size)

    def save(self, folder: Path) -> None:
        """Write the index as files into `folder`."""
        self._bm25.save(folder, show_progress=False)

    def scores(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the BM25 score of every text: (n,) float32, 0 where no word is shared."""
        known = [word for word in words if word in self._bm25.vocab_dict]
        if not known:
            return np.zeros(self.size, dtype=np.float32)
        scores: npt.NDArray[np.float32] = self._bm25.get_scores(known)
        return scores

    def idf(self, word: str) -> float:
        """Return how rare a word is among the texts (Lucene's idf, 0 and up)."""
        number = self._bm25.vocab_dict.get(word)
        pointers = self._bm25.scores["indptr"]
        found = 0 if number is None else int(pointers[number + 1] - pointers[number])
        return float(ranking.idf(self.size, np.array(found)))

    def coverage(self, words: Sequence[str], text: str) -> float:
        """Return the share of `words`, weighted by their rarity, that `text` holds (0 to 1)."""
        weights = {word: self.idf(word) for word in words}
        total = sum(weights.values())
        held = set(self.analyzer.words(text))
        found = sum(weight for word, weight in weights.items() if word in held)
        return found / total if total else 0.0
