"""Which words of a passage answer: the reader's likeliest, grown to what a person would say."""

import re
from dataclasses import dataclass

import numpy as np

from index.domain import BlockKind, Passage, Span, Unit
from index.model.reader import Reading

# An answer has at most so many tokens.
LONGEST_TOKENS = 60
# What is bold is the sentence that the answer stands in, or as many words around it as fit. Chosen
# on documentations that the reader wasn't trained on: half of what is bold has 110 characters at
# most.
LONGEST_BOLD = 200
# What goes on with a small letter or a figure is no new sentence: "no. 3", "e.g. this". An item of
# a list is one.
SENTENCE_END = re.compile(
    r"[.!?](?=\s+[^\s\da-z])|\n\s*\n|\n(?=[ \t]*(?:[-*+•]|\d{1,3}[.)]|\.{1,5})[ \t])"
)
# What may stand before and behind a sentence, a row or an item.
EDGES = re.compile(r"[\s|]*(?:(?:[-*+•]|\d{1,3}[.)])\s+)?")
BEHIND = " \t\n|"
LETTER = re.compile(r"\w")
# The lines that a block of code stands between.
FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,})[^\n`]*")
NOWHERE = -1e9


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """Which unit of a passage answers, and which of the document's text in it."""

    unit: int
    span: Span


def find_answer(reading: Reading, passage: Passage) -> AnswerSpan | None:
    """Return the likeliest answer that lies within one unit; None where no token of one was read.

    It lies in no header, which says what is asked for and not what that is. Of all pairs of a first
    and a last token it is the one with the highest sum of log-probabilities.
    """
    best, answer = NOWHERE, None
    for number, unit in enumerate(passage.units):
        if unit.kind is BlockKind.HEADER:
            continue
        inside = unit.span.within(passage.span)
        first, last = _tokens_within(reading, inside)
        if first == last:
            continue
        sums = reading.starts[first:last, None] + reading.ends[None, first:last]
        allowed = np.triu(np.ones_like(sums, bool))
        allowed &= ~np.triu(allowed, LONGEST_TOKENS)
        sums = np.where(allowed, sums, NOWHERE)
        place = int(sums.argmax())
        score = float(sums.reshape(-1)[place])
        if score > best:
            start, end = divmod(place, last - first)
            words = Span(
                int(reading.offsets[first + start, 0]), int(reading.offsets[first + end, 1])
            )
            best, answer = score, AnswerSpan(number, sentence(passage, unit, words))
    return answer


def _tokens_within(reading: Reading, span: Span) -> tuple[int, int]:
    """The tokens in a span of the passage's text: the first, and the one after the last."""
    first = int(np.searchsorted(reading.offsets[:, 0], span.start))
    last = int(np.searchsorted(reading.offsets[:, 1], span.end, side="right"))
    return first, max(first, last)


def sentence(passage: Passage, unit: Unit, words: Span) -> Span:
    """Return the sentence of a unit that holds `words` of the passage's text, in the document.

    A longer one gives as many whole words before and after as fit, code whole lines, without those
    that it stands between. For a question that is answered within the unit it is what answers it.
    """
    text, own = passage.text, unit.span.within(passage.span)
    code = unit.kind is BlockKind.CODE
    if code:
        own = _between_fences(text, own)
        first = min(max(words.start, own.start), own.end)
        words = Span(first, max(first, min(words.end, own.end)))
    words = _answering(text, own, words)
    low, high = own.start, own.end
    for mark in () if code else SENTENCE_END.finditer(text, own.start, own.end):
        if mark.end() <= words.start:
            low = mark.end()
        elif mark.start() + 1 >= words.end:
            high = mark.start() + 1
            break
    if high - low > LONGEST_BOLD:
        low, high = _fit(text, Span(low, high), words, r"\n" if code else r"\s")
    bare = unmarked(text, Span(low, high))
    low, high = min(bare.start, words.start), max(bare.end, words.end)
    return Span(passage.span.start + low, passage.span.start + high)


def unmarked(text: str, row: Span) -> Span:
    """Return a row or item without its marks, which are no part of an answer."""
    marks = EDGES.match(text, row.start, row.end)
    low = marks.end() if marks else row.start
    return Span(low, low + len(text[low : row.end].rstrip(BEHIND)))


def _between_fences(text: str, own: Span) -> Span:
    """Return a block of code without its fences, if something is left of it."""
    low, high = own.start, own.end
    if opening := FENCE.match(text, low, high):
        low = min(opening.end() + 1, high)
    last = max(text.rfind("\n", low, high), low - 1) + 1
    if FENCE.fullmatch(text, last, high):
        high = max(last - 1, low)
    return Span(low, high) if text[low:high].strip() else own


def _answering(text: str, own: Span, words: Span) -> Span:
    """Return the words without a question that they begin in, if something follows it."""
    for mark in SENTENCE_END.finditer(text, own.start, own.end):
        if mark.end() <= words.start:
            continue
        below = LETTER.search(text, mark.end(), own.end)
        if below is None or "?" not in text[mark.start() - 1 : mark.start() + 1]:
            break
        words = Span(below.start(), max(words.end, below.end()))
    return words


def _fit(text: str, sentence: Span, words: Span, gap: str) -> tuple[int, int]:
    """Return where to begin and end in a sentence that is longer than what is bold may be."""
    wide = max(0, LONGEST_BOLD - (words.end - words.start)) // 2
    gaps = [sentence.start + each.start() for each in re.finditer(gap, sentence.of(text))]
    starts = [gap for gap in (sentence.start, *gaps) if gap <= words.start]
    ends = [gap for gap in (*gaps, sentence.end) if gap >= words.end]
    low = min((gap for gap in starts if gap >= words.start - wide), default=max(starts))
    high = max((gap for gap in ends if gap <= words.end + wide), default=min(ends))
    return low, high
