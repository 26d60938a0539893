"""`.html`: the text of a page, without what surrounds it: navigation, scripts, forms."""

import re
from dataclasses import dataclass
from itertools import takewhile

from selectolax.lexbor import LexborHTMLParser, LexborNode

from index.domain import Block, BlockKind, Document
from index.errors import NestedTooDeep
from index.reading.formats.decoding import decode
from index.reading.formats.extracted import Extract, one_line
from index.settings import Limits

CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
CHARSET_BYTES = 1024
DROPPED_NAMES = (
    "script style noscript template nav footer form button select input textarea svg math iframe "
    "object canvas audio video head dialog"
)
DROPPED = set(DROPPED_NAMES.split())
NAVIGATION = {"navigation", "search", "banner", "contentinfo", "menu", "dialog"}
HEADINGS = {f"h{level}": level for level in range(1, 7)}
# Everything that isn't one of these stands in a line of text.
CONTAINER_NAMES = (
    "html body main article section header div p blockquote ul ol li dl dt dd figure figcaption "
    "address details summary fieldset center hgroup aside pre table caption hr menu tbody thead "
    "tfoot tr td th"
)
CONTAINERS = {*CONTAINER_NAMES.split(), *HEADINGS}
CELLS = {"td", "th"}
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
    add_page(extract, tree, path, limits)
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


def add_page(extract: Extract, tree: LexborHTMLParser, path: str, limits: Limits) -> None:
    """Add the text of a page: of its one main part if it names one, else of its whole body.

    Raises:
        NestedTooDeep: its elements are nested deeper than `max_nesting`.
    """
    parts = [*tree.css("main"), *tree.css("[role=main]")] or tree.css("article")
    root = parts[0] if len(parts) == 1 else tree.body
    if root is not None:
        page = _Page(extract, path, limits.max_nesting)
        page.element(root, 0, None)
        page.flush(None)


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
        return " › ".join(part for part in (self.context, self.text) if part)


@dataclass
class _Page:
    """One page being read: `line` is the text since the last element that ended a paragraph."""

    extract: Extract
    path: str
    max_nesting: int
    line: str = ""
    lead_in: str = ""

    def element(self, node: LexborNode, depth: int, item: _Item | None) -> None:
        """Add what an element holds; `item` is the list item it stands in.

        Raises:
            NestedTooDeep: `depth` passes the limit.
        """
        self._check(depth)
        for child in node.iter(include_text=True):
            tag = child.tag or ""
            if child.is_text_node:
                self.line += re.sub(r"\s+", " ", child.text_content or "")
            elif not child.is_element_node or tag in DROPPED or _hidden(child):
                continue
            elif tag == "br":
                self.line += "\n"
            elif tag in CONTAINERS:
                self.flush(item)
                self._container(child, tag, depth + 1, item)
                self.flush(item)
            else:
                self.element(child, depth + 1, item)

    def flush(self, item: _Item | None) -> None:
        """End a paragraph."""
        lines = (one_line(line) for line in self.line.split("\n"))
        text = "\n".join(line for line in lines if line)
        self.line = ""
        if not text:
            return
        if item is None:
            self.extract.block(BlockKind.PARAGRAPH, text)
            self.lead_in = text if len(text) <= LEAD_IN_CHARS else ""
        elif item.block is None:
            item.block = self.extract.block(
                BlockKind.ITEM, item.marker + text, item.context, item.parent
            )
            item.text = text
        else:
            self.extract.block(BlockKind.ITEM, text, item.path, item.block)

    def _container(self, node: LexborNode, tag: str, depth: int, item: _Item | None) -> None:
        if tag in HEADINGS:
            self.lead_in = ""
            # The sign that links to a heading is no part of it.
            self.extract.heading(_words(node).strip(" \n¶§"), HEADINGS[tag])
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
            elif child.tag in DROPPED or _hidden(child):
                continue
            elif child.tag in LISTS or (child.tag == "div" and node.tag == "dl"):
                self._list(child, depth + 1, item)
                continue
            else:
                below = _Item("", context, parent)
            self.element(child, depth + 1, below)
            self.flush(below)
        self.lead_in = ""

    def _check(self, depth: int) -> None:
        if depth > self.max_nesting:
            limit = f"{self.max_nesting} levels"
            raise NestedTooDeep(self.path, "its elements are nested too deep", limit)


def _hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    role = (attributes.get("role") or "").lower()
    return "hidden" in attributes or attributes.get("aria-hidden") == "true" or role in NAVIGATION


def _words(node: LexborNode) -> str:
    """The text of a heading or cell, whatever elements it is in."""
    parts = []
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        if child.is_text_node:
            parts.append(child.text_content or "")
        elif child.is_element_node and tag not in DROPPED and not _hidden(child):
            gap = " " if tag in CONTAINERS or tag == "br" else ""
            parts.append(f"{gap}{_words(child)}{gap}")
    return "".join(parts)


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
            text = _words(cell)
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
