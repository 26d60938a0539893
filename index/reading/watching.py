"""When the seeds folder has changed and come to rest; the only importer of watchfiles."""

import os
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path, PurePath

from index.errors import ResourcesMissing
from index.reading.rules import IGNORE_FILE
from index.settings import IndexSettings

# A file that is written to without end must not put off a build for ever.
LONGEST_WAITS = 20
# The path of the seeds folder itself: anything in it may have changed.
ANYTHING = frozenset({""})
# Of more changes nobody needs to know which they are.
MOST_PATHS = 10_000


def watch(settings: IndexSettings, stop: threading.Event) -> Iterator[frozenset[str]]:
    """Yield every `settle_seconds` or so what changed, if that then rested as long; else nothing.

    What changed are the paths (POSIX, relative to the seeds folder) of files, and of folders that
    appeared, went or were renamed with all that is in them; `touched` tells whose they are. However
    many changes come one after the other, they are yielded once, after the last of them. `ANYTHING`
    stands for changes of the ignore rules, for very many, and for those that nobody saw: when the
    folder begins to be watched, and once it is there again where it was missing or another took its
    name. Ends soon after `stop` is set.

    Raises:
        ResourcesMissing: the system watches no more folders.
    """
    folder = settings.seeds_path
    while not stop.is_set():
        if not folder.is_dir():
            stop.wait(settings.settle_seconds)
            yield frozenset()
            continue
        yield from _watch_folder(folder, settings.settle_seconds, stop)


def touched(changed: Collection[str], folders: Iterable[str]) -> set[str]:
    """Return those of the folders in which something changed, `changed` being what `watch` yields.

    A folder has changed with what it is in, too.
    """
    paths = {*changed}
    around = paths.union(*map(above, paths))
    return {folder for folder in folders if folder in around or not paths.isdisjoint(above(folder))}


def above(path: str) -> list[str]:
    """Return the folders that a path is in, from the seeds folder on."""
    parts = path.split("/") if path else []
    return ["/".join(parts[:count]) for count in range(len(parts))]


def _watch_folder(folder: Path, seconds: float, stop: threading.Event) -> Iterator[frozenset[str]]:
    """Watch one folder until another is in its place, or none, or whether it can be read changes.

    Raises:
        ResourcesMissing: the system watches no more folders.
    """
    # Imported here: who only asks watches nothing.
    from watchfiles import watch as file_changes  # noqa: PLC0415

    root = folder.absolute()
    identity = _identity(folder)
    changed, since = {*ANYTHING}, time.monotonic()
    try:
        for changes in file_changes(
            root,
            # Left to the library, the filter would keep back each turn in which hidden files
            # changed, and with it whatever else is to be told.
            watch_filter=None,
            stop_event=stop,
            rust_timeout=int(seconds * 1000),
            yield_on_timeout=True,
            raise_interrupt=True,
            ignore_permission_denied=True,
        ):
            shown = {path for _, file in changes if (path := _shown(root, file)) is not None}
            if shown and not changed:
                since = time.monotonic()
            changed |= shown
            if len(changed) > MOST_PATHS:
                changed = {*ANYTHING}
            if not shown or time.monotonic() - since > seconds * LONGEST_WAITS:
                yield ANYTHING if changed >= ANYTHING else frozenset(changed)
                changed = set()
            if _identity(folder) != identity:
                return
    except FileNotFoundError:
        return
    except (OSError, RuntimeError) as error:
        # The library has errors of both kinds, and most of them without a number.
        message = (
            f"{folder}: the system doesn't let it be watched ({error}); where a limit is reached, "
            "`sysctl fs.inotify` shows it"
        )
        raise ResourcesMissing(message) from error


def _shown(root: Path, file: str) -> str | None:
    """The path of what changed; None if it is hidden, and so no document and in none's way."""
    path = PurePath(file).relative_to(root).as_posix()
    if path in {".", IGNORE_FILE}:
        return ""
    return None if any(part.startswith(".") for part in path.split("/")) else path


def _identity(folder: Path) -> tuple[int, int, bool]:
    """What tells a folder from another that took its name, and from itself when it is closed."""
    try:
        status = folder.stat()
    except OSError:
        return 0, 0, False
    return status.st_dev, status.st_ino, os.access(folder, os.R_OK | os.X_OK)
