"""The process that reads documents: paths in, documents or reasons out, until nobody asks."""

import contextlib
import math
import resource
import signal
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from pydantic import TypeAdapter

from index.domain import Document, Skipped
from index.errors import SourceError
from index.reading.formats import read_file
from index.settings import Limits

RESULT: TypeAdapter[Document | Skipped] = TypeAdapter(Document | Skipped)
OUT_OF_MEMORY = 70
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
        connection.send_bytes(b"ready")
        while True:
            path = connection.recv_bytes().decode()
            # Who asks ends this process when time is up; if that one is gone, the alarm does.
            signal.alarm(math.ceil(limits.max_seconds_per_file) + GRACE_SECONDS)
            try:
                data = RESULT.dump_json(_result(folder, path, limits))
            except MemoryError:
                sys.exit(OUT_OF_MEMORY)
            connection.send_bytes(data)
            signal.alarm(0)


def _result(folder: Path, path: str, limits: Limits) -> Document | Skipped:
    try:
        return read_file(folder, path, limits)
    except SourceError as error:
        return Skipped(path, error.reason)
