"""`.xml`: what elements hold: a title as a heading, longer text as paragraphs, values as lines."""

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from selectolax.lexbor import LexborHTMLParser

from index.domain import BlockKind, Document
from index.reading.formats import xmltree
from index.reading.formats.extracted import Extract, one_line
from index.reading.formats.html import add_page, declared_encoding
from index.settings import Limits

TITLES = {"title", "head", "heading", "caption"}
# Attributes that say what an element is about; the others are for programs.
NAMING = ("name", "id", "key", "label", "term", "title", "value", "content", "date")
TEXT_CHARS = 120
RECORD_CHARS = 480
CONTEXT_CHARS = 240
MAX_LEVEL = 6


def read(path: str, data: bytes, limits: Limits) -> Document:
    """Read a file of XML, whatever it is for.

    Raises:
        UnreadableSource: it is no XML, defines entities, or holds no text.
        NestedTooDeep: its elements are nested deeper than `max_nesting`.
    """
    root = xmltree.parse(path, data, limits)
    extract = Extract()
    if root.tag == "html":
        encoding = declared_encoding(data) or "utf-8"
        add_page(extract, LexborHTMLParser(data.decode(encoding, errors="replace")), path, limits)
    else:
        _add(extract, root, 1, "")
    return extract.document(path, data, "application/xml")


def _add(extract: Extract, element: Element, level: int, context: str) -> None:
    """Add what an element holds: its values together, and in their order what is longer."""
    values = _Values(extract, context)
    title = next((child for child in element if child.tag in TITLES and len(element) > 1), None)
    if title is not None:
        extract.heading(xmltree.text_of(title), min(level, MAX_LEVEL))
    named = _named(element)
    if named:
        values.add(f"{element.tag}: {named}")
    about = " › ".join(filter(None, [context, named]))[:CONTEXT_CHARS]
    for child in element:
        if child is title:
            continue
        text = xmltree.text_of(child)
        if len(child) and not _is_text(child):
            values.end()
            _add(extract, child, level + (title is not None), about)
        elif len(text) > TEXT_CHARS or _is_text(child):
            values.end()
            extract.block(BlockKind.PARAGRAPH, text, about)
        else:
            values.add(": ".join(filter(None, [_label(child), text])))
    values.end()


@dataclass
class _Values:
    """Values that stand one after the other, and are quoted together."""

    extract: Extract
    context: str
    lines: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, line: str) -> None:
        """Add a value."""
        if self.length + len(line) > RECORD_CHARS:
            self.end()
        self.lines.append(line)
        self.length += len(line)

    def end(self) -> None:
        """Add those so far as one block."""
        self.extract.block(BlockKind.ROW, "\n".join(filter(None, self.lines)), self.context)
        self.lines.clear()
        self.length = 0


def _named(element: Element) -> str:
    return ", ".join(one_line(element.attrib[name]) for name in NAMING if element.get(name))


def _label(element: Element) -> str:
    """The name of an element of one value, with what its attributes call it."""
    named = _named(element)
    if not (named or (element.text or "").strip()):
        return ""
    return f"{element.tag} {named}" if named else element.tag


def _is_text(element: Element) -> bool:
    """Whether words stand beside its elements, as in a sentence with emphasis."""
    beside = [element.text, *(child.tail for child in element)]
    return len(element) > 0 and any(part and part.strip() for part in beside)
