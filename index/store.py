"""Generations on disk: a complete index in a folder of its own, made current in one step.

    <store>/current                       the name of the generation that answers
    <store>/build.lock                    held by the one process that builds
    <store>/generations/<name>/           manifest.json and the files that it lists

A generation is written under a name that nothing reads, checked, then named in `current` by an
atomic rename. Whatever stops a build leaves the last good generation current.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from index.domain import Manifest
from index.errors import (
    REBUILD,
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    StoreError,
)
from index.generation import Generation, corrupt, read_files, write_files

FORMAT_VERSION = 2
FORMAT = "format"
KEPT_GENERATIONS = 2
MANIFEST = "manifest.json"
MANIFEST_JSON = TypeAdapter(Manifest)


class Store:
    """The folder that holds the generations."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which need not exist yet."""
        self.folder = folder
        self._generations = folder / "generations"
        self._current = folder / "current"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the store's one writing lock, which dies with its process.

        Raises:
            IndexLocked: another process is building.
            StoreError: the folder can't be written.
        """
        try:
            self._generations.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / "build.lock", timeout=0)
            lock.acquire()
        except Timeout:
            message = f"{self.folder}: another build is running; wait for it to end, then ask again"
            raise IndexLocked(message) from None
        except (FileExistsError, NotADirectoryError) as error:
            message = (
                f"{self.folder}: there is a file where the index should be; move it away, or "
                "set another `store` under [index]"
            )
            raise StoreError(message) from error
        except OSError as error:
            message = f"{self.folder}: the index can't be written: {error.strerror}"
            raise StoreError(message) from error
        try:
            yield
        except OSError as error:
            place = error.filename2 or error.filename or self.folder
            message = f"{place}: the index can't be written: {error.strerror or error}"
            raise StoreError(message) from error
        finally:
            lock.release()

    def current(self) -> str:
        """Return the name of the generation that answers.

        Raises:
            IndexMissing: nothing was built yet.
            IndexCorrupt: the pointer names no generation.
        """
        try:
            name = self._current.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            message = f"{self.folder}: there is no index yet; build it with `{REBUILD}`"
            raise IndexMissing(message) from None
        except (OSError, UnicodeDecodeError):
            name = ""
        if not name.isalnum() or not (self._generations / name / MANIFEST).is_file():
            raise corrupt(self._current, "names no generation")
        return name

    def write(self, generation: Generation) -> None:
        """Write a generation, read it back, and make it current; older ones go.

        Raises:
            OSError: the disk refuses.
            IndexCorrupt: what was written can't be read back.
        """
        for leftover in self._generations.glob("*.tmp"):
            shutil.rmtree(leftover, ignore_errors=True)
        temporary = self._generations / f"{generation.name}.tmp"
        temporary.mkdir(parents=True)
        write_files(temporary, generation)
        sums = {
            file.relative_to(temporary).as_posix(): _sha256(file)
            for file in sorted(temporary.rglob("*"))
            if file.is_file()
        }
        manifest = replace(generation.manifest, files=sums)
        (temporary / MANIFEST).write_bytes(MANIFEST_JSON.dump_json(manifest, indent=1))
        _flush(temporary)
        self.read(temporary)
        temporary.rename(self._generations / generation.name)
        _flush_folder(self._generations)
        pointer = self._current.with_suffix(".tmp")
        pointer.write_text(generation.name, encoding="ascii")
        _flush_file(pointer)
        pointer.replace(self._current)
        _flush_folder(self.folder)
        old = sorted(folder for folder in self._generations.iterdir() if folder.is_dir())
        for folder in old[:-KEPT_GENERATIONS]:
            shutil.rmtree(folder, ignore_errors=True)

    def manifest(self, folder: Path | None = None) -> Manifest:
        """Return the manifest of the current generation, or of the one in `folder`.

        Raises:
            IndexMissing: nothing was built yet.
            IndexCorrupt: it can't be read.
            IndexIncompatible: another version of the bot wrote it.
        """
        file = (folder or self._generations / self.current()) / MANIFEST
        try:
            data = file.read_bytes()
            version = json.loads(data).get("format_version")
        except (OSError, ValueError, AttributeError):
            raise corrupt(file, "can't be read") from None
        if version != FORMAT_VERSION:
            raise IndexIncompatible(FORMAT, FORMAT_VERSION, version)
        try:
            return MANIFEST_JSON.validate_json(data)
        except ValidationError:
            raise corrupt(file, "is not what a build writes") from None

    def read(self, folder: Path | None = None) -> Generation:
        """Read the current generation, or the one in `folder`, and check it against its manifest.

        Raises:
            IndexMissing: nothing was built yet.
            IndexCorrupt: a file is missing, altered, or doesn't fit the others.
            IndexIncompatible: another version of the bot wrote it.
        """
        folder = folder or self._generations / self.current()
        manifest = self.manifest(folder)
        for name, expected in manifest.files.items():
            file = folder / name
            if not file.is_file():
                raise corrupt(file, "is missing")
            if _sha256(file) != expected:
                raise corrupt(file, "is damaged: its checksum is not the manifest's")
        return read_files(folder, manifest)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _flush(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            _flush_file(path)
        else:
            _flush_folder(path)
    _flush_folder(folder)


def _flush_file(file: Path) -> None:
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
