"""Some of many, from all over."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def evenly_spread(items: Sequence[T], count: int) -> list[T]:
    """Return `count` of `items` in order, evenly spread over them; all where there are no more."""
    if not items:
        return []
    places = np.unique(np.linspace(0, len(items) - 1, count).astype(int))
    return [items[place] for place in places.tolist()]
