"""The only importer of the BM25 library: words in, scores out (Robertson and Zaragoza 2009)."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
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
WORD = re.compile(rf"[{UNSPACED}]+|[^\W_{UNSPACED}]+")
# What may be an identifier: a flag, a version, a file's or a variable's name.
RUN = re.compile(r"-{0,2}\w+(?:[.:-]\w+)*")
HUMP = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")
IDENTIFIER = re.compile(r"^--|[^\W_]_+[^\W_]|\d[.:-]|[.:-]\d|\w[.:]\w")
# Letters that Unicode doesn't take apart into a letter and a mark.
UNMARKED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text; `compound` if it is an identifier whose parts are words beside it."""

    text: str
    compound: bool = False


def fold(text: str) -> str:
    """Return `text` without case, accents and other marks."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(UNMARKED)


def split(text: str) -> Iterator[Word]:
    """Yield the words of `text`, folded; an identifier as a whole after its parts."""
    for run in RUN.findall(text):
        parts = [fold(part) for part in WORD.findall(HUMP.sub("_", run))]
        for part in parts:
            if re.match(f"[{UNSPACED}]", part):
                yield from (Word(part[i : i + 2]) for i in range(max(1, len(part) - 1)))
            else:
                yield Word(part)
        whole = re.sub(r"^v(?=\d+\.)", "", fold(run).strip("-_"))
        if whole not in parts and (len(parts) > 1 or whole) and _names(run):
            yield Word(whole, compound=True)


def _names(run: str) -> bool:
    return bool(IDENTIFIER.search(run) or HUMP.search(run))


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
        found = [word.text for word in split(text)]
        ignored = self._stopwords.get(language, frozenset())
        kept = [word for word in found if word not in ignored] or found
        return kept if language == language_names.NONE else _stems(kept, language)

    def variants(self, text: str) -> list[tuple[Word, tuple[str, ...]]]:
        """Return the words of a question with their stems in each language of the documents."""
        found = list(split(text))
        ignored = [listed for listed in self._stopwords.values() if listed]
        common = frozenset.intersection(*ignored) if ignored else frozenset()
        kept = [word for word in found if word.text not in common] or found
        plain = [word.text for word in kept]
        stems = [
            plain if language == language_names.NONE else _stems(plain, language)
            for language in self.languages
        ] or [plain]
        return [
            (word, tuple(dict.fromkeys(each)))
            for word, each in zip(kept, zip(*stems, strict=True), strict=True)
        ]


def _listed(language: str) -> str:
    return {"english": "EN_PLUS", "porter": "EN_PLUS"}.get(language, language.upper())


def _stems(words: list[str], language: str) -> list[str]:
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
        # A text without words would leave BM25 with an empty vocabulary.
        bm25.index([each or [""] for each in words], show_progress=False)
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

    def words(self, question: str) -> list[str]:
        """Return the words to search for: each in the languages whose documents hold it."""
        words: list[str] = []
        for word, variants in self.analyzer.variants(question):
            known = [variant for variant in variants if self.holds(variant)]
            # The parts of an unknown identifier stand for it; an unknown word still counts.
            words.extend(known or ([] if word.compound else variants[:1]))
        return words

    def scores(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the BM25 score of every text: (n,) float32, 0 where no word is shared."""
        known = [word for word in words if self.holds(word)]
        if not known:
            return np.zeros(self.size, dtype=np.float32)
        scores: npt.NDArray[np.float32] = self._bm25.get_scores(known)
        return scores

    def holds(self, word: str) -> bool:
        """Whether any text holds a word, given as `words` returns it."""
        return word in self._bm25.vocab_dict

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
        held = {variant for _, variants in self.analyzer.variants(text) for variant in variants}
        found = sum(weight for word, weight in weights.items() if word in held)
        return found / total if total else 0.0
