"""Keeps the index in step with the documents, and with what is built outside of the bot."""

import logging
import threading

from bot.serving.metrics import Metrics
from index import Index, IndexLocked, SeedIndexError, watch

log = logging.getLogger(__name__)


class Watcher:
    """A thread that rebuilds when the documents have changed and settled.

    It also answers from what somebody else built or rolled back to. Nobody waits for it: what goes
    wrong is logged, and the next change is a new try.
    """

    def __init__(self, index: Index, metrics: Metrics | None = None) -> None:
        """Watch over `index`."""
        self._index = index
        self._metrics = metrics or Metrics()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        """Begin; where the documents changed while nobody watched, with a rebuild."""
        self._thread.start()

    def close(self) -> None:
        """End soon."""
        self._stop.set()

    def _run(self) -> None:
        settings = self._index.settings
        if not settings.watch:
            while not self._stop.wait(settings.settle_seconds):
                self._refresh()
            return
        waiting = self._outdated()
        for changed in watch(settings, self._stop):
            self._refresh()
            waiting = waiting or (changed and self._outdated())
            if waiting and not self._stop.is_set():
                waiting = not self._rebuilt()

    def _refresh(self) -> None:
        if self._index.refresh():
            log.info("answering from the index %s, built elsewhere", self._index.generation)

    def _outdated(self) -> bool:
        try:
            return self._index.outdated()
        except SeedIndexError as error:
            log.warning("the index stays as it is: %s", error)
            return False

    def _rebuilt(self) -> bool:
        """Rebuild; false if that has to be tried again soon."""
        try:
            report = self._metrics.count_build(self._index.rebuild)
        except IndexLocked:
            return False
        except SeedIndexError as error:
            log.warning("the documents changed, but the index stays as it is: %s", error)
            return True
        log.info("the documents changed: %s", report.summary)
        for file in report.manifest.skipped:
            log.warning("skipped %s: %s", file.path, file.reason)
        return True
