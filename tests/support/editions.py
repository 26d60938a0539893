"""Documents of which every edition says another thing, with Qdrant as the engine, and what is so.

What answers right, and which points there should be, is told by the files of a generation alone.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self, cast

import numpy as np
import numpy.typing as npt
import pytest
from qdrant_client import QdrantClient

from index import BuildReport, Index, IndexSettings, open_index
from index.answer.answer import Answerer
from index.answer.calibration import shipped
from index.answer.search import Searcher
from index.build.build import build
from index.front import silent
from index.model.reader import Reader
from index.settings import ENGINE_KEY, AnswerSettings, QdrantSettings
from index.store.engine import FaissEngine, ScoredMatches
from index.store.generation import Generation
from index.store.points import Points, instant, point_id
from index.store.qdrant.engine import QdrantEngine
from index.store.qdrant.points import BORN, DENSE, DIED, NEVER, TENANT
from index.store.store import Store
from tests.support.builder import Builder
from tests.tools.endurance.leaks.quick import Here, SureReader, WordEmbedder

EMBEDDER = WordEmbedder()
PAGE = 1000
LOOKED_SECONDS = 0.02
SAMPLE = 2

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Point:
    """A point as a server has it: its life in microseconds since 1970, and its vector."""

    born: int
    died: int
    dense: tuple[float, ...] = field(compare=False)


@dataclass
class Editions:
    """A folder of documents, and the store of an index of them.

    Of each document one passage says its edition and the other never changes. What builds may ask
    other nodes than what answers.
    """

    folder: Path
    qdrant: QdrantSettings
    builder: QdrantSettings
    count: int = 3
    store: str = "store"
    right: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: Path, qdrant: QdrantSettings, count: int = 3) -> Self:
        """Ask the same nodes for everything."""
        return cls(folder, qdrant, qdrant, count)

    @property
    def settings(self) -> IndexSettings:
        """The settings of the index."""
        return IndexSettings(
            seeds=str(self.folder / "seeds"),
            store=str(self.folder / self.store),
            engine="qdrant",
            qdrant=self.qdrant,
        )

    @property
    def questions(self) -> list[str]:
        """One of what changes and one of what doesn't, for each document."""
        numbers = range(self.count)
        changing = (f"Which edition is valve{number} of?" for number in numbers)
        return [*changing, *(f"How often is oil{number} changed?" for number in numbers)]

    def write(self, edition: int, numbers: Sequence[int] | None = None) -> None:
        """Write an edition of all documents, or of some."""
        (self.folder / "seeds").mkdir(exist_ok=True)
        for number in range(self.count) if numbers is None else numbers:
            (self.folder / "seeds" / f"valve{number}.md").write_text(
                f"# Valves\n\nThe valve{number} is of edition{edition} of the series.\n\n"
                f"# Care\n\nThe oil{number} is changed every {number + 3} weeks.\n"
            )

    def build(
        self, edition: int | None = None, *, everything: bool = False, **update: object
    ) -> BuildReport:
        """Build, of an edition of all documents if one is given."""
        if edition is not None:
            self.write(edition)
        update = {"qdrant": self.builder, **update}
        settings = self.settings.model_copy(update=update)
        return build(settings, silent, lambda _settings: EMBEDDER, everything=everything)

    def note(self, name: str) -> None:
        """Work out what is to be answered from a generation, without any server, if it wasn't."""
        if name in self.right:
            return
        generation = exact(Store.of(self.settings).read(name))
        self.right[name] = told(generation, self.questions)

    def open(self, **update: object) -> Index:
        """Open the index as a bot does."""
        settings = self.settings.model_copy(update=update)
        return open_index(settings, embedder=EMBEDDER, builder=Builder(EMBEDDER))

    def wrong(self, index: Index) -> list[str]:
        """Ask everything; return what isn't just as the files of what answered say."""
        wrong = []
        for question in self.questions:
            reply = index.answer(question)
            self.note(reply.generation)
            if repr(reply) != self.right[reply.generation][question]:
                wrong.append(f"{question}: {reply!r}")
        return wrong

    def server_points(self) -> dict[str, dict[str, Point]]:
        """All points of the store that the servers have, by their collections and ids."""
        client = client_of(self.builder)
        try:
            names = [each.name for each in client.get_collections().collections]
            own = [name for name in names if name.rpartition("-")[0] == self.qdrant.name]
            return {name: dict(self._scrolled(client, name)) for name in own}
        finally:
            client.close()

    def leave(self) -> None:
        """Leave nothing on the servers."""
        client = client_of(self.builder)
        for each in client.get_collections().collections:
            if each.name.startswith(self.builder.name):
                client.delete_collection(each.name)
        client.close()

    def file_points(self) -> dict[str, dict[str, Point]]:
        """All points that the generations of the store have, as `server_points`."""
        store = Store.of(self.settings)
        expected: dict[str, dict[str, Point]] = {}
        alive: dict[str, dict[str, Point]] = {}
        for name in store.names():
            generation = store.read(name)
            manifest = generation.manifest
            if not manifest.collection:
                continue
            rows = Points(generation.files).rows[:]
            vectors = generation.vectors.rows[:]
            now = {
                point_id(row): Point(int(row["born"]), NEVER, tuple(vector.tolist()))
                for row, vector in zip(rows, vectors, strict=True)
            }
            had = expected.setdefault(manifest.collection, {})
            for gone in alive.get(manifest.collection, {}).keys() - now.keys():
                had[gone] = replace(had[gone], died=instant(manifest.created_at))
            had |= now
            alive[manifest.collection] = now
        return expected

    def stray(self) -> list[str]:
        """What the servers have and should not, what they lack, and what differs."""
        there, expected = self.server_points(), self.file_points()
        return [
            f"{name}: {point} should be {should} but is {found}"
            for name in sorted({*there, *expected})
            for point in sorted({*there.get(name, {}), *expected.get(name, {})})
            if (found := there.get(name, {}).get(point))
            != (should := expected.get(name, {}).get(point))
            or (found and should and not np.allclose(found.dense, should.dense, atol=1e-5))
        ]

    def _scrolled(self, client: QdrantClient, name: str) -> Iterator[tuple[str, Point]]:
        tenants = {
            manifest.tenant
            for manifest in map(Store.of(self.settings).manifest, Store.of(self.settings).names())
        }
        following = None
        while True:
            found, following = client.scroll(
                name, limit=PAGE, offset=following, with_payload=True, with_vectors=[DENSE]
            )
            for each in found:
                payload, vectors = each.payload or {}, each.vector
                assert isinstance(vectors, dict)
                if payload[TENANT] in tenants:
                    dense = tuple(np.array(vectors[DENSE], np.float32).tolist())
                    yield str(each.id), Point(payload[BORN], payload[DIED], dense)
            if following is None:
                return


