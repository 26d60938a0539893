"""Where in its file a span stands: lines, page, cell or record, and the address on the web."""

from bisect import bisect_left, bisect_right
from urllib.parse import quote

from index.domain import Document, Landmark, Span

HEADING = "heading"
PAGE = "page"
LINE = "line"


def lines(document: Document, span: Span) -> tuple[int, int] | None:
    """Return the first and the last line of the file that a span stands on, counted from 1.

    None where the document's text doesn't have the lines of its file.
    """
    if document.lined:
        text = document.text
        first = text.count("\n", 0, span.start) + 1
        return first, first + text.count("\n", span.start, max(span.start, span.end - 1))
    marks = _numbered_marks(document)
    last = bisect_left(marks, span.end, key=_start) - 1
    if last < 0 or marks[last].kind != LINE:
        return None
    begin = marks[max(0, bisect_right(marks, span.start, key=_start) - 1)]
    return int(begin.label), int(marks[last].label)


def indented(document: Document, span: Span) -> Span:
    """Return a span with the indentation of its first line, which is a part of code."""
    line = document.text.rfind("\n", 0, span.start) + 1
    return span if document.text[line : span.start].strip() else Span(line, span.end)


def headings(document: Document) -> list[tuple[str, int]]:
    """Return the headings in order, each with the line of the document's text, from 1."""
    result = []
    line, counted = 1, 0
    for mark in document.landmarks:
        if mark.kind == HEADING:
            line += document.text.count("\n", counted, mark.start)
            counted = mark.start
            result.append((mark.label, line))
    return result


def landmark(document: Document, at: int) -> Landmark | None:
    """Return the page, cell or record that holds the place `at`, if the format has such."""
    marks = _numbered_marks(document)
    number = bisect_right(marks, at, key=_start) - 1
    return marks[number] if number >= 0 else None


def where(document: Document, span: Span) -> str:
    """Say where a span stands: "line 3", "lines 3–5", "page 3"; empty if by its headings alone."""
    numbers = lines(document, span)
    if numbers is not None:
        first, last = numbers
        return f"line {first}" if first == last else f"lines {first}–{last}"
    marks = _numbered_marks(document)
    begin = bisect_right(marks, span.start, key=_start) - 1
    if begin < 0:
        return ""
    touched = marks[begin : max(begin + 1, bisect_left(marks, span.end, key=_start))]
    # In a conversation, replies stand below what they reply to.
    low, high = min(touched, key=_number), max(touched, key=_number)
    if low == high:
        return f"{low.kind} {low.label}"
    return f"{low.kind}s {low.label}–{high.label}"


def extent(document: Document) -> str:
    """Say how long a document is in what a citation counts: "12 lines", "3 pages", or nothing."""
    if document.lined:
        kind, count = LINE, document.text.count("\n") + 1
    else:
        marks = _numbered_marks(document)
        if not marks:
            return ""
        kind, count = marks[-1].kind, max(map(_number, marks))
    return f"{count} {kind}{'' if count == 1 else 's'}"


def url(base: str, link: str, document: Document, span: Span, at: int) -> str | None:
    """Return the address of a span on the web: by the `link` of its file, else below a base URL.

    It leads to the page that the place `at` is on, if the file has pages, or to the lines, where
    `{first}` and `{last}` in the link stand for them.
    """
    numbers = lines(document, span)
    if numbers is not None:
        first, last = map(str, numbers)
        address = link.replace("{first}", first).replace("{last}", last)
    else:
        address = link.partition("#")[0] if "{first}" in link else link
    if not (address or base):
        return None
    mark = landmark(document, at)
    page = f"#page={mark.label}" if mark is not None and mark.kind == PAGE else ""
    address = address or f"{base.rstrip('/')}/{quote(document.path)}"
    return address if "#" in address else f"{address}{page}"


def _numbered_marks(document: Document) -> list[Landmark]:
    return [mark for mark in document.landmarks if mark.kind != HEADING]


def _start(mark: Landmark) -> int:
    return mark.start


def _number(mark: Landmark) -> int:
    return int(mark.label)
