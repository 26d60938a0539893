"""One index kept in step with its documents: built anew where that makes another one."""

import logging
import math
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from bot.serving.metrics import Metrics
from index import Index, IndexLocked, Library, SeedIndexError

log = logging.getLogger(__name__)

# Seconds until what failed is tried again: at first, and at the longest.
FAILED = 5.0, 300.0
# Files that could not be read for what may be over have a build of their own, should nothing else
# make one; with some the reader fails for ever.
UNREAD = 600.0, 86_400.0
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


@dataclass(slots=True)
class Condition:
    """How something does since a moment: `problem` is empty if all is well.

    `kind` is the same for problems that are one and the same to the owner.
    """

    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    problem: str = ""
    kind: str = ""

    def tell(self, what: str, error: BaseException, trace: BaseException | None = None) -> None:
        """Log a problem, if it is another than before."""
        problem = f"{what}: {error}"
        # Sizes, times and names that are made of those differ from one try to the next.
        kind = f"{type(error).__name__} {FIGURES.sub('', problem)}"
        if kind != self.kind:
            log.warning("%s", problem, exc_info=trace)
            self.since, self.problem, self.kind = datetime.now(UTC), problem, kind

    def recover(self, what: str) -> None:
        """All is well; log it, if it wasn't."""
        if self.kind:
            log.info("%s", what)
            self.since, self.problem, self.kind = datetime.now(UTC), "", ""


@dataclass(slots=True)
class Follower:
    """Follows the documents of one collection; `due` is when to look, whatever has changed.

    That is in seconds of the monotonic clock.
    """

    name: str
    library: Library
    metrics: Metrics
    condition: Condition = field(default_factory=Condition)
    due: float = math.inf
    _failed: Pauses = field(default_factory=lambda: Pauses(*FAILED))
    _unread: Pauses = field(default_factory=lambda: Pauses(*UNREAD))
    _damaged: bool = False
    _mends: bool = False
    _generation: str = ""

    def attend(self, index: Index | None) -> None:
        """See whether another index answers than before, and whether it is as it was built.

        None is one that can't be opened.
        """
        if index is not None and index.generation != self._generation:
            if self._generation:
                self._plan(built=True)
            self._generation = index.generation
        before, self._damaged = self._damaged, index is None or index.damaged
        # One that can't be opened may be another version's: that is for who leads to settle.
        self._mends = index is not None
        if self._damaged and not before:
            self.due = time.monotonic()

    def look(self, *, leads: bool) -> None:
        """Rebuild where that makes another index; another look is planned where one is needed.

        A process that doesn't lead mends what it finds damaged and leaves all else to who does.
        """
        again = time.monotonic() >= self.due
        try:
            built = (leads and self._is_another(again=again)) or (self._damaged and self._mends)
            if built:
                self._rebuild()
                self._damaged = False
        except IndexLocked:
            self.due = time.monotonic()
        # Whatever it is with one collection, the others are followed; a panic of a library is no
        # Exception either.
        except BaseException as error:  # noqa: BLE001
            foreseen = isinstance(error, (SeedIndexError, OSError))
            self.condition.tell(f"{self._index} stays as it is", error, None if foreseen else error)
            self.due = time.monotonic() + self._failed.grow()
        else:
            self._plan(built=built, leads=leads)
            self._failed.reset()
            self.condition.recover(f"{self._index} follows the documents again")

    @property
    def _index(self) -> str:
        """The index in words."""
        return f"the index of {self.name}" if self.name else "the index"

    def _is_another(self, *, again: bool) -> bool:
        """Whether a build would make another index than the newest."""
        return (
            self.library.outdated(self.name)
            or self._damaged
            or (again and self.library.unread(self.name))
        )

    def _rebuild(self) -> None:
        report = self.metrics.count_build(partial(self.library.rebuild, self.name))
        self._generation = report.generation
        of = f" of {self.name}" if self.name else ""
        log.info("the documents%s changed: %s", of, report.summary)
        for file in report.manifest.skipped:
            log.warning("skipped %s: %s", file.path, file.reason)

    def _plan(self, *, built: bool, leads: bool = True) -> None:
        """Plan when to try again what the last build couldn't read."""
        if not (leads and self.library.unread(self.name)):
            self._unread.reset()
            self.due = math.inf
        elif built or self.due == math.inf:
            self.due = time.monotonic() + self._unread.grow()
