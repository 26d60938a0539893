"""`.rst`: reStructuredText; docutils finds the structure, the text stays the file's own."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Parser
from docutils.parsers.rst.states import Inliner
from docutils.utils import new_document

from index.domain import Block, BlockKind, Document, Landmark, Span
from index.reading.formats.bounds import NAME_CHARS, head
from index.reading.formats.decoding import decode
from index.reading.formats.extracted import one_line
from index.reading.formats.lined import first_title
from index.reading.titles import title_from_path
from index.settings import Limits

# Nothing is included or fetched, and what is wrong in a file is not printed.
SETTINGS = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,
    "halt_level": 6,
    "warning_stream": "",
    "line_length_limit": 10**9,
    "syntax_highlight": "none",
}
# A directive's first line, its options, a comment, a link's target: no words to quote.
NO_TEXT = re.compile(r"\s*(?:\.\.(?:\s|$)|:[\w-]+:(?:\s|$)|__ )")
LEAD_IN_CHARS = 120
LINES_COMPARED = 8
# In a longer text, marks that are never closed would be looked for from each of them to its end.
MARKED_CHARS = 5000


def read(path: str, data: bytes, _limits: Limits) -> Document:
    """Read a reStructuredText file.

    Raises:
        UnreadableSource: the bytes are no text.
    """
    text, notes = decode(path, data)
    settings = get_default_settings(Parser)
    for name, value in SETTINGS.items():
        setattr(settings, name, value)
    tree = new_document(path, settings)
    Parser(inliner=_inliner()).parse(text, tree)
    structure = _Structure(text)
    structure.section(tree, 0)
    blocks = structure.all_blocks()
    landmarks = tuple(structure.landmarks)
    return Document(
        path=path,
        media_type="text/x-rst",
        title=(first_title(landmarks) if landmarks else "") or title_from_path(path),
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        landmarks=landmarks,
        blocks=blocks,
        author=_author(tree),
        notes=notes,
    )


def _inliner() -> Inliner:
    """What finds the marks within texts, but for those longer than anybody writes with marks."""
    inliner = Inliner()
    parse = inliner.parse

    def bounded(
        text: str,
        *others: Any,  # noqa: ANN401 - passed on
    ) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return ([nodes.Text(text)], []) if len(text) > MARKED_CHARS else parse(text, *others)

    # Not a class of its own: its patterns are put together of what stands in the class itself.
    vars(inliner)["parse"] = bounded
    return inliner


class _Structure:
    """The landmarks and blocks of a tree, each found again in the lines of the file."""

    def __init__(self, text: str) -> None:
        self.landmarks: list[Landmark] = []
        self._blocks: list[Block] = []
        self._text = text
        # Lines as docutils counts them: these two end none, but others beside the line feed do.
        self._lines = re.sub(r"[\v\f]", " ", text).splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        self._covered = [False] * len(self._lines)
        self._lead_in = ""

    def section(self, node: nodes.Element, level: int) -> None:
        """Add what a section, or anything else that isn't a block by itself, holds."""
        for child in node.children:
            match child:
                case nodes.section():
                    self.section(child, level + 1)
                case nodes.title() if isinstance(node, nodes.section):
                    self._heading(child, level)
                case nodes.comment() | nodes.substitution_definition() | nodes.target():
                    self._find(child.rawsource, child.line)
                case nodes.system_message():
                    self._left_out(child)
                case nodes.Element():
                    self._block(child, level)

    def _block(self, node: nodes.Element, level: int) -> None:
        match node:
            case nodes.bullet_list() | nodes.enumerated_list() | nodes.definition_list():
                self._list(node, level, [], self._lead_in)
                self._lead_in = ""
            case nodes.table():
                self._table(node)
                self._lead_in = ""
            case nodes.literal_block() | nodes.doctest_block():
                self._add(BlockKind.CODE, self._find(node.astext(), node.line))
            case nodes.TextElement():
                self._paragraph(node)
            case _:
                self.section(node, level)

    def _left_out(self, message: nodes.system_message) -> None:
        """Leave raw markup out; what else docutils complains of is picked up as it stands."""
        for block in message.findall(nodes.literal_block):
            if block.astext().startswith(".. raw::"):
                self._find(block.astext(), message.line)

    def all_blocks(self) -> tuple[Block, ...]:
        """Return the blocks in order, with the lines that docutils didn't understand."""
        run: list[int] = []
        for number in range(len(self._lines) + 1):
            if number < len(self._lines) and self._unseen(number):
                run.append(number)
            elif run:
                self._add(BlockKind.PARAGRAPH, self._span(run[0], run[-1] + 1))
                run = []
        return tuple(sorted(self._blocks, key=lambda block: block.span))

    def _unseen(self, number: int) -> bool:
        line = self._lines[number]
        return (
            not self._covered[number] and bool(re.search(r"\w", line)) and not NO_TEXT.match(line)
        )

    def _heading(self, node: nodes.title, level: int) -> None:
        span = self._find(node.rawsource, node.line)
        if span is not None:
            self._lead_in = ""
            self.landmarks.append(Landmark("heading", one_line(node.astext()), level, span.start))

    def _paragraph(self, node: nodes.TextElement) -> None:
        span = self._find(node.rawsource, node.line)
        self._add(BlockKind.PARAGRAPH, span)
        words = one_line(node.astext())
        self._lead_in = words.rstrip(":") if len(words) <= LEAD_IN_CHARS else ""

    def _list(
        self, node: nodes.Element, level: int, parents: Sequence[Block], lead_in: str
    ) -> None:
        """Add each item: its first text is its block, the rest has that block as its parent."""
        for item in node.children:
            below = list(parents)
            for leaf in _leaves(item):
                if isinstance(leaf, nodes.TextElement) and not isinstance(
                    leaf, nodes.literal_block
                ):
                    above = [
                        one_line(head(item.span, self._text)).lstrip("-*+• ") for item in below
                    ]
                    context = " › ".join(part for part in [lead_in, *above] if part)[:NAME_CHARS]
                    span = self._find(leaf.rawsource, leaf.line)
                    anchor = below[0].anchor if below else -1
                    added = self._add(BlockKind.ITEM, span, context, anchor)
                    if added is not None and len(below) == len(parents):
                        below.append(added)
                elif isinstance(leaf, nodes.Sequential):
                    self._list(leaf, level, below, lead_in)
                else:
                    self._block(leaf, level)

    def _table(self, node: nodes.table) -> None:
        header = ""
        for row in node.findall(nodes.row):
            spans = [
                span
                for leaf in row.findall(nodes.TextElement)
                if leaf.rawsource and (span := self._find(leaf.rawsource, leaf.line)) is not None
            ]
            if not spans:
                continue
            first, last = min(spans).start, max(span.end for span in spans)
            # A row takes in its whole lines: cells stand beside each other.
            begin = self._text.rfind("\n", 0, first) + 1
            end = self._text.find("\n", last)
            raw = self._text[begin : end if end >= 0 else None]
            start = begin + len(raw) - len(raw.lstrip())
            head = isinstance(row.parent, nodes.thead)
            kind = BlockKind.HEADER if head else BlockKind.ROW
            self._add(kind, Span(start, begin + len(raw.rstrip())), header)
            if head or not header:
                header = " | ".join(one_line(cell.astext()) for cell in row.children)

    def _add(
        self, kind: BlockKind, span: Span | None, context: str = "", anchor: int = -1
    ) -> Block | None:
        if span is None or span.start >= span.end:
            return None
        block = Block(kind, span, context, anchor if anchor >= 0 else span.start)
        self._blocks.append(block)
        return block

    def _find(self, raw: str, line: int | None) -> Span | None:
        """Find a node's source in the lines around `line` (from 1); it covers them."""
        wanted = [part.strip() for part in raw.splitlines()]
        while wanted and not wanted[-1]:
            wanted.pop()
        if not wanted or line is None:
            return None
        # The number is that of the first line, or for some nodes of the one after the last.
        near = sorted(
            range(max(0, line - len(wanted) - 3), min(line + 1, len(self._lines))),
            key=lambda number: abs(number - line + 1),
        )
        found = [first for first in near if wanted[0] and wanted[0] in self._lines[first]]
        if not found:
            return None
        # The first line may be no more than a bracket, which others have as well.
        first = next((first for first in found if self._begins(first, wanted)), found[0])
        last = min(first + len(wanted), len(self._lines))
        self._covered[first:last] = [True] * (last - first)
        return self._span(first, last)

    def _begins(self, first: int, wanted: Sequence[str]) -> bool:
        """Whether the first lines of a node stand from line number `first` on."""
        pairs = zip(
            wanted[:LINES_COMPARED], self._lines[first : first + LINES_COMPARED], strict=False
        )
        return all(part in line for part, line in pairs)

    def _span(self, first: int, last: int) -> Span:
        start, end = self._starts[first], self._starts[last]
        raw = self._text[start:end]
        return Span(start + len(raw) - len(raw.lstrip()), start + len(raw.rstrip()))


def _leaves(item: nodes.Node) -> Iterator[nodes.Element]:
    """The parts of a list item, those of a definition's body among them."""
    for child in item.children:
        if isinstance(child, nodes.definition):
            yield from (node for node in child.children if isinstance(node, nodes.Element))
        elif isinstance(child, nodes.Element):
            yield child


def _author(tree: nodes.document) -> str:
    """The author that a list of fields at the head names."""
    for field in tree.findall(nodes.field):
        if field.children[0].astext().casefold() == "author":
            return one_line(field.children[-1].astext())
    return ""
