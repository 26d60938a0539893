"""`.csv`, `.tsv`: every record is a row that knows the header; the text is the file's own.

What a chat program exported is read as a conversation.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence

from index.domain import Block, BlockKind, Document, Span
from index.errors import UnreadableSource
from index.reading.formats import chat
from index.reading.formats.decoding import decode
from index.reading.formats.extracted import Extract
from index.reading.titles import title_from_path
from index.settings import Limits

DELIMITERS = ",;\t|"
NUMBER = re.compile(r"[-+]?[\d.,]+%?")
# The lines from which (from 0) and up to which it goes, and its cells.
Record = tuple[int, int, list[str]]


def read(path: str, data: bytes, _limits: Limits) -> Document:
    """Read a table of values that a delimiter separates.

    Raises:
        UnreadableSource: the bytes are no text, or no table.
    """
    text, notes = decode(path, data)
    # The library's own limit is on characters; the size of the whole file is limited already.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    try:
        records = list(_records(text, _delimiter(path, text)))
    except csv.Error as error:
        raise UnreadableSource(path, f"it is no table of values: {error}") from error
    media_type = "text/tab-separated-values" if path.lower().endswith(".tsv") else "text/csv"
    messages = chat.table([(first + 1, record) for first, _, record in records])
    if messages:
        extract = Extract()
        chat.add(extract, "line", messages)
        return extract.document(path, data, media_type, notes=notes)
    return Document(
        path=path,
        media_type=media_type,
        title=title_from_path(path),
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        blocks=tuple(_rows(text, records)),
        notes=notes,
    )


def _delimiter(path: str, text: str) -> str:
    """The one that the first line has most of; a comma wins a tie."""
    if path.lower().endswith(".tsv"):
        return "\t"
    first = text.lstrip("\n").partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def _records(text: str, delimiter: str) -> Iterator[Record]:
    records = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter)
    line = 0
    for record in records:
        yield line, records.line_num, record
        line = records.line_num


def _rows(text: str, records: Sequence[Record]) -> Iterator[Block]:
    starts = [0]
    for text_line in text.split("\n"):
        starts.append(starts[-1] + len(text_line) + 1)
    header: str | None = None
    for first, last, record in records:
        raw = text[starts[first] : min(starts[last], len(text))]
        begin = starts[first] + len(raw) - len(raw.lstrip())
        cells = [" ".join(cell.split()) for cell in record]
        if not any(cells):
            continue
        span = Span(begin, begin + len(raw.strip()))
        yield Block(BlockKind.ROW, span, header or "", span.start)
        if header is None:
            # A first row with a number in it is data: such a table has no header.
            named = not any(NUMBER.fullmatch(cell) for cell in cells)
            header = " | ".join(cell for cell in cells if cell) if named else ""
