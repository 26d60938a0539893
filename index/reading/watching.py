"""When the seeds folder has changed and come to rest; the only importer of watchfiles."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path, PurePath

from index.errors import ResourcesMissing
from index.reading.files import IGNORE_FILE
from index.settings import IndexSettings

# A file that is written to without end must not put off a build for ever.
LONGEST_WAITS = 20


def watch(settings: IndexSettings, stop: threading.Event) -> Iterator[bool]:
    """Yield every `settle_seconds` or so, true if the folder changed and then rested as long.

    However many changes come one after the other, true is yielded once, after the last of them. So
    it is when the folder begins to be watched, for what changed before nobody knows: at first, and
    once it is there again where it was missing or another took its name. Ends soon after `stop` is
    set.

    Raises:
        ResourcesMissing: the system watches no more folders.
    """
    folder = settings.seeds_path
    while not stop.is_set():
        if not folder.is_dir():
            stop.wait(settings.settle_seconds)
            yield False
            continue
        yield from _watch_folder(folder, settings.settle_seconds, stop)


def _watch_folder(folder: Path, seconds: float, stop: threading.Event) -> Iterator[bool]:
    """Watch one folder until another is in its place, or none, or whether it can be read changes.

    Raises:
        ResourcesMissing: the system watches no more folders.
    """
    # Imported here: who only asks watches nothing.
    from watchfiles import watch as file_changes  # noqa: PLC0415

    def is_shown(path: str) -> bool:
        parts = PurePath(path).relative_to(folder.absolute()).parts
        return parts[-1:] == (IGNORE_FILE,) or not any(part.startswith(".") for part in parts)

    identity = _identity(folder)
    since = time.monotonic()
    try:
        for changes in file_changes(
            folder.absolute(),
            # Left to the library, the filter would keep back each turn in which hidden files
            # changed, and with it whatever else is to be told.
            watch_filter=None,
            stop_event=stop,
            rust_timeout=int(seconds * 1000),
            yield_on_timeout=True,
            raise_interrupt=True,
            ignore_permission_denied=True,
        ):
            shown = any(is_shown(path) for _, path in changes)
            if shown and not since:
                since = time.monotonic()
            waited = time.monotonic() - since if since else 0.0
            if not shown or waited > seconds * LONGEST_WAITS:
                yield bool(since)
                since = 0.0
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


def _identity(folder: Path) -> tuple[int, int, bool]:
    """What tells a folder from another that took its name, and from itself when it is closed."""
    try:
        status = folder.stat()
    except OSError:
        return 0, 0, False
    return status.st_dev, status.st_ino, os.access(folder, os.R_OK | os.X_OK)
