"""The one place where the bot writes documents: within a folder that it holds open.

Between the look at a folder and what is done there, something else may take its name, such as a
link to another place. So each folder on the way is opened from the one before, no link is followed,
and what is done is done in what was opened.
"""

import errno
import os
import secrets
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.errors import NotTaken

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
LINKS = {errno.ELOOP, errno.ENOTDIR}
# What file systems say that know no second name for a file.
NO_LINK = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL, errno.EACCES}
# What a file is called until all of it is on the disk; hidden, so no build reads it. One that old
# is left of a process that died.
BEFORE, ENDING = ".", ".upload"
LEFT_SECONDS = 3600.0
THROUGH_A_LINK = "{!r} is a link, or isn't what it should be: I change nothing through those."


@contextmanager
def opened(root: Path, names: Sequence[str], *, make: bool = False) -> Iterator["Folder"]:
    """Open the folder at `names` below `root`; `make` it where it is missing.

    Raises:
        FileNotFoundError: there is none.
        NotTaken: a link is in the way, or a file.
        OSError: the system refuses.
    """
    folder = Folder(os.open(root, FOLDER))
    try:
        for name in names:
            inner = folder.inner(name, make=make)
            folder.close()
            folder = inner
        yield folder
    finally:
        folder.close()


class Folder:
    """A folder by its descriptor: whatever takes its name, this is still the one."""

    def __init__(self, descriptor: int) -> None:
        """Take over a descriptor."""
        self._descriptor = descriptor

    def close(self) -> None:
        """Let go of it."""
        os.close(self._descriptor)

    def inner(self, name: str, *, make: bool) -> "Folder":
        """Open a folder in this one.

        Raises:
            FileNotFoundError, NotTaken, OSError: as `opened`.
        """
        with _links_refused(name):
            try:
                return Folder(os.open(name, FOLDER | os.O_NOFOLLOW, dir_fd=self._descriptor))
            except FileNotFoundError:
                if not make:
                    raise
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=self._descriptor)
            self.flush()
            return Folder(os.open(name, FOLDER | os.O_NOFOLLOW, dir_fd=self._descriptor))

    def names(self) -> list[str]:
        """Return what is in it."""
        return os.listdir(self._descriptor)  # noqa: PTH208 - a descriptor has no path

    def read(self, name: str, most: int) -> bytes | None:
        """Return what the file of that name holds, `most` bytes or less; None where none is.

        Raises:
            NotTaken: it is a link or no file, or holds more.
            OSError: the system refuses.
        """
        try:
            # Opening alone does something to some devices.
            if not stat.S_ISREG(self._status(name).st_mode):
                raise NotTaken(THROUGH_A_LINK.format(name))
            with _links_refused(name):
                descriptor = os.open(name, FILE, dir_fd=self._descriptor)
        except FileNotFoundError:
            return None
        with open(descriptor, "rb") as stream:  # noqa: PTH123 - a descriptor has no path
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise NotTaken(THROUGH_A_LINK.format(name))
            data = stream.read(most + 1)
        if len(data) > most:
            message = f"The file {name} is larger than those that I may change."
            raise NotTaken(message)
        return data

    def write(self, name: str, data: bytes, *, new: bool) -> None:
        """Let the file of that name hold `data`: whatever happens, it is as it was or holds all.

        A `new` one takes no other's place.

        Raises:
            FileExistsError: a new one would.
            OSError: the system refuses; then what was there is still there.
        """
        self._tidy()
        mode = 0o666 if new else stat.S_IMODE(self._status(name).st_mode)
        before = f"{BEFORE}{secrets.token_hex(8)}{ENDING}"
        descriptor = os.open(before, NEW, mode, dir_fd=self._descriptor)
        try:
            with open(descriptor, "wb") as stream:  # noqa: PTH123 - a descriptor has no path
                stream.write(data)
                stream.flush()
                if not new:
                    os.fchmod(descriptor, mode)
                os.fsync(descriptor)
            if new:
                self._name(before, name)
            else:
                self._rename(before, name)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(before, dir_fd=self._descriptor)
        self.flush()

    def remove(self, name: str) -> None:
        """Remove the file of that name.

        Raises:
            OSError: the system refuses.
        """
        os.unlink(name, dir_fd=self._descriptor)
        self.flush()

    def flush(self) -> None:
        """Make its names survive a power cut.

        Raises:
            OSError: the disk refuses.
        """
        os.fsync(self._descriptor)

    def _status(self, name: str) -> os.stat_result:
        return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)

    def _name(self, before: str, name: str) -> None:
        """Give a file its name, if no other has it."""
        try:
            os.link(
                before, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor,
                follow_symlinks=False,
            )  # fmt: skip
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno not in NO_LINK:
                raise
            with suppress(FileNotFoundError):
                self._status(name)
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name) from None
            self._rename(before, name)

    def _rename(self, before: str, name: str) -> None:
        os.rename(before, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def _tidy(self) -> None:
        """Remove what a process that died was writing."""
        oldest = time.time() - LEFT_SECONDS
        for name in self.names():
            if name.startswith(BEFORE) and name.endswith(ENDING):
                with suppress(OSError):
                    if self._status(name).st_mtime < oldest:
                        os.unlink(name, dir_fd=self._descriptor)


@contextmanager
def _links_refused(name: str) -> Iterator[None]:
    """Say in words that something is a link.

    Raises:
        NotTaken: it is, or no folder.
    """
    try:
        yield
    except OSError as error:
        if error.errno in LINKS:
            raise NotTaken(THROUGH_A_LINK.format(name)) from None
        raise
