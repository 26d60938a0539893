"""Generations on disk: a complete index in a folder of its own, made current in one step.

    <store>/current                       the name of the generation that answers
    <store>/build.lock                    held by the one process that writes
    <store>/generations/<name>/           manifest.json and the files that it lists
    <store>/generations/….tmp/            what is being written, or was when a build was stopped

A generation is written where nothing reads, checked, and then named in `current` by an atomic
rename. Whatever stops a build leaves the last good generation current. A generation's name ends in
the hash of its manifest, which has the hashes of its files, of big ones by way of the hashes of
their blocks: none can change unseen.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from index.errors import (
    REBUILD,
    GenerationMissing,
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    StoreError,
)
from index.store.arrays import BIG, SUMS, check_blocks, checked_size, corrupt, sha256, write_sums
from index.store.dense import CELLS_FILE
from index.store.durable import flush_folder, flush_tree, replace_text
from index.store.generation import Generation, read_files
from index.store.manifest import Manifest

FORMAT_VERSION = 5
FORMAT = "format"
MANIFEST = "manifest.json"
MODEL = "model"
MANIFEST_JSON = TypeAdapter(Manifest)
# When it was made, to the microsecond, then the beginning of its manifest's SHA-256.
MOMENT = "%Y%m%dT%H%M%S%f"
NAME = re.compile(r"\d{8}T\d{12}-([0-9a-f]{12})")
# What a build left that was stopped, and what older versions of the bot wrote.
LEFTOVER = re.compile(r"\d{8}T\d{12}(-[0-9a-f]{12})?(\.tmp)?")
# What may stand between the two names in `current`.
INSTEAD_OF = " instead of "


@dataclass(frozen=True, slots=True)
class Entry:
    """A generation in the store; `manifest` is None and `problem` says why if it can't be used."""

    name: str
    current: bool
    size: int
    manifest: Manifest | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A generation that was checked; `problem` says what was wrong with newer ones, if anything."""

    generation: Generation
    problem: str = ""


Check = Callable[[Manifest], None]
"""Raises a `StoreError` for a generation that doesn't fit the settings."""


def any_manifest(_manifest: Manifest) -> None:
    """Accept every generation."""


def moment(name: str) -> datetime:
    """Return when the generation of that name was made (UTC)."""
    return datetime.strptime(name.partition("-")[0], MOMENT).replace(tzinfo=UTC)


