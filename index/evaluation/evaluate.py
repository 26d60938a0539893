"""A question set asked: what each question got, and whether that is right."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.answer.answer import Answerer
from index.domain import Answer, Citation, Hit, Progress
from index.evaluation.questions import GradedQuestion

DEPTHS = (1, 3, 5, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one question got.

    `rank` is that of the first right passage among the hits (from 1; 0: none is), `bold` whether
    the first hit's bold quote answers, both whatever the confidence; `cited` whether the first
    citation that is shown, as an answer or as a near passage, is right, and `cited_bold` whether
    its bold quote answers. `confidence` is the first hit's; `plain_seconds` are those of one plain
    embedding and one search for the same question.
    """

    question: GradedQuestion
    answered: bool
    rank: int
    cited: bool
    cited_bold: bool
    bold: bool
    confidence: float
    seconds: float
    plain_seconds: float
    first: Citation | None


def ask_all(
    answerer: Answerer,
    questions: Sequence[GradedQuestion],
    plain_vector: Callable[[str], npt.NDArray[np.float32]],
    progress: Progress,
) -> list[Outcome]:
    """Ask every question and judge what comes back.

    `plain_vector` embeds a question in the way that times are compared with.
    """
    outcomes = []
    for number, question in enumerate(questions):
        progress("ask", number, len(questions))
        started = time.perf_counter()
        answerer.searcher.generation.engine.nearest(plain_vector(question.text), max(DEPTHS))
        plain_seconds = time.perf_counter() - started
        started = time.perf_counter()
        text, hits = answerer.find(answerer.question(question.text), question.earlier)
        reply = answerer.judge(text, hits)
        seconds = time.perf_counter() - started
        citations = reply.citations if isinstance(reply, Answer) else reply.nearest
        first = answerer.cite(hits[0]) if hits else None
        rank = first_right(answerer, question, hits[: max(DEPTHS)])
        outcomes.append(
            Outcome(
                question=question,
                answered=isinstance(reply, Answer),
                rank=rank,
                cited=bool(citations) and _passage_right(answerer, question, citations[0]),
                cited_bold=bool(citations) and _bold_right(answerer, question, citations[0]),
                bold=first is not None and _bold_right(answerer, question, first),
                confidence=hits[0].confidence if hits else 0.0,
                seconds=seconds,
                plain_seconds=plain_seconds,
                first=first,
            )
        )
    progress("ask", len(questions), len(questions))
    return outcomes


def first_right(answerer: Answerer, question: GradedQuestion, hits: Sequence[Hit]) -> int:
    """Return the rank of the first hit whose passage is right, from 1; 0 if none is."""
    documents = answerer.searcher.generation.documents
    for rank, hit in enumerate(hits, start=1):
        passage = hit.passage
        text = documents[passage.document].text
        if question.key and question.key.found_in(passage.document, passage.span, text):
            return rank
    return 0


def _passage_right(answerer: Answerer, question: GradedQuestion, citation: Citation) -> bool:
    text = answerer.searcher.generation.documents[citation.path].text
    key = question.key
    return key is not None and key.found_in(citation.path, citation.passage, text)


def _bold_right(answerer: Answerer, question: GradedQuestion, citation: Citation) -> bool:
    text = answerer.searcher.generation.documents[citation.path].text
    key = question.key
    return key is not None and key.answered_by(citation.path, citation.bold_span, text)
