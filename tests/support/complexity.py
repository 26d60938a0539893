"""What takes time in proportion to its input, and what takes more."""

import gc
import time
from collections.abc import Callable
from typing import TypeVar

Input = TypeVar("Input")

# Below this, what has nothing to do with the input would be most of the time.
LEAST_SECONDS = 0.04
MOST_TIMES = 2.5
TRIES = 3


def assert_linear(
    make: Callable[[int], Input],
    work: Callable[[Input], object],
    first: int = 8,
    largest: int = 4096,
) -> None:
    """Hold that twice the input takes at most two and a half times the time.

    `make` has an input of each size, which is doubled from `first` until its time can be measured:
    that of the processor, which other programs take no part of. Where caches and memory make a
    step, as here and there they do, there is none at the next sizes; what takes the square of its
    input does so at every size.
    """
    # What other tests have left in memory would be gone through again and again.
    gc.freeze()
    try:
        _grow(make, work, first, largest)
    finally:
        gc.unfreeze()


def _grow(
    make: Callable[[int], Input], work: Callable[[Input], object], first: int, largest: int
) -> None:
    """Double the input until its time can be measured, and compare."""
    size, once = first, make(first)
    work(once)
    shorter = _seconds(work, once)
    said = []
    while True:
        twice = make(2 * size)
        longer = _seconds(work, twice)
        if longer >= LEAST_SECONDS or size >= largest:
            if longer > MOST_TIMES * shorter:
                shorter = min(shorter, _seconds(work, once))
                longer = min(longer, _seconds(work, twice))
            if longer <= max(MOST_TIMES * shorter, LEAST_SECONDS):
                return
            said.append(f"size {size}: {shorter:.3f} s, size {2 * size}: {longer:.3f} s")
            assert len(said) < TRIES, said
        size, once, shorter = 2 * size, twice, longer


def _seconds(work: Callable[[Input], object], given: Input) -> float:
    gc.collect()
    gc.disable()
    try:
        begun = time.process_time()
        work(given)
        return time.process_time() - begun
    finally:
        gc.enable()
