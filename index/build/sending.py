"""A generation onto the servers of a Qdrant cluster: what they don't have yet, and no more.

What is sent is born with the generation, and what it doesn't have any more dies with it, so nothing
of either shows before the generation is current. Each step may be done twice: a build that was
stopped leaves what the next one takes back.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from qdrant_client import QdrantClient, models

from index.domain import Progress
from index.errors import EngineUnavailable, StoreError
from index.settings import QdrantSettings
from index.store.arrays import Array
from index.store.durable import replace_text
from index.store.generation import Generation
from index.store.lexical_writer import LexicalWriter
from index.store.manifest import Manifest
from index.store.points import Alive, Points, PointsWriter, instant, point_id
from index.store.qdrant.engine import count
from index.store.qdrant.points import (
    BORN,
    DENSE,
    DIED,
    NEVER,
    TENANT,
    WORDS,
    collection_name,
    create,
    sparse,
    term,
    where,
)
from index.store.qdrant.servers import NotThere, servers_of
from index.store.seal import moment, sealed_files
from index.store.store import Store
from index.store.term_counts import TermCounts
from index.store.vectors import Trial

log = logging.getLogger(__name__)

T = TypeVar("T")
Ids = npt.NDArray[np.int64]

# Where a store keeps the name that it goes by on the servers.
TENANT_FILE = "tenant"
# Points that are sent, and that are told to have died, at a time.
STEP, DEATHS = 256, 2000
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
        self._before: _Before | None = None
        self._points: PointsWriter | None = None

    def holds(self, manifest: Manifest) -> bool:
        """Whether the servers have all points of a generation.

        Raises:
            EngineUnavailable: none can be asked.
        """
        return count(self._servers, manifest) == manifest.contents

    def begin(self, folder: Path, manifest: Manifest) -> Manifest:
        """Begin with a new generation in `folder`; return its manifest, with where its points are.

        Raises:
            OSError: the disk refuses.
        """
        collection = collection_name(self._settings.name, manifest.model_revision, manifest.dim)
        tenant = self._tenant()
        self._before = self._newest(collection, tenant)
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
        self.close()
        return replace(manifest, average_words=lexical.average, contents=self._writer.contents)

    def send(self, generation: Generation, progress: Progress) -> None:
        """Send what the servers don't have, tell them what has died, and count.

        Raises:
            EngineUnavailable: they don't take it, or don't have it all then.
        """
        manifest = generation.manifest
        born = instant(manifest.created_at)
        self._ask(lambda client: create(client, manifest.collection, manifest.dim, self._settings))
        self._clear(manifest)
        points = Points(generation.files)
        passages = points.contents()
        rows = points.rows.take(passages)
        if self._before is not None and self.holds(self._before.manifest):
            self._bury(manifest, _missing(self._before.rows, rows), born)
            passages = passages[rows["born"] == born]
        else:
            # What is there, if anything, is not what the files say: all of it is sent anew.
            self._set(manifest, self._alive(manifest), died=born)
        batches = _batches(generation, points, passages)
        for sent, batch in enumerate(batches):
            progress("send", sent * STEP, len(passages))
            self._ask(partial(_upsert, name=manifest.collection, batch=batch))
        progress("send", len(passages), len(passages))
        self._wait(manifest)
        held = count(self._servers, manifest)
        if held != manifest.contents:
            message = (
                f"the search engine holds {held:,} points of the new index, which has "
                f"{manifest.contents:,}; the index before is still in use: build again"
            )
            raise EngineUnavailable(message)

    def prune(self) -> None:
        """Let the servers forget what no generation has that is kept; it can wait if they can't."""
        kept: dict[str, list[int]] = {}
        tenant = self._tenant()
        try:
            for name in self._store.names():
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

    def _tenant(self) -> str:
        """The name that the store goes by on the servers, made up when it is first wanted."""
        file = self._store.folder / TENANT_FILE
        try:
            return file.read_text("ascii").strip()
        except FileNotFoundError:
            tenant = f"{self._store.folder.name.lstrip('.')}-{secrets.token_hex(8)}"
            replace_text(file, tenant)
            return tenant

    def _newest(self, collection: str, tenant: str) -> _Before | None:
        """The newest generation with points there; None if there is none, or it can't be read."""
        for name in reversed(self._store.names()):
            try:
                manifest = self._store.manifest(name)
                if (manifest.collection, manifest.tenant) == (collection, tenant):
                    files = sealed_files(self._store.generations / name, manifest)
                    return _Before(manifest, Points(files).rows[:])
            except (StoreError, OSError, ValueError) as error:
                log.info("%s: all passages are sent anew: %s", name, error)
                return None
        return None

    def _clear(self, manifest: Manifest) -> None:
        """Take back what a build did that was stopped: it is later than all that was published."""
        names = self._store.names()
        newest = instant(moment(names[-1])) if names else 0
        stray = where(manifest.tenant, born=models.Range(gt=newest))
        self._delete(manifest.collection, stray)
        buried = where(manifest.tenant, died=models.Range(gt=newest, lt=NEVER))
        self._set(manifest, buried, died=NEVER)

    def _alive(self, manifest: Manifest) -> models.Filter:
        return where(manifest.tenant, died=models.Range(gte=NEVER))

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
                "the search engine has lost the collection that was being written; the index "
                "before is still in use: build again"
            )
            raise EngineUnavailable(message) from error


def _missing(before: Array, now: Array) -> Array:
    """The points of `before` whose contents are none of `now`, each once."""
    fields = ["high", "low"]
    contents, firsts = np.unique(before[fields], return_index=True)
    gone = ~np.isin(contents, np.unique(now[fields]))
    return before[firsts[gone]]


def _batches(
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
        weights = held["count"] / (norms + held["count"])
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
                points.rows.take(some), generation.vectors.of(some), words, values, strict=True
            )
        ]


def _upsert(client: QdrantClient, name: str, batch: list[models.PointStruct]) -> None:
    client.upsert(name, batch, wait=True)
