"""How good the answers are: a question set asked, and its figures."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from index.domain import Answer, Citation
from index.errors import QuestionError
from index.front import Index


@checked_dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Question:
    """One line of a question set.

    `files` are those that answer it, none if the documents don't; all of `words` stand in the
    answering part of the quote, any one of a nested list being enough; `kind` groups questions;
    `earlier` are the questions that it follows, oldest first.
    """

    question: str = Field(min_length=1)
    files: tuple[str, ...] = ()
    words: tuple[str | tuple[str, ...], ...] = ()
    kind: str = "answerable"
    earlier: tuple[str, ...] = ()

    def held_by(self, text: str) -> bool:
        """Whether `text` holds all the words, whatever their case."""
        folded = " ".join(text.casefold().split())
        wanted = [(each,) if isinstance(each, str) else each for each in self.words]
        return all(any(" ".join(w.casefold().split()) in folded for w in each) for each in wanted)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question got.

    `cited` means that the first citation, shown as an answer or as a near passage, is of a right
    file and the passage that it quotes from holds the words; `bold` that the answering part of
    the quote does.
    """

    question: Question
    answered: bool
    cited: bool
    bold: bool
    confidence: float
    seconds: float
    first: Citation | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares from 0 to 1; `refused` is by kind of unanswerable question; seconds an answer."""

    answerable: int
    cited_first: float
    bold_right: float
    answered: float
    answered_right: float
    refused: dict[str, tuple[float, int]]
    seconds_p50: float
    seconds_p95: float


def read_questions(file: Path) -> list[Question]:
    """Read a question set, one JSON object a line.

    Raises:
        QuestionError: names the line that is no question.
    """
    adapter = TypeAdapter(Question)
    questions = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{file}: the question set can't be read: {error}"
        raise QuestionError(message) from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                questions.append(adapter.validate_python(json.loads(line)))
            except (ValueError, ValidationError) as error:
                reason = " ".join(str(error).split())[:160]
                message = f"{file}, line {number}: not a question: {reason}"
                raise QuestionError(message) from error
    if not questions:
        message = f"{file}: the question set is empty"
        raise QuestionError(message)
    return questions


def ask_all(index: Index, questions: Sequence[Question]) -> list[Outcome]:
    """Ask every question and judge what comes back."""
    outcomes = []
    for question in questions:
        started = time.perf_counter()
        reply = index.answer(question.question, question.earlier)
        seconds = time.perf_counter() - started
        answered = isinstance(reply, Answer)
        citations = reply.citations if isinstance(reply, Answer) else reply.nearest
        first = citations[0] if citations else None
        right_file = first is not None and first.path in question.files
        outcomes.append(
            Outcome(
                question=question,
                answered=answered,
                cited=right_file and question.held_by(_passage(index, first)),
                bold=right_file and first is not None and question.held_by(first.bold),
                confidence=reply.confidence,
                seconds=seconds,
                first=first,
            )
        )
    return outcomes


def _passage(index: Index, citation: Citation | None) -> str:
    """The text of the passage that a citation quotes from."""
    text = index.text(citation.path) if citation else None
    return citation.passage.of(text) if citation and text else ""


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Count the shares over all outcomes."""
    answerable = [each for each in outcomes if each.question.files]
    unanswerable = [each for each in outcomes if not each.question.files]
    kinds = sorted({each.question.kind for each in unanswerable})
    refused = {}
    for kind in kinds:
        of_kind = [each for each in unanswerable if each.question.kind == kind]
        refused[kind] = (_share([not each.answered for each in of_kind]), len(of_kind))
    seconds = np.array([each.seconds for each in outcomes])
    return Figures(
        answerable=len(answerable),
        cited_first=_share([each.cited for each in answerable]),
        bold_right=_share([each.bold for each in answerable]),
        answered=_share([each.answered for each in answerable]),
        answered_right=_share([each.cited for each in answerable if each.answered]),
        refused=refused,
        seconds_p50=float(np.percentile(seconds, 50)),
        seconds_p95=float(np.percentile(seconds, 95)),
    )


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0
