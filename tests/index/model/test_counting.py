"""Tokens are counted in the process that cuts as they are where the model is."""

import pickle
from functools import partial

import pytest
from transformers import CanineTokenizer

from index.model.counting import TokenCounter, slow_token_count
from index.model.onnx_embedder import OnnxEmbedder

TEXTS = ("", "Tea is steeped.", "naïve 漢字", "word " * 3000)


@pytest.mark.parametrize("slow", [False, True])
def test_a_counter_that_was_sent_counts_the_same(embedder: OnnxEmbedder, *, slow: bool) -> None:
    here = embedder.count_tokens
    if slow:
        # It is written in Python, and has no files that would have to be there.
        here = TokenCounter(partial(slow_token_count, CanineTokenizer()))
    there = pickle.loads(pickle.dumps(here))  # noqa: S301 - our own
    assert [there(text) for text in TEXTS] == [here(text) for text in TEXTS]
    assert here(TEXTS[0]) == 0 < here(TEXTS[1]) < here(TEXTS[3])
