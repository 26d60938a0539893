"""Outliers of a model's activations moved into its weights."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from index.model.smoothing import Channels, measure, smooth
from index.model.torch_embedder import SentenceTransformerEmbedder

TEXTS = ["Green tea is steeped at eighty degrees.", "The espresso machine is called Vesuvius."]


def spreads(channels: Sequence[Channels]) -> list[float]:
    """How much larger than most the largest channel is."""
    return [float(group.size.max() / group.size.median()) for group in channels]


def test_a_smoothed_model_embeds_the_same_from_activations_more_alike(
    original: SentenceTransformerEmbedder,
) -> None:
    weights = {name: weight.clone() for name, weight in original.model.state_dict().items()}
    with measure(original.model) as before:
        expected = original.embed_documents(TEXTS)
    with smooth(before), measure(original.model) as after:
        smoothed = original.embed_documents(TEXTS)
    assert [group.layers for group in before] == [group.layers for group in after]
    assert max(len(group.layers) for group in before) == 3
    assert np.median(np.divide(spreads(before), spreads(after))) > 2
    for one, other in zip(expected, smoothed, strict=True):
        assert one.vector == pytest.approx(other.vector, abs=1e-5)
    again = original.embed_documents(TEXTS)
    for one, other in zip(expected, again, strict=True):
        assert (one.vector == other.vector).all()
    now = original.model.state_dict()
    assert all((now[name] == weight).all() for name, weight in weights.items())


def test_a_model_is_given_back_as_it_was_when_its_export_fails(
    original: SentenceTransformerEmbedder,
) -> None:
    expected = original.embed_documents(TEXTS)[0].vector
    with measure(original.model) as before:
        original.embed_documents(TEXTS)
    with pytest.raises(ZeroDivisionError), smooth(before):
        _ = 1 / 0
    assert (original.embed_documents(TEXTS)[0].vector == expected).all()


def test_a_layer_that_is_given_its_input_by_name_stays_as_it_is() -> None:
    class Named(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(2, 2)

        def forward(self, given: torch.Tensor) -> torch.Tensor:
            made: torch.Tensor = self.layer(input=given)
            return made

    model = Named()
    with measure(model) as channels:
        model(torch.ones(1, 2))
    assert not channels
