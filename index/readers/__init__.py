"""One module a format, each turning bytes into a `Document`; `READERS` says which suffix is whose.

To add a format, write a module with a `read(path, data)` and name it here.
"""

from collections.abc import Callable
from pathlib import PurePosixPath

from index.domain import Document
from index.errors import UnsupportedFormat
from index.readers import markdown, plain

Reader = Callable[[str, bytes], Document]

READERS: dict[str, Reader] = {
    ".txt": plain.read,
    ".text": plain.read,
    ".md": markdown.read,
    ".markdown": markdown.read,
}


def read(path: str, data: bytes) -> Document:
    """Read the document at `path` (POSIX, relative to the seeds folder) from its bytes.

    Raises:
        UnsupportedFormat: no reader knows the suffix.
        UnreadableSource: the bytes are no text.
    """
    suffix = PurePosixPath(path).suffix.lower()
    reader = READERS.get(suffix)
    if reader is None:
        known = ", ".join(READERS)
        raise UnsupportedFormat(path, f"the format {suffix or '(no suffix)'} is not one of {known}")
    return reader(path, data)
