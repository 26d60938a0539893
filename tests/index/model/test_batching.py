"""Calls that wait for each other are done together, each with its own result."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from index.model.batching import Batcher
from index.model.torch_embedder import SentenceTransformerEmbedder


def test_what_waits_is_done_at_once() -> None:
    begun, go_on = threading.Event(), threading.Event()
    batches: list[list[int]] = []

    def work(items: Sequence[int]) -> list[int]:
        batches.append(sorted(items))
        begun.set()
        assert go_on.wait(5)
        return [item * 10 for item in items]

    batcher = Batcher(work)
    with ThreadPoolExecutor(4) as askers:
        first = askers.submit(batcher, 0)
        assert begun.wait(5)
        others = [askers.submit(batcher, item) for item in (1, 2, 3)]
        while len(batcher._waiting) < 3:  # noqa: SLF001 - nothing else tells that they wait
            pass
        go_on.set()
        assert [call.result() for call in (first, *others)] == [0, 10, 20, 30]
    assert batches == [[0], [1, 2, 3]]


def test_a_failure_is_told_to_each_and_the_next_is_tried_again() -> None:
    def work(items: Sequence[str]) -> list[str]:
        if "bad" in items:
            message = "no such word"
            raise ValueError(message)
        return list(items)

    batcher = Batcher(work)
    with pytest.raises(ValueError, match="no such word"):
        batcher("bad")
    assert batcher("good") == "good"


def test_questions_asked_at_once_get_their_own_embeddings(
    embedder: SentenceTransformerEmbedder,
) -> None:
    questions = [f"What is on shelf {number}?" for number in range(12)]
    with ThreadPoolExecutor(6) as askers:
        embeddings = list(askers.map(embedder.embed_question, questions))
    for question, embedding in zip(questions, embeddings, strict=True):
        assert np.allclose(embedding.vector, embedder.embed_question(question).vector, atol=1e-5)
