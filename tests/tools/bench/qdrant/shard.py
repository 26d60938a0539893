"""One shard of Qdrant's own engine, in this process: `qdrant-edge-py`."""

import hashlib
import os
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import qdrant_edge as edge

from tests.tools.bench.qdrant.texts import Floats, Numbers, Words

DENSE, WORDS = "dense", "words"
TENANT, BORN, DIED = "tenant", "born", "died"
ALIVE = 2**53 - 1
FIRST = 1
# What a Qdrant server takes where nothing else is said: links of a point, candidates when a point
# is linked, and kilobytes of vectors that are searched without the graph.
LINKS, CONSTRUCT, PLAIN = 16, 100, 10_000
STEP = 1000
DIGITS = 7
MEBIBYTE = 2**20
KIBIBYTES = 1024

Point = edge.Point


@dataclass(frozen=True)
class Lives:
    """Whose each point is, and from when to when it lives: arrays of n."""

    tenants: Sequence[str]
    tenant: Numbers
    born: Numbers
    died: Numbers

    def payload(self, number: int) -> dict[str, object]:
        """What is stored beside a point's vectors."""
        return {
            TENANT: self.tenants[int(self.tenant[number])],
            BORN: int(self.born[number]),
            DIED: int(self.died[number]),
        }


def config(bits: int, *, links: int = LINKS) -> edge.EdgeConfig:
    """How vectors are kept: in 32 bits a number, or beside these in codes of 8 or 4 bits.

    Codes and graph are to stay in memory, and the vectors beside codes may stay on the disk.
    """
    codes: dict[int, edge.ScalarQuantizationConfig | edge.TurboQuantQuantizationConfig] = {
        8: edge.ScalarQuantizationConfig(
            edge.ScalarType.Int8, quantile=0.99, memory=edge.Memory.Pinned
        ),
        4: edge.TurboQuantQuantizationConfig(
            bits=edge.TurboQuantBitSize.Bits4, memory=edge.Memory.Pinned
        ),
    }
    code = codes.get(bits)
    return edge.EdgeConfig(
        vectors={
            DENSE: edge.EdgeVectorParams(
                384,
                edge.Distance.Dot,
                quantization_config=code,
                memory=edge.Memory.Cold if code else edge.Memory.Cached,
            )
        },
        sparse_vectors={WORDS: edge.EdgeSparseVectorParams()},
        hnsw_config=edge.HnswIndexConfig(links, CONSTRUCT, PLAIN),
    )


def created(folder: Path, how: edge.EdgeConfig, *, died: bool = True) -> edge.EdgeShard:
    """Make an empty shard with indexes of what is filtered by, or of all but when points died."""
    folder.mkdir(parents=True)
    shard = edge.EdgeShard.create(str(folder), how)
    moment = edge.IntegerIndexParams(lookup=False, range=True, enable_hnsw=False)
    for name, index in (
        (TENANT, edge.KeywordIndexParams(is_tenant=True)),
        (BORN, moment),
        (DIED, moment),
    )[: 3 if died else 2]:
        shard.update(edge.UpdateOperation.create_field_index(name, index))
    return shard


def word_key(word: str) -> int:
    """Return the number of a word in a sparse vector: 32 bits."""
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")


@dataclass(frozen=True)
class Contents:
    """What is sent: vectors (n, dim), words with BM25's document side for values, and lives."""

    vectors: Floats
    words: Words
    values: Floats
    keys: Numbers
    lives: Lives

    def point(self, number: int, identity: int | None = None) -> Point:
        """One point."""
        first, last = self.words.starts[number : number + 2]
        found: dict[int, float] = {}
        for word, value in zip(
            self.keys[self.words.numbers[first:last]].tolist(),
            self.values[first:last].tolist(),
            strict=True,
        ):
            found[word] = found.get(word, 0.0) + value
        vector = {
            DENSE: self.vectors[number].tolist(),
            WORDS: edge.SparseVector(list(found), list(found.values())),
        }
        return Point(number if identity is None else identity, vector, self.lives.payload(number))

    def points(self, numbers: Numbers) -> Iterator[list[Point]]:
        """Yield points, a batch at a time."""
        for first in range(0, len(numbers), STEP):
            yield [self.point(int(number)) for number in numbers[first : first + STEP]]


def send(shard: edge.EdgeShard, contents: Contents, numbers: Numbers) -> float:
    """Upsert points; return the seconds that the engine took."""
    seconds = 0.0
    for batch in contents.points(numbers):
        started = time.perf_counter()
        shard.update(edge.UpdateOperation.upsert_points(batch))
        seconds += time.perf_counter() - started
    return seconds


def optimized(shard: edge.EdgeShard) -> float:
    """Build graphs and merge segments until no more is to be done; return the seconds."""
    started = time.perf_counter()
    while shard.optimize():
        pass
    shard.flush()
    return time.perf_counter() - started


def alive(tenant: str | None, moment: int | None) -> edge.Filter | None:
    """Those of a tenant that live at a moment."""
    must: list[edge.FieldCondition] = []
    if tenant is not None:
        must.append(edge.FieldCondition(TENANT, match=edge.MatchValue(tenant)))
    if moment is not None:
        must += [
            edge.FieldCondition(BORN, range=edge.RangeFloat(lte=moment)),
            edge.FieldCondition(DIED, range=edge.RangeFloat(gt=moment)),
        ]
    return edge.Filter(must=list(must)) if must else None


@dataclass(frozen=True)
class Found:
    """What some questions found, the ids of each, and the seconds of each."""

    ids: list[list[int]]
    seconds: Floats

    def times(self) -> list[float]:
        """Median and 99th percentile in milliseconds."""
        times: list[float] = np.percentile(self.seconds * 1000, (50, 99)).round(2).tolist()
        return times


@dataclass(frozen=True)
class Search:
    """How to ask: how many points, of which ones, and how deep."""

    limit: int
    only: edge.Filter | None = None
    params: edge.SearchParams | None = None


def ask(
    shard: edge.EdgeShard, queries: Sequence[edge.Query], search: Search, turns: int = 1
) -> Found:
    """Ask one question after the other, all of it so often; of each question the best time counts.

    What else runs on the machine then shows less.
    """
    ids: list[list[int]] = []
    seconds = np.full(len(queries), np.inf, np.float32)
    for _ in range(turns):
        ids = []
        for number, query in enumerate(queries):
            request = edge.QueryRequest(
                search.limit, query=query, filter=search.only, params=search.params
            )
            started = time.perf_counter()
            found = shard.query(request)
            seconds[number] = min(seconds[number], time.perf_counter() - started)
            ids.append([int(str(each.id)) for each in found])
    return Found(ids, seconds)


def memory() -> dict[str, int]:
    """MiB of this process: its own, and of files mapped into it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    own, mapped = (int(fields[name].split()[0]) // KIBIBYTES for name in ("RssAnon", "RssFile"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIBIBYTES
    return {"own": own, "mapped": mapped, "peak": peak}


def disk(folder: Path) -> dict[str, float]:
    """MiB on the disk by what they hold, the log of writes apart."""
    sizes: dict[str, int] = {}
    for root, _, files in os.walk(folder):
        parts = Path(root).relative_to(folder).parts
        kind = parts[2] if len(parts) > 2 else parts[0] if parts else ""
        for name in files:
            what = "codes" if name.startswith("quantized") else kind
            blocks = (Path(root) / name).stat().st_blocks * 512
            sizes[what] = sizes.get(what, 0) + blocks
    return {what: round(size / MEBIBYTE, 1) for what, size in sorted(sizes.items())}
