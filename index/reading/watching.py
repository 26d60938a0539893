"""When the seeds folder has changed and come to rest; the only importer of watchfiles."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from index.reading.files import IGNORE_FILE
from index.settings import IndexSettings

if TYPE_CHECKING:
    from watchfiles import Change

# A file that is written to without end must not put off a build for ever.
LONGEST_WAITS = 20


def watch(settings: IndexSettings, stop: threading.Event) -> Iterator[bool]:
    """Yield every `settle_seconds` or so, true if the folder changed and then rested as long.

    However many changes come one after the other, true is yielded once, after the last of them. A
    folder that is missing, or replaced by another of its name, is watched again once it is there.
    Ends soon after `stop` is set.
    """
    folder = settings.seeds_path
    seen = _identity(folder)
    while not stop.is_set():
        if not folder.is_dir():
            stop.wait(settings.settle_seconds)
            yield False
            continue
        now = _identity(folder)
        yield now != seen
        seen = now
        yield from _watch_folder(folder, settings.settle_seconds, stop)


def _watch_folder(folder: Path, seconds: float, stop: threading.Event) -> Iterator[bool]:
    """Watch one folder until another, or none, is in its place."""
    # Imported here: who only asks watches nothing.
    from watchfiles import watch as file_changes  # noqa: PLC0415

    def is_shown(_change: "Change", path: str) -> bool:
        parts = PurePath(path).relative_to(folder.absolute()).parts
        return parts[-1:] == (IGNORE_FILE,) or not any(part.startswith(".") for part in parts)

    identity = _identity(folder)
    since = 0.0
    try:
        for changes in file_changes(
            folder.absolute(),
            watch_filter=is_shown,
            stop_event=stop,
            rust_timeout=int(seconds * 1000),
            yield_on_timeout=True,
            raise_interrupt=True,
            ignore_permission_denied=True,
        ):
            if changes and not since:
                since = time.monotonic()
            waited = time.monotonic() - since if since else 0.0
            if not changes or waited > seconds * LONGEST_WAITS:
                yield bool(since)
                since = 0.0
            if _identity(folder) != identity:
                return
    except FileNotFoundError:
        return


def _identity(folder: Path) -> tuple[int, int]:
    """What tells a folder from another that took its name."""
    try:
        status = folder.stat()
    except OSError:
        return 0, 0
    return status.st_dev, status.st_ino
