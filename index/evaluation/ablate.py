"""What each signal is worth: rankings without it and by it alone, over the same candidates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.answer.calibration import SIGNALS
from index.answer.search import Searcher
from index.domain import Progress
from index.errors import QuestionError
from index.evaluation.figures import recall, reciprocal_rank
from index.evaluation.fit import fit_ranking
from index.evaluation.questions import GradedQuestion

FOLDS = 4
# The constant of reciprocal rank fusion (Cormack, Clarke and Buettcher 2009).
FUSION = 60
Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Examined:
    """A question's candidates, and which of them are right.

    `signals` is (units, len(SIGNALS)) float32, the units of candidate i being the rows from
    `starts[i]` up to `starts[i + 1]`; `found` is (candidates,), `right` (units,) bool; `cosines`
    and `bm25` are (candidates,) float32, the two retrievers' own scores.
    """

    question: GradedQuestion
    starts: npt.NDArray[np.int64]
    signals: Floats
    found: Flags
    right: Flags
    cosines: Floats
    bm25: Floats


@dataclass(frozen=True, slots=True)
class Row:
    """One way to rank; `bold_right` is None where it can't tell a passage's units apart."""

    name: str
    recall: float
    mrr: float
    bold_right: float | None


@dataclass(frozen=True, slots=True)
class Ablation:
    """The rows, and a caption that says how they came about."""

    caption: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Ranked:
    """The rank of a question's first right passage (0: none), and whether its bold quote is."""

    rank: int
    bold: bool


def examine(searcher: Searcher, question: GradedQuestion) -> Examined:
    """Gather a question's candidates and hold them against its key."""
    generation = searcher.generation
    words = generation.lexical.words(question.text)
    candidates = searcher.candidates(question.text)
    vector = searcher.embedder.embed_question(question.text).vector
    key = question.key
    found: list[bool] = []
    right: list[bool] = []
    for number in candidates.pool:
        passage = generation.passages[number]
        path, text = passage.document, generation.documents[passage.document].text
        found.append(key is not None and key.found_in(path, passage.span, text))
        right.extend(
            key is not None and key.answered_by(path, unit.span, text) for unit in passage.units
        )
    return Examined(
        question=question,
        starts=candidates.starts,
        signals=candidates.signals,
        found=np.array(found, bool),
        right=np.array(right, bool),
        cosines=generation.dense.cosines(vector, candidates.pool),
        bm25=generation.lexical.scores(words)[candidates.pool],
    )


def folds(questions: Sequence[GradedQuestion], count: int) -> list[Flags]:
    """Deal the questions into at most `count` parts, those about one article into the same.

    Returns:
        for each part which questions are in it, (questions,) bool. Questions that aren't about
        articles, or all about one, are dealt one by one.
    """
    told_apart = several_articles(questions)
    groups: list[str | int] = [
        question.article if told_apart and question.article else number
        for number, question in enumerate(questions)
    ]
    order = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    parts = np.array([order[group] % count for group in groups], np.int64)
    return [parts == number for number in range(min(count, len(order)))]


def several_articles(questions: Sequence[GradedQuestion]) -> bool:
    """Whether the questions can be told apart by what they are about."""
    return len({question.article for question in questions if question.article}) > 1


