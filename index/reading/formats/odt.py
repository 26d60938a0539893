"""`.odt`: a text document of LibreOffice, through the HTML that is made of it here."""

from collections.abc import Iterator
from html import escape
from xml.etree.ElementTree import Element

from selectolax.lexbor import LexborHTMLParser

from index.domain import Document
from index.errors import UnreadableSource
from index.reading.formats import archive, xmltree
from index.reading.formats.extracted import Extract
from index.reading.formats.html import add_page
from index.settings import Limits

CONTENT = "content.xml"
META = "meta.xml"
MANIFEST = "META-INF/manifest.xml"
# Comments, what was deleted, and lists of what the document holds.
DROPPED_NAMES = (
    "annotation tracked-changes table-of-content alphabetical-index illustration-index "
    "table-index object-index user-index bibliography forms sequence-decls title desc "
    "covered-table-cell"
)
DROPPED = set(DROPPED_NAMES.split())
SPACES = {"s": " ", "tab": " ", "line-break": "<br>"}
TAGS = {
    "list-item": "li",
    "list-header": "li",
    "table": "table",
    "table-row": "tr",
    "table-cell": "td",
    "text-box": "div",
}
SPANS = (("colspan", "number-columns-spanned"), ("rowspan", "number-rows-spanned"))
MAX_LEVEL = 6


def read(path: str, data: bytes, limits: Limits) -> Document:
    """Read a text document: headings, paragraphs, lists, tables, notes; no pictures.

    Raises:
        UnreadableSource: it is damaged, encrypted, or holds no text.
        UnpacksTooLarge: it is larger than `max_unpacked_mb` when unpacked.
        NestedTooDeep: its elements are nested deeper than `max_nesting`.
    """
    files = archive.unpack(path, data, limits)
    if b"encryption-data" in files.get(MANIFEST, b""):
        raise UnreadableSource(path, "it is encrypted; save it without a password")
    if CONTENT not in files:
        raise UnreadableSource(path, f"it is no text document: {CONTENT} is missing")
    root = xmltree.parse(path, files[CONTENT], limits, CONTENT)
    body = root.find("body/text")
    if body is None:
        raise UnreadableSource(path, "it is no text document: it has no text")
    extract = Extract()
    add_page(extract, LexborHTMLParser("".join(_Page(root).whole(body))), path, limits)
    about: dict[str, str] = {}
    if META in files:
        meta = xmltree.parse(path, files[META], limits, META)
        about = {element.tag: xmltree.text_of(element) for element in meta.iter()}
    return extract.document(
        path,
        data,
        "application/vnd.oasis.opendocument.text",
        title=about.get("title", ""),
        author=about.get("creator", ""),
    )


class _Page:
    """Writes what is in the body of a document as HTML."""

    def __init__(self, root: Element) -> None:
        """Learn from `root` which styles are a title's, and which lists are numbered."""
        self._titles = {"Title"} | {
            style.get("name", "")
            for style in root.iter("style")
            if style.get("parent-style-name") == "Title"
        }
        self._numbered = {
            style.get("name", "")
            for style in root.iter("list-style")
            if style.find("list-level-style-number") is not None
        }
        self._notes: list[Element] = []

    def whole(self, body: Element) -> Iterator[str]:
        """Yield the HTML of a document, its notes at the end."""
        yield from self._inner(body)
        for note in self._notes:
            yield from self._inner(note)

    def _inner(self, element: Element) -> Iterator[str]:
        """Yield the HTML of what `element` holds."""
        yield escape(element.text or "")
        for child in element:
            if child.tag == "note":
                self._notes.extend(child.iterfind("note-body"))
            elif child.tag not in DROPPED:
                yield from self._element(child)
            yield escape(child.tail or "")

    def _element(self, element: Element) -> Iterator[str]:
        tag = self._tag(element)
        if element.tag in SPACES:
            yield SPACES[element.tag]
            return
        spans = "".join(
            f' {name}="{escape(element.get(key, ""))}"'
            for name, key in SPANS
            if key in element.attrib
        )
        yield f"<{tag}{spans}>" if tag else ""
        yield from self._inner(element)
        yield f"</{tag}>" if tag else ""

    def _tag(self, element: Element) -> str:
        match element.tag:
            case "h":
                level = element.get("outline-level", "1")
                return f"h{min(int(level) if level.isdecimal() else 1, MAX_LEVEL)}"
            case "p":
                return "h1" if element.get("style-name") in self._titles else "p"
            case "list":
                return "ol" if element.get("style-name") in self._numbered else "ul"
            case name:
                return TAGS.get(name, "")
