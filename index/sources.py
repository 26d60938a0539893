"""What is in the seeds folder: which files are documents, and each of them read."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pathspec import GitIgnoreSpec

from index import language
from index.domain import Document, Progress, Skipped
from index.errors import SettingsError, SourceError, SourceOutside, SourcesMissing, UnreadableSource
from index.readers import KNOWN
from index.reading import ReaderProcess
from index.settings import IndexSettings

IGNORE_FILE = ".seedignore"
README = "readme.md"


@dataclass(frozen=True, slots=True)
class Sources:
    """The seeds folder as a build sees it: paths to read (POSIX, relative), files left out."""

    paths: tuple[str, ...]
    skipped: tuple[Skipped, ...]


def list_sources(settings: IndexSettings) -> Sources:
    """Find the files to read; ignored and hidden ones, and the folder's own README, are left out.

    Raises:
        SourcesMissing: there is no such folder, or no file in it to read.
        SettingsError: an ignore rule is no gitignore pattern.
    """
    folder = settings.seeds_path
    if not folder.is_dir():
        message = (
            f"{folder}: there is no seeds folder; put your documents there, or name their folder "
            "as `seeds` under [index] in config.toml"
        )
        raise SourcesMissing(message)
    ignored = _ignored(settings)
    paths: list[str] = []
    skipped: list[Skipped] = []
    seen = False
    for path in _walk(folder, skipped):
        seen = True
        if ignored.match_file(path):
            continue
        try:
            if _readable(folder, path):
                paths.append(path)
        except SourceError as error:
            skipped.append(Skipped(error.path, error.reason))
    if not paths:
        reason = "every file in it is left out by an ignore rule" if seen else "the folder is empty"
        raise nothing_to_index(settings, skipped, reason)
    return Sources(tuple(sorted(paths)), tuple(skipped))


def read_sources(
    settings: IndexSettings, progress: Progress
) -> tuple[dict[str, Document], tuple[Skipped, ...]]:
    """Read every document in the seeds folder; what can't be read is named, with the reason.

    Raises:
        SourcesMissing: there is no such folder, or nothing in it to index.
        SettingsError: an ignore rule is no gitignore pattern.
    """
    sources = list_sources(settings)
    documents: dict[str, Document] = {}
    skipped = list(sources.skipped)
    with ReaderProcess(settings) as reader:
        for number, path in enumerate(sources.paths):
            progress("read", number, len(sources.paths))
            result = reader.read(path)
            if isinstance(result, Document):
                documents[path] = result
            else:
                skipped.append(result)
    progress("read", len(sources.paths), len(sources.paths))
    if not documents:
        raise nothing_to_index(settings, skipped)
    return _with_languages(documents, settings.language), tuple(skipped)


def nothing_to_index(
    settings: IndexSettings, skipped: list[Skipped], reason: str = ""
) -> SourcesMissing:
    """Say that a build would be empty: why each of the first files was left out, else `reason`."""
    reasons = "; ".join(f"{each.path}: {each.reason}" for each in skipped[:3]) or reason
    return SourcesMissing(
        f"{settings.seeds_path}: no document to index ({reasons}); put {KNOWN} files or source "
        "code there"
    )


def _with_languages(documents: dict[str, Document], setting: str) -> dict[str, Document]:
    if setting != language.AUTO:
        return {path: replace(each, language=setting) for path, each in documents.items()}
    told = language.languages({path: each.text for path, each in documents.items()})
    return {path: replace(each, language=told[path]) for path, each in documents.items()}


def _walk(folder: Path, skipped: list[Skipped]) -> Iterator[str]:
    """Yield the path of every file and link that isn't hidden; name folders that stay closed."""

    def closed(error: OSError) -> None:
        path = Path(error.filename).relative_to(folder).as_posix()
        skipped.append(Skipped(path, f"the folder can't be opened: {error.strerror}"))

    for where, folders, files in os.walk(folder, onerror=closed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        linked = [name for name in folders if Path(where, name).is_symlink()]
        for name in sorted([*files, *linked]):
            path = Path(where, name).relative_to(folder).as_posix()
            if not name.startswith(".") and path.lower() != README:
                yield path


def _ignored(settings: IndexSettings) -> GitIgnoreSpec:
    """The rules of the config and then those of the ignore file, which win.

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
    for place, rule in rules:
        try:
            GitIgnoreSpec.from_lines([rule])
        except ValueError:
            message = f"{place}: {rule!r} is no gitignore pattern"
            raise SettingsError(message) from None
    return GitIgnoreSpec.from_lines([rule for _, rule in rules])


def _readable(folder: Path, path: str) -> bool:
    """Whether `path` is a file of the folder's own, or a link to one; a linked folder is none.

    Raises:
        SourceError: its name or where it leads is at fault.
    """
    try:
        path.encode()
    except UnicodeEncodeError:
        raise UnreadableSource(ascii(path), "its name is not valid Unicode; rename it") from None
    if not path.isprintable():
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
    return file.is_file()
