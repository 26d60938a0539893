"""What the system refuses a build, as errors of ours: one sentence with the place and the cure."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import REBUILD, ResourcesMissing, SeedIndexError, StoreError
from index.reading.opening import EXHAUSTED
from index.store.store import Store, size_of

MEGABYTE = 1_000_000
FULL = {errno.ENOSPC, errno.EDQUOT}
STAYS = "the index before is still in use"
NO_MEMORY = "no memory is left"
NO_THREAD = "can't start new thread"


@contextmanager
def explained(store: Store) -> Iterator[None]:
    """Raise, in place of what the system says while `store` is built, what it means for the index.

    Raises:
        ResourcesMissing: there is no more memory, or no more files or threads.
        StoreError: the disk refuses.
    """
    try:
        yield
    except MemoryError as error:
        raise _lacking(NO_MEMORY) from error
    except RuntimeError as error:
        if str(error) != NO_THREAD:
            raise
        raise _lacking(NO_THREAD) from error
    except OSError as error:
        raise explanation(error, store) from error


def explanation(error: OSError, store: Store) -> SeedIndexError:
    """Say what an error of the system means for a build of `store`."""
    place, reason, number = _cause(error)
    if number in EXHAUSTED:
        return _lacking(reason)
    place = place or str(store.folder)
    if number not in FULL:
        return StoreError(f"{place}: the index can't be written: {reason}; {STAYS}")
    if not Path(place).absolute().is_relative_to(store.folder.absolute()):
        return StoreError(f"{place}: the disk is full: free some space there; {STAYS}")
    needed = size_of(store.generations / store.trusted_name())
    message = (
        f"{place}: the disk is full: a new index is written beside the one before, which has "
        f"{needed / MEGABYTE:.1f} MB: free at least as much there, or set another `store` under "
        f"[index]; {STAYS}"
    )
    return StoreError(message)


def _lacking(what: str) -> ResourcesMissing:
    return ResourcesMissing(
        f"the build can't go on: {what}; {STAYS}. When the machine has more to give, run "
        f"`{REBUILD}`"
    )


def _cause(error: OSError) -> tuple[str, str, int]:
    """The place, the reason and its number; 0 where that can't be told."""
    if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list):
        # Of each file that could not be copied it has where from, where to, and the reason as text.
        _, place, reason = error.args[0][0]
        number = next((n for n in FULL | EXHAUSTED if os.strerror(n) in str(reason)), 0)
        return str(place), os.strerror(number) if number else str(reason), number
    place = error.filename2 or error.filename or ""
    return str(place), error.strerror or str(error), error.errno or 0
