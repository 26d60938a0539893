"""A generation is asked for its own passages before anyone else may ask it."""

import numpy as np

from index.build.embed import model_text
from index.build.sampling import evenly_spread
from index.domain import Embedder
from index.errors import IndexIncompatible, ValidationFailed
from index.store.generation import Generation

MODEL = "the model"
SAMPLE = 16
# A passage holds its own words as often as any other does, or nearly.
LEAST_SCORE = 0.5
# Batches of other sizes move the last digits of an embedding.
TOLERANCE = 1e-3


def check(generation: Generation, embedder: Embedder) -> None:
    """Embed a sample of passages afresh and find each by its own text.

    Raises:
        IndexIncompatible: the model isn't the one that the manifest names.
        ValidationFailed: a passage isn't found, by its meaning or by its words.
        EmbeddingError: the model fails.
    """
    if generation.manifest.model_revision != embedder.revision:
        raise IndexIncompatible(MODEL, embedder.revision, generation.manifest.model_revision)
    sample = evenly_spread(generation.passages, SAMPLE)
    wholes = [model_text(passage) for passage in sample]
    for passage, text, fresh in zip(sample, wholes, embedder.embed_documents(wholes), strict=True):
        own = np.array([passage.id])
        stored = generation.vectors.of(own)[0]
        nearest = generation.engine.nearest(fresh.vector, 1)
        best = generation.vectors.cosines(fresh.vector, nearest)
        # Another passage may say the very same, so the nearest need not be this one itself.
        other = abs(float(stored @ fresh.vector) - 1) > TOLERANCE
        if other or not (best >= 1 - TOLERANCE).any():
            raise ValidationFailed(passage.document, passage.id, "its embedding is another's")
        words = generation.lexicon.words(text)
        matches = generation.engine.matches(words)
        highest = matches.scores(matches.best(1)).max(initial=0)
        if words and not matches.scores(own)[0] > highest * LEAST_SCORE:
            raise ValidationFailed(passage.document, passage.id, "its words are another's")
