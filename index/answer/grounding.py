"""Whether a language model's sentences say only what the quotes say that they cite.

The check is of words, not of meaning, and leans to leaving out: a sentence that it can't follow
is dropped, since the quotes themselves are always shown. Its word lists are English.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import sentencex

from index.domain import Citation, Sentence
from index.text.words import Analyzer

# The language of the word lists below.
LANGUAGE = "english"

# More than fits one message beside the quotes helps nobody.
MAX_CHARS = 1000
# So much of a model's reply is looked at, after its thinking.
MAX_REPLY_CHARS = 10_000


def _word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# What may be added to a quote's words without saying more than they do.
GLUE = _word_set("""
    a an the this that these those it its they their there and who which whose whom is are was
    were be been being has have had do does did of in on at by for to with as also
""")
# What can be neither added nor left out: it negates, limits, weakens or attributes.
QUALIFIERS = _word_set("""
    not no never nor neither none nobody nothing nowhere without hardly barely rarely seldom
    only unless except if or may might must should could would can some most few many several
    half almost nearly perhaps maybe probably possibly likely allegedly reportedly say says said
    claim claims claimed
""")
CONTRACTIONS = (
    (re.compile(r"\bcannot\b", re.IGNORECASE), "can not"),
    (re.compile(r"\bcan['’]t\b", re.IGNORECASE), "can not"),
    (re.compile(r"\bwon['’]t\b", re.IGNORECASE), "will not"),
    (re.compile(r"n['’]t\b", re.IGNORECASE), " not"),
    (re.compile(r"['’]s\b", re.IGNORECASE), ""),
)
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
AROUND_FIGURES = ".,;:!?'\"’‘“”()[]…|*_"
# Any other sign (a currency, markup, an address) must stand in the quote as well.
PUNCTUATION = frozenset(".,;:!?'\"’‘“”()-–—… \n\t")

NUMBERS = r"\[[0-9]{1,2}(?:\s*,\s*[0-9]{1,2})*\]"
CITED = re.compile(rf"((?:{NUMBERS}[\s,;]*)+)")
CITED_AFTER_STOP = re.compile(rf"([.!?…])([\"”’')]*)\s*((?:{NUMBERS}\s*)+)")
THINKING = re.compile(r"\A.*</think>", re.DOTALL)
LIST_MARK = re.compile(r"^\s*(?:(?:[-+•>]|#+|[0-9]+[.)])\s+)+")
ROW = re.compile(r"\s*(?:\||[-*+•]\s|[0-9]+[.)]\s)")
BETWEEN_BLOCKS = re.compile(rf"\n(?={ROW.pattern})|\n\s*\n")


@dataclass(frozen=True, slots=True)
class Grounding:
    """Checks sentences against quotes, word stems compared as the index does."""

    analyzer: Analyzer = field(default_factory=lambda: Analyzer([LANGUAGE]))

    def check(self, text: str, citations: Sequence[Citation]) -> tuple[tuple[Sentence, ...], int]:
        """Return the sentences of `text` that `citations` bear out, and how many they don't."""
        by_number = {citation.number: citation for citation in citations}
        borne_out: dict[str, Sentence] = {}
        dropped = 0
        for sentence in sentences(text):
            numbers = self._numbers(sentence, by_number)
            fits = sum(map(len, borne_out)) + len(sentence) <= MAX_CHARS
            if numbers and fits:
                borne_out[sentence] = Sentence(sentence, numbers)
            else:
                dropped += 1
        return tuple(borne_out.values()), dropped

    def _numbers(self, sentence: str, citations: dict[int, Citation]) -> tuple[int, ...]:
        """Return the numbers that a sentence cites; none where a part of it isn't borne out.

        Its parts end with their citations, and every citation of a part has to bear it out.
        """
        *parts, rest = CITED.split(sentence)
        if not parts or WORD.search(rest):
            return ()
        numbers: set[int] = set()
        for place in range(0, len(parts), 2):
            own = {int(number) for number in re.findall("[0-9]+", parts[place + 1])}
            if not own <= set(citations):
                return ()
            clause, first = parts[place], place == 0
            if not all(self._bears_out(citations[number], clause, first=first) for number in own):
                return ()
            numbers |= own
        return tuple(sorted(numbers))

    def _bears_out(self, citation: Citation, clause: str, *, first: bool) -> bool:
        """Whether any one thing that a quote says is what `clause` says."""
        header = "\n".join([citation.title, *citation.headings, citation.context])
        return any(
            self._says(statement, clause, header=header, first=first)
            for quoted in (citation, *citation.rows)
            for statement in statements(quoted.quote)
        )

    def _says(self, statement: str, clause: str, *, header: str, first: bool) -> bool:
        """Whether a statement, with the `header` above it, says what `clause` says."""
        own, said, above = words(clause), words(statement), words(header)
        content = [word for word in own if word.casefold() not in GLUE]
        if not content or _qualifiers(own) != _qualifiers(said):
            return False
        known = {*said, *above}
        names = {word for word in content if word[0].isupper()}
        if first and own[0][0].lower() + own[0][1:] in known:
            names.discard(own[0])  # its capital letter only begins the sentence
        whole = f"{header}\n{statement}"
        return (
            names <= known
            and self._stems(content) <= self._stems(known)
            and _figures(clause) <= _figures(whole)
            and set(clause) - PUNCTUATION - _alphanumeric(clause) <= set(whole)
        )

    def _stems(self, words: Iterable[str]) -> set[str]:
        return {stem for word in words for stem in self.analyzer.words(word, LANGUAGE)}


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a model's reply, list marks and emphasis left out.

    A citation that follows a full stop goes before it, so that it stays with its sentence.
    """
    text = THINKING.sub("", text)[:MAX_REPLY_CHARS]
    text = "".join(char for char in text if char == "\n" or unicodedata.category(char)[0] != "C")
    for line in text.translate({ord("*"): None, ord("`"): None}).split("\n"):
        tidy = CITED_AFTER_STOP.sub(
            lambda match: f"{match[2]} {match[3].strip()}{match[1]} ", LIST_MARK.sub("", line)
        )
        for sentence in sentencex.segment("en", tidy):
            if WORD.search(CITED.sub("", sentence)):
                yield " ".join(sentence.split())


def statements(quote: str) -> Iterator[str]:
    """Yield each thing that a quote says: a sentence or a row.

    What stands in a list or table comes with what the quote begins with, on which it depends.
    """
    lead = ""
    for block in BETWEEN_BLOCKS.split(quote):
        row = block.lstrip().startswith("|")
        parts = [block] if row else sentencex.segment("en", block)
        above = f"{lead}\n" if ROW.match(block) else ""
        for part in parts:
            yield above + part
        lead = lead or "".join(parts[-1:])


def words(text: str) -> list[str]:
    """Return the words of `text` as they are spelled, contractions written out."""
    text = unicodedata.normalize("NFKC", text)
    for short, long in CONTRACTIONS:
        text = short.sub(long, text)
    return WORD.findall(text)


def _qualifiers(words: Iterable[str]) -> set[str]:
    """The words that change what the others say; the month of May isn't one."""
    return {word.casefold() for word in words if word != "May"} & QUALIFIERS


def _figures(text: str) -> set[str]:
    """The numbers of a text with the signs that belong to them: $1,000, 5%, -3, 2023-24."""
    runs = unicodedata.normalize("NFKC", text).split()
    return {run.strip(AROUND_FIGURES) for run in runs if any(map(str.isdigit, run))}


def _alphanumeric(text: str) -> set[str]:
    return {char for char in text if char.isalnum() or unicodedata.combining(char)}
