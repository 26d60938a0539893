"""Generations on disk: a complete index in a folder of its own, made current in one step.

    <store>/current                       the name of the generation that answers
    <store>/build.lock                    held by the one process that writes
    <store>/builder.lock                  held by the one that follows the documents, while it lives
    <store>/generations/<name>/           manifest.json and the files that it lists
    <store>/generations/….tmp/            what is being written, or was when a build was stopped

A generation is written where nothing reads, checked, and then named in `current` by an atomic
rename. Whatever stops a build leaves the last good generation current.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from index.errors import REBUILD, IndexMissing, StoreError
from index.settings import POINTER, IndexSettings, QdrantSettings
from index.store.checksums import corrupt, read_file
from index.store.generation import Generation, read_generation
from index.store.manifest import Manifest
from index.store.seal import (
    LEFTOVER,
    MODEL,
    NAME,
    is_sealed,
    moment,
    read_manifest,
    verify,
    verifying,
)

# What may stand between the two names in `current`, which has no more bytes than this.
INSTEAD_OF = " instead of "
POINTER_BYTES = 200


class Pointer(NamedTuple):
    """The name of the generation that answers, and of a newer one that was rolled back, if any."""

    name: str
    newer: str = ""

    @property
    def text(self) -> str:
        """What `current` holds."""
        return f"{self.name}{INSTEAD_OF}{self.newer}" if self.newer else self.name


@dataclass(frozen=True, slots=True)
class Entry:
    """A generation in the store; `manifest` is None and `problem` says why if it can't be used."""

    name: str
    current: bool
    size: int
    manifest: Manifest | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class OpenGeneration:
    """A generation that was checked; `problem` says what was wrong with newer ones, if anything."""

    generation: Generation
    problem: str = ""


Check = Callable[[Manifest], None]
"""Raises a `StoreError` for a generation that doesn't fit the settings."""


def accept_any(_manifest: Manifest) -> None:
    """Accept every generation."""


