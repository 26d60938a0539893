"""Passages are found by the graph of their vectors that the servers build, whatever died in it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest
from qdrant_client import QdrantClient, models

from index.settings import QdrantSettings
from index.store.arrays import Array
from index.store.contents import DraftFiles, SealedFiles
from index.store.lexicon import Lexicon
from index.store.manifest import Manifest
from index.store.points import POINT, POINTS, Points, instant, point_id
from index.store.qdrant.engine import QdrantEngine
from index.store.qdrant.points import BORN, DENSE, DIED, NEVER, TENANT
from index.store.qdrant.servers import servers_of
from index.store.term_counts import TermCounts
from index.store.vectors import VECTORS, Vectors
from tests.support.manifests import manifest_of
from tests.support.qdrant_standin.process import StandIn

Floats = npt.NDArray[np.float32]
DIM, COUNT, HEAPS, DEPTH = 32, 1500, 30, 50


def unit(vectors: npt.NDArray[np.float64]) -> Floats:
    """Rows of length 1."""
    rows: Floats = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return rows


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StandIn]:
    """Stands in for a Qdrant server."""
    with StandIn(tmp_path / "server") as standin:
        yield standin


def tidied(client: QdrantClient, collection: str) -> None:
    """Wait until the graph is built."""
    while client.get_collection(collection).status != models.CollectionStatus.GREEN:
        pass


def send(client: QdrantClient, manifest: Manifest, rows: Array, vectors: Floats) -> None:
    """Send points as a build does."""
    points = [
        models.PointStruct(
            id=point_id(row),
            vector={DENSE: vector.tolist()},
            payload={TENANT: manifest.tenant, BORN: int(row["born"]), DIED: NEVER},
        )
        for row, vector in zip(rows, vectors, strict=True)
    ]
    client.upsert(manifest.collection, points, wait=True)
    tidied(client, manifest.collection)


def test_what_went_and_came_back_is_found_among_what_died(tmp_path: Path, server: StandIn) -> None:
    random = np.random.default_rng(3)
    heaps = random.standard_normal((HEAPS, DIM))
    heap = np.arange(COUNT) % HEAPS
    vectors = unit(heaps[heap] + 0.7 * random.standard_normal((COUNT, DIM)))
    vectors.tofile(tmp_path / VECTORS)
    now = replace(manifest_of([]), dim=DIM, passages=COUNT, contents=COUNT)
    now = replace(now, engine="qdrant", collection="c", tenant="t")
    before = instant(now.created_at - timedelta(days=1))

    rows = np.zeros(COUNT, POINT)
    rows["high"], rows["born"] = np.arange(1, COUNT + 1), before
    settings = QdrantSettings(url=(server.url,), depth=100)
    client = QdrantClient(url=server.url, check_compatibility=False)
    client.create_collection(
        "c",
        vectors_config={DENSE: models.VectorParams(size=DIM, distance=models.Distance.DOT)},
        hnsw_config=models.HnswConfigDiff(full_scan_threshold=10),
        optimizers_config=models.OptimizersConfigDiff(indexing_threshold=10),
    )
    send(client, now, rows, vectors)
    gone = heap % 5 == 0
    ids: list[Any] = [point_id(row) for row in rows[gone]]
    client.set_payload("c", {DIED: instant(now.created_at) - 1}, points=ids, wait=True)
    tidied(client, "c")
    rows["born"][gone] = instant(now.created_at)
    send(client, now, rows[gone], vectors[gone])
    now = replace(now, births=int(gone.sum()))

    rows.tofile(tmp_path / POINTS)
    files = DraftFiles(tmp_path)
    engine = QdrantEngine(
        manifest=now,
        vectors=Vectors(files, DIM),
        lexicon=cast("Lexicon", None),
        counts=cast("TermCounts", None),
        points=Points(files),
        servers=servers_of(settings),
        depth=settings.depth,
        rounded=False,
        files=SealedFiles(tmp_path, {}),
    )
    asked = unit(heaps[::5][np.arange(60) % 6] + random.standard_normal((60, DIM)))
    nearest = [engine.nearest(vector, DEPTH) for vector in asked]
    exact = [np.argsort(-(vectors @ vector))[:DEPTH] for vector in asked]
    found = [np.isin(one, other).mean() for one, other in zip(exact, nearest, strict=True)]
    assert np.mean(found) > 0.995
