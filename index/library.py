"""All collections of documents, each with an index of its own: opened when asked, closed unused."""

import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from index import collections, unopened
from index.build.process import BuildProcess
from index.collections import EVERYTHING
from index.domain import Embedder, Progress
from index.errors import (
    IndexLocked,
    IndexMissing,
    IndexOutdated,
    SeedIndexError,
    StoreError,
)
from index.front import Builder, Index, silent
from index.opening import open_built, open_index, patient
from index.settings import AnswerSettings, CollectionSettings, IndexSettings, WriterSettings
from index.shelf import Shelf
from index.store.lease import Lease
from index.store.manifest import BuildReport
from index.store.store import Store

log = logging.getLogger(__name__)

# An index that nobody has asked for so long is closed.
UNUSED_SECONDS = 1800.0
# One that can't be opened isn't tried again for so long, whoever asks.
REFUSED_SECONDS = 10.0


@dataclass(slots=True)
class _Open:
    """An index that is open, and when it was asked last, by the monotonic clock."""

    index: Index
    asked: float


class Library:
    """The indexes of all collections. Every method may be called from any thread.

    An index takes some megabytes of memory while it is open; the model is in it once for all. As
    many are open as the settings allow, and those that were asked longest ago give way.
    """

    def __init__(  # noqa: PLR0913 - what a caller may put in its place
        self,
        settings: IndexSettings,
        answers: AnswerSettings | None = None,
        collections: Sequence[CollectionSettings] = (),
        *,
        writer: WriterSettings | None = None,
        embedder: Embedder | None = None,
        builder: Builder | None = None,
    ) -> None:
        """Open nothing yet; without `collections` there is one index, of everything."""
        self.settings = settings
        self._answers = answers or AnswerSettings()
        self._collections = collections
        self._writer = writer
        self._builder = builder or BuildProcess()
        # By their revisions; all that are open share one.
        self._embedders = {embedder.revision: embedder} if embedder else {}
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._problems: dict[str, str] = {}
        # What couldn't be opened, and when that was tried, by the monotonic clock.
        self._refused: dict[str, tuple[float, StoreError]] = {}
        self._changing = threading.Lock()
        self._opening = threading.Lock()
        self._building = threading.Lock()
        self._lease = Lease(settings.store_path)

    @classmethod
    def of_one(cls, index: Index) -> "Library":
        """Return the library of an index of everything, which is open already."""
        library = cls(index.settings, builder=index.builder)
        library._open[EVERYTHING] = _Open(index, time.monotonic())
        return library

    @property
    def divided(self) -> bool:
        """Whether there are collections, and no index of everything."""
        return bool(self._collections)

    @property
    def leading(self) -> bool:
        """Whether this process is the one that follows the documents, as `leads` found last."""
        return self._lease.held

    def leads(self) -> bool:
        """Whether this process is the one that follows the documents and builds by itself.

        Of all that share the store that is the first to ask, until it ends or `close` is called;
        then it is the one that asks next.

        Raises:
            StoreError: that can't be settled, since the store can't be written.
        """
        return self._lease.take()

    def names(self) -> list[str]:
        """Return the names of all collections that have documents or an index."""
        return collections.names(self.settings, self._collections)

    def settings_of(self, name: str) -> IndexSettings:
        """Return the settings of the index of that name.

        Raises:
            CollectionUnknown: there is no such collection.
        """
        return collections.settings_of(self.settings, self._collections, name)

    def at_hand(self, names: Iterable[str]) -> Shelf | None:
        """Return what `open` does, where that needs no file; at once."""
        indexes = {name: self._asked(name) for name in names}
        opened = {name: index for name, index in indexes.items() if index is not None}
        return Shelf(opened) if len(opened) == len(indexes) else None

    def open(self, names: Iterable[str]) -> Shelf:
        """Return those of the indexes that can be opened, for somebody who may read them all.

        Those that aren't built yet are left out, as are those that can't be trusted, which is
        logged and told by `problems`.

        Raises:
            StoreError: there is none, and one of them can't be trusted.
        """
        indexes: dict[str, Index] = {}
        refused: StoreError | None = None
        incomplete = False
        for name in names:
            try:
                indexes[name] = self.index(name)
            except (IndexMissing, IndexOutdated):
                # Of a server that has no documents, nothing is missing.
                incomplete = incomplete or self.settings_of(name).folder_path.is_dir()
            except StoreError as error:
                refused, incomplete = error, True
        if refused is not None and not indexes:
            raise refused
        return Shelf(indexes, incomplete)

    def index(self, name: str) -> Index:
        """Return the index of that name, which is opened if it isn't.

        Raises:
            CollectionUnknown: there is no such collection.
            IndexMissing: it isn't built yet.
            IndexOutdated: an earlier version of the bot built it, and it isn't built anew yet.
            StoreError: it can't be trusted.
        """
        if index := self._asked(name):
            return index
        with self._opening:
            if index := self._asked(name):
                return index
            moment, refused = self._refused.get(name, (-math.inf, None))
            if refused is not None and time.monotonic() - moment < REFUSED_SECONDS:
                raise refused
            try:
                index = self._opened(self.settings_of(name))
            except StoreError as error:
                if not isinstance(error, IndexMissing):
                    self._refused[name] = time.monotonic(), error
                self._tell(name, error)
                raise
            self._refused.pop(name, None)
            self._tell(name, None)
            self._keep(name, index)
            return index

    def prepare(self, progress: Progress = silent) -> None:
        """Open what answers most, and build what was never built.

        Collections of servers can wait for the watcher, if there is one.

        What stands against the one index of everything is raised, what stands against that of a
        collection is logged: the others answer.

        Raises:
            SeedIndexError: as `open_index`.
        """
        if not self.divided:
            self._keep(EVERYTHING, patient(partial(self._opened_or_built, progress)))
            return
        for name in self.names():
            if collections.server_of(name) and self.settings.watch:
                continue
            try:
                patient(partial(self._index_or_build, name, progress))
            except SeedIndexError as error:
                self._tell(name, error)

    def rebuild(
        self,
        name: str,
        progress: Progress = silent,
        *,
        everything: bool = False,
        wait: bool = False,
    ) -> BuildReport:
        """Build the index of that name anew, as `Index.rebuild` does; one is built at a time.

        Args:
            name: the collection.
            progress: is told how far it is.
            everything: whether also files that haven't changed are read.
            wait: whether another build is waited for.

        Raises:
            IndexLocked: another build is running, and isn't to be waited for.
            SeedIndexError: as `Index.rebuild`.
        """
        settings = self.settings_of(name)
        if not self._building.acquire(blocking=wait):
            message = "a rebuild is running already; wait for it to end"
            raise IndexLocked(message)
        try:
            try:
                index = self.index(name)
            except StoreError:
                # Whatever is wrong with it, a build makes a new one.
                report = self._builder(settings, progress, everything=everything)
                self._refused.pop(name, None)
                self._tell(name, None)
                return report
            return index.rebuild(progress, everything=everything)
        finally:
            self._building.release()

    def roll_back(self, name: str, generation: str = "") -> str:
        """Answer from another generation of the index of that name, as `Index.roll_back` does.

        Raises:
            StoreError, CollectionUnknown: as `index` and `Index.roll_back`.
        """
        return self.index(name).roll_back(generation)

    def touched(self, changed: Collection[str]) -> list[str]:
        """Return the names of the collections that may have changed with what `watch` yields."""
        return collections.touched(self.settings, self._collections, changed) if changed else []

    def outdated(self, name: str) -> bool:
        """Whether the documents changed since the newest build, rolled back from or not.

        Nothing is opened for that.

        Raises:
            SourcesMissing: there is no document any more.
        """
        index = self.opened().get(name)
        return index.outdated() if index else unopened.outdated(self.settings_of(name))

    def unread(self, name: str) -> bool:
        """Whether there are files that the newest build couldn't read, but the next one may."""
        index = self.opened().get(name)
        return index.unread() if index else unopened.unread(self.settings_of(name))

    def opened(self) -> dict[str, Index]:
        """Return what is open now, by name; nothing counts as asked by that."""
        with self._changing:
            return {name: each.index for name, each in self._open.items()}

    @property
    def problems(self) -> dict[str, str]:
        """What is wrong with which index, in words, by the name of its collection."""
        told = {name: index.problem for name, index in self.opened().items() if index.problem}
        return self._problems | told

    def refused(self) -> list[str]:
        """Return the names of the collections that were asked and can't be opened."""
        return [name for name in [*self._refused] if name not in self.opened()]

    def close_unused(self) -> None:
        """Close what nobody has asked for long, and what is open beyond the number allowed."""
        now = time.monotonic()
        with self._changing:
            while self._open:
                name, oldest = next(iter(self._open.items()))
                crowded = len(self._open) > self.settings.open_collections
                unused = self.divided and now - oldest.asked > UNUSED_SECONDS
                if not (crowded or unused):
                    break
                # Who asks it at this moment goes on with it.
                del self._open[name]

    def close(self) -> None:
        """End a build that is running, and leave the next ones to other processes.

        The index that it would have replaced stays.
        """
        self._builder.stop()
        self._lease.give_up()

    def _opened_or_built(self, progress: Progress) -> Index:
        return open_index(
            self.settings,
            self._answers,
            writer=self._writer,
            progress=progress,
            embedder=next(iter(self._embedders.values()), None),
            builder=self._builder,
        )

    def _index_or_build(self, name: str, progress: Progress) -> Index:
        try:
            return self.index(name)
        except (IndexMissing, IndexOutdated):
            self.rebuild(name, progress)
            return self.index(name)

    def _asked(self, name: str) -> Index | None:
        """Return an index that is open, which has been asked now."""
        with self._changing:
            found = self._open.get(name)
            if found is None:
                return None
            found.asked = time.monotonic()
            self._open.move_to_end(name)
            return found.index

    def _keep(self, name: str, index: Index) -> None:
        self._embedders.setdefault(index.embedder.revision, index.embedder)
        with self._changing:
            self._open[name] = _Open(index, time.monotonic())
        self.close_unused()

    def _opened(self, settings: IndexSettings) -> Index:
        """Open an index, with a model that is loaded already if it was built with that."""
        store = Store.of(settings)
        if not store.pointer_file.exists():
            # The first build names its generation last; who looks meanwhile finds none.
            message = f"{store.folder}: there is no index yet"
            raise IndexMissing(message)
        revision = store.manifest(store.current()).model_revision
        return open_built(
            settings,
            self._answers,
            writer=self._writer,
            embedder=self._embedders.get(revision),
            builder=self._builder,
        )

    def _tell(self, name: str, error: SeedIndexError | None) -> None:
        """Keep what is wrong with an index, and log it if it is another thing than before."""
        problem = "" if error is None else str(error)
        if isinstance(error, IndexMissing) or problem == self._problems.get(name, ""):
            return
        if problem:
            self._problems[name] = problem
            log.error("%s: %s", name or "the index", problem)
        else:
            del self._problems[name]
