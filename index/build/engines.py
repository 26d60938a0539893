"""What a build leaves with the engine that finds passages: one interface, whatever finds them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from index.domain import Progress
from index.errors import EngineMissing
from index.settings import IndexSettings
from index.store.dense import write_cells
from index.store.generation import Generation
from index.store.lexical_writer import LexicalWriter
from index.store.manifest import Manifest
from index.store.store import Store
from index.store.vectors import Trial


class EngineBuild(Protocol):
    """One build for one engine; of a new generation nothing shows before it is made current."""

    def holds(self, manifest: Manifest) -> bool:
        """Whether the engine has all of a generation that was built for it.

        Raises:
            EngineUnavailable: it can't be asked.
        """

    def begin(self, folder: Path, manifest: Manifest) -> Manifest:
        """Begin with a new generation in `folder`; return its manifest, with what is known."""

    def add(self, key: bytes, words: Sequence[str]) -> None:
        """Take in the next passage: the key of its embeddings, and its words.

        Raises:
            OSError: the disk refuses.
        """

    def close(self) -> None:
        """Close all files, whatever they are worth.

        Raises:
            OSError: the disk refuses.
        """

    def finish(
        self, folder: Path, manifest: Manifest, lexical: LexicalWriter, tried: Trial
    ) -> Manifest:
        """Write what the engine needs; return the manifest with what it says of that.

        Raises:
            OSError: the disk refuses.
        """

    def send(self, generation: Generation, progress: Progress) -> None:
        """Give the engine what it doesn't have, and see that it has all.

        Raises:
            EngineUnavailable: it doesn't take it.
        """

    def prune(self) -> None:
        """Let the engine forget what no generation has that is kept."""


class FaissBuild:
    """Leaves all with the files of the generation."""

    def holds(self, _manifest: Manifest) -> bool:
        """Say yes: what it holds was verified with the generation."""
        return True

    def begin(self, _folder: Path, manifest: Manifest) -> Manifest:
        """Begin."""
        return manifest

    def add(self, key: bytes, words: Sequence[str]) -> None:
        """Take in nothing."""

    def close(self) -> None:
        """Close nothing."""

    def finish(
        self, folder: Path, manifest: Manifest, lexical: LexicalWriter, tried: Trial
    ) -> Manifest:
        """Write the passages of each word, and cells of vectors where there are very many."""
        lexical.finish()
        return replace(manifest, recall=write_cells(folder, manifest.dim, tried))

    def send(self, generation: Generation, progress: Progress) -> None:
        """Send nothing."""

    def prune(self) -> None:
        """Forget nothing."""


def engine_build(settings: IndexSettings, store: Store) -> EngineBuild:
    """Return what builds for the engine that the settings name.

    Raises:
        EngineMissing: what it needs isn't installed.
        SettingsError: it can't be read.
    """
    if settings.engine == "faiss":
        return FaissBuild()
    try:
        # Imported here: who has no such engine need not have its client.
        from index.build.sending import QdrantBuild  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise EngineMissing(settings.engine, error.name) from error
    return QdrantBuild(settings.qdrant, store)
