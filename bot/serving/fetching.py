"""Keeps what comes from elsewhere fresh: each source is fetched at its interval, in a thread."""

import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.serving.following import Condition, Pauses
from index import (
    Fetchable,
    FetchRunning,
    Library,
    SeedIndexError,
    SourceSettings,
    fetch,
    fetchable,
    fetcher_of,
    is_there,
    state_of,
)

log = logging.getLogger(__name__)

# How often a process that doesn't lead looks whether it does by now, and until when a source that
# somebody else is fetching is tried again.
IDLE_SECONDS = 5.0
# What failed is tried again after so long at first; at the longest, after its interval.
FAILED_SECONDS = 60.0


class Fetching:
    """The threads that fetch, one a source: a slow one keeps none of the others.

    Of several processes that share a store, one does. What it fetches is in the folder of
    documents, where the watcher finds it. What goes wrong is logged once and shown by `report` and
    by the state of the source; what was fetched before stays.
    """

    def __init__(self, library: Library, sources: Sequence[SourceSettings]) -> None:
        """Fetch the `sources` into the documents of a library, once started."""
        self._threads = {each.name: _SourceThread(library, each) for each in fetchable(sources)}

    def start(self) -> None:
        """Begin; with those whose interval is over."""
        for thread in self._threads.values():
            thread.start()

    def close(self) -> None:
        """End soon; what is being fetched is given up."""
        for thread in self._threads.values():
            thread.close()

    def want(self, name: str) -> bool:
        """Fetch a source as soon as can be, whatever its interval; False where none has the name.

        Returns at once.
        """
        thread = self._threads.get(name)
        if thread is not None:
            thread.want()
        return thread is not None

    def report(self) -> dict[str, Any]:
        """Return how each source does, for the health endpoint."""
        return {name: thread.report() for name, thread in self._threads.items()}


class _SourceThread(threading.Thread):
    """Fetches one source for as long as the bot runs."""

    def __init__(self, library: Library, source: Fetchable) -> None:
        super().__init__(name=f"source {source.name}", daemon=True)
        self._library = library
        self._source = source
        self._condition = Condition()
        self._pauses = Pauses(FAILED_SECONDS, source.every_minutes * 60)
        self._stop_event = threading.Event()
        self._wanted = threading.Event()
        self._again = False

    def close(self) -> None:
        self._stop_event.set()
        self._wanted.set()

    def want(self) -> None:
        self._again = True
        self._wanted.set()

    def report(self) -> dict[str, Any]:
        state = state_of(self._library.settings, self._source)
        return {
            "alive": self.is_alive(),
            "problem": state.problem or self._condition.problem,
            "fetched": state.succeeded and state.succeeded.isoformat(),
            "version": state.version,
            "documents": state.documents,
        }

    def run(self) -> None:
        while not self._stop_event.is_set():
            seconds = IDLE_SECONDS
            # Whatever it is with one source, it is tried again; a panic of a library is no
            # Exception either.
            try:
                if self._library.leads():
                    seconds = self._seconds_left()
                    if seconds <= 0:
                        seconds = self._fetch()
            except BaseException as error:  # noqa: BLE001
                foreseen = isinstance(error, (SeedIndexError, OSError))
                trace = None if foreseen else error
                self._condition.tell(f"the source {self._source.name}", error, trace)
                seconds = self._pauses.grow()
            self._wanted.wait(seconds)
            self._wanted.clear()

    def _seconds_left(self) -> float:
        """How long it is until the source is due; none where it is now."""
        settings = self._library.settings
        state = state_of(settings, self._source)
        if state.tried is None or self._again or not is_there(settings, self._source):
            return 0.0
        since = (datetime.now(UTC) - state.tried).total_seconds()
        # A clock that was put back must not keep a source from being fetched.
        if since < 0:
            return 0.0
        failed = state.problem or self._condition.problem
        return (self._pauses.seconds if failed else self._source.every_minutes * 60) - since

    def _fetch(self) -> float:
        """Fetch the source; return in how many seconds to look again.

        Raises:
            SeedIndexError, OSError: it can't be fetched.
        """
        wanted, self._again = self._again, False
        fetcher = fetcher_of(self._source)
        before = state_of(self._library.settings, self._source)
        try:
            state = fetch(self._library.settings, self._source, fetcher, self._stop_event)
        except FetchRunning:
            # The other one may have looked before there was what is to be fetched.
            self._again = self._again or wanted
            return IDLE_SECONDS
        except SeedIndexError:
            # It is given up as the bot ends.
            if self._stop_event.is_set():
                return 0.0
            raise
        self._pauses.reset()
        self._condition.recover(f"the source {self._source.name} can be fetched again")
        if (state.version, state.documents) != (before.version, before.documents):
            at = f", at {state.version}" if state.version else ""
            log.info("the source %s has %d documents%s", self._source.name, state.documents, at)
        # What it left may not tell of it, on a full disk: it isn't asked again at once.
        return self._source.every_minutes * 60
