"""All collections of documents, each with an index of its own: opened when asked, closed unused."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.build.process import BuildProcess
from index.domain import Embedder, Progress
from index.errors import IndexLocked, IndexMissing, IndexOutdated, SeedIndexError, StoreError
from index.front import Builder, Index, silent
from index.opening import open_built, open_index
from index.settings import SERVER, AnswerSettings, CollectionSettings, IndexSettings, WriterSettings
from index.shelf import Shelf
from index.store.manifest import BuildReport

log = logging.getLogger(__name__)

# The name of the index of everything, which is the only one where no collections are named.
EVERYTHING = ""
# Between the name of what stands for a collection in each server, and the number of the server.
OF = "@"
# Where the indexes of collections are, in the folder of the built index.
COLLECTIONS = "collections"
# An index that nobody has asked for so long is closed.
UNUSED_SECONDS = 1800.0


@dataclass(slots=True)
class _Open:
    """An index that is open, and when it was asked last, by the monotonic clock."""

    index: Index
    asked: float = field(default_factory=time.monotonic)


class Library:
    """The indexes of all collections. Every method may be called from any thread.

    An index takes some megabytes of memory while it is open, the model is in it once for all. So
    many are open as the settings allow; those that were asked longest ago give way.
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
        self._collections = {each.name: each for each in collections}
        self._writer = writer
        self._builder = builder or BuildProcess()
        self._embedders: dict[str, Embedder] = {}
        if embedder is not None:
            self._embedders[embedder.revision] = embedder
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._problems: dict[str, str] = {}
        self._using = threading.Lock()
        self._opening = threading.Lock()
        self._building = threading.Lock()

    @classmethod
    def of_one(cls, index: Index) -> "Library":
        """Return the library of an index of everything that is open already."""
        library = cls(index.settings, builder=index.builder)
        library._open[EVERYTHING] = _Open(index)
        return library
