"""The one place where a file of the seeds folder is opened.

Between the look at a name and the opening, something else may take its place: a pipe that nobody
writes to, a device without end, a link that leads out of the folder. So what was opened is looked
at, not what had the name before.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from index.errors import (
    ResourcesMissing,
    SourceOutside,
    SourceTooLarge,
    SourceUnopened,
    UnreadableSource,
)
from index.settings import Limits

MEGABYTE = 1_000_000
BLOCK = 1 << 20
# A pipe is not waited for, a terminal not taken as one's own.
FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
KINDS = (
    (stat.S_ISFIFO, "named pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
    (stat.S_ISDIR, "folder"),
)
# The machine's to give, to whatever file: no one of them is to blame.
EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ENOBUFS}
GONE = {errno.ENOENT, errno.ENOTDIR}
NOWHERE = {*GONE, errno.ELOOP}


class NotAFile(Exception):
    """What has the name is a folder, pipe, socket or device; its kind is the only argument."""


@contextmanager
def opened(file: Path) -> Iterator[BufferedReader]:
    """Open a file, and nothing but a file; never wait.

    Raises:
        NotAFile: it is none.
        OSError: it can't be opened.
    """
    # Opening alone does something to some devices.
    _check_is_file(file.stat())
    descriptor = os.open(file, FLAGS)
    try:
        _check_is_file(os.fstat(descriptor))
    except NotAFile:
        os.close(descriptor)
        raise
    with open(descriptor, "rb") as stream:  # noqa: PTH123 - a descriptor has no path
        yield stream


def _check_is_file(status: os.stat_result) -> None:
    """Refuse what isn't one.

    Raises:
        NotAFile: it is none.
    """
    if not stat.S_ISREG(status.st_mode):
        raise NotAFile(next(kind for is_kind, kind in KINDS if is_kind(status.st_mode)))


def blocks_of_source(folder: Path, path: str, limits: Limits) -> Iterator[bytes]:
    """Yield the bytes of the document at `path` (POSIX, relative to `folder`), block by block.

    Raises:
        SourceTooLarge: it is over the limit, or grows beyond it.
        SourceOutside: it is a link that leaves the folder.
        UnreadableSource: it is no file.
        SourceUnopened: the system doesn't let it be read.
        ResourcesMissing: the machine has no more files or memory to give.
    """
    room = int(limits.max_file_mb * MEGABYTE)
    try:
        with opened(folder / path) as stream:
            size = _checked_size(folder, path, stream)
            if size <= room:
                size = 0
                while size <= room and (block := stream.read(BLOCK)):
                    size += len(block)
                    yield block
            if size > room:
                actual = f"it has {size / MEGABYTE:.2f} MB"
                raise SourceTooLarge(path, actual, f"{limits.max_file_mb:g} MB")
    except NotAFile as error:
        raise UnreadableSource(path, f"it is a {error}, not a file") from None
    except OSError as error:
        raise unopened(path, error) from error


def _checked_size(folder: Path, path: str, stream: BufferedReader) -> int:
    """The bytes of what was opened at `path`, if it lies in the folder.

    Raises:
        SourceOutside: it doesn't.
        OSError: something else is there by now.
    """
    status = os.fstat(stream.fileno())
    if not os.path.samestat(target(folder, path).stat(), status):
        raise OSError(errno.ESTALE, "another took its place meanwhile")
    return status.st_size


def target(folder: Path, path: str) -> Path:
    """Where `path` leads, be it a link or not: a place in the folder.

    Raises:
        SourceOutside: it leads out of it, or nowhere.
        OSError: it can't be followed.
    """
    file = folder / path
    try:
        # For each of all documents: `Path.resolve` would take several times as long.
        found, root = (os.path.realpath(each, strict=True) for each in (file, folder))
    except OSError as error:
        if not (error.errno in NOWHERE and file.is_symlink()):
            raise
        raise SourceOutside(path, "it is a link that leads nowhere") from None
    if os.path.commonpath((found, root)) == root:
        return Path(found)
    reason = (
        "it is a link that leaves the seeds folder; copy what it links to, or name that folder as "
        "`seeds` under [index]"
    )
    raise SourceOutside(path, reason)


def unopened(path: str, error: OSError) -> SourceUnopened:
    """What to raise where the system doesn't let a file or folder be opened, or read.

    Raises:
        ResourcesMissing: in its place, where the machine has no more files or memory to give.
    """
    if error.errno in EXHAUSTED:
        message = f"{path}: it can't be opened: {error.strerror}; the index before is still in use"
        raise ResourcesMissing(message) from error
    return SourceUnopened(path, error)
