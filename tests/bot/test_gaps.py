"""Questions that ask the same are one gap, and what has nothing in common is apart."""

import json
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gaps import Found, Gap, Grouping, Vectors, together
from bot.records import Span, Unanswered
from index import Index, SeedIndexError
from index.model.onnx_embedder import OnnxEmbedder

ALIKE = Path(__file__).parents[1] / "data" / "alike.jsonl"


def asked(*texts: str, kind: str = "none") -> list[Unanswered]:
    """Questions, one a second."""
    return [Unanswered(at, 5, 5, kind, float(at), text) for at, text in enumerate(texts, start=1)]


def shown(gaps: Iterable[Gap]) -> list[tuple[str, int]]:
    """The examples, and how often each was asked."""
    return [(gap.example, len(gap.questions)) for gap in gaps]


class Counting:
    """The model, with what it was asked; it fails if it is `broken`."""

    def __init__(self, model: OnnxEmbedder) -> None:
        """Ask `model`."""
        self._model = model
        self.revision = model.revision
        self.asked: list[str] = []
        self.broken = False

    def embed_question(self, text: str) -> SimpleNamespace:
        """Embed a question."""
        if self.broken:
            message = "the model is broken"
            raise SeedIndexError(message)
        self.asked.append(text)
        return SimpleNamespace(vector=self._model.embed_question(text).vector)


@pytest.fixture
def model(embedder: OnnxEmbedder) -> Counting:
    """The real model."""
    return Counting(embedder)


def test_members_own_ways_to_ask_the_same_are_put_together(model: Counting) -> None:
    """Of 40 things asked in three ways each; `tests/tools/bench/gaps.py` has more of that."""
    things: list[list[str]] = [json.loads(line) for line in ALIKE.read_text().splitlines()]
    of = {text: number for number, texts in enumerate(things) for text in texts}
    gaps = Grouping().gaps(asked(*of), lambda: model)
    precise, found = [], []
    for gap in gaps:
        numbers = [of[each.text] for each in gap.questions]
        precise += [numbers.count(each) / len(numbers) for each in numbers]
        found += [numbers.count(each) / len(things[each]) for each in numbers]
    assert len(precise) == len(of) == 120
    assert np.mean(precise) >= 0.93
    assert np.mean(found) >= 0.78


def test_the_same_words_are_one_whatever_their_case_and_the_commonest_is_the_example(
    model: Counting,
) -> None:
    questions = asked(
        "Where is the parking lot?",
        "where can I park my car",
        "What does error 42 mean?",
        "where can I park my car",
        "Where can I park my car??",
    )
    gaps = Grouping().gaps(questions, lambda: model)
    assert shown(gaps) == [("Where can I park my car??", 4), ("What does error 42 mean?", 1)]
    assert [each.message for each in gaps[0].questions] == [5, 4, 2, 1]


def test_of_equally_many_the_newest_comes_first(model: Counting) -> None:
    gaps = Grouping().gaps(asked("What does error 42 mean?", "Is there a bus?"), lambda: model)
    assert shown(gaps) == [("Is there a bus?", 1), ("What does error 42 mean?", 1)]


def test_without_a_model_and_where_it_fails_the_same_words_are_one(
    model: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    questions = asked("Is there a bus?", "is there a bus", "Does a bus go there?")
    words = [("is there a bus", 2), ("Does a bus go there?", 1)]
    assert shown(Grouping().gaps(questions, lambda: None)) == words
    model.broken = True
    assert shown(Grouping().gaps(questions, lambda: model)) == words
    assert "the model is broken" in caplog.text


def test_nothing_and_a_single_question_need_no_model() -> None:
    def never() -> None:
        pytest.fail("the model is not needed")

    assert Grouping().gaps([], never) == []
    assert shown(Grouping().gaps(asked("Why?", "why"), never)) == [("why", 2)]


def test_what_the_model_has_seen_it_is_not_asked_again_unless_there_was_too_much(
    model: Counting,
) -> None:
    grouping = Grouping(kept=10)
    questions = asked("Is there a bus?", "Where is the bus stop?")
    before = grouping.gaps(questions, lambda: model)
    count = len(model.asked)
    assert grouping.gaps(questions, lambda: model) == before
    assert len(model.asked) == count
    grouping.gaps(asked(*(f"What is {number}?" for number in range(10))), lambda: model)
    assert grouping.gaps(questions, lambda: model) == before
    assert model.asked[-10:].count("is there a bus") == 1


def test_any_text_can_be_put_together(model: Counting) -> None:
    strange = ["", "???", "\ud800", "a" * 1000, "=1+1", "\u202e", "🙂", "\0"]
    gaps = Grouping().gaps(asked(*strange, *strange), lambda: model)
    assert sum(len(gap.questions) for gap in gaps) == 16


@given(
    st.lists(st.lists(st.floats(-1, 1), min_size=3, max_size=3), max_size=40),
    st.floats(-0.9, 0.99),
)
def test_each_is_in_one_group_whose_first_is_near_enough_and_no_other_first_is_nearer(
    rows: list[list[float]], least: float
) -> None:
    raw = np.array(rows, np.float32).reshape(-1, 3) + np.array([0, 0, 1e-3], np.float32)
    lengths = np.linalg.norm(raw, axis=1, keepdims=True)
    vectors: Vectors = (raw / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    groups = together(vectors, least)
    assert sorted(at for group in groups for at in group) == list(range(len(rows)))
    leaders = [group[0] for group in groups]
    for group in groups:
        for at in group[1:]:
            near = float(vectors[at] @ vectors[group[0]])
            earlier = [each for each in leaders if each < at]
            assert near >= least - 1e-5
            assert near >= max(float(vectors[at] @ vectors[each]) for each in earlier) - 1e-5


def test_what_is_counted_and_not_shown_is_the_rest(seeds_index: Index) -> None:
    span = Span(0.0)
    span.kinds.update({"answer": 5, "none": 3, "nearest": 1, "bad": 2})
    gaps = Grouping().gaps(asked("Why?", "How?"), lambda: seeds_index.embedder)
    assert (Found(1, [span], gaps).hidden, Found(1, [span], None).hidden) == (4, 6)
