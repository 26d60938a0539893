"""Blocks, contexts and headings within bounds, so that all that is done with one takes its time.

A line of two megabytes or a cell of six is cut here, in the process of the reader, whatever the
format; the model's limit on tokens divides what is left.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from index.domain import Block, Document, Span

BLOCK_CHARS = 4000
NAME_CHARS = 500
# So much of a text is looked at where it is the context of others: all of it, for each of them,
# would take the square of a file's length.
ABOVE_CHARS = 2 * NAME_CHARS
# The best place to cut comes first: between paragraphs, lines, sentences, words. Each pattern
# matches up to the last one there is.
PLACES = tuple(
    re.compile(f"(?s:.*)(?:{place})") for place in (r"\n\s*\n", r"\n", r"[.!?]\s|[。！？]", r"\s")
)


def within(document: Document) -> Document:
    """Return a document whose blocks, contexts, headings and names are none too long."""
    # One block may hold another: the parts of both are put in order.
    parts = (part for block in document.blocks for part in _divided(document.text, _named(block)))
    return replace(
        document,
        title=document.title[:NAME_CHARS],
        author=document.author[:NAME_CHARS],
        date=document.date[:NAME_CHARS],
        landmarks=tuple(
            replace(mark, label=mark.label[:NAME_CHARS]) if len(mark.label) > NAME_CHARS else mark
            for mark in document.landmarks
        ),
        blocks=tuple(sorted(parts, key=lambda block: block.span.start)),
    )


def head(span: Span, text: str) -> str:
    """As much of what stands at a span as may be the context of something else."""
    return text[span.start : min(span.end, span.start + ABOVE_CHARS)]


def _named(block: Block) -> Block:
    if len(block.context) <= NAME_CHARS:
        return block
    return replace(block, context=block.context[:NAME_CHARS])


def _divided(text: str, block: Block) -> Iterator[Block]:
    """A block, in parts where it is too long; the parts know where it begins."""
    start, end = block.span.start, block.span.end
    anchor = start if block.anchor < 0 else block.anchor
    while end - start > BLOCK_CHARS:
        stop = best_cut(text, start, start + BLOCK_CHARS)
        part = text[start:stop]
        begin = start + len(part) - len(part.lstrip())
        if part.strip():
            span = Span(begin, begin + len(part.strip()))
            yield replace(block, span=span, anchor=anchor)
        start = stop
    if start == block.span.start:
        yield block
    elif rest := text[start:end].lstrip():
        yield replace(block, span=Span(end - len(rest), end), anchor=anchor)


def best_cut(text: str, start: int, last: int) -> int:
    """The best place to end a part that begins at `start`: in the second half of what it may be."""
    middle = start + (last - start) // 2
    for place in PLACES:
        if found := place.match(text, middle, last):
            return found.end()
    # A mark stays with its letter, where there is one.
    while last > middle + 1 and unicodedata.combining(text[last]):
        last -= 1
    return last
