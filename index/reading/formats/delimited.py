"""`.csv`, `.tsv`: every record is a row that knows the header; the text is the file's own."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator

from index.domain import Block, BlockKind, Document, Span
from index.errors import UnreadableSource
from index.reading.formats.decoding import decode
from index.reading.titles import title_from_path
from index.settings import Limits

DELIMITERS = ",;\t|"
NUMBER = re.compile(r"[-+]?[\d.,]+%?")


def read(path: str, data: bytes, _limits: Limits) -> Document:
    """Read a table of values that a delimiter separates.

    Raises:
        UnreadableSource: the bytes are no text, or no table.
    """
    text, notes = decode(path, data)
    # The library's own limit is on characters; the size of the whole file is limited already.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    try:
        blocks = tuple(_rows(text, _delimiter(path, text)))
    except csv.Error as error:
        raise UnreadableSource(path, f"it is no table of values: {error}") from error
    return Document(
        path=path,
        media_type="text/tab-separated-values" if path.lower().endswith(".tsv") else "text/csv",
        title=title_from_path(path),
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        blocks=blocks,
        notes=notes,
    )


def _delimiter(path: str, text: str) -> str:
    """The one that the first line has most of; a comma wins a tie."""
    if path.lower().endswith(".tsv"):
        return "\t"
    first = text.lstrip("\n").partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def _rows(text: str, delimiter: str) -> Iterator[Block]:
    starts = [0]
    for text_line in text.split("\n"):
        starts.append(starts[-1] + len(text_line) + 1)
    records = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter)
    header: str | None = None
    line = 0
    for record in records:
        raw = text[starts[line] : min(starts[records.line_num], len(text))]
        begin = starts[line] + len(raw) - len(raw.lstrip())
        line = records.line_num
        cells = [" ".join(cell.split()) for cell in record]
        if not any(cells):
            continue
        span = Span(begin, begin + len(raw.strip()))
        yield Block(BlockKind.ROW, span, header or "", span.start)
        if header is None:
            # A first row with a number in it is data: such a table has no header.
            named = not any(NUMBER.fullmatch(cell) for cell in cells)
            header = " | ".join(cell for cell in cells if cell) if named else ""
