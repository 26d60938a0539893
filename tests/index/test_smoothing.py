"""Outliers of a model's activations moved into its weights."""

import numpy as np
import pytest
import torch

from index.embedding import SentenceTransformerEmbedder
from index.smoothing import measured, smoothed

TEXTS = ["Green tea is steeped at eighty degrees.", "The espresso machine is called Vesuvius."]


def spread(sizes: torch.Tensor) -> float:
    """How much larger than most the largest channel is."""
    return float(sizes.max() / sizes.median())


def test_a_smoothed_model_embeds_the_same_from_activations_more_alike(
    embedder: SentenceTransformerEmbedder,
) -> None:
    weights = {name: each.clone() for name, each in embedder.model.state_dict().items()}
    with measured(embedder.model) as sizes:
        expected = embedder.embed_documents(TEXTS)
    with smoothed(sizes), measured(embedder.model) as after:
        found = embedder.embed_documents(TEXTS)
    assert sizes
    assert np.median([spread(sizes[layer]) / spread(after[layer]) for layer in sizes]) > 2
    for one, other in zip(expected, found, strict=True):
        assert one.vector == pytest.approx(other.vector, abs=1e-5)
    again = embedder.embed_documents(TEXTS)
    for one, other in zip(expected, again, strict=True):
        assert (one.vector == other.vector).all()
    assert all((embedder.model.state_dict()[name] == each).all() for name, each in weights.items())


def test_a_model_is_given_back_as_it_was_when_its_export_fails(
    embedder: SentenceTransformerEmbedder,
) -> None:
    before = embedder.embed_documents(TEXTS)[0].vector
    with measured(embedder.model) as sizes:
        embedder.embed_documents(TEXTS)
    with pytest.raises(ZeroDivisionError), smoothed(sizes):
        _ = 1 / 0
    assert (embedder.embed_documents(TEXTS)[0].vector == before).all()
