"""Answers are no worse than they were: floors three questions or so under what was measured.

The exported model differs a little from processor to processor, and so do answers, by a question
or two. Who makes answers better raises the floors.
"""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from index import Index
from index.evaluation.evaluate import Outcome, ask_all
from index.evaluation.files import read_sets
from index.front import silent

DATA = Path(__file__).parents[1] / "data"
Ask = Callable[[str], list[Outcome]]


@pytest.fixture(scope="module")
def ask(seeds_index: Index) -> Ask:
    """Asks all questions of a file, once."""

    def untimed(_text: str) -> npt.NDArray[np.float32]:
        return np.zeros(seeds_index.manifest.dim, np.float32)

    @cache
    def asked(name: str) -> list[Outcome]:
        questions = read_sets([DATA / name]).questions
        return ask_all(seeds_index.answerer, questions, untimed, silent)

    return asked


def holds(floor: float, outcomes: Iterable[tuple[Outcome, bool]]) -> None:
    """Hold the share of good outcomes to its floor, and name those that aren't."""
    judged = list(outcomes)
    bad = [outcome.question.text for outcome, good in judged if not good]
    share = 1 - len(bad) / len(judged)
    lines = "\n  ".join(bad)
    assert share >= floor, f"{share:.1%} of {len(judged)}, under {floor:.0%}; not so:\n  {lines}"


@pytest.mark.parametrize(
    ("name", "floor"),
    [("golden.jsonl", 0.80), ("paraphrased.jsonl", 0.84), ("followups.jsonl", 0.80)],
)
def test_the_first_citation_is_right(ask: Ask, name: str, floor: float) -> None:
    holds(floor, ((each, each.cited) for each in ask(name) if each.question.key))


@pytest.mark.parametrize(
    ("name", "floor"),
    [("golden.jsonl", 0.71), ("paraphrased.jsonl", 0.75), ("followups.jsonl", 0.64)],
)
def test_its_bold_quote_answers(ask: Ask, name: str, floor: float) -> None:
    holds(floor, ((each, each.cited_bold) for each in ask(name) if each.question.key))


@pytest.mark.parametrize(("kind", "floor"), [("off-topic", 0.97), ("near-topic", 0.20)])
def test_what_the_documents_do_not_say_is_refused(ask: Ask, kind: str, floor: float) -> None:
    of_kind = [each for each in ask("golden.jsonl") if each.question.kind == kind]
    holds(floor, ((each, not each.answered) for each in of_kind))


@pytest.mark.parametrize(
    ("name", "floor"),
    [("golden.jsonl", 0.89), ("paraphrased.jsonl", 0.80), ("followups.jsonl", 0.89)],
)
def test_what_the_documents_say_is_answered(ask: Ask, name: str, floor: float) -> None:
    holds(floor, ((each, each.answered) for each in ask(name) if each.question.key))
