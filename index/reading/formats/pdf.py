"""`.pdf`: the text of each page as it is laid out; a citation names the page."""

import ctypes
import logging
import math
import re
from collections.abc import Iterator, Mapping

import pypdfium2
from pypdfium2 import raw

from index.domain import Document
from index.errors import TooManyPages, UnreadableSource
from index.reading.formats.extracted import Extract, one_line
from index.reading.formats.pdf_layout import Segment, arrange
from index.reading.formats.pdf_running import without_running_lines
from index.reading.formats.pdf_text import Headings, add_pages, letters
from index.settings import Limits

# Titles that a program put in place of one.
NO_TITLE = re.compile(r"\.\w{2,5}$|^(?:microsoft word|untitled|document\d*$)", re.IGNORECASE)
NO_AUTHOR = re.compile(r"\W*(?:anonymous|unknown|unspecified|user|admin)\W*", re.IGNORECASE)
MAX_OUTLINE = 2000
MANY_PAGES = 5
OCR = "`ocrmypdf FILE.pdf FILE.pdf` puts text into it"
# A gap of this many line heights parts two columns, or two cells.
GAP = 0.8
# Signs of one line stand at most this many line heights higher or lower.
SHIFT = 0.5
HYPHENS = {0x02: "-", 0xFFFE: "-"}
QUARTER = math.pi / 2
Sign = tuple[str, float, float, float, float]

# What it thinks of a damaged file goes to nobody.
logging.getLogger("pypdfium2").setLevel(logging.CRITICAL)


def read(path: str, data: bytes, limits: Limits) -> Document:
    """Read a PDF document.

    Raises:
        UnreadableSource: it is damaged, encrypted, or has no text on any page.
        TooManyPages: it has more than `max_pages`.
    """
    try:
        file = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise UnreadableSource(path, "it is encrypted; save it without a password") from None
        raise UnreadableSource(path, f"it is damaged: {one_line(str(error))}") from error
    count = len(file)
    if count > limits.max_pages:
        raise TooManyPages(path, f"it has {count} pages", f"{limits.max_pages}")
    pages: dict[int, list[list[Segment]]] = {}
    damaged: list[str] = []
    empty = 0
    for number in range(1, count + 1):
        try:
            directions = list(_directions(file, number - 1))
        except pypdfium2.PdfiumError:
            damaged.append(str(number))
            continue
        if directions:
            pages[number] = directions
        else:
            empty += 1
    if not pages:
        what = "damaged" if damaged else "scanned"
        advice = "" if damaged else f"; {OCR}"
        raise UnreadableSource(path, f"{what}: no text on any of its {count} pages{advice}")
    notes = []
    if damaged:
        more = ", …" if len(damaged) > MANY_PAGES else ""
        notes.append(f"damaged, left out: page {', '.join(damaged[:MANY_PAGES])}{more}")
    if empty > count // 2:
        notes.append(f"no text on {empty} of its {count} pages: they may be scanned; {OCR}")
    extract = Extract()
    flows = {
        number: [flow for segments in directions for flow in arrange(segments)]
        for number, directions in without_running_lines(pages).items()
    }
    add_pages(extract, flows, _outline(file))
    about = file.get_metadata_dict()
    title, author = one_line(about["Title"]), one_line(about["Author"])
    return extract.document(
        path,
        data,
        "application/pdf",
        title="" if NO_TITLE.search(title) else title,
        author="" if NO_AUTHOR.fullmatch(author) else author,
        notes=tuple(notes),
    )


def _outline(file: pypdfium2.PdfDocument) -> Mapping[int, Headings]:
    """The bookmarks of each page (from 1): by their letters, the label and the level."""
    bookmarks: dict[int, dict[str, tuple[str, int]]] = {}
    for number, entry in enumerate(file.get_toc()):
        if number == MAX_OUTLINE:
            break
        target = entry.get_dest()
        page = target.get_index() if target else None
        label = one_line(entry.get_title())
        if page is not None and letters(label):
            # None of them is the document's title, the first level of headings.
            bookmarks.setdefault(page + 1, {})[letters(label)] = (label, entry.level + 2)
    return bookmarks


def _directions(file: pypdfium2.PdfDocument, index: int) -> list[list[Segment]]:
    """The segments of a page, those that are written in one direction together, most first."""
    page = file[index]
    text = page.get_textpage()
    try:
        signs = _signs(text.raw, text.count_chars())
    finally:
        text.close()
        page.close()
    written = (list(_segments(signs[turn])) for turn in sorted(signs, key=lambda t: -len(signs[t])))
    return [segments for segments in written if segments]


def _signs(text: object, count: int) -> dict[int, list[Sign]]:
    """The signs of a page by the quarter turns of their line, their boxes turned upright."""
    signs: dict[int, list[Sign]] = {}
    box = raw.FS_RECTF()
    place = ctypes.byref(box)
    turn = 0
    for index in range(count):
        code = raw.FPDFText_GetUnicode(text, index)
        sign = HYPHENS.get(code) or chr(code)
        if not sign.isspace():
            turn = round(raw.FPDFText_GetCharAngle(text, index) / QUARTER) % 4
            raw.FPDFText_GetLooseCharBox(text, index, place)
        signs.setdefault(turn, []).append((sign, *_upright(turn, box)))
    return signs


def _upright(turn: int, box: raw.FS_RECTF) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of a box on a page that is turned so that its line is level."""
    match turn:
        case 0:
            return box.left, box.bottom, box.right, box.top
        case 1:
            return -box.top, box.left, -box.bottom, box.right
        case 2:
            return -box.right, -box.top, -box.left, -box.bottom
        case _:
            return box.bottom, -box.right, box.top, -box.left


def _segments(signs: list[Sign]) -> Iterator[Segment]:
    """The runs of signs that stand on one line without a wide gap."""
    run: list[str] = []
    left = bottom = right = top = last = 0.0
    for sign, *box in signs:
        if sign.isspace():
            # What moves to another line is seen by where it stands.
            run.append(" ")
            continue
        height = max(top - bottom, box[3] - box[1], 1.0)
        # A ligature's letters share one box, so a sign may stand where the one before it does.
        away = box[0] - right > GAP * height or box[0] < last - GAP * height
        if run and (away or abs(box[1] - bottom) > SHIFT * height):
            yield from _segment(run, left, bottom, right, top)
            run = []
        if not any(map(str.strip, run)):
            run, (left, bottom, right, top) = [], box
        run.append(sign)
        last = box[0]
        right = max(right, box[2])
        bottom, top = min(bottom, box[1]), max(top, box[3])
    yield from _segment(run, left, bottom, right, top)


def _segment(
    run: list[str], left: float, bottom: float, right: float, top: float
) -> Iterator[Segment]:
    # What lies beyond 16 bits comes in two halves.
    text = "".join(run).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if text := one_line(text):
        yield Segment(text, left, bottom, right, top)
