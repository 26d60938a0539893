"""Twice the document is cut in no more than about twice the time, whatever it is made of."""

import pytest

from index.domain import Document
from index.reading.formats import read
from index.text.chunking import Chunker
from tests.support.complexity import assert_linear
from tests.support.large import MARKDOWN, TEXTS, Make, data

CASES = TEXTS | MARKDOWN
# Reading, which isn't measured here, would take most of the time of what is hardly cut.
LARGEST = 256


def document(make: Make, size: int) -> Document:
    """A document in Markdown."""
    return read("a.md", data(make, size))


@pytest.mark.parametrize("make", CASES.values(), ids=CASES.keys())
def test_cutting_takes_time_in_proportion(make: Make) -> None:
    chunker = Chunker(254, lambda text: len(text) // 4 + 1)
    assert_linear(
        lambda size: document(make, size), lambda given: chunker.cut(given, 0), largest=LARGEST
    )
