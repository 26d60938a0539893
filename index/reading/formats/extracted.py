"""A text put together from what a format holds: each piece with its kind and its place."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace

from index.domain import Block, BlockKind, Document, Landmark, Span
from index.errors import UnreadableSource
from index.reading.formats import tables
from index.reading.formats.bounds import ABOVE_CHARS, NAME_CHARS
from index.reading.formats.lined import first_title
from index.reading.titles import title_from_path

# What can't be stored or shown; line feed and tab stay.
UNPRINTABLE = re.compile(r"[\0-\x08\x0b-\x1f\x7f\ud800-\udfff]")
CLOSE = {BlockKind.ITEM, BlockKind.ROW}


def clean(text: str) -> str:
    """Return `text` with its line ends turned to line feeds and what can't be printed left out."""
    return UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Return `text` with each run of white space turned to one space."""
    return " ".join(clean(text).split())


class Extract:
    """The text so far, its landmarks and its blocks."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._parts: list[str] = []
        self._length = 0
        self._last: BlockKind | None = None
        self._marked = False
        self._landmarks: list[Landmark] = []
        self._blocks: list[Block] = []

    def mark(self, kind: str, number: int) -> None:
        """Begin a page, cell or record: what is added next belongs to it."""
        self._gap("\n\n")
        self._marked = True
        self._landmarks.append(Landmark(kind, str(number), 1, self._length))

    def heading(self, label: str, level: int) -> None:
        """Add a heading."""
        label = one_line(label)
        if label:
            start = self._put(label, None).start
            self._landmarks.append(Landmark("heading", label, level, start))

    def block(
        self, kind: BlockKind, text: str, context: str = "", parent: Block | None = None
    ) -> Block | None:
        """Add a block, which a quote of it begins at, or at its `parent`; None without words."""
        text = clean(text).strip()
        if not text:
            return None
        span = self._put(text, kind)
        added = Block(
            kind, span, one_line(context[:ABOVE_CHARS]), parent.anchor if parent else span.start
        )
        self._blocks.append(added)
        return added

    def turn(self, kind: str, number: int, start: int) -> None:
        """Begin a page at a place within the block that was added last."""
        self._landmarks.append(Landmark(kind, str(number), 1, start))

    def table(self, rows: Sequence[Sequence[str]], heads: int = 0, lead_in: str = "") -> None:
        """Add the rows of a table, the first `heads` of them its header, the context of the others.

        Where the format doesn't say, 0, the first one is taken for it. The context begins with the
        `lead_in`, the sentence above the table.
        """
        table = [[one_line(cell) for cell in row] for row in rows]
        table = [cells for cells in table if any(cells)]
        first = min(max(heads, 1), len(table))
        header = tables.names(table[:first] or [[]])
        for number, cells in enumerate(table):
            kind = BlockKind.HEADER if number < heads < len(table) else BlockKind.ROW
            self.row(cells, header if number >= first else (), lead_in, kind)

    def row(
        self,
        cells: Sequence[str],
        header: Sequence[str],
        lead_in: str = "",
        kind: BlockKind = BlockKind.ROW,
    ) -> Block | None:
        """Add one row of a table; the header itself, and a table without one, have none.

        The context begins with the `lead_in`, the sentence above the table.
        """
        shown = [one_line(cell).replace("|", "\\|") for cell in cells]
        columns = " | ".join(name for name in map(one_line, header[:NAME_CHARS]) if name)
        if not any(shown):
            return None
        row = f"| {' | '.join(shown)} |"
        return self.block(kind, row, tables.above(lead_in, columns))

    def add_parsed(self, text: str, landmarks: Sequence[Landmark], blocks: Sequence[Block]) -> None:
        """Add a text whose landmarks and blocks are known, counted from its own start."""
        if not text.strip():
            return
        at = self._put(text, None).start
        self._landmarks.extend(replace(mark, start=mark.start + at) for mark in landmarks)
        for block in blocks:
            span = Span(block.span.start + at, block.span.end + at)
            anchor = block.anchor + at if block.anchor >= 0 else block.anchor
            self._blocks.append(replace(block, span=span, anchor=anchor))

    def document(  # noqa: PLR0913 - what a document is made of
        self,
        path: str,
        data: bytes,
        media_type: str,
        *,
        title: str = "",
        author: str = "",
        notes: tuple[str, ...] = (),
    ) -> Document:
        """Return the document; `title` is used where the text has no one title of its own.

        Raises:
            UnreadableSource: no text was added.
        """
        text = "".join(self._parts)
        if not text.strip():
            raise UnreadableSource(path, "the file holds no text")
        headings = [mark for mark in self._landmarks if mark.kind == "heading"]
        own = first_title(headings) if headings else ""
        return Document(
            path=path,
            media_type=media_type,
            title=own or one_line(title) or title_from_path(path),
            text=text,
            sha256=hashlib.sha256(data).hexdigest(),
            landmarks=tuple(self._landmarks),
            blocks=tuple(self._blocks),
            author=one_line(author),
            notes=notes,
            lined=False,
        )

    def _put(self, text: str, kind: BlockKind | None) -> Span:
        """Add `text` on lines of its own; rows and items follow each other without a blank one."""
        if not self._marked:
            close = kind and self._last and kind.among in CLOSE and kind.among is self._last.among
            self._gap("\n" if close else "\n\n")
        self._marked = False
        self._last = kind
        self._parts.append(text)
        span = Span(self._length, self._length + len(text))
        self._length = span.end
        return span

    def _gap(self, gap: str) -> None:
        if self._parts:
            self._parts.append(gap)
            self._length += len(gap)
