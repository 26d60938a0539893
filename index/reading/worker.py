"""The process that reads and cuts documents, until nobody asks.

In go paths and documents, out come the documents and their passages, or reasons.
"""

import contextlib
import hashlib
import math
import pickle
import resource
import signal
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter

from index.domain import Cut, Document, Skipped
from index.errors import ResourcesMissing, SourceError
from index.reading.formats import read
from index.reading.opening import blocks_of_source
from index.sandbox.confine import confine
from index.settings import Limits


class Cutter(Protocol):
    """What makes passages of a document."""

    def cut(self, document: Document, first_id: int) -> Cut:
        """Return the passages, their ids counting from `first_id`."""


Order = str | tuple[Document, int]
"""The path of a file to read, or a document to cut and the id of its first passage."""

ORDER: TypeAdapter[Order] = TypeAdapter(Order)
RESULT: TypeAdapter[Document | Skipped] = TypeAdapter(Document | Skipped)
CUT: TypeAdapter[Cut] = TypeAdapter(Cut)
OUT_OF_MEMORY = 70
EXHAUSTED = "the machine had no more open files or memory to read it with"
MEGABYTE = 1_000_000
GRACE_SECONDS = 5


def main(arguments: Sequence[str]) -> None:
    """Serve one connection: `arguments` are the seeds folder, its descriptor, limits as JSON."""
    folder = Path(arguments[0])
    limits = Limits.model_validate_json(arguments[2])
    # Not every system lets a process limit itself; the others do without.
    with contextlib.suppress(OSError, ValueError):
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (limits.max_reader_mb * MEGABYTE, hard))
    with Connection(int(arguments[1])) as connection, contextlib.suppress(EOFError, OSError):
        # From the process that started this one, before anything that a stranger wrote is read.
        cutter: Cutter = pickle.loads(connection.recv_bytes())  # noqa: S301
        confine(folder)
        connection.send_bytes(b"ready")
        while True:
            order = connection.recv_bytes()
            # Who asks ends this process when time is up; if that one is gone, the alarm does.
            signal.alarm(math.ceil(limits.max_seconds_per_file) + GRACE_SECONDS)
            try:
                data = carry_out(ORDER.validate_json(order), folder, limits, cutter)
            except MemoryError:
                sys.exit(OUT_OF_MEMORY)
            connection.send_bytes(data)
            signal.alarm(0)


def carry_out(order: Order, folder: Path, limits: Limits, cutter: Cutter) -> bytes:
    """Do what is asked for, and return what came of it as JSON."""
    if not isinstance(order, str):
        return CUT.dump_json(cutter.cut(*order))
    return RESULT.dump_json(_read(folder, order, limits))


def _read(folder: Path, path: str, limits: Limits) -> Document | Skipped:
    """Read a document; only what was read of it to the end can be what speaks against it."""
    try:
        data = b"".join(blocks_of_source(folder, path, limits))
    except SourceError as error:
        return Skipped(path, error.reason, passing=True)
    except ResourcesMissing:
        return Skipped(path, EXHAUSTED, passing=True)
    try:
        return read(path, data, limits)
    except SourceError as error:
        return Skipped(path, error.reason, sha256=hashlib.sha256(data).hexdigest())
    except ResourcesMissing:
        return Skipped(path, EXHAUSTED, passing=True)
