"""A generation onto the servers of a Qdrant cluster: what they don't have yet, and no more.

What is sent is born with the generation, and what it doesn't have any more dies with it, so nothing
of either shows before the generation is current. Each step may be done twice: a build that was
stopped leaves what the next one takes back.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from qdrant_client import QdrantClient, models

from index.build.batches import STEP, batches, missing, upsert
from index.build.tenant import tenant_of
from index.domain import Progress
from index.errors import EngineUnavailable, StoreError
from index.settings import QdrantSettings
from index.store.arrays import Array
from index.store.generation import Generation
from index.store.lexical_writer import LexicalWriter
from index.store.manifest import Manifest
from index.store.points import Alive, Points, PointsWriter, instant, point_id
from index.store.qdrant.points import (
    DIED,
    NEVER,
    Held,
    collection_name,
    create,
    where,
)
from index.store.qdrant.servers import NotThere, servers_of
from index.store.seal import moment, sealed_files
from index.store.store import Store
from index.store.vectors import Trial

log = logging.getLogger(__name__)

T = TypeVar("T")
Ids = npt.NDArray[np.int64]

# Points that are told to have died at a time.
DEATHS = 2000
# How long the servers may index what they were sent; until they have, they find it more slowly.
INDEXING_SECONDS = 600.0
LOOKED_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Before:
    """The newest generation that is on the servers, and the points that it has."""

    manifest: Manifest
    rows: Array


class QdrantBuild:
    """Leaves the vectors and words of a generation's contents with the servers."""

    def __init__(self, settings: QdrantSettings, store: Store) -> None:
        """Build for `store`.

        Raises:
            SettingsError: the certificate of the servers can't be read.
        """
        self._settings = settings
        self._store = store
        self._servers = servers_of(settings, writing=True)
        self._last = 0
        self._before: _Before | None = None
        self._points: PointsWriter | None = None

    def holds(self, manifest: Manifest) -> bool:
        """Whether the servers have all points of a generation.

        Raises:
            EngineUnavailable: none can be asked.
        """
        try:
            held = self._servers.ask(partial(Held.by, manifest=manifest))
        except NotThere:
            return False
        return held.all_of(manifest) and not held.more_than(manifest)

    def begin(self, folder: Path, manifest: Manifest) -> Manifest:
        """Begin with a new generation in `folder`; return its manifest, with where its points are.

        Raises:
            OSError: the disk refuses.
            EngineUnavailable: the servers can't be asked.
        """
        collection = collection_name(self._settings.name, manifest.model_revision, manifest.dim)
        tenant = tenant_of(self._store)
        self._last, before = self._newest(collection, tenant)
        # What is there, if anything, may not be what the files say: all of it is another point now.
        self._before = before if before and self.holds(before.manifest) else None
        alive = Alive(self._before.rows if self._before else None)
        self._points = PointsWriter(folder, tenant, instant(manifest.created_at), alive)
        return replace(manifest, engine="qdrant", collection=collection, tenant=tenant)

    def add(self, key: bytes, words: Sequence[str]) -> None:
        """Take in the next passage: the key of its embeddings, and its words.

        Raises:
            OSError: the disk refuses.
        """
        self._writer.add(key, words)

    def close(self) -> None:
        """Close all files, whatever they are worth.

        Raises:
            OSError: the disk refuses.
        """
        if self._points is not None:
            self._points.close()

    def finish(
        self, _folder: Path, manifest: Manifest, lexical: LexicalWriter, _tried: Trial
    ) -> Manifest:
        """Write the words of each passage; return the manifest with how many contents there are.

        Raises:
            OSError: the disk refuses.
        """
        lexical.finish(postings=False)
        contents, births = self._writer.counts()
        self.close()
        return replace(manifest, average_words=lexical.average, contents=contents, births=births)

    def send(self, generation: Generation, progress: Progress) -> None:
        """Send what the servers don't have, tell them what has died, and count.

        Raises:
            EngineUnavailable: they don't take it, or don't have it all then.
        """
        manifest = generation.manifest
        born = instant(manifest.created_at)
        self._ask(lambda client: create(client, manifest.collection, manifest.dim, self._settings))
        self._take_back(manifest)
        points = Points(generation.files)
        passages = points.contents()
        rows = points.rows.take(passages)
        if self._before is None:
            everything = where(
                manifest.tenant, born=models.Range(lt=born), died=models.Range(gt=born)
            )
            self._set(manifest, everything, died=born)
        else:
            self._bury(manifest, missing(self._before.rows, rows), born)
            if not manifest.rebuilt:
                passages = passages[rows["born"] == born]
        for sent, batch in enumerate(batches(generation, points, passages)):
            progress("send", sent * STEP, len(passages))
            self._ask(partial(upsert, name=manifest.collection, batch=batch))
        progress("send", len(passages), len(passages))
        self._wait(manifest)
        self._count(manifest)

    def prune(self) -> None:
        """Let the servers forget what no generation has that is kept; it can wait if they can't."""
        kept: dict[str, list[int]] = {}
        tenant, names = tenant_of(self._store), self._store.names()
        if self._store.trusted_name() not in names:
            log.warning("what is too old stays with the search engine: the store can't be listed")
            return
        try:
            for name in names:
                manifest = self._store.manifest(name)
                if manifest.tenant == tenant:
                    kept.setdefault(manifest.collection, []).append(instant(manifest.created_at))
            for collection in self._collections():
                # Of a model that nothing is built with any more, all goes.
                oldest = min(kept[collection]) if collection in kept else NEVER
                self._delete(collection, where(tenant, died=models.Range(lte=oldest)))
        except (StoreError, NotThere) as error:
            log.warning("what is too old stays with the search engine: %s", error)

    @property
    def _writer(self) -> PointsWriter:
        """What `begin` began.

        Raises:
            LookupError: nothing did.
        """
        if self._points is None:
            message = "nothing was begun"
            raise LookupError(message)
        return self._points

    def _newest(self, collection: str, tenant: str) -> tuple[int, _Before | None]:
        """When the newest generation was made that may have points there, and what it has.

        Returns:
            microseconds since 1970, 0 if there is none; None if it can't be read.
        """
        for name in reversed(self._store.taken()):
            last = instant(moment(name))
            try:
                manifest = self._store.manifest(name)
                if (manifest.collection, manifest.tenant) == (collection, tenant):
                    files = sealed_files(self._store.generations / name, manifest)
                    return last, _Before(manifest, Points(files).rows[:])
            except (StoreError, OSError, ValueError) as error:
                log.info("%s: all passages are sent anew: %s", name, error)
                return last, None
        return 0, None

    def _take_back(self, manifest: Manifest) -> None:
        """Take back what builds did that were stopped: it is later than all that was published.

        What is of the moment of this build is left alone, should a server do this late.
        """
        own = instant(manifest.created_at)
        for first, end in ((self._last, own), (max(self._last, own), NEVER)):
            those = models.Range(gt=first, lt=end)
            self._delete(manifest.collection, where(manifest.tenant, born=those))
            self._set(manifest, where(manifest.tenant, died=those), died=NEVER)

    def _bury(self, manifest: Manifest, rows: Array, died: int) -> None:
        """Tell of points that they died."""
        for first in range(0, len(rows), DEATHS):
            ids: list[Any] = [point_id(row) for row in rows[first : first + DEATHS]]
            self._set(manifest, ids, died=died)

    def _set(self, manifest: Manifest, points: list[Any] | models.Filter, died: int) -> None:
        self._ask(
            lambda client: client.set_payload(
                manifest.collection, {DIED: died}, points=points, wait=True
            )
        )

    def _delete(self, collection: str, those: models.Filter) -> None:
        self._ask(lambda client: client.delete(collection, points_selector=those, wait=True))

    def _collections(self) -> list[str]:
        """The collections on the servers that may have points of this store."""
        found = self._ask(lambda client: client.get_collections()).collections
        prefix = collection_name(self._settings.name, "", 0).rpartition("-")[0] + "-"
        return [each.name for each in found if each.name.startswith(prefix)]

    def _count(self, manifest: Manifest) -> None:
        """See that the servers have all of a new generation, and no more.

        Raises:
            EngineUnavailable: they don't.
        """
        held = Held(0, 0)

        def holds(client: QdrantClient) -> bool:
            nonlocal held
            held = Held.by(client, manifest)
            return held.all_of(manifest) and not held.more_than(manifest)

        there = self._servers.prefer(holds) is not None
        if not there:
            message = f"{held.instead_of(manifest)}; the index before is still in use: build again"
            raise EngineUnavailable(message)

    def _wait(self, manifest: Manifest) -> None:
        """Wait until the servers have indexed what they were sent, or too long."""
        end = time.monotonic() + INDEXING_SECONDS
        while time.monotonic() < end:
            info = self._ask(lambda client: client.get_collection(manifest.collection))
            if info.status != models.CollectionStatus.YELLOW:
                return
            time.sleep(LOOKED_SECONDS)
        log.info("the search engine still indexes what it was sent; until then it is slower")

    def _ask(self, work: Callable[[QdrantClient], T]) -> T:
        """Ask a server for what can be done twice.

        Raises:
            EngineUnavailable: none can be asked, or the collection is gone.
        """
        try:
            return self._servers.ask(work)
        except NotThere as error:
            message = (
                "the search engine has lost the collection that was being written, or `url` under "
                "[index.qdrant] leads elsewhere; the index before is still in use: build again"
            )
            raise EngineUnavailable(message) from error
