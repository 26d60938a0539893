"""Processes in the place of those that read documents."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.in_place import read_apart

# A worker that is not ours, as one would be that a hostile document has taken over.
HIJACKED = (
    "import os, sys, time; from multiprocessing.connection import Connection; "
    "c = Connection(int(sys.argv[3])); cutter = c.recv_bytes(); c.send_bytes(b'ready'); "
    "path = c.recv_bytes(); "
)


@contextmanager
def readers_that(monkeypatch: pytest.MonkeyPatch, does: str) -> Iterator[None]:
    """Have each reader that is started do something with the first document that it is given."""
    with monkeypatch.context() as patch:
        read_apart(patch)
        patch.setattr("index.reading.process.BOOT", HIJACKED + does)
        yield


KILLED = "os.kill(os.getpid(), 9)"
