"""No damaged file does more than be refused; fuzz_readers.py tries many more."""

from collections.abc import Iterator

import pytest

from tests.support.formats import samples
from tests.tools.fuzz_readers import SHAPES, Target, fuzz, target

FILES = samples() | SHAPES


@pytest.fixture(scope="module")
def process() -> Iterator[Target]:
    """The process that reads and cuts."""
    with target() as started:
        yield started


@pytest.mark.parametrize("path", sorted(FILES))
def test_a_damaged_file_is_read_and_cut_or_refused(process: Target, path: str) -> None:
    counts, harmful = fuzz(process, path, FILES[path], 25)
    assert not harmful
    assert counts.total() >= 25
