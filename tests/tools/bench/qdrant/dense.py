"""Nearest passages under filters: what HNSW finds of the exact ones, and in what time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import qdrant_edge as edge

from tests.tools.bench.qdrant import shard as shards
from tests.tools.bench.qdrant.corpus import MOMENTS, TENANTS, Corpus
from tests.tools.bench.qdrant.shard import Search
from tests.tools.bench.qdrant.tables import Row
from tests.tools.bench.qdrant.texts import Floats

DEPTHS = (64, 128, 256, 512)
POOL, FEW = 50, 10
# Cosines that differ by less are the same.
SAME = 1e-5
# Of a number that is kept as it is.
BITS = 32
WARM = 30
# The index of a filter costs what it does beside none, so this is asked as well.
PLAIN = (None, None)


@dataclass(frozen=True)
class Way:
    """How codes are put right: by the engine with its vectors, by us with ours, or not at all."""

    name: str
    limit: int = POOL
    rescore: bool | None = None
    oversampling: float | None = None
    ignore: bool = False
    acorn: bool = False

    def params(self, depth: int) -> edge.SearchParams:
        """The parameters of a search that goes so deep."""
        codes = None
        if self.ignore or self.rescore is not None:
            codes = edge.QuantizationSearchParams(
                ignore=self.ignore, rescore=self.rescore, oversampling=self.oversampling
            )
        acorn = edge.AcornSearchParams(enable=True, max_selectivity=1.0) if self.acorn else None
        return edge.SearchParams(hnsw_ef=depth, quantization=codes, acorn=acorn)


# ACORN goes on through what the filter doesn't let through (Patel et al. 2024); else the graph of
# the points that live is full of holes where many are dead.
WHOLE = (Way("32 bits"), Way("32 bits, ACORN", acorn=True))
CODED = (
    # The vectors beside the codes, by the graph that the codes made.
    Way("32 bits", ignore=True),
    Way("no rescoring", rescore=False),
    Way("rescored by the engine", rescore=True),
    Way("rescored by the engine, 2 x", rescore=True, oversampling=2.0),
    Way("100 rescored by us", limit=2 * POOL, rescore=False),
    Way("100 rescored by us, ACORN", limit=2 * POOL, rescore=False, acorn=True),
)


@dataclass(frozen=True)
class Exact:
    """The nearest that a filter lets through, found exactly.

    `cosines` are (q, n) of all passages; `least` those of each question's last one that counts
    among its nearest 10 and 50, of which there are `counts`.
    """

    cosines: Floats
    least: dict[int, Floats]
    counts: dict[int, int]
    allowed: int

    @classmethod
    def of(cls, corpus: Corpus, tenant: str | None, moment: int | None) -> "Exact":
        """Search all passages."""
        allowed = corpus.allowed(tenant, moment)
        there = int(allowed.sum())
        counts = {count: min(count, there) for count in (FEW, POOL)}
        least = {count: np.empty(len(corpus.questions), np.float32) for count in counts}
        for number, row in enumerate(corpus.cosines if there else ()):
            for count, some in counts.items():
                least[count][number] = np.partition(row[allowed], -some)[-some] - SAME
        return cls(corpus.cosines, least, counts, there)

    def recall(self, found: list[list[int]], count: int) -> float:
        """Return what share of the `count` nearest was found; those as near count as well."""
        shares = []
        for number, ids in enumerate(found):
            cosines = np.sort(self.cosines[number, ids])[::-1][: self.counts[count]]
            shares.append((cosines >= self.least[count][number]).sum() / self.counts[count])
        return round(float(np.mean(shares)), 4)


def nearest(corpus: Corpus) -> list[edge.Query]:
    """The questions as the engine takes them."""
    rows = corpus.questions.tolist()
    return [edge.Query.Nearest(row, using=shards.DENSE) for row in rows]


def filters(*, brief: bool = False) -> Iterator[tuple[str | None, int | None]]:
    """No filter, a tenant alone, and each tenant, or the big one, at each moment."""
    yield PLAIN
    yield TENANTS[0], None
    for tenant in TENANTS[:1] if brief else TENANTS:
        for moment in MOMENTS:
            yield tenant, moment


def measure(
    corpus: Corpus, folder: Path, bits: int, turns: int = 1, *, brief: bool = False
) -> Iterator[Row]:
    """Ask a shard that is built, `turns` times; yield a row for each filter, way and depth.

    In `brief`, of the big tenant alone, and of codes what is worth choosing between.
    """
    shard = edge.EdgeShard.load(str(folder))
    queries = nearest(corpus)
    ways = CODED[-2:] if brief else CODED
    ways = ways if bits < BITS else WHOLE
    shards.ask(shard, queries[:WARM], Search(POOL))
    for tenant, moment in filters(brief=brief):
        only = shards.alive(tenant, moment)
        exact = Exact.of(corpus, tenant, moment)
        if not exact.allowed:
            continue
        for way in ways:
            for depth in DEPTHS:
                search = Search(way.limit, only, way.params(depth))
                found = shards.ask(shard, queries, search, turns)
                yield {
                    "bits": bits,
                    "tenant": tenant,
                    "dead": None if moment is None else MOMENTS[moment],
                    "passages": exact.allowed,
                    "way": way.name,
                    "ef": depth,
                    "recall@10": exact.recall(found.ids, FEW),
                    "recall@50": exact.recall(found.ids, POOL),
                    "ms": found.times(),
                }
    shard.close()
