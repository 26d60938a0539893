"""How good the answers are: a question set asked, and its figures."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.answer.answer import CANDIDATES, Answerer
from index.domain import Answer, Citation, Hit, Progress
from index.evaluation.questions import GradedQuestion

DEPTHS = (1, 3, 5, 10)
# The threshold that refusals are compared at keeps this share of the answerable questions.
KEPT = 0.95
COVERAGES = (0.25, 0.5, 0.75, 0.9, 1.0)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Covered:
    """The answerable questions of highest confidence: which share, and how many are right."""

    coverage: float
    passage_right: float
    bold_right: float


@dataclass(frozen=True, slots=True)
class Answerable:
    """Shares (0 to 1) of the `count` questions that the documents answer.

    `recall` is by depth; `mrr` the mean reciprocal rank of the first right passage, 0 below rank
    10; `bold_chars` the median length of the bold quote; `cited_first` and `cited_bold` are about
    the first citation that is shown, none being wrong; `answered_right` counts, of those that
    were answered, the ones whose first citation is right.
    """

    count: int
    recall: dict[int, float]
    mrr: float
    bold_right: float
    bold_chars: float
    cited_first: float
    cited_bold: float
    answered: float
    answered_right: float
    coverage: tuple[Covered, ...]


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """How the `count` questions of one kind that the documents don't answer are told apart.

    `area` is the area under the ROC curve of the confidence against the answerable questions, and
    `answered_keeping` the share answered at the threshold that keeps `KEPT` of those; both None
    where there are none. `answered` is the share at the threshold in the settings.
    """

    count: int
    answered: float
    area: float | None
    answered_keeping: float | None


@dataclass(frozen=True, slots=True)
class Seconds:
    """Wall time of one answer, of one plain embedding and search, and the ratio of medians."""

    p50: float
    p95: float
    plain_p50: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Figures:
    """All that a question set says; `unanswerable` is by kind."""

    answerable: Answerable | None
    unanswerable: dict[str, Unanswerable]
    seconds: Seconds


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
        answerer.searcher.generation.dense.search(plain_vector(question.text), max(DEPTHS))
        plain_seconds = time.perf_counter() - started
        started = time.perf_counter()
        text = answerer.understand(answerer.question(question.text), question.earlier)
        hits = answerer.searcher.hits(text, CANDIDATES)
        reply = answerer.judge(text, hits)
        seconds = time.perf_counter() - started
        shown = reply.citations if isinstance(reply, Answer) else reply.nearest
        first = answerer.cite(hits[0]) if hits else None
        rank = first_right(answerer, question, hits[: max(DEPTHS)])
        outcomes.append(
            Outcome(
                question=question,
                answered=isinstance(reply, Answer),
                rank=rank,
                cited=bool(shown) and _passage_right(answerer, question, shown[0]),
                cited_bold=bool(shown) and _bold_right(answerer, question, shown[0]),
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


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Count the shares over all outcomes, one at least."""
    answerable = [each for each in outcomes if each.question.key]
    kinds = sorted({each.question.kind for each in outcomes if not each.question.key})
    sure = np.array([each.confidence for each in answerable])
    unanswerable = {}
    for kind in kinds:
        of_kind = [e for e in outcomes if not e.question.key and e.question.kind == kind]
        unsure = np.array([each.confidence for each in of_kind])
        unanswerable[kind] = Unanswerable(
            count=len(of_kind),
            answered=float(np.mean([each.answered for each in of_kind])),
            area=area_under_roc(sure, unsure) if answerable else None,
            answered_keeping=answered_keeping(sure, unsure) if answerable else None,
        )
    return Figures(
        answerable=_answerable(answerable) if answerable else None,
        unanswerable=unanswerable,
        seconds=_seconds(outcomes),
    )


def recall(ranks: npt.NDArray[np.int64], depth: int) -> float:
    """Return the share of `ranks` (n,) that are from 1 to `depth`; 0 means not found."""
    return float(np.mean((ranks > 0) & (ranks <= depth)))


def reciprocal_rank(ranks: npt.NDArray[np.int64]) -> float:
    """Return the mean of 1 / rank over `ranks` (n,), where 0 and those over 10 count nothing."""
    found = (ranks > 0) & (ranks <= max(DEPTHS))
    return float(np.mean(np.where(found, 1 / np.maximum(ranks, 1), 0)))


def area_under_roc(higher: Floats, lower: Floats) -> float:
    """Return how often one of `higher` (n,) is over one of `lower` (m,), ties counting half.

    It equals the Mann-Whitney statistic over n * m (Hanley and McNeil 1982).
    """
    ordered = np.sort(lower)
    below = np.searchsorted(ordered, higher, "left")
    not_above = np.searchsorted(ordered, higher, "right")
    return float((below + not_above).mean() / 2 / len(lower))


def answered_keeping(sure: Floats, unsure: Floats) -> float:
    """Return the share of `unsure` (m,) at or over a threshold that keeps KEPT of `sure` (n,)."""
    return float(np.mean(unsure >= np.quantile(sure, 1 - KEPT, method="lower")))


def by_confidence(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The surest first, as they stay when ever fewer questions are answered."""
    return sorted(outcomes, key=lambda each: -each.confidence)


def _answerable(outcomes: Sequence[Outcome]) -> Answerable:
    ranks = np.array([each.rank for each in outcomes])
    lengths = [len(each.first.bold) if each.first else 0 for each in outcomes]
    answered = [each for each in outcomes if each.answered]
    surest = by_confidence(outcomes)
    kept = [surest[: max(1, round(share * len(surest)))] for share in COVERAGES]
    return Answerable(
        count=len(outcomes),
        recall={depth: recall(ranks, depth) for depth in DEPTHS},
        mrr=reciprocal_rank(ranks),
        bold_right=float(np.mean([each.bold for each in outcomes])),
        bold_chars=float(np.median(lengths)),
        cited_first=float(np.mean([each.cited for each in outcomes])),
        cited_bold=float(np.mean([each.cited_bold for each in outcomes])),
        answered=len(answered) / len(outcomes),
        answered_right=sum(each.cited for each in answered) / max(1, len(answered)),
        coverage=tuple(
            Covered(
                coverage=share,
                passage_right=float(np.mean([each.rank == 1 for each in part])),
                bold_right=float(np.mean([each.bold for each in part])),
            )
            for share, part in zip(COVERAGES, kept, strict=True)
        ),
    )


def _seconds(outcomes: Sequence[Outcome]) -> Seconds:
    seconds = [each.seconds for each in outcomes]
    plain = float(np.median([each.plain_seconds for each in outcomes]))
    p50, p95 = (float(value) for value in np.percentile(seconds, [50, 95]))
    return Seconds(p50=p50, p95=p95, plain_p50=plain, ratio=p50 / plain)
