"""What is quoted of a passage: its sentences, a few at a time, rows, items, or a whole list."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import sentencex

from index.domain import BlockKind, Span, Unit
from index.text.language import CODES
from index.text.together import Whole

# Neighbouring sentences are quoted together up to this length.
UNIT_CHARS = 220


def quoted(text: str, sentences: Sequence[Unit], together: Mapping[int, Whole]) -> Iterator[Unit]:
    """Yield the units of a passage, the first of what belongs together reaching to its end."""
    units = list(_join(text, sentences))
    covered = -1
    for unit in units:
        if unit.span.end <= covered:
            continue
        whole = together.get(unit.span.start)
        if whole is None or not unit.span.end <= whole.span.end <= units[-1].span.end:
            yield unit
            continue
        covered = whole.span.end if whole.only else covered
        yield replace(unit, span=whole.span)


def _join(text: str, sentences: Sequence[Unit]) -> Iterator[Unit]:
    """Yield, from each sentence on, as many of a paragraph as are quoted together.

    Alone, a sentence often says "he" or "it" of what the one before it names.
    """
    covered = -1
    for first, unit in enumerate(sentences):
        last = first
        while unit.kind is BlockKind.PARAGRAPH and last + 1 < len(sentences):
            following = sentences[last + 1]
            length = following.span.end - unit.span.start
            asks = last == first and unit.span.of(text).endswith(("?", "？"))
            if following.anchor != unit.anchor or (length > UNIT_CHARS and not asks):
                break
            last += 1
        if last > covered:
            covered = last
            span = Span(unit.span.start, max(unit.span.end, sentences[last].span.end))
            yield Unit(span, unit.kind, unit.context, unit.anchor)


def sentences(text: str, span: Span, language: str) -> Iterator[Span]:
    """Yield the sentences of a paragraph, white space around each left out."""
    start = span.start
    for sentence in sentencex.segment(CODES.get(language, "en"), span.of(text)):
        trimmed = sentence.strip()
        if trimmed:
            begin = text.index(trimmed, start)
            start = begin + len(trimmed)
            yield Span(begin, start)
