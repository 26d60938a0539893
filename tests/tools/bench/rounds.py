"""The same documents built with both engines, at once and in turns that leave older points."""

import json
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from qdrant_client import QdrantClient, models

from index.build.process import BuildProcess
from index.front import silent
from index.settings import IndexSettings
from index.store.qdrant.points import collection_name, create
from index.store.seal import MODEL
from index.store.store import Store, accept_any
from index.store.writing import writing
from tests.support.qdrant_standin.process import StandIn

ROUNDS = ("fresh", "changed", "grown", "uneven")
# Every so manieth document is removed, from this one on.
EVERY, FIRST = 5, 2
KEPT = 20
KIBIBYTES, BLOCK = 1024, 512


@dataclass(frozen=True)
class Round:
    """Two generations, of the same documents, of the store that has its name.

    The points of one are in a `collection` that takes so many KiB of `disk`, by what they are.
    """

    name: str
    faiss: str
    qdrant: str
    collection: str
    disk: dict[str, int]


class Workshop:
    """Builds the rounds in a folder."""

    def __init__(self, folder: Path, server: StandIn, bits: int, graph: int) -> None:
        """Take a folder, and what stands in for a server; numbers are rounded to `bits`."""
        self.folder = folder
        self.seeds = folder / "seeds"
        self.client = _GraphFrom(graph, url=server.url, timeout=600, check_compatibility=False)
        self._bits = bits
        self._url = server.url

    def settings(self, store: str, engine: str) -> IndexSettings:
        """Return the settings of a store; each has a collection of its own on the servers."""
        qdrant = {"url": [self._url], "name": store, "bits": self._bits, "timeout_seconds": 60.0}
        folders = {"seeds": str(self.seeds), "store": str(self.folder / store)}
        return IndexSettings.model_validate(
            folders | {"engine": engine, "qdrant": qdrant, "keep_generations": KEPT}
        )

    def rounds(self) -> list[Round]:
        """Build all, or find them built."""
        file = self.folder / "rounds.json"
        if not file.exists():
            if any((self.folder / name).exists() for name in ROUNDS):
                message = f"{self.folder}: a run was stopped while it built; remove the folder"
                raise SystemExit(message)
            first = self._build("first", "faiss")
            made = []
            for name in ROUNDS:
                shutil.copytree(self.folder / "first", self.folder / name)
                made.append(self._round(name, first))
            file.write_text(json.dumps([asdict(each) for each in made]))
        return [Round(**each) for each in json.loads(file.read_text())]

    def _round(self, name: str, faiss: str) -> Round:
        """Build one round, of a store that has been built with FAISS."""
        if name in {"fresh", "changed"}:
            qdrant = self._build(name, "qdrant")
        if name in {"changed", "grown"}:
            with self._without(self._files()[FIRST::EVERY]):
                self._build(name, "qdrant")
            qdrant = self._build(name, "qdrant")
            faiss = self._build(name, "faiss")
        if name == "uneven":
            ordered = sorted(self._files(), key=lambda file: (file.stat().st_size, file))
            with self._without(ordered[len(ordered) // 2 :]):
                self._build(name, "qdrant")
            with writing(Store.of(self.settings(name, "faiss"))) as writer:
                # It has the embeddings of all.
                writer.roll_back(accept_any, faiss)
            qdrant = self._build(name, "qdrant")
        collection = Store.of(self.settings(name, "qdrant")).manifest(qdrant).collection
        self.green(collection)
        taken = disk(self.folder / "standin" / "collections" / collection)
        return Round(name, faiss, qdrant, collection, taken)

    def green(self, collection: str) -> models.CollectionInfo:
        """Wait until all is indexed; return what the servers say of a collection."""
        time.sleep(1)
        while True:
            info = self.client.get_collection(collection)
            if info.status == models.CollectionStatus.GREEN:
                return info
            time.sleep(1)

    def _build(self, store: str, engine: str) -> str:
        """Build with an engine; return the name of the generation."""
        settings = self.settings(store, engine)
        of = Store.of(settings)
        if engine == "qdrant":
            before = of.manifest(of.current())
            name = collection_name(store, before.model_revision, before.dim)
            create(self.client, name, before.dim, settings.qdrant)
        report = BuildProcess()(settings, silent)
        say(f"  {store}, {engine}: {report.summary}")
        return report.generation

    def _files(self) -> list[Path]:
        return sorted(each for each in self.seeds.rglob("*") if each.is_file())

    @contextmanager
    def _without(self, some: Sequence[Path]) -> Iterator[None]:
        """Have some documents elsewhere."""
        away = self.folder / "away"
        names = [each.relative_to(self.seeds) for each in some]
        _move(names, self.seeds, away)
        yield
        _move(names, away, self.seeds)


class _GraphFrom(QdrantClient):
    """Makes collections that have a graph from so many kilobytes of vectors on."""

    def __init__(self, kilobytes: int, **given: Any) -> None:  # noqa: ANN401 - as its base
        super().__init__(**given)
        self._kilobytes = kilobytes

    def create_collection(self, name: str, **given: Any) -> bool:  # type: ignore[override] # noqa: ANN401 - as its base
        """Make a collection."""
        graph = models.HnswConfigDiff(full_scan_threshold=self._kilobytes)
        from_ = models.OptimizersConfigDiff(indexing_threshold=self._kilobytes)
        return super().create_collection(name, **given, hnsw_config=graph, optimizers_config=from_)


def disk(folder: Path) -> dict[str, int]:
    """Return the KiB of what is in a folder, by what it is; the model isn't counted."""
    sizes: Counter[str] = Counter()
    for file in folder.rglob("*"):
        parts = file.relative_to(folder).parts
        if file.is_file() and parts[0] != MODEL:
            # Of a segment on the servers, which of its parts.
            name = parts[3] if "segments" in parts else parts[min(1, len(parts) - 1)]
            sizes[name] += file.stat().st_blocks * BLOCK
    return {name: size // KIBIBYTES for name, size in sizes.items()}


def _move(files: Sequence[Path], source: Path, target: Path) -> None:
    for file in files:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        (source / file).rename(target / file)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
