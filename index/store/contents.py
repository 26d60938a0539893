"""What is in a generation's files: never used before it is verified, and never mapped.

A file that is mapped changes under who reads it, and one that is cut short ends the process. So a
small file is read once, verified and held; of a big one the blocks that are asked for are read and
verified each time. What comes from here is what the build wrote, whatever became of the disk.
"""

import mmap
import os
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import file_digest, sha256
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple, Protocol, Self

from index.errors import IndexCorrupt, ResourcesMissing
from index.store.checksums import (
    BLOCK,
    BLOCKS,
    altered,
    check_block,
    check_blocks,
    check_size,
    corrupt,
    open_file,
    size_and_hashes,
    unreadable,
)

Ranges = Sequence[tuple[int, int]]
"""Where in a file, in bytes from its beginning, half-open."""


class Content(Protocol):
    """The bytes of one file."""

    @property
    def size(self) -> int:
        """How many there are."""

    def parts(self, ranges: Ranges) -> list[memoryview]:
        """Return the bytes in each of the ranges.

        Raises:
            IndexCorrupt: they are not what was built.
        """


class Files(Protocol):
    """The files of one generation, by their names."""

    def content(self, name: str) -> Content:
        """Return what is in a file.

        Raises:
            IndexCorrupt: it is missing, or not what was built.
            OSError: it can't be read.
        """

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""


class Held:
    """Bytes in memory."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        """Hold `data`."""
        self._view = memoryview(data)
        self.size = len(data)

    def parts(self, ranges: Ranges) -> list[memoryview]:
        """Return the bytes in each of the ranges."""
        return [self._view[first:last] for first, last in ranges]


class Blocks:
    """A big file that stays open, read block by block."""

    def __init__(self, file: Path, written: bytes) -> None:
        """Open `file`, beside which `write_blocks` wrote what is in `written`.

        Raises:
            IndexCorrupt: it is missing, or not as long as it was.
        """
        self._file = file
        self.size, self._hashes = size_and_hashes(written)
        try:
            self._descriptor = open_file(file)
            weakref.finalize(self, os.close, self._descriptor)
            check_size(file, self._descriptor, self.size)
        except OSError as error:
            raise unreadable(file, error) from error

    def parts(self, ranges: Ranges) -> list[memoryview]:
        """Return the bytes in each of the ranges, verified.

        Raises:
            IndexCorrupt: a block that they lie in is altered, or can't be read.
        """
        around = [
            (first - first % BLOCK, min(self.size, -(-last // BLOCK) * BLOCK))
            for first, last in ranges
        ]
        if len(ranges) > 1:
            # All at once from the disk, not each when its turn comes; macOS takes no advice.
            with suppress(OSError, AttributeError):
                for begin, end in {*around}:
                    os.posix_fadvise(self._descriptor, begin, end - begin, os.POSIX_FADV_WILLNEED)
        return [
            self._verified(begin, end)[first - begin : last - begin]
            for (first, last), (begin, end) in zip(ranges, around, strict=True)
        ]

    def _verified(self, begin: int, end: int) -> memoryview:
        """Read whole blocks."""
        data = memoryview(bytearray(max(0, end - begin)))
        done = 0
        while done < len(data):
            try:
                # As many bytes as the system likes to give at a time.
                count = os.preadv(self._descriptor, [data[done:]], begin + done)
            except OSError as error:
                raise unreadable(self._file, error) from error
            if not count:
                raise corrupt(self._file, f"is damaged: it ends at byte {begin + done:,}")
            done += count
        for at in range(0, len(data), BLOCK):
            check_block(self._file, self._hashes, (begin + at) // BLOCK, data[at : at + BLOCK])
        return data.toreadonly()


class Stamp(NamedTuple):
    """What changes when somebody writes to a file, or puts another in its place."""

    device: int
    number: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Return the stamp of a file by its status."""
        return cls(
            status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
        )


