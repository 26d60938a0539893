"""Documents are read as they are where no test is: in a process of its own."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def _reading() -> None:
    """As it is."""
