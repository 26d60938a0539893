"""Waiting for no longer than so long, without ending what is waited for."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

# The event loop itself keeps no task alive.
_under_way: set[asyncio.Task[Any]] = set()


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` does, or leave it to end by itself after so many seconds.

    Cancelled while it waits out a rate limit of the whole bot, discord.py would hold back every
    request from then on.

    Raises:
        TimeoutError: it takes longer.
    """
    task = asyncio.create_task(work)
    _under_way.add(task)
    task.add_done_callback(_end)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        raise TimeoutError
    return task.result()


def _end(task: asyncio.Task[Any]) -> None:
    _under_way.discard(task)
    if not task.cancelled():
        # Whoever waited has it; if nobody does any more, it is nobody's concern.
        task.exception()
