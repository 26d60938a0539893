"""Keeps the indexes in step with the documents, and with what is built outside of the bot."""

import logging
import threading
import time
from collections.abc import Collection, Iterator
from typing import Any

from bot.serving.current import Current
from bot.serving.following import FAILED, Condition, Follower, Pauses
from bot.serving.metrics import Metrics
from index import Library, SeedIndexError, watch

log = logging.getLogger(__name__)

# Seconds between two times that the files of what answers are verified, some megabytes a turn.
SCRUBBED = 3600.0
# So many problems are told of.
TOLD = 3


class Watcher:
    """A thread that rebuilds when the documents have changed and settled.

    Of several processes that share a store, one does. Each verifies bit by bit what answers, which
    is built anew where the disk has damaged it, and answers from what somebody else built or rolled
    back to. Nobody waits for it, and nothing ends it: what goes wrong is logged once and shown by
    `report`, and tried again at the next change, or after a pause that grows.
    """

    def __init__(self, library: Library, metrics: Metrics | None = None) -> None:
        """Watch over the indexes of `library`."""
        self._library = library
        self._metrics = metrics or Metrics()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._condition = Condition()
        self._pauses = Pauses(*FAILED)
        self._followers: dict[str, Follower] = {}
        self._scrub, self._scrub_due = self._scrubbing(), 0.0
        self._current = Current(library)

    def start(self) -> None:
        """Begin; where the documents changed while nobody watched, with a rebuild."""
        self._thread.start()
        self._current.start()

    def close(self) -> None:
        """End soon."""
        self._stop.set()
        self._current.close()

    def report(self) -> dict[str, Any]:
        """Return how it does, for the health endpoint."""
        own = [self._condition, self._current.condition]
        own += [each.condition for each in [*self._followers.values()]]
        bad = [each for each in own if each.problem]
        since = min((each.since for each in bad), default=max(each.since for each in own))
        more = [f"{len(bad) - TOLD} more"] if len(bad) > TOLD else []
        return {
            "alive": self._thread.is_alive() and self._current.is_alive(),
            "problem": "; ".join([*(each.problem for each in bad[:TOLD]), *more]),
            "since": since.isoformat(timespec="seconds"),
        }

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            # A panic of the watching library, which is not Python, is no Exception either.
            except BaseException as error:  # noqa: BLE001
                foreseen = isinstance(error, (SeedIndexError, OSError))
                trace = None if foreseen else error
                self._condition.tell("the documents are not followed", error, trace)
                self._stop.wait(self._pauses.grow())

    def _follow(self) -> None:
        """Follow the documents until told to end.

        Raises:
            ResourcesMissing: the system watches no more folders.
        """
        settings = self._library.settings
        if not settings.watch:
            while not self._stop.wait(settings.settle_seconds):
                self._attend()
                self._recover()
            return
        if led := self._library.leads():
            self._look(self._library.names(), leads=True)
        # The first turn comes when the folder is watched; before, all isn't well.
        for changed in watch(settings, self._stop):
            self._attend()
            leads = self._library.leads()
            due = [name for name, each in self._followers.items() if time.monotonic() >= each.due]
            if leads:
                # What changed while another process led, that one may not have come to.
                due += self._library.touched(changed) if led else self._library.names()
            self._look({*due}, leads=leads)
            led = leads
            self._recover()

    def _attend(self) -> None:
        """See to what is open, and close what isn't used."""
        for name, index in self._library.opened().items():
            self._follower(name).attend(index)
        for name in self._library.refused():
            self._follower(name).attend(None)
        self._library.close_unused()
        now = time.monotonic()
        if now >= self._scrub_due:
            try:
                next(self._scrub)
            except StopIteration:
                self._scrub, self._scrub_due = self._scrubbing(), now + SCRUBBED

    def _scrubbing(self) -> Iterator[None]:
        """Verify what is open, some megabytes each turn."""
        for name in self._library.opened():
            if index := self._library.opened().get(name):
                yield from index.scrub()

    def _look(self, names: Collection[str], *, leads: bool) -> None:
        """Look at the documents of some collections, and rebuild what has changed."""
        for name in names:
            if self._stop.is_set():
                return
            self._follower(name).look(leads=leads)
            # Of very many collections, the first to be built must not wait for the last.
            self._attend()

    def _follower(self, name: str) -> Follower:
        return self._followers.setdefault(name, Follower(name, self._library, self._metrics))

    def _recover(self) -> None:
        """All is well; log it, if it wasn't."""
        self._pauses.reset()
        self._condition.recover("the index follows the documents again")
