"""No damaged file does more to a reader than be refused; fuzz_readers.py tries many more."""

import pytest

from tests.support.formats import samples
from tests.tools.fuzz_readers import fuzz

FILES = samples()


@pytest.mark.parametrize("path", sorted(FILES))
def test_a_damaged_file_is_read_or_refused(path: str) -> None:
    assert fuzz(path, FILES[path], 25).total() >= 25
