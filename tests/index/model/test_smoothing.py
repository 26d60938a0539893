"""Outliers of a model's activations moved into its weights."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from index.model.smoothing import Channels, measured, smoothed
from index.model.torch_embedder import SentenceTransformerEmbedder

TEXTS = ["Green tea is steeped at eighty degrees.", "The espresso machine is called Vesuvius."]


def spreads(channels: Sequence[Channels]) -> list[float]:
    """How much larger than most the largest channel is."""
    return [float(each.size.max() / each.size.median()) for each in channels]


def test_a_smoothed_model_embeds_the_same_from_activations_more_alike(
    embedder: SentenceTransformerEmbedder,
) -> None:
    weights = {name: each.clone() for name, each in embedder.model.state_dict().items()}
    with measured(embedder.model) as before:
        expected = embedder.embed_documents(TEXTS)
    with smoothed(before), measured(embedder.model) as after:
        found = embedder.embed_documents(TEXTS)
    assert [each.layers for each in before] == [each.layers for each in after]
    assert max(len(each.layers) for each in before) == 3
    assert np.median(np.divide(spreads(before), spreads(after))) > 2
    for one, other in zip(expected, found, strict=True):
        assert one.vector == pytest.approx(other.vector, abs=1e-5)
    again = embedder.embed_documents(TEXTS)
    for one, other in zip(expected, again, strict=True):
        assert (one.vector == other.vector).all()
    assert all((embedder.model.state_dict()[name] == each).all() for name, each in weights.items())


def test_a_model_is_given_back_as_it_was_when_its_export_fails(
    embedder: SentenceTransformerEmbedder,
) -> None:
    expected = embedder.embed_documents(TEXTS)[0].vector
    with measured(embedder.model) as before:
        embedder.embed_documents(TEXTS)
    with pytest.raises(ZeroDivisionError), smoothed(before):
        _ = 1 / 0
    assert (embedder.embed_documents(TEXTS)[0].vector == expected).all()


def test_a_layer_that_is_given_its_input_by_name_stays_as_it_is() -> None:
    class Named(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(2, 2)

        def forward(self, given: torch.Tensor) -> torch.Tensor:
            made: torch.Tensor = self.layer(input=given)
            return made

    model = Named()
    with measured(model) as channels:
        model(torch.ones(1, 2))
    assert not channels
