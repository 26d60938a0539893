"""Figures and pictures of outcomes, against what can be worked out by hand."""

import sys
from pathlib import Path

import numpy as np
import pytest

from index.errors import PlotError
from index.evaluation.evaluate import Outcome
from index.evaluation.figures import (
    answered_keeping,
    area_under_roc,
    figures,
    recall,
    reciprocal_rank,
)
from index.evaluation.plots import RECALL, RISK_COVERAGE, check_plots, plot
from index.evaluation.questions import GradedQuestion, Words

KEY = Words(("a.md",), ())


def outcome(
    confidence: float, kind: str = "", *, rank: int = 0, bold: bool = False, answered: bool = True
) -> Outcome:
    """What one question got; an empty kind is an answerable one."""
    shown = confidence > 0.25
    return Outcome(
        question=GradedQuestion("q", kind, None if kind else KEY),
        answered=answered,
        rank=rank,
        cited=shown and rank == 1,
        cited_bold=shown and bold,
        bold=bold,
        confidence=confidence,
        seconds=0.2 if kind else 0.1,
        plain_seconds=0.05,
        first=None,
    )


def test_recall_and_reciprocal_rank_count_the_first_right_passage() -> None:
    ranks = np.array([1, 2, 4, 0, 11])
    assert recall(ranks, 1) == 1 / 5
    assert recall(ranks, 3) == 2 / 5
    assert recall(ranks, 10) == 3 / 5
    assert reciprocal_rank(ranks) == pytest.approx((1 + 1 / 2 + 1 / 4) / 5)


def test_area_under_roc_is_the_share_of_pairs_in_order() -> None:
    assert area_under_roc(np.array([0.9, 0.8]), np.array([0.1])) == 1
    assert area_under_roc(np.array([0.1]), np.array([0.9, 0.8])) == 0
    assert area_under_roc(np.array([0.5, 0.9]), np.array([0.5, 0.7])) == (0.5 + 0 + 1 + 1) / 4


def test_the_threshold_keeps_its_share_of_the_answerable() -> None:
    sure = np.linspace(0.01, 1, 100)
    unsure = np.array([0.04, 0.06, 0.5])
    assert np.mean(sure >= np.quantile(sure, 0.05, method="lower")) >= 0.95
    assert answered_keeping(sure, unsure) == 2 / 3


def test_figures_count_what_the_outcomes_say() -> None:
    found = figures(
        [
            outcome(0.9, rank=1, bold=True),
            outcome(0.8, rank=2),
            outcome(0.7, rank=1),
            outcome(0.2, rank=3, bold=True, answered=False),
            outcome(0.85, "adversarial"),
            outcome(0.1, "off", answered=False),
            outcome(0.15, "off", answered=False),
        ]
    )
    assert found.answerable
    assert found.answerable.count == 4
    assert found.answerable.recall == {1: 0.5, 3: 1, 5: 1, 10: 1}
    assert found.answerable.bold_right == 0.5
    assert found.answerable.cited_first == 0.5
    assert found.answerable.cited_bold == 0.25
    assert found.answerable.answered == 0.75
    assert found.answerable.answered_right == pytest.approx(2 / 3)
    surest = found.answerable.coverage[0]
    assert (surest.coverage, surest.passage_right, surest.bold_right) == (0.25, 1, 1)
    assert found.unanswerable["adversarial"].area == 0.25
    assert found.unanswerable["adversarial"].answered == 1
    assert found.unanswerable["off"].area == 1
    assert found.unanswerable["off"].answered_keeping == 0
    assert found.seconds.p50 == pytest.approx(0.1)
    assert found.seconds.ratio == pytest.approx(2)


def test_questions_without_an_answerable_one_have_no_area() -> None:
    found = figures([outcome(0.5, "off")])
    assert found.answerable is None
    assert found.unanswerable["off"].area is None


def test_plots_are_written(tmp_path: Path) -> None:
    plot([outcome(0.9, rank=1), outcome(0.3, rank=4), outcome(0.2, "off")], tmp_path / "new")
    for name in (RISK_COVERAGE, RECALL):
        assert (tmp_path / "new" / name).read_bytes().startswith(b"\x89PNG")
    (tmp_path / "file").write_text("")
    with pytest.raises(PlotError, match="can't be written"):
        plot([outcome(0.9, rank=1)], tmp_path / "file")
    with pytest.raises(PlotError, match="none of the questions is answerable"):
        plot([outcome(0.2, "off")], tmp_path)


def test_missing_matplotlib_is_told_with_the_command_that_mends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(PlotError, match=r"pip install 'seedbot\[eval\]'"):
        check_plots()
