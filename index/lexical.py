"""The only importer of the BM25 library: words in, scores out (Robertson and Zaragoza 2009)."""

import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import bm25s
import numpy as np
import numpy.typing as npt
import Stemmer
from bm25s import stopwords

from index import language as language_names
from index import ranking
from index.errors import IndexCorrupt

K1 = 1.2
B = 0.75
# Scripts written without spaces: their words are found by pairs of characters.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
# Words that every text holds have no rarity to divide by.
RARITY = 1e-6
UNSPACED_FROM = 0x0E00
WORD = re.compile(rf"[{UNSPACED}]+|[^\W_{UNSPACED}]+")
# What may be an identifier, a flag, a version, a file's or a variable's name; and what surely is.
RUN = re.compile(r"(?:--)?\w+(?:[.:-]\w+)*")
HUMP = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")
IDENTIFIER = re.compile(r"^--|[^\W_]_+[^\W_]|\d[.:-]|[.:-]\d|\w[.:]\w")
# Marks that go, and letters that Unicode doesn't take apart into a letter and a mark.
UNMARKED = {
    **{code: "" for code in range(sys.maxunicode + 1) if unicodedata.combining(chr(code))},
    **str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"}),
}


def fold(text: str) -> str:
    """Return `text` without case, accents and other marks."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text).casefold().translate(UNMARKED)


def split(text: str) -> tuple[list[str], list[str]]:
    """Return the words of `text`, folded, and its identifiers, whose parts are among the words."""
    words: list[str] = []
    for word in WORD.findall(fold(text)):
        if ord(word[0]) >= UNSPACED_FROM and re.match(f"[{UNSPACED}]", word):
            words.extend(word[i : i + 2] for i in range(max(1, len(word) - 1)))
        else:
            words.append(word)
    identifiers: list[str] = []
    for run in RUN.findall(text):
        if run[1:].islower() and run.isalpha():
            continue
        humps = HUMP.split(run)
        if len(humps) > 1:
            words.extend(part for hump in humps for part in WORD.findall(fold(hump)))
        if IDENTIFIER.search(run):
            identifiers.append(re.sub(r"^v(?=\d+\.)", "", fold(run).strip("-_")))
    return words, identifiers


class Analyzer:
    """Turns text into the words that BM25 counts: folded, stemmed, stop words left out."""

    def __init__(self, languages: Iterable[str]) -> None:
        """Set up stemmers and stop words of the languages that the documents are in."""
        self.languages = tuple(sorted(set(languages)))
        self._stopwords = {
            language: frozenset(getattr(stopwords, f"STOPWORDS_{_listed(language)}", ()))
            for language in self.languages
        }

    def words(self, text: str, language: str) -> list[str]:
        """Return the words of a text in `language`."""
        words, identifiers = split(text)
        ignored = self._stopwords.get(language, frozenset())
        kept = [word for word in words if word not in ignored] or words
        return [*_stems(kept, language), *identifiers]

    def variants(self, text: str) -> tuple[list[tuple[str, ...]], list[str]]:
        """Return a question's words, each stemmed in all the documents' languages; identifiers."""
        words, identifiers = split(text)
        ignored = [listed for listed in self._stopwords.values() if listed]
        common = frozenset.intersection(*ignored) if ignored else frozenset()
        kept = [word for word in words if word not in common] or words
        stems = [_stems(kept, language) for language in self.languages] or [kept]
        return [tuple(dict.fromkeys(each)) for each in zip(*stems, strict=True)], identifiers


def _listed(language: str) -> str:
    return {"english": "EN_PLUS", "porter": "EN_PLUS"}.get(language, language.upper())


def _stems(words: list[str], language: str) -> list[str]:
    if language == language_names.NONE:
        return words
    # A Snowball stemmer is not safe to share between threads; making one costs 0.3 us.
    return [str(word) for word in Stemmer.Stemmer(language).stemWords(words)]


class LexicalIndex:
    """BM25 over texts numbered 0 … n - 1."""

    def __init__(self, bm25: bm25s.BM25, analyzer: Analyzer, size: int) -> None:
        """Wrap an index of the words that `analyzer` finds."""
        self._bm25 = bm25
        self.analyzer = analyzer
        self.size = size

    @classmethod
    def build(cls, texts: Sequence[str], languages: Sequence[str]) -> Self:
        """Index `texts`, each in its language."""
        analyzer = Analyzer(languages)
        words = [analyzer.words(*each) for each in zip(texts, languages, strict=True)]
        bm25 = bm25s.BM25(method="lucene", k1=K1, b=B)
        # A text without words, or no text, would leave BM25 with an empty vocabulary.
        bm25.index([each or [""] for each in words] or [[""]], show_progress=False)
        return cls(bm25, analyzer, len(texts))

    @classmethod
    def load(cls, folder: Path, analyzer: Analyzer, size: int) -> Self:
        """Read an index of `size` texts from `folder`.

        Raises:
            IndexCorrupt: its files can't be read.
        """
        try:
            bm25 = bm25s.BM25.load(folder)
            found = int(bm25.scores["num_docs"])
        except (OSError, ValueError, KeyError, EOFError) as error:
            message = f"{folder}: the BM25 postings can't be read ({error})"
            raise IndexCorrupt(message) from error
        if found != max(size, 1):
            message = f"{folder}: the BM25 postings are of {found} texts, not of {size}"
            raise IndexCorrupt(message)
        return cls(bm25, analyzer, size)

    def save(self, folder: Path) -> None:
        """Write the index as files into `folder`."""
        self._bm25.save(folder, show_progress=False)

    def words(self, question: str) -> list[str]:
        """Return the words to search for: each in the languages whose documents hold it."""
        words: list[str] = []
        variants, identifiers = self.analyzer.variants(question)
        for stems in variants:
            known = [stem for stem in stems if self.holds(stem)]
            # An unknown word still counts, as one that no text has.
            words.extend(known or stems[:1])
        # The parts of an unknown identifier stand for it.
        return words + [each for each in identifiers if self.holds(each)]

    def scores(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the BM25 score of every text: (n,) float32, 0 where no word is shared."""
        known = [word for word in words if self.holds(word)]
        if not known:
            return np.zeros(self.size, dtype=np.float32)
        scores: npt.NDArray[np.float32] = self._bm25.get_scores(known)
        return scores[: self.size]

    def holds(self, word: str) -> bool:
        """Whether any text holds a word, given as `words` returns it."""
        return word in self._bm25.vocab_dict

    def idf(self, word: str) -> float:
        """Return how rare a word is among the texts (Lucene's idf, 0 and up)."""
        number = self._bm25.vocab_dict.get(word)
        pointers = self._bm25.scores["indptr"]
        found = 0 if number is None else int(pointers[number + 1] - pointers[number])
        return float(ranking.idf(self.size, np.array(found)))

    def coverage(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return what share of `words`, weighted by their rarity, each text holds.

        Returns:
            (n,) float32, 0 to 1.
        """
        held = np.zeros(self.size, np.float32)
        weights = {word: self.idf(word) for word in words}
        pointers, texts = self._bm25.scores["indptr"], self._bm25.scores["indices"]
        for word, weight in weights.items():
            number = self._bm25.vocab_dict.get(word)
            if number is not None:
                held[texts[pointers[number] : pointers[number + 1]]] += weight
        return held / np.float32(max(sum(weights.values()), RARITY))
