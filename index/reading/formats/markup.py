"""The structure of a text: headings, paragraphs, lists, tables and code, each with its span.

Markdown-it finds the blocks, by the rules of `grammar`.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt

from index.domain import Block, BlockKind, Landmark, Span
from index.reading.formats import tables
from index.reading.formats.bounds import NAME_CHARS, head

HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# A longer line wasn't wrapped by hand, so that where it ends a sentence it ends a paragraph.
HARD_WRAP_COLUMNS = 120
SENTENCE_END = re.compile(r"[.!?:;…。！？][\s\"'”’»)\]*_`]*$")
LEAD_IN_CHARS = 120
LAST_SENTENCE = re.compile(r"(?<=[.!?])\s+")
# A line that goes on with the text of a list item: no blank, no marker, fence, row or heading.
CONTINUATION = re.compile(r"(?![^\S\n]*(?:$|[-*+]\s|\d+[.)]\s|```|~~~|\||[#=]))", re.MULTILINE)


class _Lines:
    """The lines of a text and where each starts, in code points."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0]
        for line in text.split("\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)

    def span(self, first: int, last: int) -> Span:
        """The span of the lines from `first` (from 0) up to `last`, white space trimmed."""
        start = self.starts[first]
        end = min(self.starts[last], len(self.text))
        raw = self.text[start:end]
        return Span(start + len(raw) - len(raw.lstrip()), start + len(raw.rstrip()))

    def paragraphs(self, first: int, last: int) -> Iterator[Span]:
        """The paragraphs in a run of lines: one ends with a line that no hand wrapped."""
        begin = first
        for line in range(first, last):
            row = self.text[self.starts[line] : self.starts[line + 1] - 1]
            whole = len(row) > HARD_WRAP_COLUMNS and SENTENCE_END.search(row[-HARD_WRAP_COLUMNS:])
            if line + 1 == last or whole:
                span = self.span(begin, line + 1)
                if span.start < span.end:
                    yield span
                begin = line + 1


def parse(
    text: str, parser: MarkdownIt, first_line: int = 0
) -> tuple[tuple[Landmark, ...], tuple[Block, ...]]:
    """Return the headings and the blocks of `text`, in order.

    `first_line` (from 0) is where the body begins, behind a front matter.
    """
    lines = _Lines(text)
    landmarks: list[Landmark] = []
    blocks: list[Block] = []
    items: list[Block] = []
    furnished: list[Span] = []
    lead_in = ""
    tokens = parser.parse(text[lines.starts[first_line] :])
    for number, token in enumerate(tokens):
        first, last = (line + first_line for line in token.map or (0, 0))
        match token.type:
            case "bullet_list_open" | "ordered_list_open" if not items:
                lead_in = _lead_in(blocks, landmarks, text)
            case "list_item_open":
                above = _path(text, items, lead_in)
                items.append(_item(lines, first, last, items, above))
                blocks.append(items[-1])
            case "list_item_close":
                items.pop()
            case "heading_open":
                label = _plain(tokens[number + 1].content)
                start = lines.span(first, last).start
                landmarks.append(Landmark("heading", label, int(token.tag[1]), start))
            case "furniture":
                furnished.append(lines.span(first, last))
            case "pipe_table" | "table_open":
                rows = [lines.span(line, line + 1) for line in range(first, last)]
                rows = [row for row in rows if row.start < row.end]
                blocks.extend(tables.blocks(text, rows, _lead_in(blocks, landmarks, text)))
            case kind:
                leaves = _leaves(kind, lines, first, last, items)
                if items:
                    above, anchor = _path(text, items, lead_in), items[-1].anchor
                    leaves = (Block(leaf.kind, leaf.span, above, anchor) for leaf in leaves)
                blocks.extend(leaves)
    blocks = [block for block in blocks if block.span.start < block.span.end]
    seen = [*(block.span for block in blocks), *furnished]
    blocks.extend(_missed_lines(lines, first_line, seen, landmarks))
    return tuple(landmarks), tuple(sorted(blocks, key=lambda block: block.span.start))


def _missed_lines(
    lines: _Lines, first_line: int, seen: Sequence[Span], landmarks: Sequence[Landmark]
) -> Iterator[Block]:
    """The lines with words that the parser gave up on, so that nothing is lost unseen."""
    covered = [False] * len(lines.starts)
    found = HTML_COMMENT.finditer(lines.text, 0, _last_comment(lines.text))
    comments = [Span(*match.span()) for match in found]
    headings = [Span(mark.start, mark.start + 1) for mark in landmarks]
    for span in [*seen, *headings, *comments]:
        first = bisect_right(lines.starts, span.start) - 1
        for line in range(first, bisect_right(lines.starts, span.end - 1)):
            covered[line] = True
    for line in range(first_line, len(lines.starts) - 1):
        span = lines.span(line, line + 1)
        if not covered[line] and re.search(r"\w", span.of(lines.text)):
            yield Block(BlockKind.PARAGRAPH, span)


def _last_comment(text: str) -> int:
    """Where the last comment ends; what begins later has no end, and isn't looked for in vain."""
    return text.rfind("-->") + len("-->") if "-->" in text else 0


def _leaves(
    kind: str, lines: _Lines, first: int, last: int, items: Sequence[Block]
) -> Iterator[Block]:
    """The blocks of a token that holds no others."""
    if kind in {"fence", "code_block"}:
        yield Block(BlockKind.CODE, lines.span(first, last))
    elif kind == "html_block":
        span = lines.span(first, last)
        content = span.of(lines.text)
        last_comment = _last_comment(content)
        if HTML_COMMENT.sub("", content[:last_comment]).strip() or content[last_comment:].strip():
            yield Block(BlockKind.PARAGRAPH, span)
    elif kind == "paragraph_open":
        spans = list(lines.paragraphs(first, last))
        # An item's own first paragraph is a block already.
        if not (items and spans and spans[0].start <= items[-1].span.end):
            yield from (Block(BlockKind.PARAGRAPH, span) for span in spans)


def _item(lines: _Lines, first: int, last: int, parents: Sequence[Block], context: str) -> Block:
    """The first paragraph of a list item."""
    end = first + 1
    while end < last and CONTINUATION.match(lines.text, lines.starts[end]):
        end += 1
    span = lines.span(first, end)
    anchor = parents[-1].anchor if parents else span.start
    return Block(BlockKind.ITEM, span, context, anchor)


def _path(text: str, items: Sequence[Block], lead_in: str) -> str:
    """What leads in a list, and the items in which something stands."""
    parts: list[str] = []
    for part in (lead_in.rstrip(":"), *(head(item.span, text) for item in items)):
        if part and sum(map(len, parts)) <= NAME_CHARS:
            parts.append(_plain(part.lstrip("-*+ ")))
    return " › ".join(parts)


def _lead_in(blocks: Sequence[Block], landmarks: Sequence[Landmark], text: str) -> str:
    """The short paragraph right above a list or table, or the last sentence of a longer one."""
    if not blocks or blocks[-1].kind is not BlockKind.PARAGRAPH:
        return ""
    if landmarks and landmarks[-1].start > blocks[-1].span.start:
        return ""
    words = blocks[-1].span.of(text)
    if len(words) > LEAD_IN_CHARS:
        words = LAST_SENTENCE.split(words[-LEAD_IN_CHARS:])[-1] if words else ""
        words = words if len(words) < LEAD_IN_CHARS else ""
    return words


def _plain(markup: str) -> str:
    """A heading or item without its emphasis and closing marks, on one line."""
    return " ".join(re.sub(r"[*`]|(?<!\w)_|_(?!\w)|\s#+$", "", markup).split())
