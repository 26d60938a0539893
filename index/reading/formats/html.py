"""`.html`: the text of a page, without what surrounds it: navigation, scripts, controls."""

import re
from dataclasses import dataclass, field
from itertools import takewhile

from selectolax.lexbor import LexborHTMLParser, LexborNode

from index.domain import Block, BlockKind, Document
from index.errors import NestedTooDeep
from index.reading.formats.bounds import NAME_CHARS
from index.reading.formats.decoding import decode
from index.reading.formats.extracted import Extract, one_line
from index.reading.formats.visible import (
    CONTAINERS,
    DROPPED,
    HEADINGS,
    SEEN,
    is_control,
    is_hidden,
    is_opened,
    leads_elsewhere,
    shown_by_buttons,
    words,
)
from index.settings import Limits

CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
CHARSET_BYTES = 1024
OUTSIDE = "what stands outside of its main part"
# An article isn't all that a page says where a section stands beside it.
BESIDE = "section:not(:is(article, aside, header, footer, nav) section, :has(article))"
# The main part of a page holds at least this share of its words, or it is none.
MAIN_SHARE = 0.5
CELLS = {"td", "th"}
# What stands in these leads in nothing behind them.
APART = {"article", "section", "details", "aside", "header", "footer", "figure", "form"}
LISTS = {"ul", "ol", "menu", "dl"}
# A table that holds these arranges a page.
LAYOUT = "td table, th table, h1, h2, h3, pre"
MAX_SPAN = 50
LEAD_IN_CHARS = 120


def read(path: str, data: bytes, limits: Limits) -> Document:
    """Read a page.

    Raises:
        UnreadableSource: the bytes are no text, or there is none on the page.
        NestedTooDeep: its elements are nested deeper than `max_nesting`.
    """
    text, notes = decode(path, data, declared_encoding(data))
    tree = LexborHTMLParser(text)
    extract = Extract()
    left_out = add_page(extract, tree, path, limits)
    if left_out:
        notes = (*notes, f"left out: {', '.join(left_out)}")
    title = tree.css_first("title")
    author = tree.css_first("meta[name=author]")
    return extract.document(
        path,
        data,
        "text/html",
        title=title.text() if title else "",
        author=author.attributes.get("content") or "" if author else "",
        notes=notes,
    )


def declared_encoding(data: bytes) -> str:
    """The encoding that a page says it has; empty where it says none."""
    match = CHARSET.search(data[:CHARSET_BYTES])
    return match[1].decode("ascii") if match else ""


def add_page(
    extract: Extract, tree: LexborHTMLParser, path: str, limits: Limits
) -> tuple[str, ...]:
    """Add the text of a page and return what a person sees of it that was left out.

    Where it names one main part that holds most of its words, that is its text, else its body.

    Raises:
        NestedTooDeep: its elements are nested deeper than `max_nesting`.
    """
    root = tree.body
    if root is None:
        return ()
    page = _Page(extract, path, limits.max_nesting, shown=shown_by_buttons(tree))
    parts = [*tree.css("main"), *tree.css("[role=main]")]
    if not parts and not tree.css_matches(BESIDE):
        parts = tree.css("article")
    if len(parts) == 1:
        own, whole = len(parts[0].text()), len(root.text())
        if own >= whole * MAIN_SHARE:
            root = parts[0]
            page.left_out.update([OUTSIDE] if own < whole else [])
    page.element(root, 0, None)
    page.flush(None)
    return tuple(sorted(page.left_out))


@dataclass
class _Item:
    """A list item being read: its first text is its block, what follows knows it as context."""

    marker: str
    context: str
    parent: Block | None
    block: Block | None = None
    text: str = ""

    @property
    def path(self) -> str:
        """The item's text, below that of the items and the lead-in above it."""
        return " › ".join(part for part in (self.context, self.text) if part)[:NAME_CHARS]


