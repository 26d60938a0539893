"""The points of a generation as they are sent, some at a time."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from qdrant_client import QdrantClient, models

from index.store.arrays import Array
from index.store.generation import Generation
from index.store.points import CONTENT, Points, point_id
from index.store.qdrant.points import BORN, DENSE, DIED, NEVER, TENANT, WORDS, sparse, term
from index.store.term_counts import TermCounts

# Points that are sent at a time.
STEP = 256
# No cosine feels more of them, and as text each would be twice as long.
DECIMALS = 7

Ids = npt.NDArray[np.int64]


def missing(before: Array, now: Array) -> Array:
    """Return the points of `before` whose contents are none of `now`, each once."""
    contents, firsts = np.unique(before[CONTENT], return_index=True)
    gone = ~np.isin(contents, np.unique(now[CONTENT]))
    return before[firsts[gone]]


def batches(
    generation: Generation, points: Points, passages: Ids
) -> Iterator[list[models.PointStruct]]:
    """Yield the points of `passages`, some at a time."""
    manifest, lexicon = generation.manifest, generation.lexicon
    counts = TermCounts(generation.files, lexicon, manifest.average_words)
    terms = np.fromiter(map(term, lexicon.all_words()), np.int64)
    for first in range(0, len(passages), STEP):
        some = passages[first : first + STEP]
        places, held = counts.of(some)
        norms = counts.norms(places, held, len(some))[places]
        weights = np.round(held["count"] / (norms + held["count"]), DECIMALS)
        vectors = np.round(generation.vectors.of(some).astype(np.float64), DECIMALS)
        ends = np.cumsum(np.bincount(places, minlength=len(some)))[:-1]
        words = np.split(terms[held["word"]], ends)
        values = np.split(weights, ends)
        yield [
            models.PointStruct(
                id=point_id(row),
                vector={
                    DENSE: vector.tolist(),
                    **({WORDS: sparse(own.tolist(), value.tolist())} if len(own) else {}),
                },
                payload={TENANT: manifest.tenant, BORN: int(row["born"]), DIED: NEVER},
            )
            for row, vector, own, value in zip(
                points.rows.take(some), vectors, words, values, strict=True
            )
        ]


def upsert(client: QdrantClient, name: str, batch: list[models.PointStruct]) -> None:
    """Give a server some points."""
    client.upsert(name, batch, wait=True)
