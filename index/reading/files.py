"""What is in the seeds folder: which files are documents."""

import errno
import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from index.domain import Skipped
from index.errors import (
    SettingsError,
    SourceError,
    SourcesMissing,
    SourceUnopened,
    UnreadableSource,
)
from index.reading.formats import KNOWN
from index.reading.opening import NotAFile, blocks_of_source, opened, target, unopened
from index.settings import IndexSettings, Limits

IGNORE_FILE = ".seedignore"
README = "readme.md"
# What pathspec makes of `*`, of `?`, and of `**` before and between names. No name has a slash in
# it, so nothing else in a rule comes to look like one of them.
STAR, ANY = re.escape("[^/]*"), re.escape("[^/]")
LEADING, BETWEEN = "^(?:.+/)?", "(?:/.+)?"
STARS = re.compile(rf"{STAR}((?:{ANY}(?!\*)|[^/])*?)(?={STAR})")
ESCAPED_OR_BRACKET = re.compile(r"\\.|\[\^?\]?[^]]*\]")
# Line ends and the like; joiners and wide spaces are ordinary in Persian, Japanese and emoji.
CONTROL = {"Cc", "Zl", "Zp"}
# What shows a name in another order than it has.
BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# More and longer rules than anybody writes; they are matched one by one with every name.
MOST_RULE_CHARS = 1000
MOST_RULES = 2000
MOST_IGNORE_BYTES = 100_000
# It is gone, or the owner of the folder withdrew it: what was read of it before goes as well.
GONE = {errno.ENOENT, errno.ENOTDIR}
WITHDRAWN = {errno.EACCES, errno.EPERM}
EMPTYING = " (to empty an index on purpose: `python -m index build --allow-empty`)"


