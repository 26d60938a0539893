"""What changes of documents took away, who made them and when: kept beside the bot's records.

A change is written down before it is made, and called made when it is. What is found written down
and not yet made is of a process that died in between; the document itself then tells.
"""

import logging
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

log = logging.getLogger(__name__)

Kind = Literal["add", "replace", "remove", "undo"]

# Of each collection: so many changes, and what they took away up to so many bytes; the last one
# whatever it took.
MOST_CHANGES = 200
MOST_BYTES = 500_000_000
MADE, BEGUN, WAS = ".json", ".begun", ".was"
# The folder of the index of everything, which has no name; no collection can be called that.
EVERYTHING = "@"
DAY_SECONDS = 86_400.0
# What nobody can tell anything of is left for so long: it may be about to be written.
LEFT_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Author:
    """The member who makes a change."""

    member: int
    name: str


@dataclass(frozen=True, slots=True)
class Made:
    """A change of a document: `before` and `after` are its hashes, empty where there was none.

    `number` tells it from the others of its collection, later ones being higher; `moment` is in
    seconds since 1970, `size` in bytes, after it; `undoes` the number of the one it takes back, 0
    for none.
    """

    number: int
    kind: Kind
    path: str
    author: Author
    moment: float
    before: str
    after: str
    size: int
    undoes: int = 0


JSON = TypeAdapter(Made)


class Kept:
    """The changes of one collection, in a folder of its own."""

    def __init__(self, folder: Path, collection: str, days: int) -> None:
        """Keep them in `folder` for so many days; nothing is made or read yet."""
        self._folder = folder / (collection or EVERYTHING)
        self._days = days

    def changes(self) -> list[Made]:
        """Return those that were made, the first one first.

        Raises:
            OSError: the folder can't be read.
        """
        return self._found(MADE)

    def begun(self) -> list[Made]:
        """Return those of which nobody knows whether they were made.

        Raises:
            OSError: as `changes`.
        """
        return self._found(BEGUN)

    def last(self) -> Made | None:
        """Return the last change that isn't taken back.

        Raises:
            OSError: as `changes`.
        """
        changes = self.changes()
        undone = {each.undoes for each in changes}
        standing = (each for each in changes if each.kind != "undo" and each.number not in undone)
        return max(standing, key=lambda each: each.number, default=None)

    def next(self) -> int:
        """Return a number that is higher than those of all changes before.

        Raises:
            OSError: as `changes`.
        """
        numbers = (int(Path(name).stem) for name in self._names() if Path(name).stem.isdecimal())
        return max(time.time_ns(), max(numbers, default=0) + 1)

    def begin(self, change: Made, was: bytes | None) -> None:
        """Write down a change that is about to be made, and keep what `was` there.

        Raises:
            OSError: it can't be written; then nothing is.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            if was is not None:
                self._write(change, WAS, was)
            self._write(change, BEGUN, JSON.dump_json(change))
        except OSError:
            self.drop(change)
            raise
        self._flush()

    def finish(self, change: Made) -> None:
        """Call a change made.

        Raises:
            OSError: that can't be written; it is still known as begun.
        """
        self._file(change, BEGUN).rename(self._file(change, MADE))
        self._flush()

    def drop(self, change: Made) -> None:
        """Forget a change, and what it took away."""
        for ending in (BEGUN, MADE, WAS):
            with suppress(OSError):
                self._file(change, ending).unlink(missing_ok=True)

    def was(self, change: Made) -> bytes | None:
        """Return what a change took away; None where that isn't kept.

        Raises:
            OSError: it can't be read.
        """
        try:
            return self._file(change, WAS).read_bytes()
        except FileNotFoundError:
            return None

    def tidy(self) -> None:
        """Forget what is too old or too much.

        Raises:
            OSError: as `changes`.
        """
        oldest, room = time.time() - self._days * DAY_SECONDS, MOST_BYTES
        newest_first: Sequence[Made] = self.changes()[::-1]
        for place, change in enumerate(newest_first):
            with suppress(FileNotFoundError):
                room -= self._file(change, WAS).stat().st_size
            too_much = place >= MOST_CHANGES or (place and room < 0)
            if too_much or change.moment < oldest:
                self.drop(change)
        self._forget_what_belongs_to_none()

    def _forget_what_belongs_to_none(self) -> None:
        """Remove what a process left that died before it began, and what the disk damaged."""
        known = {str(each.number) for each in (*self.changes(), *self.begun())}
        for name in self._names():
            file = self._folder / name
            with suppress(OSError):
                if file.stem not in known and file.stat().st_mtime < time.time() - LEFT_SECONDS:
                    file.unlink()

    def _found(self, ending: str) -> list[Made]:
        files = (self._folder / name for name in self._names() if name.endswith(ending))
        return sorted(filter(None, map(self._read, files)), key=lambda each: each.number)

    def _names(self) -> list[str]:
        try:
            return [file.name for file in self._folder.iterdir()]
        except FileNotFoundError:
            return []

    def _read(self, file: Path) -> Made | None:
        try:
            return JSON.validate_json(file.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError:
            log.warning("%s: it doesn't say which document was changed how; I pass it over", file)
            return None

    def _file(self, change: Made, ending: str) -> Path:
        return self._folder / f"{change.number}{ending}"

    def _write(self, change: Made, ending: str, data: bytes) -> None:
        file = self._file(change, ending)
        with open(file, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())

    def _flush(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
