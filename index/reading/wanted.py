"""Which files of the seeds folder a build reads, told by their names alone."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

from index.errors import SourceError
from index.reading.files import README, _check_name, _pattern, ignored
from index.reading.formats import KNOWN, READERS
from index.settings import IndexSettings


def unwanted(settings: IndexSettings, path: str) -> str:
    """Say why no build reads a file at `path` (POSIX, relative to the seeds folder), if none does.

    What it holds is not looked at.

    Raises:
        SettingsError: an ignore rule is no gitignore pattern.
        ResourcesMissing: the machine has no more files or memory to give.
    """
    return _Names(settings).fault(path)


def listed(settings: IndexSettings) -> list[tuple[str, int]]:
    """Return the files that a build reads, by path, each with its size in bytes; links are none.

    Raises:
        SettingsError, ResourcesMissing: as `unwanted`.
    """
    names = _Names(settings)
    files = _files(settings.seeds_path, settings.seeds_path / settings.folder)
    return sorted((path, size) for path, size in files if not names.fault(path))


class _Names:
    """The rules for names, read once."""

    def __init__(self, settings: IndexSettings) -> None:
        self._settings = settings
        self._ignored = ignored(settings)
        self._only = GitIgnoreSpec(map(_pattern, settings.only), backend="simple")

    def fault(self, path: str) -> str:
        """Say what speaks against a path, if anything does."""
        parts = PurePosixPath(path).parts
        above = PurePosixPath(self._settings.folder).parts
        if parts[: len(above)] != above:
            return "it is in another folder"
        if fault := _fault(path):
            return fault
        if self._ignored.match_file(path):
            return "an ignore rule leaves it out"
        if self._settings.only and not self._only.match_file("/".join(parts[len(above) :])):
            return f"only names like {', '.join(self._settings.only)} belong there"
        return ""


def _fault(path: str) -> str:
    """Say why no file of such a path is read, whatever the settings."""
    suffix = PurePosixPath(path).suffix.lower()
    if any(part.startswith(".") for part in PurePosixPath(path).parts):
        return "its name begins with a dot, so it is hidden"
    if path.lower() == README:
        return "a README is about the folder, and no document in it"
    if suffix not in READERS:
        return f"the format {suffix or '(no suffix)'} is not one of {KNOWN} or source code"
    try:
        _check_name(path)
    except SourceError as error:
        return error.reason
    return ""


def _files(seeds: Path, folder: Path) -> Iterator[tuple[str, int]]:
    """Yield each file that isn't hidden; what can't be looked into has none."""
    for where, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            file = Path(where, name)
            # It may be gone by now.
            with suppress(OSError):
                status = file.lstat()
                if stat.S_ISREG(status.st_mode):
                    yield file.relative_to(seeds).as_posix(), status.st_size
