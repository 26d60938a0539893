"""What is in the seeds folder: which files are documents."""

import errno
import hashlib
import os
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from index.domain import Skipped
from index.errors import (
    SourceError,
    SourceOutside,
    SourcesMissing,
    SourceUnopened,
    UnreadableSource,
)
from index.reading.formats import KNOWN
from index.reading.opening import GONE, blocks_of_source, target, unopened
from index.reading.rules import Rules
from index.settings import IndexSettings

README = "readme.md"
# Line ends and the like; joiners and wide spaces are ordinary in Persian, Japanese and emoji.
CONTROL = {"Cc", "Zl", "Zp"}
# What shows a name in another order than it has.
BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# The owner of the folder withdrew it: what was read of it before goes as well.
WITHDRAWN = {errno.EACCES, errno.EPERM}


@dataclass(frozen=True, slots=True)
class Scan:
    """The seeds folder as a build finds it; paths are POSIX, relative to it.

    `hashes` has the SHA-256 of every file to read, `skipped` those that can't even be opened, and
    folders that can't. `failing` are those of the skipped that the disk failed to give, so that
    what they hold isn't known. `recalled` says of files among those why they can't be read now: the
    hashes of these are what they held before. `rules` chose the files.
    """

    hashes: dict[str, str]
    skipped: tuple[Skipped, ...]
    failing: frozenset[str] = frozenset()
    recalled: dict[str, str] = field(default_factory=dict)
    rules: Rules | None = field(default=None, compare=False)

    @property
    def contents(self) -> dict[str, str]:
        """What each file holds: its hash, or why it has none."""
        return {**{file.path: file.reason for file in self.skipped}, **self.hashes}

    def recall(self, known: Mapping[str, str]) -> "Scan":
        """Let files that the disk fails to give be what they were; `known` has hashes by path.

        One that is gone, that nobody may read any more, or that the rules leave out by now, is not
        recalled.
        """
        if not self.failing:
            return self
        reasons = {file.path: file.reason for file in self.skipped}
        recalled: dict[str, str] = {}
        for path in known.keys() - self.hashes.keys():
            if self.rules and not self.rules.take(path):
                continue
            above = (path, *map(str, PurePosixPath(path).parents))
            if failing := next((place for place in above if place in self.failing), None):
                recalled[path] = reasons[failing]
        return replace(
            self,
            hashes=dict(sorted((self.hashes | {path: known[path] for path in recalled}).items())),
            skipped=tuple(file for file in self.skipped if file.path not in recalled),
            recalled=self.recalled | recalled,
        )


def scan(settings: IndexSettings, *, allow_empty: bool = False) -> Scan:
    """Find the files to read and hash them; ignored and hidden ones and the README are left out.

    Nothing is looked at but the folder of the settings, in the seeds folder or all of it.

    Raises:
        SourcesMissing: there is no such folder, or no file in it to read though that isn't meant:
            neither `allow_empty` is set nor `settings.may_be_empty`.
        SettingsError: an ignore rule, or one of `only`, is no gitignore pattern.
        ResourcesMissing: the machine has no more files or memory to give.
    """
    missing = _missing(settings)
    if missing and not (allow_empty or settings.is_gone):
        raise SourcesMissing(missing + _emptying(settings))
    rules = Rules.of(settings)
    found = _Found(settings)
    seen = left_out = False
    for path in () if missing else walk(settings, found.skip):
        seen = True
        if rules.take(path):
            found.look_at(path)
        else:
            left_out = left_out or rules.choose(path)
    if not (found.hashes or found.failing or allow_empty or settings.may_be_empty):
        reason = "the folder is empty"
        if seen:
            by = "an ignore rule" if left_out or not settings.only else "`only`"
            reason = f"every file in it is left out by {by}"
        raise nothing_to_index(settings, found.skipped, reason)
    hashes = dict(sorted(found.hashes.items()))
    return Scan(hashes, tuple(found.skipped), frozenset(found.failing), rules=rules)


