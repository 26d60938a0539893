"""Which files of a commit are to be documents."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from index.fetching.git.objects import ELSEWHERE, LINK, Entry, entries, sizes
from index.fetching.git.process import Git
from index.fetching.staging import MEGABYTE, Staging


@dataclass(slots=True)
class Wanted:
    """The files of a commit that are to be read.

    `paths` has those of each content, in the repository and in the folder that is fetched; `sizes`
    the contents that are to be read, `large` those that aren't there, and `skipped` what is left
    out of what looks like a document, each with the reason. `empty`: there isn't even the folder.
    """

    commit: str
    paths: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    large: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    empty: bool = True


def wanted(git: Git, commit: str, folder: str, staging: Staging) -> Wanted:
    """Look through a commit, in one of its folders.

    Raises:
        FetchFailed: there are too many files, or git has trouble with them.
    """
    found = Wanted(commit)
    _look(entries(git, commit, folder), f"{folder}/" if folder else "", staging, found)
    most = staging.limits.max_file_mb
    there = sizes(git, found.paths) if found.paths else {}
    for number, paths in found.paths.items():
        size = there.get(number)
        if size is None:
            found.large.append(number)
            reason = f"it is over the limit of {most:g} MB (`max_file_mb`)"
        elif size > most * MEGABYTE:
            over = f"over the limit of {most:g} MB (`max_file_mb`)"
            reason = f"it has {size / MEGABYTE:.2f} MB, {over}"
        else:
            found.sizes[number] = size
            continue
        found.skipped += [(path, reason) for _, path in paths]
    return found


def _look(files: Iterable[Entry], before: str, staging: Staging, found: Wanted) -> None:
    """Sort out what could be a document, of what is below a folder."""
    for entry in files:
        if not entry.path.startswith(before.encode()):
            continue
        found.empty = False
        try:
            path = entry.path.decode().removeprefix(before)
        except UnicodeDecodeError:
            path = entry.path.decode(errors="backslashreplace").removeprefix(before)
            if staging.wants(path):
                found.skipped.append((path, "its name is not valid Unicode; rename it there"))
            continue
        if entry.mode == ELSEWHERE:
            found.skipped.append((path, "it is another repository (a submodule): make it a source"))
        elif not staging.wants(path):
            continue
        elif entry.mode == LINK:
            found.skipped.append((path, "it is a link, and links are not followed"))
        else:
            found.paths.setdefault(entry.id, []).append((entry.path.decode(), path))
