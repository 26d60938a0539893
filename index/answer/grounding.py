"""Whether a language model's sentences say only what the quotes say that they cite.

A sentence is kept if it is a statement of a quote in its own words and order, nothing added,
moved or left out; `wording.py` says what is only typed otherwise, `statements.py` what a quote
says and what belongs to it. What this can't follow is dropped, since the quotes themselves are
always shown.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.answer.statements import Statement, statements
from index.answer.wording import cut, statement, visible
from index.domain import Citation, Sentence

# The language of the word lists.
LANGUAGE = "english"

# More than fits one message beside the quotes helps nobody.
MAX_CHARS = 1000
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
        kept: dict[str, _Said] = {}
        previous: Mapping[int, Place] = {}
        dropped = 0
        for sentence in sentences(text):
            if sentence in kept:
                continue
            said = self._said(sentence, previous)
            if said and sum(map(len, kept)) + len(sentence) <= MAX_CHARS:
                kept[sentence] = said
                previous = said.places
            else:
                dropped += 1
        return tuple(said.sentence for said in kept.values()), dropped

    def _said(self, sentence: str, previous: Mapping[int, Place]) -> _Said | None:
        """Return where every quote that a sentence cites says it; None where one doesn't."""
        said, *cited = CITED.split(sentence)
        if len(cited) != 2 or cited[1] not in {"", ".", "!"}:  # noqa: PLR2004 - once, at its end
            return None
        claim = statement(said)
        numbers = sorted({int(number) for number in re.findall("[0-9]+", cited[0])})
        places: dict[int, Place] = {}
        for number in numbers:
            for quote, each in self._statements.get(number, []):
                if _follows(each, (quote, each.place), previous.get(number)) and each.is_said_by(
                    claim
                ):
                    places[number] = (quote, each.place)
                    break
            else:
                return None
        return _Said(Sentence(sentence, tuple(numbers)), places)


def _follows(each: Statement, place: Place, previous: Place | None) -> bool:
    """Whether a statement of a quote can be told behind `previous`, one of the same quote or none.

    Otherwise what it points at would be sought in the wrong one.
    """
    quote, number = place
    if previous == (quote, number - 1):
        return True
    return not each.leans and not (each.definite and previous)


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
