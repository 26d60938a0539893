"""Work for a few threads, in fair turns: no server's rush makes the others wait."""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.errors import Busy

T = TypeVar("T")

FULL = "Too many questions are waiting right now; please ask again in a minute."


@dataclass(frozen=True, slots=True)
class _Job:
    """Something to do, and where its result goes."""

    work: Callable[[], Any]
    future: "Future[Any]"


class FairQueue:
    """A bounded queue in front of threads, with a line of its own for each server.

    The lines are served in turns. When all places are taken, whoever is in the longest line gives
    way to a server with a shorter one, the last that came first.
    """

    def __init__(self, threads: int, places: int) -> None:
        """Start `threads` threads and let `places` jobs wait for or be in them."""
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="answer")
        self._free = threads
        self._places = places
        self._lines: OrderedDict[int, deque[_Job]] = OrderedDict()
        self._lock = threading.Lock()
        self._under_way = 0

    @property
    def under_way(self) -> int:
        """How many jobs wait or are being done."""
        return self._under_way

    def submit(self, line: int, work: Callable[[], T]) -> "Future[T]":
        """Have `work` done in its turn among that of `line`, usually the number of a server.

        Raises:
            Busy: all places are taken, and no other line is longer.
        """
        context = copy_context()
        job = _Job(lambda: context.run(work), Future())
        with self._lock:
            if self._under_way >= self._places:
                self._make_room(line)
            self._under_way += 1
            self._lines.setdefault(line, deque()).append(job)
        self._start()
        return job.future

    def close(self) -> None:
        """Take nothing new and forget what waits."""
        with self._lock:
            waiting = [job for jobs in self._lines.values() for job in jobs]
            self._lines.clear()
            self._under_way -= len(waiting)
        for job in waiting:
            job.future.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _make_room(self, line: int) -> None:
        longest = max(self._lines, key=lambda number: len(self._lines[number]), default=line)
        own = len(self._lines.get(line, ()))
        if len(self._lines.get(longest, ())) <= own + 1:
            raise Busy(FULL)
        job = self._lines[longest].pop()
        self._under_way -= 1
        job.future.set_exception(Busy(FULL))

    def _start(self) -> None:
        """Give a free thread the first job of the line whose turn it is."""
        with self._lock:
            if not self._free or not self._lines:
                return
            line, jobs = self._lines.popitem(last=False)
            job = jobs.popleft()
            if jobs:
                self._lines[line] = jobs
            self._free -= 1
        self._threads.submit(self._do, job)

    def _do(self, job: _Job) -> None:
        try:
            if job.future.set_running_or_notify_cancel():
                try:
                    job.future.set_result(job.work())
                except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                    job.future.set_exception(error)
        finally:
            with self._lock:
                self._free += 1
                self._under_way -= 1
            self._start()
