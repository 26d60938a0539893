"""What a build needs each time, at less cost, for tests that are of something else.

What is put in place does the same: it is the process, the wait for the disk and the second sum of
one file that are saved.
"""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from index.model import revision
from index.reading.process import ReaderProcess, Result
from index.reading.worker import ORDER, Cutter, Order, carry_out
from index.settings import IndexSettings
from index.text.chunking import Chunker

PLACES = ("index.build.collect.ReaderProcess", "index.reading.preview.ReaderProcess")


class Reader(ReaderProcess):
    """Reads and cuts in the process of the test; what goes in and comes out is JSON all the same.

    It can't be killed, and has no limits of time and memory.
    """

    def __init__(self, settings: IndexSettings, cutter: Cutter | None = None) -> None:
        """Read from the seeds folder; nothing is cut without a cutter."""
        super().__init__(settings, cutter)
        self._limits = settings
        self._cuts = cutter or Chunker(1, len)  # of which nothing is asked

    def _carry_out(self, _path: str, order: Order, results: TypeAdapter[Result]) -> Result:
        given = ORDER.validate_json(ORDER.dump_json(order))
        return results.validate_json(
            carry_out(given, self._limits.seeds_path, self._limits, self._cuts)
        )


def read_here(patch: pytest.MonkeyPatch) -> None:
    """Have no process started to read."""
    for place in PLACES:
        patch.setattr(place, Reader)


def read_apart(patch: pytest.MonkeyPatch) -> None:
    """Have a process started to read, as it is."""
    for place in PLACES:
        patch.setattr(place, ReaderProcess)


def sum_once(patch: pytest.MonkeyPatch) -> None:
    """Sum each file of the bundled model once."""
    ordinary = revision._sha256  # noqa: SLF001 - no other place is asked for each file
    patch.setattr(revision, "_sha256", _once(ordinary, revision.bundled_folder()))


def flush_nothing(patch: pytest.MonkeyPatch) -> None:
    """Don't wait for the disk: no power goes out."""
    patch.setattr(os, "fsync", os.fstat)  # which refuses what is no open file


def _once(sha256: Callable[[Path], str], folder: Path) -> Callable[[Path], str]:
    known = cache(sha256)
    return lambda file: known(file) if file.is_relative_to(folder) else sha256(file)
