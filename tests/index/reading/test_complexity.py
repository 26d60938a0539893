"""Twice the document takes no more than about twice the time, whatever it is made of."""

import pytest

from index.reading.formats import READERS, read
from index.settings import Limits
from tests.support.complexity import assert_linear
from tests.support.large import MARKDOWN, OTHERS, PACKED, TEXTS, Make, data

# What the packed formats unpack to is no part of what is measured here.
LIMITS = Limits(max_unpacked_mb=10_000, max_pages=100_000)
CASES = {
    (name, shape): make
    for formats in ({"a.md": TEXTS | MARKDOWN, "a.rst": TEXTS}, OTHERS, PACKED)
    for name, shapes in formats.items()
    for shape, make in shapes.items()
}


def test_every_reader_is_measured() -> None:
    measured = {READERS[f".{name.partition('.')[2]}"] for name, _ in CASES}
    assert measured == set(READERS.values())


@pytest.mark.parametrize(("case", "make"), CASES.items(), ids=map(": ".join, CASES))
def test_reading_takes_time_in_proportion(case: tuple[str, str], make: Make) -> None:
    name, _ = case
    assert_linear(lambda size: data(make, size), lambda given: read(name, given, LIMITS))
