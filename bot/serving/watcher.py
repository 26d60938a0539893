"""Keeps the index in step with the documents, and with what is built outside of the bot."""

import logging
import math
import re
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.serving.metrics import Metrics
from index import Index, IndexLocked, SeedIndexError, watch

log = logging.getLogger(__name__)

# Seconds until what failed is tried again: at first, and at the longest.
FAILED = 5.0, 300.0
# Files that could not be read for what may be over have a build of their own, should nothing else
# make one; with some the reader fails for ever.
UNREAD = 600.0, 86_400.0
# Seconds between two times that the files of what answers are verified, some megabytes a turn.
SCRUBBED = 3600.0
FIGURES = re.compile(r"[\d.]+")


@dataclass(slots=True)
class Pauses:
    """Pauses that grow from the first to the longest until something goes well."""

    first: float
    longest: float
    seconds: float = 0.0

    def grow(self) -> float:
        """Return the next one, in seconds."""
        self.seconds = min(max(self.first, 2 * self.seconds), self.longest)
        return self.seconds

    def reset(self) -> None:
        """Begin with the first again."""
        self.seconds = 0.0


@dataclass(frozen=True, slots=True)
class Condition:
    """How the watcher does since a moment: `problem` is empty if the index follows the documents.

    `kind` is the same for problems that are one and the same to the owner.
    """

    since: datetime
    problem: str = ""
    kind: str = ""


class Watcher:
    """A thread that rebuilds when the documents have changed and settled.

    It also answers from what somebody else built or rolled back to, and verifies bit by bit what
    answers, which is built anew where the disk has damaged it. Nobody waits for it, and nothing
    ends it: what goes wrong is logged once and shown by `report`, and tried again at the next
    change, or after a pause that grows.
    """

    def __init__(self, index: Index, metrics: Metrics | None = None) -> None:
        """Watch over `index`."""
        self._index = index
        self._metrics = metrics or Metrics()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._condition = Condition(datetime.now(UTC))
        self._failed, self._unread = Pauses(*FAILED), Pauses(*UNREAD)
        # When to look at the documents, changed or not; in seconds of the monotonic clock.
        self._due = math.inf
        self._scrub, self._scrub_due = index.scrub(), 0.0
        self._damaged = False

    def start(self) -> None:
        """Begin; where the documents changed while nobody watched, with a rebuild."""
        self._thread.start()

    def close(self) -> None:
        """End soon."""
        self._stop.set()

    def report(self) -> dict[str, Any]:
        """Return how it does, for the health endpoint."""
        now = self._condition
        return {
            "alive": self._thread.is_alive(),
            "problem": now.problem,
            "since": now.since.isoformat(timespec="seconds"),
        }

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            # A panic of the watching library, which is not Python, is no Exception either.
            except BaseException as error:  # noqa: BLE001
                foreseen = isinstance(error, (SeedIndexError, OSError))
                self._tell("the documents are not followed", error, None if foreseen else error)
                self._stop.wait(self._failed.grow())

    def _follow(self) -> None:
        """Follow the documents until told to end.

        Raises:
            ResourcesMissing: the system watches no more folders.
        """
        settings = self._index.settings
        if not settings.watch:
            while not self._stop.wait(settings.settle_seconds):
                self._tend()
                self._recover()
            return
        well = self._look()
        # The first turn comes when the folder is watched; before, all isn't well.
        for changed in watch(settings, self._stop):
            self._tend()
            if (changed or time.monotonic() >= self._due) and not self._stop.is_set():
                well = self._look()
            if well:
                self._recover()

    def _tend(self) -> None:
        """See to what answers: that it is the newest index, and as it was built."""
        if self._index.refresh():
            log.info("answering from the index %s, built elsewhere", self._index.generation)
            self._plan(built=True)
        now = time.monotonic()
        if now >= self._scrub_due:
            try:
                next(self._scrub)
            except StopIteration:
                self._scrub, self._scrub_due = self._index.scrub(), now + SCRUBBED
        before, self._damaged = self._damaged, self._index.damaged
        if self._damaged and not before:
            self._due = now

    def _look(self) -> bool:
        """Rebuild where that makes another index; return whether all went well.

        Another look is planned where one is needed.
        """
        again = time.monotonic() >= self._due
        try:
            built = self._index.outdated() or self._damaged or (again and self._index.unread())
            if built:
                self._rebuild()
        except IndexLocked:
            self._due = time.monotonic()
        except SeedIndexError as error:
            self._tell("the index stays as it is", error)
            self._due = time.monotonic() + self._failed.grow()
        else:
            self._plan(built=built)
            return True
        return False

    def _rebuild(self) -> None:
        report = self._metrics.count_build(self._index.rebuild)
        log.info("the documents changed: %s", report.summary)
        for file in report.manifest.skipped:
            log.warning("skipped %s: %s", file.path, file.reason)

    def _plan(self, *, built: bool) -> None:
        """Plan when to try again what the last build couldn't read."""
        if not self._index.unread():
            self._unread.reset()
            self._due = math.inf
        elif built or self._due == math.inf:
            self._due = time.monotonic() + self._unread.grow()

    def _tell(self, what: str, error: BaseException, trace: BaseException | None = None) -> None:
        """Log a problem, if it is another than before."""
        problem = f"{what}: {error}"
        # Sizes, times and names that are made of those differ from one try to the next.
        kind = f"{type(error).__name__} {FIGURES.sub('', problem)}"
        if kind != self._condition.kind:
            log.warning("%s", problem, exc_info=trace)
            self._condition = Condition(datetime.now(UTC), problem, kind)

    def _recover(self) -> None:
        """All is well; log it, if it wasn't."""
        self._failed.reset()
        if self._condition.kind:
            log.info("the index follows the documents again")
            self._condition = Condition(datetime.now(UTC))