class Store:
    """The folder that holds the generations."""

    def __init__(self, folder: Path, qdrant: QdrantSettings | None = None) -> None:
        """Use `folder`, which need not exist yet; `qdrant` says which servers indexes may need."""
        self.folder = folder
        self.qdrant = qdrant
        self.generations = folder / "generations"
        self.pointer_file = folder / POINTER

    @classmethod
    def of(cls, settings: IndexSettings) -> Self:
        """Return the store of an index."""
        return cls(settings.store_path, settings.qdrant)

    def names(self) -> list[str]:
        """Return the names of the complete generations, oldest first.

        What only looks like one doesn't count: a folder that was made up, renamed, or can't be
        read.
        """
        return [name for name in self.named() if is_sealed(self.generations / name)]

    def taken(self) -> list[str]:
        """Return the names of the complete generations and of the current one, oldest first.

        That one may still be answered from, also where its manifest was damaged since.
        """
        return sorted({*self.names(), *filter(NAME.fullmatch, [self.trusted_name()])})

    def named(self) -> list[str]:
        """Return the names of the folders that are named like generations, in order."""
        with suppress(OSError):
            folders = [folder for folder in self.generations.iterdir() if folder.is_dir()]
            return sorted(folder.name for folder in folders if NAME.fullmatch(folder.name))
        return []

    def pointer(self) -> Pointer:
        """Return what `current` holds.

        Raises:
            IndexMissing: nothing was built yet.
            IndexCorrupt: it names no generation.
        """
        try:
            text = read_file(self.pointer_file, POINTER_BYTES).decode("ascii").strip()
        except FileNotFoundError:
            if self.names():
                raise corrupt(self.pointer_file, "is missing") from None
            message = f"{self.folder}: there is no index yet; build it with `{REBUILD}`"
            raise IndexMissing(message) from None
        except (OSError, UnicodeDecodeError):
            text = ""
        name, _, newer = text.partition(INSTEAD_OF)
        if not (LEFTOVER.fullmatch(name) and (self.generations / name).is_dir()):
            raise corrupt(self.pointer_file, "names no generation")
        return Pointer(name, newer if NAME.fullmatch(newer) else "")

    def current(self) -> str:
        """Return the name of the generation that answers.

        Raises:
            IndexMissing: nothing was built yet.
            IndexCorrupt: the pointer names no generation.
        """
        return self.pointer().name

    def trusted_name(self) -> str:
        """Return the name of the generation that answers; empty if the pointer isn't whole."""
        with suppress(StoreError):
            return self.current()
        return ""

    def rolled_back(self) -> str:
        """Return the name of the newer generation that the current one stands in for.

        Empty unless somebody rolled back and nothing was built since.
        """
        with suppress(StoreError):
            return self.pointer().newer
        return ""

    def entries(self, check: Check = accept_any) -> list[Entry]:
        """Return all that is named like a generation, oldest first, each checked."""
        current = self.trusted_name()
        entries = []
        for name in self.named():
            size = size_of(self.generations / name)
            manifest, problem = None, ""
            try:
                manifest = self.verify(name)
                check(manifest)
            except StoreError as error:
                problem = str(error)
            entries.append(Entry(name, name == current, size, manifest, problem))
        return entries

    def open(
        self, check: Check = accept_any, damaged: Mapping[str, StoreError] | None = None
    ) -> OpenGeneration:
        """Read the current generation, or the newest that can be trusted if that can't be.

        `damaged` are those that were found so since they were opened, by name.

        Raises:
            IndexMissing: nothing was built yet.
            IndexCorrupt: no generation is whole.
            IndexIncompatible: no whole one fits the settings.
        """
        name = self.trusted_name()
        damaged = damaged or {}
        try:
            return OpenGeneration(self._read_trusted(name, check, damaged))
        except StoreError as error:
            problem = error
        # A build may have put another in its place, and removed it, while it was read.
        others = [other for other in reversed(self.names()) if other != name]
        if (current := self.trusted_name()) != name:
            others.insert(0, current)
        for other in others:
            with suppress(StoreError):
                generation = self._read_trusted(other, check, damaged)
                if other == current:
                    return OpenGeneration(generation)
                built = f"{moment(other):%Y-%m-%d %H:%M:%S} UTC"
                until = f"{problem}. Until then the index of {built} answers"
                return OpenGeneration(generation, until)
        raise problem

    def model(self, name: str) -> Path | None:
        """Return where the generation of that name keeps its model; None if it has none."""
        folder = self.generations / name / MODEL
        return folder if folder.is_dir() else None

    def manifest(self, name: str) -> Manifest:
        """Return the manifest of the generation of that name.

        Raises:
            IndexCorrupt: it can't be read, or isn't the one that was built.
            IndexIncompatible: another version of the bot wrote it.
        """
        return read_manifest(self.generations / name)

    def verify(self, name: str) -> Manifest:
        """Return the manifest of the generation of that name, every file of which is whole.

        Raises:
            IndexCorrupt: a file is missing or altered.
            IndexIncompatible: another version of the bot wrote it.
        """
        return verify(self.generations / name)

    def verifying(self, name: str) -> Iterator[None]:
        """Verify the generation of that name, some megabytes each turn.

        Raises:
            IndexCorrupt: a file is missing or altered.
            IndexIncompatible: another version of the bot wrote it.
        """
        yield from verifying(self.generations / name)

    def read(self, name: str) -> Generation:
        """Open the generation of that name, and check it against its manifest.

        The blocks of big files are checked whenever they are used.

        Raises:
            IndexCorrupt: a file is missing, altered, or doesn't fit the others.
            IndexIncompatible: another version of the bot wrote it.
        """
        return read_generation(self.generations / name, self.qdrant)

    def _read_trusted(
        self, name: str, check: Check, damaged: Mapping[str, StoreError]
    ) -> Generation:
        """Read a generation that fits the settings and isn't known to be damaged."""
        name = name or self.current()
        if name in damaged:
            raise damaged[name]
        check(self.manifest(name))
        return self.read(name)


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder that can be seen."""
    size = 0
    for file in folder.rglob("*"):
        with suppress(OSError):
            size += file.stat().st_size if file.is_file() else 0
    return size
