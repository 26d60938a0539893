"""The words of questions under filters: the time, and what leaving frequent words out changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import qdrant_edge as edge

from index.store.ranking import highest
from tests.tools.bench.qdrant import shard as shards
from tests.tools.bench.qdrant.corpus import MOMENTS, TENANTS, Corpus
from tests.tools.bench.qdrant.dense import POOL, WARM
from tests.tools.bench.qdrant.shard import Search
from tests.tools.bench.qdrant.tables import Row
from tests.tools.bench.qdrant.texts import Floats, Numbers

# Words are left out that more than this share of the passages hold; 1: none are.
SHARES = (1.0, 0.1, 0.05, 0.02)
FETCHED = (POOL, 2 * POOL)


@dataclass(frozen=True)
class Asked:
    """A question's words, their rarity, in what share of passages each is, and all BM25 scores."""

    words: Numbers
    weights: Floats
    shares: Floats
    scores: Floats

    def kept(self, share: float) -> npt.NDArray[np.bool_]:
        """Which words are asked for: all, if none is rare enough."""
        rare = self.shares <= share
        return rare if rare.any() else np.ones_like(rare)


def questions(corpus: Corpus, tenant: str, moment: int) -> list[Asked]:
    """The questions as they are asked of what a filter lets through."""
    allowed = corpus.allowed(tenant, moment)
    asked = []
    for number in range(len(corpus.questions)):
        words = corpus.question_words(number)
        weights, shares = corpus.rarity(words, allowed)
        held = shares > 0
        words, weights, shares = words[held], weights[held], shares[held]
        if len(words):
            scores = np.where(allowed, corpus.lexical(words, weights), np.float32(0))
            asked.append(Asked(words, weights, shares, scores))
    return asked


def overlap(exact: Floats, found: list[int]) -> float:
    """Return what share of the best is found; those with the same score count as well."""
    best = highest(exact, POOL)
    if not len(best):
        return 1.0
    least = exact[best].min() * (1 - 1e-4)
    again = sorted((float(exact[number]) for number in found), reverse=True)[: len(best)]
    return float(np.mean([score >= least for score in again] + [0.0] * (len(best) - len(again))))


def query(corpus: Corpus, each: Asked, kept: npt.NDArray[np.bool_]) -> edge.Query:
    """A question's words as the engine takes them."""
    keys = corpus.contents.keys[each.words[kept]].tolist()
    found = dict(zip(keys, each.weights[kept].tolist(), strict=True))
    return edge.Query.Nearest(
        edge.SparseVector(list(found), list(found.values())), using=shards.WORDS
    )


def measure(corpus: Corpus, folder: Path, turns: int = 1) -> Iterator[Row]:
    """Ask a shard that is built, `turns` times; a row for each filter, share of words and depth."""
    shard = edge.EdgeShard.load(str(folder))
    for tenant in TENANTS:
        for moment in MOMENTS:
            asked = questions(corpus, tenant, moment)
            if not asked:
                continue
            only = shards.alive(tenant, moment)
            for share in SHARES:
                kept = [each.kept(share) for each in asked]
                queries = [query(corpus, *pair) for pair in zip(asked, kept, strict=True)]
                shards.ask(shard, queries[:WARM], Search(POOL, only))
                held = sum(corpus.allowed(tenant, moment))
                for fetched in FETCHED:
                    found = shards.ask(shard, queries, Search(fetched, only), turns)
                    same = [
                        overlap(each.scores, ids)
                        for each, ids in zip(asked, found.ids, strict=True)
                    ]
                    yield {
                        "tenant": tenant,
                        "dead": MOMENTS[moment],
                        "passages": int(held),
                        "without words in more than": share,
                        "questions that lose a word": sum(not some.all() for some in kept)
                        / len(asked),
                        "fetched": fetched,
                        "overlap@50": round(float(np.mean(same)), 4),
                        "ms": found.times(),
                    }
    shard.close()
