"""What a build costs in which a hundredth of the passages change: lifetimes, or a copy."""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import qdrant_edge as edge

from tests.tools.bench.qdrant import shard as shards
from tests.tools.bench.qdrant.corpus import Corpus
from tests.tools.bench.qdrant.dense import POOL, WARM, WHOLE, Exact, nearest
from tests.tools.bench.qdrant.shard import ALIVE, BORN, DENSE, DIED, FIRST, TENANT, WORDS, Search
from tests.tools.bench.qdrant.tables import Row
from tests.tools.bench.qdrant.texts import Numbers

SHARE = 100
DEPTH = 256
BUILDS = 5
# Points whose lives end in one request.
STEP = 1000
# Before anything dies that `corpus.MOMENTS` says.
NEXT = FIRST + 10


def request_bytes(corpus: Corpus, numbers: Numbers) -> float:
    """Return how many bytes a point takes in a request of the REST interface."""
    total = 0
    for number in numbers[:STEP]:
        point = corpus.contents.point(int(number))
        vector = point.vector
        assert isinstance(vector, dict)
        words = vector[WORDS]
        assert isinstance(words, edge.SparseVector)
        body = {
            "id": "0" * 36,
            "vector": {
                DENSE: vector[DENSE],
                WORDS: {"indices": words.indices, "values": words.values},
            },
            "payload": {TENANT: "default", BORN: 10**15, DIED: ALIVE},
        }
        total += len(json.dumps(body, separators=(",", ":")))
    return total / min(STEP, len(numbers))


def state(shard: edge.EdgeShard) -> dict[str, int]:
    """What the engine tells of itself."""
    info = shard.info()
    return {
        "segments": info.segments_count,
        "points": info.points_count,
        "indexed": info.indexed_vectors_count,
    }


def asked(corpus: Corpus, shard: edge.EdgeShard, moment: int) -> Row:
    """Time and recall of the questions at a moment."""
    only = shards.alive("big", moment)
    queries = nearest(corpus)
    shards.ask(shard, queries[:WARM], Search(POOL, only))
    found = shards.ask(shard, queries, Search(POOL, only, WHOLE[0].params(DEPTH)))
    count = len(corpus.contents.vectors)
    exact = Exact.of(corpus, "big", FIRST)
    # Points that came later say the same as those whose place they took.
    ids = [[each % count for each in some] for some in found.ids]
    return {"ms": found.times(), "recall@50": exact.recall(ids, POOL)}


def ended(shard: edge.EdgeShard, numbers: Numbers, moment: int) -> float:
    """Say that points don't live any more; return the seconds."""
    started = time.perf_counter()
    for first in range(0, len(numbers), STEP):
        shard.update(
            edge.UpdateOperation.set_payload(numbers[first : first + STEP].tolist(), {DIED: moment})
        )
    return time.perf_counter() - started


def measure(corpus: Corpus, folder: Path, copy: Path) -> Iterator[Row]:
    """Change a hundredth again and again; yield what each change took, and copies beside it."""
    lives = corpus.contents.lives
    count = len(lives.tenant)
    changed = count // SHARE
    order = np.random.default_rng(5).permutation(np.flatnonzero(lives.died == ALIVE))
    yield {"bytes a point": request_bytes(corpus, order), "points": count, "changed": changed}
    shutil.rmtree(copy, ignore_errors=True)
    started = time.perf_counter()
    shutil.copytree(folder, copy)
    copied = time.perf_counter() - started
    yield {"copied in": copied, "MiB": shards.disk(copy)}
    shard = edge.EdgeShard.load(str(copy))
    yield {"before": asked(corpus, shard, FIRST), **state(shard)}
    for build in range(BUILDS):
        moment = NEXT + build
        gone = order[build * changed : (build + 1) * changed]
        contents = replace(
            corpus.contents,
            lives=replace(
                lives,
                born=np.full(count, moment),
                died=np.full(count, ALIVE),
            ),
        )
        batch = [contents.point(int(number), int(number) + count * (build + 1)) for number in gone]
        started = time.perf_counter()
        for first in range(0, changed, STEP):
            shard.update(edge.UpdateOperation.upsert_points(batch[first : first + STEP]))
        sent = time.perf_counter() - started
        ending = ended(shard, gone, moment)
        row: Row = {
            "build": build + 1,
            "upserted in": sent,
            "ended in": ending,
            "after": asked(corpus, shard, moment) | state(shard),
        }
        row["optimized in"] = shards.optimized(shard)
        row["then"] = asked(corpus, shard, moment) | state(shard)
        yield row
    started = time.perf_counter()
    last = NEXT + BUILDS - 1
    shard.update(
        edge.UpdateOperation.delete_points_by_filter(
            edge.Filter(must=[edge.FieldCondition(DIED, range=edge.RangeFloat(lte=last - 1))])
        )
    )
    pruned = time.perf_counter() - started
    again = shards.optimized(shard)
    yield {"pruned in": pruned, "optimized in": again, **asked(corpus, shard, last), **state(shard)}
    shard.close()
    shutil.rmtree(copy)