@dataclass(slots=True)
class _Found:
    """What a scan has found so far."""

    settings: IndexSettings
    hashes: dict[str, str] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)

    def look_at(self, path: str) -> None:
        """Hash a file, or skip it."""
        folder = self.settings.seeds_path
        try:
            check_name(path)
            if (folder / path).is_symlink() and target(folder, path).is_dir():
                self._check_link(path)
            else:
                self.hashes[path] = _content_hash(self.settings, path)
        except SourceError as error:
            self.skip(error)
        except OSError as error:
            self.skip(unopened(path, error))

    def skip(self, error: SourceError) -> None:
        """Leave something out, unless it is gone."""
        if not isinstance(error, SourceUnopened):
            self.skipped.append(Skipped(error.path, error.reason))
        elif error.errno not in GONE:
            self.skipped.append(Skipped(error.path, error.reason, passing=True))
            if error.errno not in WITHDRAWN:
                self.failing.add(error.path)

    def _check_link(self, path: str) -> None:
        """Pass over a link to a folder: what is in there is found where it is, if that is here.

        Raises:
            SourceOutside: it isn't.
        """
        own = Path(os.path.realpath(self.settings.folder_path))
        if not target(self.settings.seeds_path, path).is_relative_to(own):
            outside = f"it is a link to a folder that isn't in {self.settings.folder}"
            reason = f"{outside}; copy what it links to"
            raise SourceOutside(path, reason)


def nothing_to_index(
    settings: IndexSettings, skipped: Sequence[Skipped], reason: str = ""
) -> SourcesMissing:
    """Say that a build would be empty: why each of the first files was left out, else `reason`."""
    reasons = "; ".join(f"{file.path}: {file.reason}" for file in skipped[:3]) or reason
    return SourcesMissing(
        f"{settings.folder_path}: no document to index ({reasons}); put {KNOWN} files or source "
        f"code there{_emptying(settings)}"
    )


def _emptying(settings: IndexSettings) -> str:
    """Say how an index is emptied where that is meant."""
    one = f" --collection {settings.collection}" if settings.collection else ""
    return f" (to empty an index on purpose: `python -m index build{one} --allow-empty`)"


def _missing(settings: IndexSettings) -> str:
    """Say what is wrong with the folder, if there is none to look into."""
    folder = settings.folder_path
    if not settings.seeds_path.is_dir():
        return (
            f"{settings.seeds_path}: there is no seeds folder; put your documents there, or name "
            "their folder as `seeds` under [index] in config.toml"
        )
    if not folder.is_dir():
        name = settings.collection
        where = f"the collection {name}" if name else "[index]"
        return f"{folder}: there is no such folder; it is the `folder` of {where}"
    try:
        target(settings.seeds_path, settings.folder)
    except SourceOutside as error:
        return f"{folder}: {error.reason}"
    except OSError:
        pass  # why it can't be looked into is told where that is tried
    return ""


def walk(settings: IndexSettings, skip: Callable[[SourceError], None]) -> Iterator[str]:
    """Yield the path of every file and link that isn't hidden; `skip` folders that stay closed.

    Raises:
        ResourcesMissing: the machine has no more files or memory to give.
    """
    seeds = settings.seeds_path

    def skip_folder(error: OSError) -> None:
        path = Path(error.filename).relative_to(seeds).as_posix()
        skip(unopened(path, error))

    for where, folders, files in os.walk(settings.folder_path, onerror=skip_folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        linked = [name for name in folders if Path(where, name).is_symlink()]
        inside = Path(where).relative_to(seeds).as_posix()
        for name in sorted([*files, *linked]):
            path = name if inside == "." else f"{inside}/{name}"
            if not name.startswith(".") and path.lower() != README:
                yield path


def check_name(path: str) -> None:
    """Refuse a name that can't be shown as it is.

    Raises:
        UnreadableSource: it is one.
    """
    try:
        path.encode()
    except UnicodeEncodeError:
        raise UnreadableSource(ascii(path), "its name is not valid Unicode; rename it") from None
    if any(unicodedata.category(sign) in CONTROL or sign in BIDIRECTIONAL for sign in path):
        raise UnreadableSource(ascii(path), "its name has control characters; rename it")


def _content_hash(settings: IndexSettings, path: str) -> str:
    """The SHA-256 of the file at `path`.

    Raises:
        SourceError: it can't be opened, is too large, or none of the folder's own.
        ResourcesMissing: the machine has no more files or memory to give.
    """
    whole = hashlib.sha256()
    for block in blocks_of_source(settings.seeds_path, path, settings):
        whole.update(block)
    return whole.hexdigest()
