"""Source code and configuration: the file as it is, divided where a new part begins."""

import hashlib
from collections.abc import Iterator

from index.domain import Block, BlockKind, Document, Span
from index.reading.formats.decoding import decode
from index.reading.titles import title_from_path
from index.settings import Limits

# Without a place to divide, a part ends here.
MAX_LINES = 60


def read(path: str, data: bytes, _limits: Limits) -> Document:
    """Read a file of code.

    Raises:
        UnreadableSource: the bytes are no text.
    """
    text, notes = decode(path, data)
    return Document(
        path=path,
        media_type="text/plain",
        title=title_from_path(path),
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        blocks=tuple(Block(BlockKind.CODE, span) for span in _parts(text)),
        notes=notes,
    )


def _parts(text: str) -> Iterator[Span]:
    """The runs of lines from one that isn't indented, below an empty one, to the next such."""
    begin = end = at = count = 0
    divides = True
    for line in text.split("\n"):
        if line.strip():
            if (divides and not line[0].isspace()) or count in {0, MAX_LINES}:
                if end > begin:
                    yield Span(begin, end)
                begin, count = at + len(line) - len(line.lstrip()), 0
            end = at + len(line.rstrip())
            count += 1
        divides = not line.strip()
        at += len(line) + 1
    if end > begin:
        yield Span(begin, end)
