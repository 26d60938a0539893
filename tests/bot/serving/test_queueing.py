"""Every server gets its turn, whoever else is asking."""

import threading
from collections.abc import Iterator
from functools import partial

import pytest

from bot.errors import Busy
from bot.serving.queueing import FairQueue

PATIENCE = 5.0


class Slow:
    """Work that is done when it is allowed to, and is noted when it begins."""

    def __init__(self) -> None:
        """Nothing may go on yet."""
        self.go = threading.Event()
        self.begun: list[str] = []

    def work(self, name: str) -> str:
        """Note, wait, and return the name."""
        self.begun.append(name)
        self.go.wait(PATIENCE)
        return name


@pytest.fixture
def slow() -> Iterator[Slow]:
    """Work that ends with the test."""
    slow = Slow()
    yield slow
    slow.go.set()


def test_servers_are_served_in_turns(slow: Slow) -> None:
    queue = FairQueue(threads=1, places=10)
    names = ["a0", "a1", "a2", "a3", "b0", "b1", "c0"]
    futures = [queue.submit(ord(name[0]), partial(slow.work, name)) for name in names]
    slow.go.set()
    assert [future.result(PATIENCE) for future in futures] == names
    assert slow.begun == ["a0", "a1", "b0", "c0", "a2", "b1", "a3"]
    assert queue.under_way == 0
    queue.close()


def test_the_longest_line_gives_way_and_a_long_one_is_refused(slow: Slow) -> None:
    queue = FairQueue(threads=1, places=4)
    crowd = [queue.submit(1, lambda: slow.work("crowd")) for _ in range(4)]
    with pytest.raises(Busy, match="Too many questions"):
        queue.submit(1, lambda: slow.work("one more"))
    other = queue.submit(2, lambda: slow.work("other"))
    slow.go.set()
    assert other.result(PATIENCE) == "other"
    with pytest.raises(Busy, match="Too many questions"):
        crowd[-1].result(PATIENCE)
    assert [each.result(PATIENCE) for each in crowd[:-1]] == ["crowd"] * 3
    assert queue.under_way == 0
    queue.close()


def test_what_fails_is_raised_where_it_is_waited_for() -> None:
    queue = FairQueue(threads=1, places=2)
    with pytest.raises(ZeroDivisionError):
        queue.submit(0, lambda: 1 // 0).result(PATIENCE)
    assert queue.submit(0, lambda: "well").result(PATIENCE) == "well"
    queue.close()


def test_a_closed_queue_forgets_what_waits(slow: Slow) -> None:
    queue = FairQueue(threads=1, places=3)
    doing = queue.submit(0, lambda: slow.work("doing"))
    waiting = queue.submit(0, lambda: slow.work("waiting"))
    queue.close()
    slow.go.set()
    assert doing.result(PATIENCE) == "doing"
    assert waiting.cancelled()
