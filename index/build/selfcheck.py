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
        stored = generation.dense.vectors(np.array([passage.id]))[0]
        nearest = generation.dense.search(fresh.vector, 1)
        best = generation.dense.cosines(fresh.vector, nearest)[0]
        # Another passage may say the very same, so the nearest need not be this one itself.
        if abs(float(stored @ fresh.vector) - 1) > TOLERANCE or float(best) < 1 - TOLERANCE:
            raise ValidationFailed(passage.document, passage.id, "its embedding is another's")
        words = generation.lexical.words(text)
        scores = generation.lexical.scores(words)
        if words and not scores[passage.id] > scores.max() * LEAST_SCORE:
            raise ValidationFailed(passage.document, passage.id, "its words are another's")