class Store:
    """The folder that holds the generations."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which need not exist yet."""
        self.folder = folder
        self.generations = folder / "generations"
        self._current = folder / "current"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the store's one writing lock, which dies with its process.

        Raises:
            IndexLocked: another process is building.
            StoreError: the folder can't be written.
        """
        try:
            self.generations.mkdir(parents=True, exist_ok=True)
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

    def names(self) -> list[str]:
        """Return the names of the complete generations, oldest first."""
        with suppress(OSError):
            found = (folder.name for folder in self.generations.iterdir() if folder.is_dir())
            return sorted(name for name in found if NAME.fullmatch(name))
        return []

    def current(self) -> str:
        """Return the name of the generation that answers.

        Raises:
            IndexMissing: nothing was built yet.
            IndexCorrupt: the pointer names no generation.
        """
        return self._pointed()[0]

    def put_back(self) -> str:
        """Return the name of the generation that the current one was put in the place of.

        Empty unless somebody rolled back and nothing was built since.
        """
        try:
            return self._pointed()[1]
        except StoreError:
            return ""

    def clear(self) -> None:
        """Remove what builds left that were stopped, and what older versions wrote."""
        kept = {self._name(), *self.names()}
        for folder in self.generations.iterdir():
            if folder.name not in kept and LEFTOVER.fullmatch(folder.name):
                shutil.rmtree(folder, ignore_errors=True)

    def write(
        self,
        manifest: Manifest,
        fill: Callable[[Path], Manifest],
        model: Path | None = None,
    ) -> Path:
        """Write a generation to a folder that nothing reads yet, and return it.

        `fill` writes all but the manifest into a folder, and returns that complete but for `files`;
        where it fails, nothing is left. The files in the folder `model` are copied, not linked:
        what damages one generation must leave the others whole.

        Raises:
            OSError: the disk refuses.
        """
        temporary = self.generations / f"{manifest.created_at.strftime(MOMENT)}.tmp"
        temporary.mkdir()
        try:
            complete = fill(temporary)
            if model is not None:
                shutil.copytree(model, temporary / MODEL)
            manifest = replace(complete, files=_sums(temporary))
            (temporary / MANIFEST).write_bytes(MANIFEST_JSON.dump_json(manifest, indent=1))
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        written = temporary.with_name(f"{temporary.stem}-{sha256(temporary / MANIFEST)[:12]}.tmp")
        temporary.rename(written)
        flush_tree(written)
        return written

    def publish(self, temporary: Path, keep: int) -> str:
        """Make what `write` returned the current generation, and return its name.

        Of all generations the newest `keep` stay.

        Raises:
            OSError: the disk refuses.
        """
        name = temporary.stem
        temporary.rename(self.generations / name)
        flush_folder(self.generations)
        flush_folder(self.folder.parent)
        self._point(name)
        self.prune(keep)
        return name

    def roll_back(self, check: Check, name: str = "") -> str:
        """Make the generation of that name current, or else the newest good one before.

        Returns its name.

        Raises:
            GenerationMissing: there is none of that name, or none before.
            StoreError: it is damaged or doesn't fit the settings.
            OSError: the disk refuses.
        """
        names = self.names()
        now = self.current()
        if name and name not in names:
            message = (
                f"{self.folder}: there is no generation {name}; `python -m index list` has all"
            )
            raise GenerationMissing(message)
        problems = []
        for each in [name] if name else reversed([each for each in names if each < now]):
            try:
                check(self.read(each).manifest)
            except StoreError as error:
                if name:
                    raise
                problems.append(str(error))
                continue
            # Rolling back twice still undoes the newest.
            undone = max(now, self.put_back())
            self._point(each, undone if each < undone else "")
            return each
        reason = f": {problems[0]}" if problems else ""
        message = f"{self.folder}: there is no generation before {now} to go back to{reason}"
        raise GenerationMissing(message)

    def prune(self, keep: int) -> list[str]:
        """Remove all generations but the newest `keep`, the current one and one it replaced.

        Returns the names of those removed.
        """
        stay = {*self.names()[-keep:], *self._pointed()}
        gone = [name for name in self.names() if name not in stay]
        for name in gone:
            # Renamed first: half a generation must never look like a whole one.
            leftover = self.generations / f"{name}.tmp"
            (self.generations / name).rename(leftover)
            shutil.rmtree(leftover, ignore_errors=True)
        return gone

    def entries(self, check: Check = any_manifest) -> list[Entry]:
        """Return every generation, oldest first, each checked."""
        current = ""
        with suppress(StoreError):
            current = self.current()
        result = []
        for name in self.names():
            folder = self.generations / name
            size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            manifest, problem = None, ""
            try:
                manifest = self.verified(name)
                check(manifest)
            except StoreError as error:
                problem = str(error)
            result.append(Entry(name, name == current, size, manifest, problem))
        return result

    def open(
        self, check: Check = any_manifest, damaged: Mapping[str, StoreError] | None = None
    ) -> Opened:
        """Read the current generation, or the newest that can be trusted if that can't be.

        `damaged` are those that were found so since they were opened, by name.

        Raises:
            IndexMissing: nothing was built yet.
            IndexCorrupt: no generation is whole.
            IndexIncompatible: no whole one fits the settings.
        """
        name = self._name()
        damaged = damaged or {}
        try:
            return Opened(self._opened(name, check, damaged))
        except StoreError as error:
            problem = error
        # A build may have put another in its place, and removed it, while it was read.
        others = [each for each in reversed(self.names()) if each != name]
        if (now := self._name()) != name:
            others.insert(0, now)
        for other in others:
            with suppress(StoreError):
                generation = self._opened(other, check, damaged)
                if other == now:
                    return Opened(generation)
                built = f"{moment(other):%Y-%m-%d %H:%M:%S} UTC"
                return Opened(generation, f"{problem}. Until then the index of {built} answers")
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
        return self._manifest(self.generations / name)

    def verified(self, name: str) -> Manifest:
        """Return the manifest of the generation of that name, every file of which is whole.

        Raises:
            IndexCorrupt: a file is missing or altered.
            IndexIncompatible: another version of the bot wrote it.
        """
        manifest = self.manifest(name)
        folder = self.generations / name
        self._check_files(folder, manifest)
        for path in manifest.files:
            if path.endswith(SUMS):
                check_blocks(folder / path)
        return manifest

    def read(self, name: str) -> Generation:
        """Open the generation of that name, and check it against its manifest.

        The blocks of big files are checked when they are first used.

        Raises:
            IndexCorrupt: a file is missing, altered, or doesn't fit the others.
            IndexIncompatible: another version of the bot wrote it.
        """
        return self.read_folder(self.generations / name)

    def read_folder(self, folder: Path) -> Generation:
        """Read a generation as `read` does, also one that isn't published yet."""
        manifest = self._manifest(folder)
        self._check_files(folder, manifest)
        return read_files(folder, manifest)

    def _name(self) -> str:
        """The name that the pointer holds; empty if it can't be trusted."""
        try:
            return self.current()
        except StoreError:
            return ""

    def _opened(self, name: str, check: Check, damaged: Mapping[str, StoreError]) -> Generation:
        name = name or self.current()
        if name in damaged:
            raise damaged[name]
        check(self.manifest(name))
        return self.read(name)

    def _manifest(self, folder: Path) -> Manifest:
        file = folder / MANIFEST
        try:
            data = file.read_bytes()
            version = json.loads(data).get("format_version")
        except (OSError, ValueError, AttributeError):
            raise corrupt(file, "can't be read") from None
        if version != FORMAT_VERSION:
            raise IndexIncompatible(FORMAT, FORMAT_VERSION, version)
        named = NAME.fullmatch(folder.name.removesuffix(".tmp"))
        if not (named and hashlib.sha256(data).hexdigest().startswith(named[1])):
            raise corrupt(file, "is damaged: its checksum is not the one in the folder's name")
        try:
            return MANIFEST_JSON.validate_json(data)
        except ValidationError:
            raise corrupt(file, "is not what a build writes") from None

    def _check_files(self, folder: Path, manifest: Manifest) -> None:
        for path, expected in manifest.files.items():
            file = folder / path
            if not file.is_file():
                raise corrupt(file, "is missing")
            if sha256(file) != expected:
                raise corrupt(file, "is damaged: its checksum is not the manifest's")
            if path.endswith(SUMS):
                checked_size(file)

    def _pointed(self) -> tuple[str, str]:
        """Read the pointer: the current generation, and the one that it was put back for."""
        try:
            text = self._current.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            if self.names():
                raise corrupt(self._current, "is missing") from None
            message = f"{self.folder}: there is no index yet; build it with `{REBUILD}`"
            raise IndexMissing(message) from None
        except (OSError, UnicodeDecodeError):
            text = ""
        name, _, undone = text.partition(INSTEAD_OF)
        known = LEFTOVER.fullmatch(name) and (self.generations / name / MANIFEST).is_file()
        if not known:
            raise corrupt(self._current, "names no generation")
        return name, undone

    def _point(self, name: str, undone: str = "") -> None:
        replace_text(self._current, f"{name}{INSTEAD_OF}{undone}" if undone else name)


def _sums(folder: Path) -> dict[str, str]:
    """The hash of each file in a folder; of a big one, the hash of the hashes of its blocks.

    What a library reads is never read in blocks by us: the cells, the model.
    """
    sums = {}
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        ours = file.parent == folder and file.name != CELLS_FILE
        summed = write_sums(file) if ours and file.stat().st_size > BIG else file
        sums[summed.relative_to(folder).as_posix()] = sha256(summed)
    return sums
