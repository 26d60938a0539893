"""Leaving in good order, once the process is told to end."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable, Coroutine

log = logging.getLogger(__name__)

# What closing connections and threads may take once the last reply is out.
CLOSING_SECONDS = 5.0


def when_told(seconds: float, leave: Callable[[], Coroutine[None, None, None]]) -> None:
    """At SIGINT or SIGTERM, start to `leave`, which may take so long; a second one kills."""
    loop = asyncio.get_running_loop()
    leaving: list[asyncio.Task[None]] = []

    def end() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        log.info("told to end: what is under way has %g seconds", seconds)
        # A thread that works can't be stopped, nor a name lookup, nor a dead connection's goodbye:
        # the interpreter would wait for them.
        last = threading.Timer(seconds + CLOSING_SECONDS, os._exit, [0])
        last.daemon = True
        last.start()
        leaving.append(loop.create_task(leave()))

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
