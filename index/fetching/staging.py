"""What is fetched, until all of it is there; then it takes its place in the folder of documents."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

from index.domain import Skipped
from index.errors import FetchFailed, SourceError
from index.fetching.files import above, beside, digest, files, left, remove_empty, write
from index.reading.files import check_name
from index.reading.formats import READERS
from index.reading.origins import JSON, ORIGINS, Origin, Origins, read
from index.reading.rules import spec
from index.settings import IndexSettings
from index.sources import SourceSettings

MEGABYTE = 1_000_000
# So many of what is left out are named.
NAMED = 200
# What file systems take of a name, in bytes.
LONGEST_NAME = 200
LONGEST_PATH = 1000
FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(slots=True)
class Staging:
    """The files of one source: put in a folder of their own, then published together.

    `limits` are the settings of its index. Nothing is read or written before the first `put`.
    """

    source: SourceSettings
    limits: IndexSettings
    skipped: list[Skipped] = field(default_factory=list)
    _files: dict[str, Origin] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _bytes: int = 0
    _before: Origins | None = None
    _only: GitIgnoreSpec | None = None

    def __post_init__(self) -> None:
        """Understand the patterns of `only`.

        Raises:
            SettingsError: one is no gitignore pattern.
        """
        if self.source.only:
            where = f"`only` of the source {self.source.name}"
            self._only = spec(where, [(where, each) for each in self.source.only])

    @property
    def target(self) -> Path:
        """The folder in which they take their place."""
        return self.limits.seeds_path / self.source.place

    @property
    def count(self) -> int:
        """How many files there are."""
        return len(self._files)

    def wants(self, path: str) -> bool:
        """Whether a file of that path (POSIX, in the folder) would be a document."""
        pure = PurePosixPath(path)
        if any(part.startswith(".") for part in pure.parts) or pure.suffix.lower() not in READERS:
            return False
        return self._only is None or self._only.match_file(path)

    def put(self, path: str, data: bytes, link: str = "") -> None:
        """Take a file; `link` is its address as `Origin` has it. What can't be one is skipped.

        Raises:
            FetchFailed: it is one too many, all are too large, or the disk refuses.
        """
        if not self._admit(path, len(data)):
            return
        origin = Origin(hashlib.sha256(data).hexdigest(), link)
        with self._told():
            self._staged.mkdir(parents=True, exist_ok=True)
            (self._staged / origin.sha256).write_bytes(data)
        self._files[path] = origin

    def keep(self, path: str) -> bool:
        """Take a file as it lies in its place, with its link; False where it isn't as it was."""
        origin = self.before.files.get(path)
        if origin is None or digest(self.target / path) != origin.sha256:
            return False
        if self._admit(path, (self.target / path).stat().st_size):
            self._files[path] = origin
        return True

    def skip(self, path: str, reason: str) -> None:
        """Leave out a file, and tell why."""
        self.skipped.append(Skipped(path, reason))

    @property
    def before(self) -> Origins:
        """What lies in the folder since the fetch before."""
        if self._before is None:
            self._before = read(self.target) or Origins()
        return self._before

    def intact(self) -> bool:
        """Whether what lies in the folder is what was fetched, all of it and nothing else."""
        fetched = self.before.files
        there = {path.relative_to(self.target).as_posix() for path in files(self.target)}
        # Of a folder that is gone, nothing is left that could differ.
        return (
            self.before.source == self.source.name
            and there == set(fetched)
            and all(digest(self.target / path) == origin.sha256 for path, origin in fetched.items())
        )

    def check_place(self) -> None:
        """Refuse a folder that isn't this source's own.

        Raises:
            FetchFailed: there are files that it didn't put there, or a link is in the way.
        """
        place = self.limits.seeds_path
        for part in PurePosixPath(self.source.place).parts:
            place /= part
            if place.is_symlink() or (place.exists() and not place.is_dir()):
                message = f"{place}: it is a link or a file, and should be a folder of its own"
                raise FetchFailed(message)
        keeper = self.before.source
        if keeper != self.source.name and (keeper or next(files(self.target), None)):
            what = f"what the source {keeper} fetched" if keeper else "files of your own"
            message = (
                f"{self.target}: there are {what}; name another `folder` for the source "
                f"{self.source.name}, or move them away"
            )
            raise FetchFailed(message)

    def publish(self, aside: Path | None = None) -> None:
        """Let the folder hold these files and no others, each of them whole at any moment.

        What somebody else put there, or changed, is brought `aside`, and told as skipped.

        Raises:
            FetchFailed: there is no file, or the disk refuses; then the next fetch mends it.
        """
        if not self._files:
            reasons = "; ".join(f"{each.path}: {each.reason}" for each in self.skipped[:3])
            message = f"there is no document in it{f' ({reasons})' if reasons else ''}"
            raise FetchFailed(message)
        with self._told():
            self.target.mkdir(parents=True, exist_ok=True)
            if aside is not None:
                self._bring_aside(aside)
            # First: a file is never given the link of another content, and a build that comes
            # between finds the links of the new ones.
            origins = Origins(self.source.name, dict(sorted(self._files.items())))
            write(self.target / ORIGINS, JSON.dump_json(origins))
            for path in [*left(self.target)]:
                path.unlink()
            # The others go last: at no moment there are less than there were or will be.
            self._remove_others(in_the_way=True)
            self._place_files()
            self._remove_others()
        self.discard()

    def _bring_aside(self, aside: Path) -> None:
        """Copy what wasn't fetched, nor is now.

        Raises:
            OSError: the disk refuses.
        """
        for path in files(self.target):
            name = path.relative_to(self.target).as_posix()
            known = [each[name].sha256 for each in (self.before.files, self._files) if name in each]
            if (now := digest(path)) and now not in known:
                (aside / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, aside / name)
                self.skip(name, f"it wasn't fetched, so it was moved to {aside}")

    def _remove_others(self, *, in_the_way: bool = False) -> None:
        """Remove what isn't of these files; only that whose place they need if it is `in_the_way`.

        A folder may be to come where there is a file, or the other way round; and where a disk
        takes two names for one, the old file would be the new one.

        Raises:
            OSError: the disk refuses.
        """
        taken = {name.casefold() for name in self._files}
        needed = taken.union(*map(above, taken))
        for path in [*files(self.target)]:
            name = path.relative_to(self.target).as_posix()
            own = name.casefold()
            needs = own in needed or not taken.isdisjoint(above(own))
            if name not in self._files and (needs or not in_the_way):
                path.unlink()
        remove_empty(self.target)

    def _place_files(self) -> None:
        """Let each file be what was put: whatever happens, it is as it was or holds all.

        Raises:
            OSError: the disk refuses.
        """
        changed = {}
        for name, origin in self._files.items():
            place = self.target / name
            if digest(place) != origin.sha256:
                place.parent.mkdir(parents=True, exist_ok=True)
                changed[place] = beside(place)
                shutil.copyfile(self._staged / origin.sha256, changed[place])
        # Once for all: of many files, each would wait for the disk.
        os.sync()
        for place, before in changed.items():
            before.replace(place)

    def discard(self) -> None:
        """Remove what is staged."""
        shutil.rmtree(self._staged, ignore_errors=True)

    @property
    def _staged(self) -> Path:
        return self.source.kept(self.limits) / "staged"

    def _admit(self, path: str, size: int) -> bool:
        """Whether a file may be one of these; it is counted, or else skipped.

        Raises:
            FetchFailed: as `put`.
        """
        if fault := self._fault(path, size):
            self.skip(path, fault)
            return False
        self._names[path.casefold()] = path
        self._bytes += size
        if len(self._names) > self.source.max_files:
            message = f"it has more than {self.source.max_files} documents (`max_files`)"
            raise FetchFailed(message)
        if self._bytes > self.source.max_mb * MEGABYTE:
            message = f"its documents have more than {self.source.max_mb:g} MB (`max_mb`)"
            raise FetchFailed(message)
        return True

    def _fault(self, path: str, size: int) -> str:
        """Say why there can be no document of that path and size, if there can't."""
        parts = path.split("/")
        if any(part in {"", "..", "."} or part.startswith(".") for part in parts):
            return "its name leads elsewhere, or is hidden"
        try:
            check_name(path)
        except SourceError as error:
            return error.reason
        longest = max(len(part.encode()) for part in parts)
        if longest > LONGEST_NAME or len(path.encode()) > LONGEST_PATH or "\\" in path:
            return "its name is too long, or has a backslash"
        if (other := self._names.get(path.casefold())) is not None:
            return (
                f"it is called as {other} is" if other == path else f"{other} is called nearly so"
            )
        most = self.limits.max_file_mb
        if size > most * MEGABYTE:
            return f"it has {size / MEGABYTE:.2f} MB, over the limit of {most:g} MB (`max_file_mb`)"
        return ""

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say what the disk refuses.

        Raises:
            FetchFailed: it refuses something.
        """
        try:
            yield
        except OSError as error:
            place = error.filename or self.target
            mend = "; make room there" if error.errno in FULL else ""
            message = f"{place}: it can't be written: {error.strerror or error}{mend}"
            raise FetchFailed(message) from error
