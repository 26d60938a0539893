"""Which one of the processes that share a store follows the documents: who holds the lease."""

import threading
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import StoreError

LEASE = "builder.lock"


class Lease:
    """A lock that is held from when it is got until the process ends, however that ends."""

    def __init__(self, folder: Path) -> None:
        """Hold nothing yet; the lock will be in `folder`, which need not exist."""
        self._folder = folder
        # Taken by one thread and asked for by others.
        self._lock = FileLock(folder / LEASE, timeout=0, thread_local=False)
        self._taking = threading.Lock()
        self._given_up = False
        self.held = False

    def take(self) -> bool:
        """Take it, if nobody has it; return whether this process holds it.

        Raises:
            StoreError: the system doesn't let it be locked.
        """
        with self._taking:
            if self.held or self._given_up:
                return self.held
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._lock.acquire()
            except Timeout:
                return False
            except OSError as error:
                message = (
                    f"{self._folder / LEASE}: it can't be locked ({error.strerror or error}), so "
                    "who builds the index can't be settled"
                )
                raise StoreError(message) from error
            self.held = True
            return True

    def give_up(self) -> None:
        """Leave it to others, for good."""
        with self._taking:
            self._given_up = True
            if self.held:
                self.held = False
                self._lock.release()
