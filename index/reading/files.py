"""What is in the seeds folder: which files are documents."""

import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from index.domain import Skipped
from index.errors import SettingsError, SourceError, SourceOutside, SourcesMissing, UnreadableSource
from index.reading.formats import KNOWN, content_hash
from index.settings import IndexSettings

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
SPECIAL = (
    (stat.S_ISFIFO, "named pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)
EMPTYING = " (to empty an index on purpose: `python -m index build --allow-empty`)"


@dataclass(frozen=True, slots=True)
class Scan:
    """The seeds folder as a build finds it; paths are POSIX, relative to it.

    `hashes` has the SHA-256 of every file to read, `skipped` those that can't even be opened.
    """

    hashes: dict[str, str]
    skipped: tuple[Skipped, ...]

    @property
    def contents(self) -> dict[str, str]:
        """What each file holds: its hash, or why it has none."""
        return {**self.hashes, **{file.path: file.reason for file in self.skipped}}


def scan(settings: IndexSettings, *, allow_empty: bool = False) -> Scan:
    """Find the files to read and hash them; ignored and hidden ones and the README are left out.

    Raises:
        SourcesMissing: there is no such folder, or no file in it to read, and `allow_empty` is not
            set.
        SettingsError: an ignore rule is no gitignore pattern.
    """
    folder = settings.seeds_path
    if not folder.is_dir() and not allow_empty:
        message = (
            f"{folder}: there is no seeds folder; put your documents there, or name their folder "
            f"as `seeds` under [index] in config.toml{EMPTYING}"
        )
        raise SourcesMissing(message)
    left_out = ignored(settings)
    hashes: dict[str, str] = {}
    skipped: list[Skipped] = []
    seen = False
    for path in _walk(folder, skipped):
        seen = True
        if left_out.match_file(path):
            continue
        try:
            if _readable(folder, path):
                hashes[path] = content_hash(folder, path, settings)
        except SourceError as error:
            skipped.append(Skipped(error.path, error.reason))
    if not hashes and not allow_empty:
        reason = "every file in it is left out by an ignore rule" if seen else "the folder is empty"
        raise nothing_to_index(settings, skipped, reason)
    return Scan(dict(sorted(hashes.items())), tuple(skipped))


def nothing_to_index(
    settings: IndexSettings, skipped: Sequence[Skipped], reason: str = ""
) -> SourcesMissing:
    """Say that a build would be empty: why each of the first files was left out, else `reason`."""
    reasons = "; ".join(f"{file.path}: {file.reason}" for file in skipped[:3]) or reason
    return SourcesMissing(
        f"{settings.seeds_path}: no document to index ({reasons}); put {KNOWN} files or source "
        f"code there{EMPTYING}"
    )


def _walk(folder: Path, skipped: list[Skipped]) -> Iterator[str]:
    """Yield the path of every file and link that isn't hidden; name folders that stay closed."""

    def skip_folder(error: OSError) -> None:
        path = Path(error.filename).relative_to(folder).as_posix()
        skipped.append(Skipped(path, f"the folder can't be opened: {error.strerror}"))

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
    if file.is_file():
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            message = f"{file}: the ignore rules can't be read: {error}"
            raise SettingsError(message) from error
        rules += [(f"{file}, line {number}", line) for number, line in enumerate(lines, 1)]
    patterns = []
    for place, rule in rules:
        try:
            patterns.append(_pattern(rule))
        except (ValueError, re.error):
            message = f"{place}: {rule!r} is no gitignore pattern"
            raise SettingsError(message) from None
    # The other backends, taken where they happen to be installed, know no atomic groups.
    return GitIgnoreSpec(patterns, backend="simple")


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


def _readable(folder: Path, path: str) -> bool:
    """Whether `path` is a file of the folder's own, or a link to one; a linked folder is none.

    Raises:
        SourceError: its name is at fault, or where it leads, or it is a pipe, socket or device.
    """
    try:
        path.encode()
    except UnicodeEncodeError:
        raise UnreadableSource(ascii(path), "its name is not valid Unicode; rename it") from None
    if any(unicodedata.category(sign) in CONTROL or sign in BIDIRECTIONAL for sign in path):
        raise UnreadableSource(ascii(path), "its name has control characters; rename it")
    file = folder / path
    if file.is_symlink():
        try:
            target = file.resolve(strict=True)
        except (OSError, RuntimeError):
            raise SourceOutside(path, "it is a link that leads nowhere") from None
        if not target.is_relative_to(folder.resolve()):
            reason = (
                "it is a link that leaves the seeds folder; copy what it links to, or name that "
                "folder as `seeds` under [index]"
            )
            raise SourceOutside(path, reason)
    try:
        mode = file.stat().st_mode
    except FileNotFoundError:
        return False
    for is_kind, kind in SPECIAL:
        if is_kind(mode):
            raise UnreadableSource(path, f"it is a {kind}, not a file")
    return stat.S_ISREG(mode)
