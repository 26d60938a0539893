"""Files of a source on the disk: which there are, and how they are written."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

# What a file is called until all of it is on the disk; hidden, so no build reads it.
ENDING = ".fetched"


def files(folder: Path) -> Iterator[Path]:
    """The files and links below a folder that aren't hidden."""
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in (*names, *(each for each in folders if Path(where, each).is_symlink())):
            if not name.startswith("."):
                yield Path(where, name)


def above(name: str) -> set[str]:
    """The folders that a file is in, by its path."""
    return {str(folder) for folder in PurePosixPath(name).parents}


def left(folder: Path) -> Iterator[Path]:
    """What a process left below a folder that died as it wrote."""
    for where, _, names in os.walk(folder):
        yield from (Path(where, name) for name in names if name.endswith(ENDING))


def beside(file: Path) -> Path:
    """What a file is called until all of it is on the disk."""
    return file.with_name(f".{hashlib.sha256(file.name.encode()).hexdigest()[:16]}{ENDING}")


def remove_empty(folder: Path) -> None:
    """Remove the folders below one that nothing is in."""
    for where, _, _ in os.walk(folder, topdown=False):
        if Path(where) != folder:
            with suppress(OSError):
                Path(where).rmdir()


def digest(file: Path) -> str:
    """The SHA-256 of a file; empty where there is none."""
    try:
        if file.is_symlink():
            return ""
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def write(file: Path, data: bytes) -> None:
    """Let a file hold that: whatever happens, it is as it was or holds all.

    Raises:
        OSError: the disk refuses.
    """
    before = beside(file)
    try:
        with before.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        before.replace(file)
    finally:
        before.unlink(missing_ok=True)
