"""Calls that wait for each other, done together."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Batcher(Generic[T, R]):
    """Does one piece of work at a time; what is asked for meanwhile is the next, all at once."""

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]]) -> None:
        """Do `work`, which returns one result for each of what it is given."""
        self._work = work
        self._working = threading.Lock()
        self._adding = threading.Lock()
        self._waiting: list[tuple[T, Future[R]]] = []

    def __call__(self, item: T) -> R:
        """Return the result for `item`; what the work raises is raised for all of it."""
        result: Future[R] = Future()
        with self._adding:
            self._waiting.append((item, result))
        with self._working:
            with self._adding:
                together, self._waiting = self._waiting, []
            # Empty where the one before took this along.
            if together:
                self._do(together)
        return result.result()

    def _do(self, together: Sequence[tuple[T, "Future[R]"]]) -> None:
        try:
            results = self._work([item for item, _ in together])
        # Each of those that wait is told, in its own thread.
        except Exception as error:  # noqa: BLE001
            for _, waiting in together:
                waiting.set_exception(error)
            return
        for (_, waiting), result in zip(together, results, strict=True):
            waiting.set_result(result)
