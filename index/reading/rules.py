"""Which files of the seeds folder an index is of: its folder, `only`, and the ignore rules."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from index.errors import SettingsError
from index.reading.opening import GONE, NotAFile, opened, unopened
from index.settings import IndexSettings

IGNORE_FILE = ".seedignore"
# What pathspec makes of `*`, of `?`, and of `**` before and between names. No name has a slash in
# it, so nothing else in a rule comes to look like one of them.
STAR, ANY = re.escape("[^/]*"), re.escape("[^/]")
LEADING, BETWEEN = "^(?:.+/)?", "(?:/.+)?"
STARS = re.compile(rf"{STAR}((?:{ANY}(?!\*)|[^/])*?)(?={STAR})")
ESCAPED_OR_BRACKET = re.compile(r"\\.|\[\^?\]?[^]]*\]")
# More and longer rules than anybody writes; they are matched one by one with every name.
MOST_RULE_CHARS = 1000
MOST_RULES = 2000
MOST_IGNORE_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Rules:
    """Which files are an index's, by their paths; none of `only` chooses all in the folder."""

    folder: str
    only: GitIgnoreSpec | None
    left_out: GitIgnoreSpec

    @classmethod
    def of(cls, settings: IndexSettings) -> Self:
        """Return those that the settings and the ignore file make.

        Raises:
            SettingsError: names the rule that can't be understood.
        """
        return cls(settings.folder, chosen(settings), ignored(settings))

    def choose(self, path: str) -> bool:
        """Whether a file is one of those that the settings choose, left out or not."""
        name = below(self.folder, path)
        return bool(name) and (self.only is None or self.only.match_file(name))

    def take(self, path: str) -> bool:
        """Whether a file is chosen and not left out."""
        return self.choose(path) and not self.left_out.match_file(path)


def below(folder: str, path: str) -> str:
    """Return the path of a file as it counts from a folder; empty if it isn't in there."""
    if not folder:
        return path
    return path.removeprefix(f"{folder}/") if path.startswith(f"{folder}/") else ""


def chosen(settings: IndexSettings) -> GitIgnoreSpec | None:
    """Return the rules of `only`, for paths that count from its folder; None without any.

    Raises:
        SettingsError: names the rule that can't be understood.
    """
    if not settings.only:
        return None
    name = settings.collection
    where = f"`only` of the collection {name}" if name else "`only` under [index]"
    return spec(where, [(f"{where}, entry {n}", r) for n, r in enumerate(settings.only, 1)])


def ignored(settings: IndexSettings) -> GitIgnoreSpec:
    """Return the rules of the config and then those of the ignore file, which win.

    Raises:
        SettingsError: names the rule that can't be understood.
    """
    file = settings.seeds_path / IGNORE_FILE
    rules = [(f"`ignore` under [index], entry {n}", r) for n, r in enumerate(settings.ignore, 1)]
    rules += [(f"{file}, line {n}", r) for n, r in enumerate(_ignore_lines(file), 1)]
    return spec(str(file), rules)


def spec(where: str, rules: Sequence[tuple[str, str]]) -> GitIgnoreSpec:
    """Put together rules, each of which comes with its place.

    Raises:
        SettingsError: one can't be understood, or they are more or longer than can be held.
    """
    if len(rules) > MOST_RULES:
        message = f"{where}: {len(rules)} rules are too many; {MOST_RULES} can be held"
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