@dataclass(frozen=True, slots=True)
class Scan:
    """The seeds folder as a build finds it; paths are POSIX, relative to it.

    `hashes` has the SHA-256 of every file to read, `skipped` those that can't even be opened, and
    folders that can't. `failing` are those of the skipped that the disk failed to give, so that
    what they hold isn't known. `recalled` says of files among those why they can't be read now: the
    hashes of these are what they held before.
    """

    hashes: dict[str, str]
    skipped: tuple[Skipped, ...]
    failing: frozenset[str] = frozenset()
    recalled: dict[str, str] = field(default_factory=dict)

    @property
    def contents(self) -> dict[str, str]:
        """What each file holds: its hash, or why it has none."""
        return {**{file.path: file.reason for file in self.skipped}, **self.hashes}

    def recall(self, known: Mapping[str, str]) -> "Scan":
        """Let files that the disk fails to give be what they were; `known` has hashes by path.

        One that is gone, or that nobody may read any more, is not recalled.
        """
        if not self.failing:
            return self
        reasons = {file.path: file.reason for file in self.skipped}
        recalled: dict[str, str] = {}
        for path in known.keys() - self.hashes.keys():
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

    Raises:
        SourcesMissing: there is no such folder, or no file in it to read, and `allow_empty` is not
            set.
        SettingsError: an ignore rule is no gitignore pattern.
        ResourcesMissing: the machine has no more files or memory to give.
    """
    folder = settings.seeds_path
    if not folder.is_dir() and not allow_empty:
        message = (
            f"{folder}: there is no seeds folder; put your documents there, or name their folder "
            f"as `seeds` under [index] in config.toml{EMPTYING}"
        )
        raise SourcesMissing(message)
    left_out = ignored(settings)
    found = _Found()
    seen = False
    for path in _walk(folder, found.skip):
        seen = True
        if not left_out.match_file(path):
            found.look_at(folder, path, settings)
    if not (found.hashes or found.failing or allow_empty):
        reason = "every file in it is left out by an ignore rule" if seen else "the folder is empty"
        raise nothing_to_index(settings, found.skipped, reason)
    hashes = dict(sorted(found.hashes.items()))
    return Scan(hashes, tuple(found.skipped), frozenset(found.failing))


@dataclass(slots=True)
class _Found:
    """What a scan has found so far."""

    hashes: dict[str, str] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)

    def look_at(self, folder: Path, path: str, limits: Limits) -> None:
        """Hash a file, or skip it."""
        try:
            _check_name(path)
            # What is in a linked folder of this one is found where it is.
            if not ((folder / path).is_symlink() and target(folder, path).is_dir()):
                self.hashes[path] = _content_hash(folder, path, limits)
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


def nothing_to_index(
    settings: IndexSettings, skipped: Sequence[Skipped], reason: str = ""
) -> SourcesMissing:
    """Say that a build would be empty: why each of the first files was left out, else `reason`."""
    reasons = "; ".join(f"{file.path}: {file.reason}" for file in skipped[:3]) or reason
    return SourcesMissing(
        f"{settings.seeds_path}: no document to index ({reasons}); put {KNOWN} files or source "
        f"code there{EMPTYING}"
    )


def _walk(folder: Path, skip: Callable[[SourceError], None]) -> Iterator[str]:
    """Yield the path of every file and link that isn't hidden; `skip` folders that stay closed.

    Raises:
        ResourcesMissing: the machine has no more files or memory to give.
    """

    def skip_folder(error: OSError) -> None:
        path = Path(error.filename).relative_to(folder).as_posix()
        skip(unopened(path, error))

    for where, folders, files in os.walk(folder, onerror=skip_folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        linked = [name for name in folders if Path(where, name).is_symlink()]
        for name in sorted([*files, *linked]):
            path = Path(where, name).relative_to(folder).as_posix()
            if not name.startswith(".") and path.lower() != README:
                yield path


def ignored(settings: IndexSettings) -> GitIgnoreSpec:
    """Return the rules of the config and then those of the ignore file, which win.

    Raises:
        SettingsError: names the rule that can't be understood.
    """
    file = settings.seeds_path / IGNORE_FILE
    rules = [(f"`ignore` under [index], entry {n}", r) for n, r in enumerate(settings.ignore, 1)]
    rules += [(f"{file}, line {n}", r) for n, r in enumerate(_ignore_lines(file), 1)]
    if len(rules) > MOST_RULES:
        message = f"{file}: {len(rules)} ignore rules are too many; {MOST_RULES} can be held"
        raise SettingsError(message)
    patterns = []
    for place, rule in rules:
        if len(rule) > MOST_RULE_CHARS:
            message = f"{place}: a rule has {MOST_RULE_CHARS} characters at the most"
            raise SettingsError(message)
        try:
            patterns.append(_pattern(rule))
        except (ValueError, re.error):
            message = f"{place}: {rule!r} is no gitignore pattern"
            raise SettingsError(message) from None
    # The other backends, taken where they happen to be installed, know no atomic groups.
    return GitIgnoreSpec(patterns, backend="simple")


def _ignore_lines(file: Path) -> list[str]:
    """The lines of the ignore file, none where there is no such file.

    Raises:
        SettingsError: it can't be read; without its rules, what they leave out would be indexed.
        ResourcesMissing: the machine has no more files or memory to give.
    """
    try:
        with opened(file) as stream:
            data = stream.read(MOST_IGNORE_BYTES + 1)
        if len(data) <= MOST_IGNORE_BYTES:
            return data.decode("utf-8-sig").splitlines()
        reason = f"it has more than {MOST_IGNORE_BYTES // 1000} KB of rules"
    except NotAFile as error:
        reason = f"it is a {error}, not a file"
    except UnicodeDecodeError as error:
        reason = f"they are not UTF-8 ({error.reason} in byte {error.start})"
    except OSError as error:
        if error.errno in GONE and not file.is_symlink():
            return []
        reason = str(unopened(IGNORE_FILE, error))
    message = f"{file}: the ignore rules can't be read: {reason}"
    raise SettingsError(message)


def _pattern(rule: str) -> GitIgnoreSpecPattern:
    """A rule that matches as gitignore has it, in a time that no number of stars can blow up.

    pathspec's expression tries every place for every star, which multiplies. But what stands
    between two stars has one length, so the first place where it fits leaves the most to the rest
    and need never be given up: an atomic group. So it is with whole names between two `**`, which
    end before a slash. What is left to try is the last of each.

    Raises:
        ValueError: it is none.
        re.error: it is none, for its brackets.
    """
    pattern = GitIgnoreSpecPattern(rule)
    if pattern.regex is None:
        return pattern
    first, *others = STARS.sub(r"(?>[^/]*?\1)", pattern.regex.pattern).split(BETWEEN)
    if others:
        if first.startswith(LEADING):
            first = f"^(?:.+?/)??{first.removeprefix(LEADING)}"
        *inner, last = others
        inner = [f"(?>(?:/.+?)??{names}(?=/))" for names in inner]
        first = f"(?>{first}(?=/)){''.join(inner)}{BETWEEN}{last}"
    whole = ESCAPED_OR_BRACKET.sub(_within_a_name, first)
    return GitIgnoreSpecPattern(re.compile(whole), pattern.include)


def _within_a_name(found: re.Match[str]) -> str:
    """Keep brackets, such as `[!a]` and `[+-9]`, from matching a slash: pathspec lets them."""
    part = found[0]
    return part if part == "[^/]" or part.startswith("\\") else f"(?!/){part}"


def _check_name(path: str) -> None:
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


def _content_hash(folder: Path, path: str, limits: Limits) -> str:
    """The SHA-256 of the file at `path`.

    Raises:
        SourceError: it can't be opened, is too large, or none of the folder's own.
        ResourcesMissing: the machine has no more files or memory to give.
    """
    whole = hashlib.sha256()
    for block in blocks_of_source(folder, path, limits):
        whole.update(block)
    return whole.hexdigest()
