"""Where files in the seeds folder came from: their addresses on the web, as the folder itself says.

Whoever puts files there that come from elsewhere keeps a hidden file beside them. It names each by
its content, so that no file is ever given the address of another, or of what it held before.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pydantic import TypeAdapter, ValidationError

from index.reading.opening import NotAFile, opened

log = logging.getLogger(__name__)

ORIGINS = ".origins.json"
# A hundred thousand files with long addresses.
MOST_BYTES = 50_000_000
LINK = re.compile(r"https?://[!-~]{1,2000}")


@dataclass(frozen=True, slots=True)
class Origin:
    """Of one file: the SHA-256 of its bytes, and its address on the web, empty where it has none.

    In the address `{first}` and `{last}` stand for the lines that are cited.
    """

    sha256: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Origins:
    """Of the files of a folder, by their paths in it.

    `source` keeps the folder, empty if none does: it replaces and removes what is there.
    """

    source: str = ""
    files: Mapping[str, Origin] = field(default_factory=dict)


NOTHING = Origins()
JSON = TypeAdapter(Origins)


def read(folder: Path) -> Origins | None:
    """Return what a folder says of its files; None where it says nothing that can be understood."""
    file = folder / ORIGINS
    try:
        with opened(file) as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except (OSError, NotAFile) as error:
        log.warning("%s: it can't be read, so files there have no links: %s", file, error)
        return None
    try:
        return JSON.validate_json(data)
    except ValidationError:
        log.warning("%s: it can't be understood, so files there have no links", file)
        return None


class Links:
    """The addresses of the files of a seeds folder; each folder in it is looked into once."""

    def __init__(self, seeds: Path) -> None:
        """Look at nothing yet."""
        self._seeds = seeds
        self._known: dict[PurePosixPath, Origins | None] = {}

    def of(self, path: str, sha256: str) -> str:
        """Return the address of the file at a path (POSIX, from the seeds folder) that holds that.

        Empty where none is known.
        """
        for folder, origins in self._above(path):
            origin = origins.files.get(str(PurePosixPath(path).relative_to(folder)))
            if origin and origin.sha256 == sha256 and LINK.fullmatch(origin.link):
                return origin.link
        return ""

    def keeper(self, path: str) -> str:
        """Return the name of the source that keeps the folder of a file; empty if none does."""
        return next((origins.source for _, origins in self._above(path) if origins.source), "")

    def _above(self, path: str) -> list[tuple[PurePosixPath, Origins]]:
        """The folders above a file that say something, the nearest first."""
        found = []
        for folder in PurePosixPath(path).parents:
            if folder not in self._known:
                self._known[folder] = read(self._seeds / folder)
            origins = self._known[folder]
            if origins is not None:
                found.append((folder, origins))
        return found


def keeper(seeds: Path, path: str) -> str:
    """Return the name of the source that keeps the folder of a file; empty if none does."""
    return Links(seeds).keeper(path)
