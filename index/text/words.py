"""Texts and questions as the words that count: folded, stemmed, each language by its rules."""

import re
import sys
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache

import Stemmer
from bm25s import stopwords

from index.text import language as language_names

# Scripts written without spaces: their words are found by pairs of characters.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
UNSPACED_FROM = 0x0E00
WORD = re.compile(rf"[{UNSPACED}]+|[^\W_{UNSPACED}]+")
# What may be an identifier, a flag, a version, a file's or a variable's name; and what surely is.
RUN = re.compile(r"(?:--)?\w+(?:[.:-]\w+)*")
HUMP = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")
IDENTIFIER = re.compile(r"^--|[^\W_]_+[^\W_]|\d[.:-]|[.:-]\d|\w[.:]\w")
# Words whose stems are remembered: nearly all that a text is made of.
STEMS = 1 << 16
# Letters that Unicode doesn't take apart into a letter and a mark.
WHOLE_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"}


def fold(text: str) -> str:
    """Return `text` without case, accents and other marks."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text).casefold().translate(_letters_without_marks())


@cache
def _letters_without_marks() -> dict[int, str]:
    """What becomes of marks and some letters; made when first used, as it takes a while."""
    marks = (code for code in range(sys.maxunicode + 1) if unicodedata.combining(chr(code)))
    return dict.fromkeys(marks, "") | str.maketrans(WHOLE_LETTERS)


def split(text: str) -> tuple[list[str], list[str]]:
    """Return the words of `text`, folded, and its identifiers, whose parts are among the words."""
    folded = fold(text)
    runs = WORD.findall(folded)
    words: list[str] = runs if folded.isascii() else []
    for word in () if folded.isascii() else runs:
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
            language: frozenset(getattr(stopwords, f"STOPWORDS_{_stopwords_name(language)}", ()))
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
        return [tuple(dict.fromkeys(word)) for word in zip(*stems, strict=True)], identifiers

    def is_small(self, text: str) -> bool:
        """Whether a text is of stop words of the documents' languages alone."""
        listed = self._stopwords.values()
        return all(any(word in each for each in listed) for word in split(text)[0])


def _stopwords_name(language: str) -> str:
    return {"english": "EN_PLUS", "porter": "EN_PLUS"}.get(language, language.upper())


def _stems(words: list[str], language: str) -> list[str]:
    if language == language_names.NONE:
        return words
    return [_stem(word, language) for word in words]


@lru_cache(STEMS)
def _stem(word: str, language: str) -> str:
    # A Snowball stemmer is not safe to share between threads; making one costs 0.3 us.
    return str(Stemmer.Stemmer(language).stemWord(word))
