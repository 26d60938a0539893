"""Which files a build reads, told by their names alone."""

import stat
from contextlib import suppress
from pathlib import PurePosixPath

from index.errors import SourceError
from index.reading.files import README, check_name, walk
from index.reading.formats import KNOWN, READERS
from index.reading.rules import Rules
from index.settings import IndexSettings


def unwanted(settings: IndexSettings, path: str) -> str:
    """Say why no build reads a file at `path` (POSIX, relative to the seeds folder), if none does.

    Raises:
        SettingsError: an ignore rule, or one of `only`, is no gitignore pattern.
        ResourcesMissing: the machine has no more files or memory to give.
    """
    return _fault(path) or _rule_against(Rules.of(settings), settings, path)


def listed(settings: IndexSettings) -> list[tuple[str, int]]:
    """Return the files that a build reads, by path, each with its size in bytes; links are none.

    Raises:
        SettingsError, ResourcesMissing: as `unwanted`.
    """
    rules = Rules.of(settings)
    found = []
    for path in walk(settings, lambda _error: None):
        if rules.take(path) and not _fault(path):
            # It may be gone by now.
            with suppress(OSError):
                status = (settings.seeds_path / path).lstat()
                if stat.S_ISREG(status.st_mode):
                    found.append((path, status.st_size))
    return sorted(found)


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
        check_name(path)
    except SourceError as error:
        return error.reason
    return ""


def _rule_against(rules: Rules, settings: IndexSettings, path: str) -> str:
    """Say which of the rules leaves a file out, if one does."""
    if rules.take(path):
        return ""
    if rules.choose(path):
        return "an ignore rule leaves it out"
    if settings.folder and not path.startswith(f"{settings.folder}/"):
        return "it is in another folder"
    return f"only names like {', '.join(settings.only)} belong there"
