"""Work done before it is asked for, in a thread of its own."""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def prefetch(items: Iterator[T], count: int) -> Generator[T, None, None]:
    """Yield `items`, up to `count` of which are made before they are wanted.

    What making one raises is raised where it is wanted. Closing this ends `items` as well, if they
    are a generator, when the one that is being made is done.
    """
    end = object()
    with ThreadPoolExecutor(1, "prefetch") as thread:
        try:
            waiting = deque(thread.submit(next, items, end) for _ in range(count))
            while (item := waiting.popleft().result()) is not end:
                waiting.append(thread.submit(next, items, end))
                yield item  # type: ignore[misc]
        finally:
            thread.shutdown(cancel_futures=True)
            if isinstance(items, Generator):
                items.close()
