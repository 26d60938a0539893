"""Sentences written by hand beside their quotes, true and false, and which of them are kept.

`sentences.jsonl` was there while the check was made, `sentences_unseen.jsonl` came after it, and
`sentences_hostile.jsonl` was written against it, with turnings of whole documents: corrections,
conversations, footnotes, records, signs. Where a text has several sentences, the last one counts.
The floors are what was measured.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, cast

import pytest

from index.answer.grounding import Grounding, sentences
from tests.support.citations import citation

DATA = Path(__file__).parents[1] / "data"
CITES = re.compile(r"\[\d\]")
FLOORS = {"sentences.jsonl": 87, "sentences_unseen.jsonl": 53, "sentences_hostile.jsonl": 82}


class Case(NamedTuple):
    """A sentence, what its quote is, and whether this says it."""

    quote: str
    sentence: str
    true: bool
    kind: str
    title: str = ""
    headings: tuple[str, ...] = ()
    context: str = ""
    others: tuple[str, ...] = ()  # further quotes, numbered from 2

    def is_kept(self) -> bool:
        """Whether the last sentence is kept."""
        text = (
            self.sentence if CITES.search(self.sentence) else f"{self.sentence.rstrip('.!')} [1]."
        )
        cited = citation(1, self.quote, self.title, tuple(self.headings), self.context)
        others = (citation(number, quote) for number, quote in enumerate(self.others, 2))
        kept, _ = Grounding([cited, *others]).check(text)
        return bool(kept) and kept[-1].text == [*sentences(text)][-1]


def cases(file: str) -> Iterator[Case]:
    """Yield the cases of a file."""
    for line in (DATA / file).read_text("utf-8").splitlines():
        yield Case(**cast("dict[str, str]", json.loads(line)))  # type: ignore[arg-type]


@pytest.mark.parametrize("file", FLOORS)
def test_no_false_sentence_is_kept(file: str) -> None:
    false = [case for case in cases(file) if not case.true]
    assert len(false) > 200
    assert [(case.kind, case.quote, case.sentence) for case in false if case.is_kept()] == []


@pytest.mark.parametrize(("file", "floor"), FLOORS.items())
def test_most_true_sentences_are_kept(file: str, floor: int) -> None:
    true = [case for case in cases(file) if case.true]
    missed = [(case.kind, case.quote, case.sentence) for case in true if not case.is_kept()]
    assert len(true) - len(missed) >= floor, missed


@pytest.mark.parametrize("file", FLOORS)
def test_what_is_said_word_for_word_is_kept_of_every_kind(file: str) -> None:
    """What the writer is asked for, and no shortened or reworded sentence."""
    asked = {"word for word", "typed otherwise", "table", "list", "label and value", "heading"}
    true = [case for case in cases(file) if case.true and case.kind in asked]
    missed = [case for case in true if not case.is_kept()]
    assert len(missed) * 20 <= len(true), missed