class SealedFiles:
    """The files of a generation that is complete, held against the checksums of its manifest."""

    def __init__(self, folder: Path, checksums: Mapping[str, str]) -> None:
        """Read from `folder` what has these SHA-256, by path."""
        self._folder = folder
        self._checksums = checksums
        self._stamps: dict[str, Stamp] = {}
        self._problems: dict[str, IndexCorrupt] = {}
        self._looking = threading.Lock()

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""
        return name in self._checksums or name + BLOCKS in self._checksums

    def content(self, name: str) -> Content:
        """Return what is in a file.

        Raises:
            IndexCorrupt: it is missing, can't be read, or is altered.
        """
        if name + BLOCKS in self._checksums:
            return Blocks(self._folder / name, self._read(name + BLOCKS))
        return Held(self._read(name))

    @property
    def removed(self) -> bool:
        """Whether a build has removed the generation; not if its whole store is gone."""
        return not self._folder.exists() and self._folder.parent.exists()

    def check_others(self) -> None:
        """Verify the files that no content was asked of: the model's.

        Raises:
            IndexCorrupt: one is missing, can't be read, or is altered.
        """
        for name in self._checksums:
            if name not in self._stamps:
                self._check(name)

    def verifying(self) -> Iterator[None]:
        """Verify every file as it is on disk now, some megabytes each turn.

        Raises:
            IndexCorrupt: one is missing, can't be read, or is altered.
        """
        for name in self._checksums:
            yield from self._verifying(name)

    def scrub(self) -> Iterator[None]:
        """Verify as `verifying`, and keep what is wrong for `problem` to tell."""
        for name in self._checksums:
            with self._noted(name):
                yield from self._verifying(name)

    def problem(self) -> IndexCorrupt | None:
        """Return what is wrong with a file on disk, if anything is known to be.

        What is in memory is as it was built all the same. It takes no time: a file is verified
        again only if somebody wrote to it. That one is gone is left to `scrub`, since builds
        remove what is too old.
        """
        if self._looking.acquire(blocking=False):
            try:
                for name, before in [*self._stamps.items()]:
                    with suppress(OSError):
                        if Stamp.of((self._folder / name).stat()) != before:
                            with self._noted(name):
                                self._check(name)
            finally:
                self._looking.release()
        return next(iter(self._problems.values()), None)

    @contextmanager
    def _noted(self, name: str) -> Iterator[None]:
        """Keep what is found out about a file."""
        try:
            yield
        except ResourcesMissing:
            pass  # nothing is
        except IndexCorrupt as error:
            self._problems[name] = error
        else:
            self._problems.pop(name, None)

    def _verifying(self, name: str) -> Iterator[None]:
        self._check(name)
        yield
        if name.endswith(BLOCKS):
            written = self._read(name)
            yield from check_blocks(self._folder / name.removesuffix(BLOCKS), written)

    def _read(self, name: str) -> bytes:
        """Read a whole file and verify it.

        Raises:
            IndexCorrupt: it is missing, can't be read, or is altered.
        """
        with self._opened(name) as stream:
            data = stream.read()
            if sha256(data).hexdigest() != self._checksums.get(name):
                raise altered(self._folder / name)
        return data

    def _check(self, name: str) -> None:
        """Verify a whole file without holding it.

        Raises:
            IndexCorrupt: it is missing, can't be read, or is altered.
        """
        with self._opened(name) as stream:
            if file_digest(stream, "sha256").hexdigest() != self._checksums[name]:
                raise altered(self._folder / name)

    @contextmanager
    def _opened(self, name: str) -> Iterator[BufferedReader]:
        """Open a file, and know it by its stamp from then on."""
        file = self._folder / name
        try:
            with open(open_file(file), "rb") as stream:  # noqa: PTH123 - a descriptor
                self._stamps[name] = Stamp.of(os.fstat(stream.fileno()))
                yield stream
        except OSError as error:
            raise unreadable(file, error) from error


class DraftFiles:
    """The files of a generation that is still being written, by the process that writes it."""

    def __init__(self, folder: Path) -> None:
        """Read from `folder`."""
        self._folder = folder

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""
        return (self._folder / name).exists()

    def content(self, name: str) -> Content:
        """Return what is in a file by now.

        Raises:
            OSError: it can't be read.
        """
        with (self._folder / name).open("rb") as stream:
            if not os.fstat(stream.fileno()).st_size:
                return Held(b"")
            return Held(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
