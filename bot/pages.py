"""A document in pages, cut between lines: no page tears a line, a table row or a block of code."""

from dataclasses import dataclass

FENCE = "```"


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a text; `first` and `last` count from 1."""

    text: str
    first: int
    last: int


def pages(text: str, limit: int) -> list[Page]:
    """Cut a text into pages of at most `limit` characters, or of one longer line.

    A block of code that fits on a page isn't divided; a longer line is a page of its own.
    """
    result: list[Page] = []
    lines: list[str] = []
    first = 1
    for block in _blocks(text.split("\n"), limit):
        if lines and _length(lines) + _length(block) > limit:
            result.append(Page("\n".join(lines), first, first + len(lines) - 1))
            first += len(lines)
            lines = []
        lines += block
    result.append(Page("\n".join(lines), first, first + len(lines) - 1))
    return result


def page_of(found: list[Page], line: int) -> int:
    """Return the number, from 0, of the page that a line is on."""
    return next((number for number, page in enumerate(found) if line <= page.last), len(found) - 1)


def _length(lines: list[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _blocks(lines: list[str], limit: int) -> list[list[str]]:
    """The lines one by one, those of a block of code together if they fit on a page."""
    blocks: list[list[str]] = []
    at = 0
    while at < len(lines):
        end = at + 1
        if lines[at].lstrip().startswith(FENCE):
            closing = (n for n in range(end, len(lines)) if lines[n].lstrip().startswith(FENCE))
            end = next(closing, at) + 1
            if _length(lines[at:end]) > limit:
                end = at + 1
        blocks.append(lines[at:end])
        at = end
    return blocks
