"""Calls that wait for each other are done together, each with its own result."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import numpy as np
import pytest

from index.model.batching import Batcher
from index.model.torch_embedder import SentenceTransformerEmbedder

ASKERS = 20


def test_what_waits_is_done_at_once() -> None:
    begun, go_on = threading.Event(), threading.Event()
    batches: list[list[int]] = []

    def work(items: Sequence[int]) -> list[int]:
        batches.append(sorted(items))
        begun.set()
        assert go_on.wait(5)
        return [item * 10 for item in items]

    batcher = Batcher(work)
    asking = threading.Barrier(ASKERS + 1)

    def ask(item: int) -> int:
        asking.wait(5)
        return batcher(item)

    with ThreadPoolExecutor(ASKERS + 1) as askers:
        first = askers.submit(batcher, 0)
        assert begun.wait(5)
        others = [askers.submit(ask, item) for item in range(1, ASKERS + 1)]
        asking.wait(5)
        # Each has one step to go until it waits; a busy machine may hold one or two back.
        time.sleep(0.1)
        go_on.set()
        assert [call.result() for call in (first, *others)] == [*range(0, 10 * ASKERS + 1, 10)]
    assert batches[0] == [0]
    assert sorted(chain(*batches)) == [*range(ASKERS + 1)]
    assert len(batches) < ASKERS / 2


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
    original: SentenceTransformerEmbedder,
) -> None:
    questions = [f"What is on shelf {number}?" for number in range(12)]
    with ThreadPoolExecutor(6) as askers:
        embeddings = list(askers.map(original.embed_question, questions))
    for question, embedding in zip(questions, embeddings, strict=True):
        assert np.allclose(embedding.vector, original.embed_question(question).vector, atol=1e-5)
