"""More passages than there are: each lies between a real one and a neighbour of it, and is moved.

A made passage takes `LEAN` of its way from one real passage to another of its `NEAR` nearest, and
is then moved by `FAR` times its length along the difference of two other neighbours: so it differs
from both as passages of one subject differ. Its words are drawn from the words of the two. How near
questions find their passages then is compared with real passages by `likeness`.
"""

from dataclasses import dataclass

import faiss
import numpy as np

from tests.tools.bench.qdrant.texts import Floats, Numbers, Words

NEAR = 16
# Of how many real passages neighbours are looked up at a time, and passages made at a time.
STEP = 20_000
DEPTHS = (1, 10, 50)


@dataclass(frozen=True)
class Made:
    """Passages: `vectors` (n, dim) unit rows, their words, and the real one that each is made of.

    The first are the real ones themselves.
    """

    vectors: Floats
    words: Words
    origins: Numbers


def unit(rows: Floats) -> Floats:
    """Scale rows to length 1."""
    scaled: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled


def neighbours(vectors: Floats, count: int) -> Numbers:
    """Return the `count` nearest others of each row, (n, count) int64, by exact search."""
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    found = np.empty((len(vectors), count), np.int64)
    for first in range(0, len(vectors), STEP):
        part = vectors[first : first + STEP]
        # The first is the row itself, or one that says the same.
        found[first : first + STEP] = flat.search(part, count + 1)[1][:, 1:]
    return found


class Spreading:
    """Makes passages of real ones."""

    def __init__(self, vectors: Floats, near: Numbers, lean: float, far: float) -> None:
        """Make them between `vectors` and those which are `near` each."""
        self._vectors, self._near = vectors, near
        self._lean, self._far = np.float32(lean), np.float32(far)
        self._random = np.random.default_rng(7)

    def vectors(self, origins: Numbers) -> tuple[Floats, Numbers]:
        """Return a vector made of each of `origins`, and what else it was made of."""
        count = len(origins)
        others = self._near[origins, self._random.integers(NEAR, size=count)]
        elsewhere = self._random.integers(len(self._vectors), size=count)
        beside = self._near[elsewhere, self._random.integers(NEAR, size=count)]
        between = unit(
            self._vectors[origins] * (1 - self._lean) + self._vectors[others] * self._lean
        )
        moves = self._vectors[elsewhere] - self._vectors[beside]
        moves /= np.maximum(np.linalg.norm(moves, axis=1, keepdims=True), np.float32(1e-6))
        return unit(between + self._far * moves), others

    def words(self, words: Words, origins: Numbers, others: Numbers) -> Words:
        """Return words drawn from those of both passages that each was made of."""
        wide = 1 + int(words.numbers.max())
        keys, counts = [], []
        for given, share in ((origins, 1 - self._lean), (others, self._lean)):
            sizes = words.starts[given + 1] - words.starts[given]
            texts = np.repeat(np.arange(len(given)), sizes)
            within = np.arange(len(texts)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            rows = words.starts[given][texts] + within
            kept = self._random.random(len(rows)) < share
            keys.append(texts[kept] * wide + words.numbers[rows[kept]])
            counts.append(words.counts[rows[kept]])
        # A word that both hold and both give is one word.
        unique, first = np.unique(np.concatenate(keys), return_index=True)
        sizes = np.bincount(unique // wide, minlength=len(origins))
        return Words(
            np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
            (unique % wide).astype(np.int32),
            np.concatenate(counts)[first],
        )


def joined(parts: list[Words]) -> Words:
    """Put words of texts behind each other."""
    ends = np.cumsum([0, *(int(each.starts[-1]) for each in parts)])
    starts = [each.starts[1:] + end for each, end in zip(parts, ends[:-1], strict=True)]
    return Words(
        np.concatenate([np.zeros(1, np.int64), *starts]),
        np.concatenate([each.numbers for each in parts]),
        np.concatenate([each.counts for each in parts]),
    )


def spread(vectors: Floats, words: Words, count: int, lean: float, far: float) -> Made:
    """Return `count` passages, the real ones first."""
    size = len(vectors)
    if count <= size:
        # Not the first ones: those are of few subjects.
        chosen = np.sort(np.random.default_rng(3).permutation(size)[:count])
        return Made(vectors[chosen], words.of(chosen), chosen)
    spreading = Spreading(vectors, neighbours(vectors, NEAR), lean, far)
    rows = np.empty((count, vectors.shape[1]), np.float32)
    rows[:size] = vectors
    # Each real passage is taken as often as any other.
    origins = np.concatenate([np.arange(size), np.arange(count - size) % size])
    parts = [words]
    for first in range(size, count, STEP):
        own = origins[first : first + STEP]
        rows[first : first + STEP], others = spreading.vectors(own)
        parts.append(spreading.words(words, own, others))
    return Made(rows, joined(parts), origins)


def likeness(vectors: Floats, asked: Floats) -> dict[str, list[float]]:
    """Return how like questions and passages are to those that lie nearest to them.

    Of the 1st, 10th and 50th nearest: the 10th, 50th and 90th percentile of the cosine, from
    `asked`, (n, dim), and from a thousand of the passages to others.
    """
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    found = {}
    sample = vectors[:: max(1, len(vectors) // 1000)]
    for who, rows, skipped in (("question", asked, 0), ("passage", sample, 1)):
        cosines = flat.search(rows, DEPTHS[-1] + skipped)[0]
        for depth in DEPTHS:
            column = cosines[:, depth - 1 + skipped]
            found[f"{who} {depth}"] = np.percentile(column, (10, 50, 90)).round(3).tolist()
    return found
