"""What reading a file would make of it, told before it is a document."""

import tempfile
from pathlib import Path

from index.domain import Document, Skipped
from index.reading.process import ReaderProcess
from index.settings import IndexSettings

# Somebody waits for it.
LONGEST_SECONDS = 15.0


def preview(settings: IndexSettings, path: str, data: bytes) -> Document | Skipped:
    """Read `data` as a build would read it at `path`, but away from the documents.

    Where it is skipped, and `passing`, a build may well read it, with more time.

    Raises:
        ResourcesMissing: no process that reads can be started.
        OSError: there is no room for it.
    """
    with tempfile.TemporaryDirectory(prefix="seedbot-") as folder:
        file = Path(folder, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        seconds = min(settings.max_seconds_per_file, LONGEST_SECONDS)
        apart = settings.model_copy(update={"seeds": folder, "max_seconds_per_file": seconds})
        with ReaderProcess(apart) as reader:
            return reader.read(path)