def ablation(
    searcher: Searcher, questions: Sequence[GradedQuestion], progress: Progress
) -> Ablation:
    """Rank the candidates of the answerable questions in every way that tells something.

    Raises:
        QuestionError: there are too few to fit on some and measure on others.
    """
    answerable = [question for question in questions if question.key]
    parts = folds(answerable, FOLDS)
    if len(parts) < FOLDS and not several_articles(answerable):
        message = f"an ablation takes {FOLDS} answerable questions at least"
        raise QuestionError(message)
    examined = []
    for number, question in enumerate(answerable):
        progress("ask", number, len(answerable))
        examined.append(examine(searcher, question))
    by = "articles" if several_articles(answerable) else "questions"
    caption = (
        f"{len(examined)} questions, the same candidates for every row. Rows marked * have weights "
        f"fitted for them in {len(parts)} folds over {by}: on the others, measured on the fold "
        "left out. A bold quote counts where the row can tell a passage's sentences apart."
    )
    whole = _whole_passage(examined)
    every = np.ones(len(SIGNALS), bool)
    single = np.eye(len(SIGNALS), dtype=bool)
    rows = [
        _row("dense (cosine of the passage)", [_by_passage(e, e.cosines) for e in examined]),
        _row("BM25 of the passage", [_by_passage(e, e.bm25) for e in examined]),
        _row(
            f"reciprocal rank fusion of these two, k = {FUSION}",
            [_by_passage(case, _fused(case.cosines, case.bm25)) for case in examined],
        ),
    ]
    for name, alone in zip(SIGNALS, single, strict=True):
        ranked = [_by_unit(case, alone.astype(np.float64)) for case in examined]
        rows.append(_row(f"{name} alone", ranked, units=not (alone & whole).any()))
    ranked = [
        _by_unit(case, searcher.calibration.ranking_weights.astype(np.float64)) for case in examined
    ]
    rows.append(_row("all, with the weights in use", ranked, units=True))
    choices = [("all *", every)]
    if whole.any() and not whole.all():
        choices += [("those of the whole passage *", whole), ("those of the best unit *", ~whole)]
    choices += [(f"all but {name} *", ~alone) for name, alone in zip(SIGNALS, single, strict=True)]
    for number, (label, kept) in enumerate(choices):
        progress("fit", number, len(choices))
        ranked = list(_left_out(examined, parts, kept))
        rows.append(_row(label, ranked, units=bool((kept & ~whole).any())))
    progress("fit", len(choices), len(choices))
    return Ablation(caption, tuple(rows))


def _left_out(
    examined: Sequence[Examined], parts: Sequence[Flags], kept: Flags
) -> Iterator[_Ranked]:
    """Rank every question by the `kept` signals, weighed as the other folds ask for."""
    weights = np.zeros((len(parts), len(SIGNALS)))
    for number, part in enumerate(parts):
        # A signal that is 0 everywhere gets no weight, which leaves it out.
        weights[number] = fit_ranking(
            [
                (case.signals * kept, case.right)
                for case, left_out in zip(examined, part, strict=True)
                if not left_out and case.right.any()
            ]
        )
    for place, case in enumerate(examined):
        number = next(number for number, part in enumerate(parts) if part[place])
        yield _by_unit(case, weights[number] * kept)


def _whole_passage(examined: Sequence[Examined]) -> Flags:
    """Which signals are the same for all units of a passage: (len(SIGNALS),) bool."""
    same = np.ones(len(SIGNALS), bool)
    for case in examined:
        counts = np.diff(case.starts)
        same &= (case.signals == np.repeat(case.signals[case.starts[:-1]], counts, axis=0)).all(0)
    return same


def _by_unit(case: Examined, weights: npt.NDArray[np.float64]) -> _Ranked:
    """Order passages by their best unit."""
    if not len(case.found):
        return _Ranked(0, bold=False)
    scores = case.signals @ weights.astype(np.float32)
    best = np.maximum.reduceat(scores, case.starts[:-1])
    top = int(np.argmax(best))
    unit = int(case.starts[top] + np.argmax(scores[case.starts[top] : case.starts[top + 1]]))
    return _Ranked(_by_passage(case, best).rank, bool(case.right[unit]))


def _by_passage(case: Examined, scores: Floats) -> _Ranked:
    """Order passages by scores of their own, (candidates,) float32."""
    places = np.flatnonzero(case.found[np.argsort(-scores, kind="stable")])
    return _Ranked(int(places[0]) + 1 if len(places) else 0, bold=False)


def _fused(cosines: Floats, bm25: Floats) -> Floats:
    """Fuse the ranks of both retrievers; a passage without a shared word has only one."""
    fused = np.zeros(len(cosines), np.float32)
    for scores, listed in ((cosines, cosines > -1), (bm25, bm25 > 0)):
        ranks = np.empty(len(scores), np.float32)
        ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
        fused += np.where(listed, 1 / (FUSION + ranks), 0).astype(np.float32)
    return fused


def _row(name: str, ranked: Sequence[_Ranked], *, units: bool = False) -> Row:
    ranks = np.array([case.rank for case in ranked])
    bold = float(np.mean([case.bold for case in ranked])) if units else None
    return Row(name, recall(ranks, 1), reciprocal_rank(ranks), bold)
