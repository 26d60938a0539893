"""Answers from what is current, whoever made it so: this process, another one, or a person."""

import logging
import threading
from contextlib import suppress

from bot.serving.following import FAILED, Condition, Pauses
from index import Library, SeedIndexError

log = logging.getLogger(__name__)

# Seconds between two looks at what is current: with the opening, less than one to the new answers.
LOOKED = 0.4


class Current:
    """A thread that lets no index that is open lag behind, whatever else the process is at.

    It also asks each time whether this process is to build by itself, so that where the one that
    did has died, another one takes its place at once. Nothing ends it.
    """

    def __init__(self, library: Library) -> None:
        """Look after the open indexes of `library`."""
        self._library = library
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="current", daemon=True)
        self.condition = Condition()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End soon."""
        self._stop.set()

    def is_alive(self) -> bool:
        """Whether it goes on."""
        return self._thread.is_alive()

    def _run(self) -> None:
        pauses = Pauses(*FAILED)
        while not self._stop.wait(pauses.seconds or LOOKED):
            try:
                self._look()
            # Opening what is new needs memory and files, and there may be none.
            except BaseException as error:  # noqa: BLE001
                foreseen = isinstance(error, (SeedIndexError, OSError))
                trace = None if foreseen else error
                self.condition.tell("what others build is not followed", error, trace)
                pauses.grow()
            else:
                pauses.reset()
                self.condition.recover("what others build is followed again")

    def _look(self) -> None:
        for name, index in self._library.opened().items():
            if index.refresh():
                of = f" of {name}" if name else ""
                log.info("answering from the index%s %s", of, index.generation)
        if self._library.settings.watch:
            # What stands against it is told by who follows the documents.
            with suppress(SeedIndexError):
                self._library.leads()
