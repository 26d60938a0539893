"""`.pptx`: the text of each slide with its notes; a citation names the slide."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from index.domain import Block, BlockKind, Document
from index.reading.formats import xmltree
from index.reading.formats.bounds import NAME_CHARS
from index.reading.formats.extracted import Extract, one_line
from index.reading.formats.package import Package
from index.settings import Limits

PRESENTATION = "ppt/presentation.xml"
TITLES = {"title", "ctrTitle"}
# The date, the foot and the number of a slide, and the picture of it in its notes.
DROPPED = {"dt", "ftr", "sldNum", "hdr", "sldImg"}
MAX_INDENT = 9


def read(path: str, data: bytes, limits: Limits) -> Document:
    """Read a presentation: titles, texts, lists, tables and notes; no pictures, no charts.

    Raises:
        UnreadableSource: it is damaged, encrypted, or holds no text.
        UnpacksTooLarge: it is larger than `max_unpacked_mb` when unpacked.
        NestedTooDeep: its elements are nested deeper than `max_nesting`.
    """
    package = Package(path, data, limits, ".pptx", PRESENTATION)
    related = {key: target for key, _, target in package.relations(PRESENTATION)}
    extract = Extract()
    # A small file may name the same large slide any number of times.
    added: set[str] = set()
    for number, entry in enumerate(package.tree(PRESENTATION).iterfind("sldIdLst/sldId"), start=1):
        # Both its own number and the name of its relation are called id.
        slide = related.get(entry.get(":id", ""), "")
        if slide not in package or slide in added:
            continue
        added.add(slide)
        extract.mark("slide", number)
        _Slide(extract).add(package.tree(slide))
        for _, kind, target in package.relations(slide):
            if kind == "notesSlide" and target not in added:
                added.add(target)
                _Slide(extract, notes=True).add(package.tree(target))
    title, author = package.about()
    media_type = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    return extract.document(path, data, media_type, title=title, author=author)


class _Slide:
    """Adds what stands on a slide, or in its notes."""

    def __init__(self, extract: Extract, *, notes: bool = False) -> None:
        """Add to `extract`."""
        self._extract = extract
        self._notes = notes

    def add(self, root: Element) -> None:
        """Add the shapes of a slide, its title first."""
        shapes = list(_shapes(root.find("cSld/spTree")))
        for shape in shapes:
            if _place(shape) in TITLES and not self._notes:
                self._extract.heading(" ".join(_lines(shape)), 2)
        for shape in shapes:
            place = _place(shape)
            if shape.tag == "graphicFrame":
                for table in shape.iter("tbl"):
                    rows = [
                        [xmltree.text_of(cell) for cell in row.iterfind("tc")]
                        for row in table.iterfind("tr")
                    ]
                    self._extract.table(rows)
            elif place not in TITLES | DROPPED:
                self._text(shape, listed=place is not None and not self._notes)

    def _text(self, shape: Element, *, listed: bool) -> None:
        """Add the paragraphs of a shape; those of a place for text are a list."""
        above: list[tuple[int, Block, str]] = []
        for paragraph in shape.iterfind("txBody/p"):
            text = _line(paragraph)
            properties = paragraph.find("pPr")
            indent = properties.get("lvl", "0") if properties is not None else "0"
            level = min(int(indent), MAX_INDENT) if indent.isdecimal() else 0
            while above and above[-1][0] >= level:
                above.pop()
            context = " › ".join(words for _, _, words in above)
            kind = BlockKind.ITEM if listed else BlockKind.PARAGRAPH
            parent = above[-1][1] if above else None
            block = self._extract.block(kind, text, context, parent)
            if block is not None:
                above.append((level, block, text[:NAME_CHARS]))


def _shapes(tree: Element | None) -> Iterator[Element]:
    """The shapes of a slide, those in groups included."""
    for child in tree if tree is not None else ():
        if child.tag == "grpSp":
            yield from _shapes(child)
        elif child.tag in {"sp", "graphicFrame"}:
            yield child


def _place(shape: Element) -> str | None:
    """What a shape's place on the slide is for; None where it is just drawn there."""
    place = shape.find("nvSpPr/nvPr/ph")
    return None if place is None else place.get("type", "body")


def _lines(shape: Element) -> Iterator[str]:
    return filter(None, map(_line, shape.iterfind("txBody/p")))


def _line(paragraph: Element) -> str:
    """The text of a paragraph, a line break in it as a space."""
    parts = [each for each in paragraph.iter() if each.tag in {"br", "t"}]
    return one_line("".join(" " if each.tag == "br" else each.text or "" for each in parts))