def client_of(settings: QdrantSettings) -> QdrantClient:
    """Return a client of the first node."""
    key = os.environ.get(ENGINE_KEY)
    headers = {"api-key": key} if key else None
    return QdrantClient(settings.url[0], headers=headers, check_compatibility=False)


class Exact:
    """An engine that compares with every passage."""

    def __init__(self, engine: QdrantEngine) -> None:
        """Take the files that another one has."""
        self._vectors, self._counts = engine.vectors, engine.counts
        self._every = np.arange(engine.manifest.passages)
        self.whole, self.problem = True, ""

    def nearest(self, vector: Floats, count: int) -> Ids:
        """Return the nearest."""
        return self._vectors.nearest(vector, self._every, count)

    def matches(self, words: Sequence[str]) -> ScoredMatches:
        """Return the BM25 of all."""
        return ScoredMatches(self._counts.scores(words, self._every))

    def look(self) -> None:
        """Nothing to see."""

    def check(self) -> None:
        """Nothing to find."""


def exact(generation: Generation) -> Generation:
    """Return a generation with an engine that needs no server."""
    if isinstance(generation.engine, FaissEngine):
        return generation
    assert isinstance(generation.engine, QdrantEngine)
    return replace(generation, engine=Exact(generation.engine))


def told(generation: Generation, questions: Sequence[str]) -> dict[str, str]:
    """Return what a generation says to some questions."""
    answerer = Answerer(
        Searcher(generation, EMBEDDER, shipped(), cast("Reader", SureReader())), AnswerSettings()
    )
    return {text: repr(answerer.answer(answerer.question(text))) for text in questions}


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Put what takes milliseconds in the place of the models and of the process that reads."""
    patch.setattr("index.build.build.revision", lambda _settings: WordEmbedder.revision)
    patch.setattr("index.build.collect.ReaderProcess", Here)
    patch.setattr("index.answer.serving.load_reader", SureReader)
    patch.setattr("index.build.selfcheck.SAMPLE", SAMPLE)
    patch.setattr("index.build.sending.LOOKED_SECONDS", LOOKED_SECONDS)


@contextmanager
def memory_folder() -> Iterator[Path]:
    """Make a folder in memory, where there is such a disk: flushing files there takes no time."""
    shared = Path("/dev/shm")  # noqa: S108 - a folder of its own is made there
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)
