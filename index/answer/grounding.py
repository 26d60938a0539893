"""Whether a language model's sentences say only what the quotes say that they cite.

A sentence is kept if it is a statement of a quote in its own words and order, nothing added,
moved or left out; `wording.py` says what is only typed otherwise, `statements.py` what a quote
says and what belongs to it. What this can't follow is dropped, since the quotes themselves are
always shown.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from index.answer.statements import Statement, statements
from index.answer.wording import cut, statement, visible
from index.domain import Citation, Sentence

# The language of the word lists.
LANGUAGE = "english"

# More than fits one message beside the quotes helps nobody.
MAX_CHARS = 1000
# So many sentences are looked at for what limits the first of them.
LOOKED_AHEAD = 4
# So much of a model's reply is looked at, after its thinking.
MAX_REPLY_CHARS = 10_000

NUMBERS = r"\[[0-9]{1,2}(?:\s*,\s*[0-9]{1,2})*\]"
CITED = re.compile(rf"((?:{NUMBERS}[\s,;]*)+)")
CITED_AFTER_STOP = re.compile(rf"([.!?…])([\"”’')]*)\s*((?:{NUMBERS}\s*)+)")
THINKING = re.compile(r"\A.*</think>", re.DOTALL)
LIST_MARK = re.compile(r"^\s*(?:(?:[-+•>]|#+|[0-9]+[.)])\s+)+")

Place = tuple[int, int]
"""A quote among those of a citation, and a statement in it, by their numbers."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence and where each quote that it cites says it, by their numbers."""

    sentence: Sentence
    places: Mapping[int, Place]
    limited: bool


class Grounding:
    """Checks the sentences of one reply against the quotes that it was given."""

    def __init__(self, citations: Sequence[Citation]) -> None:
        self._statements: dict[int, list[tuple[int, Statement]]] = {
            citation.number: [
                (quote, each)
                for quote, quoted in enumerate([citation, *citation.rows])
                for each in statements(quoted)
            ]
            for citation in citations
        }

    def check(self, text: str) -> tuple[tuple[Sentence, ...], int]:
        """Return the sentences of `text` that the quotes bear out, and how many they don't."""
        kept: list[_Said] = []
        length = 0
        told = [*dict.fromkeys(sentences(text))]
        for number, sentence in enumerate(told):
            lengths = accumulate(map(len, told[number : number + LOOKED_AHEAD]), initial=length)
            fitting = sum(each <= MAX_CHARS for each in lengths) - 1
            previous = kept[-1].places if kept else {}
            if said := self._standing(told[number : number + fitting], previous):
                kept.append(said)
                length += len(sentence)
        return tuple(said.sentence for said in kept), len(told) - len(kept)

    def _standing(self, told: Sequence[str], previous: Mapping[int, Place]) -> _Said | None:
        """Return what the first of some sentences says, if what limits that is told behind it."""
        said = self._said(told[0], previous) if told else None
        if said and said.limited:
            behind = self._standing(told[1:], said.places)
            limits = {number: (quote, n + 1) for number, (quote, n) in said.places.items()}
            return said if behind and limits.items() <= behind.places.items() else None
        return said

    def _said(self, sentence: str, previous: Mapping[int, Place]) -> _Said | None:
        """Return where every quote that a sentence cites says it; None where one doesn't."""
        said, *cited = CITED.split(sentence)
        if len(cited) != 2 or cited[1] not in {"", ".", "!"}:  # noqa: PLR2004 - once, at its end
            return None
        claim = statement(said)
        numbers = sorted({int(number) for number in re.findall("[0-9]+", cited[0])})
        places: dict[int, Place] = {}
        limited = False
        for number in numbers:
            for quote, each in self._statements.get(number, []):
                place = (quote, each.place)
                if _follows(each, place, number, previous) and each.is_said_by(claim):
                    places[number] = place
                    limited |= each.limited
                    break
            else:
                return None
        return _Said(Sentence(sentence, tuple(numbers)), places, limited)


def _follows(each: Statement, place: Place, number: int, previous: Mapping[int, Place]) -> bool:
    """Whether a statement of a quote, by its number, can be told behind what is `previous`.

    Otherwise what it points at would be sought in the wrong one.
    """
    quote, statement = place
    if previous.get(number) == (quote, statement - 1):
        return True
    astray = (each.definite and number in previous) or (each.points and previous)
    return not each.leans and not astray


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a model's reply, list marks and emphasis left out.

    A citation that follows a full stop goes before it, so that it stays with its sentence.
    """
    text = visible(THINKING.sub("", text)[:MAX_REPLY_CHARS])
    for line in text.translate({ord("*"): None, ord("`"): None}).split("\n"):
        tidy = CITED_AFTER_STOP.sub(
            lambda match: f"{match[2]} {match[3].strip()}{match[1]} ", LIST_MARK.sub("", line)
        )
        for sentence in cut(tidy):
            if re.search(r"[^\W_]", CITED.sub("", sentence)):
                yield " ".join(sentence.split())
