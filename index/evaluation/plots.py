"""The figures of a question set as pictures; the only importer of matplotlib."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.errors import PlotError
from index.evaluation.evaluate import DEPTHS, Outcome
from index.evaluation.figures import by_confidence, recall

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RISK_COVERAGE = "risk-coverage.png"
RECALL = "recall.png"
MEND = "pip install 'seedbot[eval]', in a checkout pip install -e '.[eval]'"


def check_plots() -> None:
    """Tell that nothing can be drawn before anything is measured.

    Raises:
        PlotError: matplotlib isn't installed.
    """
    labelled_axes("")


def plot(outcomes: Sequence[Outcome], folder: Path) -> None:
    """Write both pictures into `folder`.

    Raises:
        PlotError: matplotlib isn't installed, there is nothing to draw, or the folder can't be
            written.
    """
    answerable = [outcome for outcome in outcomes if outcome.question.key]
    if not answerable:
        message = "nothing to plot: none of the questions is answerable"
        raise PlotError(message)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _risk_coverage(outcomes, answerable).savefig(folder / RISK_COVERAGE)
        _recall(answerable).savefig(folder / RECALL)
    except OSError as error:
        message = f"{folder}: the plots can't be written: {error.strerror or error}"
        raise PlotError(message) from error


def labelled_axes(title: str) -> tuple["Figure", "Axes"]:
    """Return an empty figure and its axes.

    Raises:
        PlotError: matplotlib isn't installed.
    """
    try:
        # Imported here: it is an extra that answering doesn't need. Without pyplot there is no
        # window, and no state that outlives the figure.
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        message = f"plots need matplotlib, which is not installed: {MEND}"
        raise PlotError(message) from None
    figure = Figure(figsize=(6, 4.5), dpi=150, layout="constrained")
    axes = figure.subplots()
    axes.set_title(title)
    axes.grid(alpha=0.3)
    return figure, axes


def _risk_coverage(outcomes: Sequence[Outcome], answerable: Sequence[Outcome]) -> "Figure":
    """What share of the answers is wrong when only the surest questions get one."""
    figure, axes = labelled_axes("Risk against coverage, surest questions first")
    curves = [
        (
            "answerable questions: passage wrong",
            [outcome.rank != 1 for outcome in by_confidence(answerable)],
        ),
        (
            "answerable questions: bold quote wrong",
            [not outcome.bold for outcome in by_confidence(answerable)],
        ),
    ]
    if len(outcomes) > len(answerable):
        label = "all questions: bold quote wrong, or no answer to find"
        curves.append((label, [not outcome.bold for outcome in by_confidence(outcomes)]))
    for label, wrong in curves:
        answered = np.arange(1, len(wrong) + 1)
        axes.plot(answered / len(wrong), np.cumsum(wrong) / answered, label=label)
    axes.set(xlabel="coverage: share of questions answered", ylabel="risk: share of answers wrong")
    axes.set(xlim=(0, 1), ylim=(0, None))
    figure.legend(loc="outside lower center")
    return figure


def _recall(answerable: Sequence[Outcome]) -> "Figure":
    """How often the right passage is among the first ones."""
    figure, axes = labelled_axes("Right passage among the first k")
    ranks = np.array([outcome.rank for outcome in answerable])
    depths = range(1, max(DEPTHS) + 1)
    axes.plot(depths, [recall(ranks, depth) for depth in depths], marker="o")
    axes.set(xlabel="k", ylabel="recall@k", xticks=list(depths), ylim=(0, 1.02))
    return figure
