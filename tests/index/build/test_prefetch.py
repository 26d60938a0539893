"""What is made before it is wanted comes in order, and ends with who wants it."""

import threading
import time
from collections.abc import Iterator

import pytest

from index.build.prefetch import prefetch


def counted(made: list[int], ended: threading.Event, count: int) -> Iterator[int]:
    """Numbers, and which of them were made."""
    try:
        for number in range(count):
            made.append(number)
            yield number
    finally:
        ended.set()


def test_items_come_in_order_and_are_made_before_they_are_wanted() -> None:
    made: list[int] = []
    ended = threading.Event()
    items = prefetch(counted(made, ended, 9), 3)
    assert next(items) == 0
    patience = time.monotonic() + 5
    while len(made) < 4 and time.monotonic() < patience:
        time.sleep(0.001)
    assert made == [0, 1, 2, 3]
    assert list(items) == list(range(1, 9))
    assert ended.is_set()


def test_a_failure_is_raised_where_its_item_is_wanted() -> None:
    def failing() -> Iterator[int]:
        yield 1
        message = "no more"
        raise ValueError(message)

    items = prefetch(failing(), 4)
    assert next(items) == 1
    with pytest.raises(ValueError, match="no more"):
        next(items)


def test_who_wants_no_more_ends_what_makes_them() -> None:
    made: list[int] = []
    ended = threading.Event()
    items = prefetch(counted(made, ended, 1000), 2)
    next(items)
    items.close()
    assert ended.is_set()
    assert len(made) < 10