@dataclass
class _Page:
    """One page being read: `line` is the text since the last element that ended a paragraph."""

    extract: Extract
    path: str
    max_nesting: int
    line: list[str] = field(default_factory=list)
    lead_in: str = ""
    # Whether there is a word in `line` that is no link to another page of the site.
    says: bool = False
    shown: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)

    def element(self, node: LexborNode, depth: int, item: _Item | None) -> None:
        """Add what an element holds; `item` is the list item it stands in.

        Raises:
            NestedTooDeep: `depth` passes the limit.
        """
        self._check(depth)
        for child in node.iter(include_text=True):
            tag = child.tag or ""
            if child.is_text_node:
                text = re.sub(r"\s+", " ", child.text_content or "")
                self.says = self.says or bool(re.search(r"\w", text))
                self.line.append(text)
            elif not child.is_element_node or self._drops(child):
                continue
            elif tag == "a" and leads_elsewhere(child):
                said = self.says
                self.element(child, depth + 1, item)
                self.says = said
            elif tag == "br":
                self.line.append("\n")
            elif tag in CONTAINERS:
                self.flush(item)
                self._container(child, tag, depth + 1, item)
                self.flush(item)
                if tag in APART:
                    self.lead_in = ""
            else:
                self.element(child, depth + 1, item)

    def flush(self, item: _Item | None) -> None:
        """End a paragraph."""
        lines = (one_line(line) for line in "".join(self.line).split("\n"))
        text = "\n".join(line for line in lines if line)
        says, self.says = self.says, False
        self.line.clear()
        if not text or not says:
            return
        if item is None:
            self.extract.block(BlockKind.PARAGRAPH, text)
            self.lead_in = text if len(text) <= LEAD_IN_CHARS else ""
        elif item.block is None:
            item.block = self.extract.block(
                BlockKind.ITEM, item.marker + text, item.context, item.parent
            )
            item.text = text[:NAME_CHARS]
        else:
            self.extract.block(BlockKind.ITEM, text, item.path, item.block)

    def _container(self, node: LexborNode, tag: str, depth: int, item: _Item | None) -> None:
        if tag in HEADINGS:
            self.lead_in = ""
            # The sign that links to a heading is no part of it.
            self.extract.heading(words(node).strip(" \n¶§"), HEADINGS[tag])
        elif tag == "pre":
            self.extract.block(BlockKind.CODE, node.text())
        elif tag == "table" and not node.css(LAYOUT):
            heads = sum(1 for _ in takewhile(_is_head, node.css("tr")))
            self.extract.table(_rows(node), heads, self.lead_in)
            self.lead_in = ""
        elif tag in LISTS:
            self._list(node, depth, item)
        else:
            self.element(node, depth, item)

    def _list(self, node: LexborNode, depth: int, item: _Item | None) -> None:
        self._check(depth)
        context = item.path if item else self.lead_in.rstrip(":")
        parent = item.block if item else None
        term = _Item("", context, parent)
        number = 0
        for child in node.iter():
            if child.tag == "dt":
                below = term = _Item("", context, parent)
            elif child.tag == "dd":
                below = _Item("", term.path, term.block)
            elif child.tag == "li":
                number += 1
                marker = f"{number}. " if node.tag == "ol" else "- "
                below = _Item(marker, context, parent)
            elif self._drops(child):
                continue
            elif child.tag in LISTS or (child.tag == "div" and node.tag == "dl"):
                self._list(child, depth + 1, item)
                continue
            else:
                below = _Item("", context, parent)
            self.element(child, depth + 1, below)
            self.flush(below)
        self.lead_in = ""

    def _drops(self, node: LexborNode) -> bool:
        """Whether an element is left out; what a person would have seen of it is remembered."""
        tag = node.tag or ""
        hidden = is_hidden(node)
        if hidden and (node.attributes.get("id") in self.shown or is_opened(node)):
            hidden = False
        dropped = tag in DROPPED or hidden or is_control(node)
        if dropped and tag in SEEN and not hidden:
            self.left_out.add(SEEN[tag])
        return dropped

    def _check(self, depth: int) -> None:
        if depth > self.max_nesting:
            limit = f"{self.max_nesting} levels"
            raise NestedTooDeep(self.path, "its elements are nested too deep", limit)


def _rows(table: LexborNode) -> list[list[str]]:
    """The cells of a table, one that spans several rows in each of them."""
    rows: list[list[str]] = []
    # By column: the text of a cell that goes on below, and in how many more rows.
    below: dict[int, tuple[str, int]] = {}
    for row in table.css("tr"):
        cells: list[str] = []
        for cell in row.iter():
            if cell.tag not in CELLS:
                continue
            _fill(cells, below)
            text = words(cell)
            down = _count(cell.attributes.get("rowspan"))
            for column in range(_count(cell.attributes.get("colspan"))):
                content = "" if column else text
                if down > 1:
                    below[len(cells)] = (content, down - 1)
                cells.append(content)
        _fill(cells, below)
        rows.append(cells)
    return rows


def _is_head(row: LexborNode) -> bool:
    """Whether a row has names of columns alone."""
    cells = [cell for cell in row.iter() if cell.tag in CELLS]
    within = row.parent.tag == "thead" if row.parent else False
    return within or (len(cells) > 1 and all(cell.tag == "th" for cell in cells))


def _fill(cells: list[str], below: dict[int, tuple[str, int]]) -> None:
    """Add the cells that come down from rows above."""
    while len(cells) in below:
        text, left = below.pop(len(cells))
        if left > 1:
            below[len(cells)] = (text, left - 1)
        cells.append(text)


def _count(value: str | None) -> int:
    return min(max(int(value[:4]), 1), MAX_SPAN) if value and value.isdecimal() else 1
