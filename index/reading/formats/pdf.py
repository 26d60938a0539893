"""`.pdf`: the text of each page; a citation names the page."""

import io
import logging
import re
from collections.abc import Iterator

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, PdfReadError
from pypdf.generic import Destination

from index.domain import BlockKind, Document
from index.errors import TooManyPages, UnreadableSource
from index.reading.formats.extracted import Extract, clean, one_line
from index.settings import Limits

ITEM = re.compile(r"(?:[•‣▪●◦∙–*-]|\(?\d{1,3}[.)])\s")
SENTENCE_END = re.compile(r"[.!?:…][\"”’)\]]*$")
PAGE_NUMBER = re.compile(r"[-–—]?\s*(?:\d{1,4}|[ivxl]{1,7})\s*[-–—]?")
# A line that ends a sentence this much before the others' end is the last of its paragraph.
LAST_LINE_SHARE = 0.85
# Titles that a program put in place of one.
NO_TITLE = re.compile(r"\.\w{2,5}$|^(?:microsoft word|untitled|document\d*$)", re.IGNORECASE)
MAX_OUTLINE = 2000
MANY_PAGES = 5

# What it thinks of a damaged file goes to nobody.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def read(path: str, data: bytes, limits: Limits) -> Document:
    """Read a PDF document.

    Raises:
        UnreadableSource: it is damaged, encrypted, or has no text on any page.
        TooManyPages: it has more than `max_pages`.
    """
    try:
        reader = PdfReader(io.BytesIO(data))
        _unlock(path, reader)
        count = len(reader.pages)
    except PdfReadError as error:
        raise UnreadableSource(path, f"it is damaged: {one_line(str(error))}") from error
    if count > limits.max_pages:
        raise TooManyPages(path, f"it has {count} pages", f"{limits.max_pages}")
    outline = _outline(reader)
    extract = Extract()
    damaged: list[str] = []
    empty = 0
    for number, page in enumerate(reader.pages, start=1):
        text = _text(page)
        if text is None:
            damaged.append(str(number))
        elif text.strip():
            extract.mark("page", number)
            _add(extract, text, outline.get(number - 1, {}))
        else:
            empty += 1
    if empty + len(damaged) == count:
        what = "damaged" if damaged else "scanned"
        raise UnreadableSource(path, f"{what}: no text on any of its {count} pages")
    notes = []
    if damaged:
        more = ", …" if len(damaged) > MANY_PAGES else ""
        notes.append(f"damaged, left out: page {', '.join(damaged[:MANY_PAGES])}{more}")
    if empty > count // 2:
        notes.append(f"no text on {empty} of its {count} pages: they may be scanned")
    title, author = _names(reader)
    return extract.document(
        path, data, "application/pdf", title=title, author=author, notes=tuple(notes)
    )


def _unlock(path: str, reader: PdfReader) -> None:
    """Open what is encrypted without a password, as files that only forbid changes are."""
    if not reader.is_encrypted:
        return
    try:
        opened = bool(reader.decrypt(""))
    except (DependencyError, NotImplementedError, ValueError):
        opened = False
    if not opened:
        raise UnreadableSource(path, "it is encrypted; save it without a password")


def _text(page: PageObject) -> str | None:
    """The text of a page; None where it can't be read."""
    try:
        return clean(page.extract_text())
    except RecursionError:
        raise
    except Exception:  # noqa: BLE001 - one damaged page, which can raise anything, is not the file
        return None


def _names(reader: PdfReader) -> tuple[str, str]:
    """The title and the author that the file gives, where they say something."""
    try:
        about = reader.metadata
        title = one_line(about.title or "") if about else ""
        author = one_line(about.author or "") if about else ""
    except Exception:  # noqa: BLE001 - a document without its title is a document
        return "", ""
    return "" if NO_TITLE.search(title) else title, author


def _outline(reader: PdfReader) -> dict[int, dict[str, tuple[str, int]]]:
    """The bookmarks of each page (from 0): by their letters, the label and the level."""
    bookmarks: dict[int, dict[str, tuple[str, int]]] = {}

    def add(entries: list[object], level: int) -> None:
        for entry in entries[:MAX_OUTLINE]:
            if isinstance(entry, list):
                add(entry, level + 1)
            elif isinstance(entry, Destination):
                page = reader.get_destination_page_number(entry)
                label = one_line(str(entry.title or ""))
                if page is not None and _letters(label):
                    bookmarks.setdefault(page, {})[_letters(label)] = (label, level)

    try:
        # None of them is the document's title, the first level of headings.
        add(list(reader.outline), 2)
    except Exception:  # noqa: BLE001 - a document without its bookmarks is a document
        return {}
    return bookmarks


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text).casefold()


def _add(extract: Extract, text: str, headings: dict[str, tuple[str, int]]) -> None:
    """Add the lines of a page as headings, paragraphs and items."""
    lines = [line.strip() for line in text.split("\n")]
    # The page's number at its top or bottom says nothing that the citation doesn't.
    while lines and (not lines[-1] or PAGE_NUMBER.fullmatch(lines[-1])):
        lines.pop()
    while lines and (not lines[0] or PAGE_NUMBER.fullmatch(lines[0])):
        lines.pop(0)
    # A bookmark whose words are on no line of their own still begins with its page.
    own = {_letters(line) for line in lines}
    for letters, (label, level) in headings.items():
        if letters not in own:
            extract.heading(label, level)
    for part in _paragraphs(lines, headings):
        heading = headings.get(_letters(part)) if "\n" not in part else None
        if heading is not None:
            extract.heading(part, heading[1])
        else:
            kind = BlockKind.ITEM if ITEM.match(part) else BlockKind.PARAGRAPH
            extract.block(kind, part)


def _paragraphs(lines: list[str], headings: dict[str, tuple[str, int]]) -> Iterator[str]:
    width = max(map(len, lines), default=0)
    part: list[str] = []
    for line in lines:
        alone = bool(line) and _letters(line) in headings
        if part and (not line or alone or ITEM.match(line)):
            yield "\n".join(part)
            part = []
        if line:
            part.append(line)
        short = len(line) < width * LAST_LINE_SHARE
        if part and (alone or (short and SENTENCE_END.search(line))):
            yield "\n".join(part)
            part = []
    if part:
        yield "\n".join(part)
