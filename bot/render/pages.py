"""A document in pages, cut between lines: no page tears a line, a table row or a block of code."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index import Span

FENCE = "```"
# Texts whose pages are remembered.
KEPT = 8


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a text, its `span`; `first` and `last` count from 1."""

    span: Span
    first: int
    last: int


@lru_cache(KEPT)
def pages(text: str, limit: int) -> tuple[Page, ...]:
    """Cut a text into pages of at most `limit` characters, or of one longer line.

    A block of code that fits on a page isn't divided; a longer line is a page of its own. It is
    gone through once, each page beginning behind the one before, and the pages of the last texts
    are kept by what these say.
    """
    blocks = [block for block in _code(text) if block.end - block.start <= limit]
    result: list[Page] = []
    begin, line = 0, 1
    while begin <= len(text):
        end = _page_end(text, begin, limit, blocks)
        last = line + text.count("\n", begin, end)
        result.append(Page(Span(begin, end), line, last))
        begin, line = end + 1, last + 1
    return tuple(result)


def page_of(pages: Sequence[Page], line: int) -> int:
    """Return the number, from 0, of the page that a line is on; the last one for a later line."""
    return min(bisect_left(pages, line, key=lambda page: page.last), len(pages) - 1)


def _page_end(text: str, begin: int, limit: int, blocks: Sequence[Span]) -> int:
    """Return the line end at which a page ends that begins at `begin`."""
    if len(text) - begin <= limit:
        return len(text)
    end = text.rfind("\n", begin, begin + limit + 1)
    if end < 0:
        return _line_end(text, begin)
    number = bisect_left(blocks, end, key=lambda block: block.start) - 1
    torn = number >= 0 and begin < blocks[number].start and end < blocks[number].end
    return blocks[number].start - 1 if torn else end


def _code(text: str) -> Iterator[Span]:
    """Yield the blocks of code, from the line of the first fence through that of the second."""
    fence = -1
    # Each turn is at a later line. One sign is found many times faster than three.
    at = text.find(FENCE[0])
    while at >= 0:
        start, end = text.rfind("\n", 0, at) + 1, _line_end(text, at)
        if text.startswith(FENCE, at) and not text[start:at].strip():
            if fence >= 0:
                yield Span(fence, end)
            fence = start if fence < 0 else -1
        at = text.find(FENCE[0], end)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if end >= 0 else len(text)
