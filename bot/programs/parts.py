"""A document for a program: whole, or a part of it, as much as fits."""

from bot.errors import NotFound
from bot.programs.forms import Mark, Text
from bot.programs.requests import Read
from index import Document, Span

HEADING = "heading"
LINE = "line"
# So many headings are offered in the place of one that isn't there.
OFFERED = 10
LABEL_CHARS = 200


def part_of(document: Document, asked: Read) -> tuple[Span, Span]:
    """Return the part of a document that is asked for, and as much of it as fits, to a line's end.

    Raises:
        NotFound: there is no such heading or line.
    """
    whole = _asked(document, asked)
    text = document.text
    end = min(whole.end, whole.start + asked.most)
    if end < whole.end:
        line_end = text.rfind("\n", whole.start, end) + 1
        end = line_end or end
    return whole, Span(whole.start, end)


def form(document: Document, asked: Read, extent: str) -> Text:
    """Return the form of a part of a document, as long as its `extent`; without its address.

    Raises:
        NotFound: as `part_of`.
    """
    whole, span = part_of(document, asked)
    return {
        "path": document.path,
        "title": document.title,
        "media_type": document.media_type,
        "extent": extent,
        "url": None,
        "sha256": document.sha256,
        "span": [span.start, span.end],
        "lines": _numbers(document, span),
        "text": span.of(document.text),
        "marks": _marks(document, span),
        "rest": [span.end, whole.end] if span.end < whole.end else None,
    }


def _asked(document: Document, asked: Read) -> Span:
    """The part that is asked for."""
    text = document.text
    if asked.heading is not None:
        return _below(document, asked.heading)
    if asked.first is not None or asked.last is not None:
        return _lines(document, asked.first or 1, asked.last)
    start = min(asked.start or 0, len(text))
    end = len(text) if asked.end is None else min(asked.end, len(text))
    return Span(start, max(start, end))


def _lines(document: Document, first: int, last: int | None) -> Span:
    """The lines from the first to the last.

    Raises:
        NotFound: the text ends before the first.
    """
    # Not splitlines(): citations count line feeds alone.
    lines = document.text.split("\n")
    if first > len(lines):
        message = f"{document.path} has {len(lines)} lines"
        raise NotFound(message)
    start = sum(len(line) + 1 for line in lines[: first - 1])
    chosen = lines[first - 1 : last]
    return Span(start, start + max(0, sum(len(line) + 1 for line in chosen) - 1))


def _below(document: Document, heading: str) -> Span:
    """A heading and what is below it, up to the next one that isn't.

    Raises:
        NotFound: there is none of that name.
    """
    marks = [mark for mark in document.landmarks if mark.kind == HEADING]
    wanted = " ".join(heading.split())
    labels = [" ".join(mark.label.split()) for mark in marks]
    at = next((number for number, label in enumerate(labels) if label == wanted), -1)
    if at < 0:
        folded = wanted.casefold()
        at = next((no for no, label in enumerate(labels) if label.casefold() == folded), -1)
    if at < 0:
        some = ", ".join(repr(label[:LABEL_CHARS]) for label in labels[:OFFERED]) or "none"
        more = f" and {len(labels) - OFFERED} more" if len(labels) > OFFERED else ""
        message = f"{document.path} has no such heading; it has: {some}{more}"
        raise NotFound(message)
    later = (mark.start for mark in marks[at + 1 :] if mark.level <= marks[at].level)
    return Span(marks[at].start, next(later, len(document.text)))


def _numbers(document: Document, span: Span) -> list[int] | None:
    """The lines of the file that a part stands on, from 1; None where its text has others."""
    if document.lined:
        first = document.text.count("\n", 0, span.start) + 1
        return [first, first + document.text.count("\n", span.start, max(span.start, span.end - 1))]
    lines = [mark for mark in document.landmarks if mark.kind == LINE]
    within = [mark for mark in lines if span.start <= mark.start < span.end]
    before = [mark for mark in lines if mark.start <= span.start][-1:]
    found = [int(mark.label) for mark in (*before, *within)]
    return [min(found), max(found)] if found else None


def _marks(document: Document, span: Span) -> list[Mark]:
    """The headings, pages and so on that begin in a part, and the last ones before it."""
    marks = [mark for mark in document.landmarks if mark.kind != LINE]
    before = {mark.kind: mark for mark in marks if mark.start < span.start}
    within = [mark for mark in marks if span.start <= mark.start < span.end]
    return [
        {"kind": mark.kind, "label": mark.label, "level": mark.level, "start": mark.start}
        for mark in (*before.values(), *within)
    ]
