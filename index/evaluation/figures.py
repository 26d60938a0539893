"""How good the answers are: the figures of a question set, worked out from its outcomes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.evaluation.evaluate import DEPTHS, Outcome

# The threshold that refusals are compared at keeps this share of the answerable questions.
KEPT_SHARE = 0.95
COVERAGES = (0.25, 0.5, 0.75, 0.9, 1.0)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CoveragePoint:
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
    coverage: tuple[CoveragePoint, ...]


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """How the `count` questions of one kind that the documents don't answer are told apart.

    `area` is the area under the ROC curve of the confidence against the answerable questions, and
    `answered_keeping` the share answered at the threshold that keeps `KEPT_SHARE` of those; both
    None where there are none. `answered` is the share at the threshold in the settings.
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


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Count the shares over all outcomes, one at least."""
    answerable = [outcome for outcome in outcomes if outcome.question.key]
    others = [outcome for outcome in outcomes if not outcome.question.key]
    sure = np.array([outcome.confidence for outcome in answerable])
    unanswerable = {}
    for kind in sorted({outcome.question.kind for outcome in others}):
        of_kind = [outcome for outcome in others if outcome.question.kind == kind]
        unsure = np.array([outcome.confidence for outcome in of_kind])
        unanswerable[kind] = Unanswerable(
            count=len(of_kind),
            answered=float(np.mean([outcome.answered for outcome in of_kind])),
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
    counted = (ranks > 0) & (ranks <= max(DEPTHS))
    return float(np.mean(np.where(counted, 1 / np.maximum(ranks, 1), 0)))


def area_under_roc(higher: Floats, lower: Floats) -> float:
    """Return how often one of `higher` (n,) is over one of `lower` (m,), ties counting half.

    It equals the Mann-Whitney statistic over n * m (Hanley and McNeil 1982).
    """
    ordered = np.sort(lower)
    below = np.searchsorted(ordered, higher, "left")
    not_above = np.searchsorted(ordered, higher, "right")
    return float((below + not_above).mean() / 2 / len(lower))


def answered_keeping(sure: Floats, unsure: Floats) -> float:
    """Return the share of `unsure` (m,) at or over what keeps `KEPT_SHARE` of `sure` (n,)."""
    return float(np.mean(unsure >= np.quantile(sure, 1 - KEPT_SHARE, method="lower")))


def by_confidence(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The surest first, as they stay when ever fewer questions are answered."""
    return sorted(outcomes, key=lambda outcome: -outcome.confidence)


def _answerable(outcomes: Sequence[Outcome]) -> Answerable:
    ranks = np.array([outcome.rank for outcome in outcomes])
    lengths = [len(outcome.first.bold) if outcome.first else 0 for outcome in outcomes]
    answered = [outcome for outcome in outcomes if outcome.answered]
    surest = by_confidence(outcomes)
    parts = [surest[: max(1, round(share * len(surest)))] for share in COVERAGES]
    return Answerable(
        count=len(outcomes),
        recall={depth: recall(ranks, depth) for depth in DEPTHS},
        mrr=reciprocal_rank(ranks),
        bold_right=float(np.mean([outcome.bold for outcome in outcomes])),
        bold_chars=float(np.median(lengths)),
        cited_first=float(np.mean([outcome.cited for outcome in outcomes])),
        cited_bold=float(np.mean([outcome.cited_bold for outcome in outcomes])),
        answered=len(answered) / len(outcomes),
        answered_right=sum(outcome.cited for outcome in answered) / max(1, len(answered)),
        coverage=tuple(
            CoveragePoint(
                coverage=share,
                passage_right=float(np.mean([outcome.rank == 1 for outcome in part])),
                bold_right=float(np.mean([outcome.bold for outcome in part])),
            )
            for share, part in zip(COVERAGES, parts, strict=True)
        ),
    )


def _seconds(outcomes: Sequence[Outcome]) -> Seconds:
    seconds = [outcome.seconds for outcome in outcomes]
    plain = float(np.median([outcome.plain_seconds for outcome in outcomes]))
    p50, p95 = (float(value) for value in np.percentile(seconds, [50, 95]))
    return Seconds(p50=p50, p95=p95, plain_p50=plain, ratio=p50 / plain)
