"""A heading may be the answer: the reader reads it again as part of the text below it."""

from collections.abc import Sequence
from dataclasses import replace

from index.answer.calibration import Calibration
from index.answer.rows import certainty
from index.answer.sameness import newest
from index.answer.span import find_answer
from index.domain import BlockKind, Document, Hit, Passage, Span, Unit
from index.model.reader import Reader
from index.store.generation import Generation
from index.text.places import HEADING

# So many of the best passages are read again.
READ_AGAIN = 3
# Headings stand at most so far above what is quoted with them.
ABOVE_CHARS = 300
# What makes a line bold that stands for a heading.
EMPHASIS, MARKS = "*_", 3
DEEPEST = 99
QUOTED_CHARS = 480
# Scores that differ by no more are about the same.
ABOUT = 1.5
# The answer begins in a heading, by the reader's probability.
SURE = 0.5


def with_headings(
    question: str,
    hits: Sequence[Hit],
    generation: Generation,
    reader: Reader,
    calibration: Calibration,
) -> list[Hit]:
    """Return `hits`, best first again, with a heading as the answer of those where it is one.

    One that asks is quoted with what answers it.

    Raises:
        EmbeddingError: the reader fails.
    """
    again = {}
    for number, hit in enumerate(hits[:READ_AGAIN]):
        passage = below_headings(hit.passage, generation.documents[hit.passage.document])
        if hit.answers is not None and passage is not None:
            again[number] = passage
    result = list(hits)
    for (number, passage), reading in zip(
        again.items(), reader.read(question, list(again.values())), strict=True
    ):
        hit = hits[number]
        answer = find_answer(reading, passage)
        headings = len(passage.units) - len(hit.passage.units)
        if answer is None or answer.unit >= headings or hit.answers is None:
            continue
        if certainty(reading, passage, answer.unit) < SURE:
            continue
        best = passage.units[headings + hit.best_unit]
        heading = passage.units[answer.unit]
        line = heading.span.within(passage.span).of(passage.text)
        asks = line.rstrip(EMPHASIS).endswith(("?", "？"))
        quoted = Span(heading.span.start, best.span.end)
        if quoted.end - quoted.start > QUOTED_CHARS:
            if asks:
                continue
            quoted = heading.span
        units = (replace(heading, span=quoted), *passage.units)
        gained = calibration.score_reader * (reading.answers - hit.answers)
        result[number] = replace(
            hit,
            passage=replace(passage, units=units),
            score=hit.score + gained,
            best_unit=0,
            answer=hit.answer if asks else answer.span,
            answers=reading.answers,
            confidence=max(hit.confidence, calibration.probability(hit.signals, reading.answers)),
        )
    return _newest_first(sorted(result, key=lambda hit: -hit.score))


def _newest_first(hits: list[Hit]) -> list[Hit]:
    """Put headings of one document that answer about as well in the order of what they name.

    Between versions that a question doesn't tell apart it means the newest one.
    """
    first = next(iter(hits), None)
    if first is None or not _is_heading(first):
        return hits
    alike = [
        hit
        for hit in hits
        if _is_heading(hit)
        and hit.passage.document == first.passage.document
        and first.score - hit.score <= ABOUT
    ]
    alike.sort(key=lambda hit: newest(hit.answer.within(hit.passage.span).of(hit.passage.text)))
    return [*reversed(alike), *(hit for hit in hits if hit not in alike)]


def beginning_first(
    question: str, hits: Sequence[Hit], generation: Generation, close: float
) -> list[Hit]:
    """Return `hits`, where a title or heading is all that is asked with its beginning first.

    What stands further below it is told apart by no word of such a question, so that all of it that
    is `close` answers as likely as the best.
    """
    best = next(iter(hits), None)
    if best is None:
        return []
    document = generation.documents[best.passage.document]

    def has_all(text: str) -> bool:
        words = generation.lexicon.analyzer.words(text, document.language)
        return {*generation.lexicon.words(question)} <= {*words}

    names = (*reversed(best.passage.headings), document.title)
    name = next((each for each in names if has_all(each)), None)
    said = best.passage.units[best.best_unit].span.of(document.text)
    below = [
        hit
        for hit in hits
        if hit.passage.document == document.path
        and name in {*hit.passage.headings, document.title}
        and hit.confidence >= close
    ]
    if name is None or not below or has_all(said):
        return [*hits]
    first = min(below, key=lambda hit: hit.passage.span)
    likely = max(first.confidence, best.confidence)
    rest = (hit for hit in hits if hit is not first)
    return [replace(first, confidence=likely, score=best.score), *rest]


def _is_heading(hit: Hit) -> bool:
    unit = hit.passage.units[hit.best_unit]
    line = unit.span.within(hit.passage.span).of(hit.passage.text).partition("\n")[0]
    first = unit.kind is BlockKind.METADATA and unit.span.start == hit.passage.span.start
    return first and hit.answer.end <= unit.span.start + len(line)


def below_headings(passage: Passage, document: Document) -> Passage | None:
    """Return a passage that begins with the headings closely above it, each a unit; None without.

    The title is none of them.
    """
    start = passage.span.start
    lines: list[Span] = []
    level = DEEPEST
    for mark in reversed(document.landmarks):
        if mark.kind != HEADING or mark.start >= start or mark.level >= level:
            continue
        level = mark.level
        # A bookmark of a PDF stands nowhere in the text.
        begin = document.text.find(mark.label, mark.start, start)
        if begin < 0 or mark.label not in passage.headings or start - begin > ABOVE_CHARS:
            break
        lines.insert(0, _with_emphasis(document.text, Span(begin, begin + len(mark.label))))
    if not lines:
        return None
    span = Span(lines[0].start, passage.span.end)
    units = (Unit(line, BlockKind.METADATA, "", line.start) for line in lines)
    return replace(
        passage,
        span=span,
        text=span.of(document.text),
        preamble=document.title,
        units=(*units, *passage.units),
    )


def _with_emphasis(text: str, label: Span) -> Span:
    """Return a heading with the signs that make it bold, if it stands between such."""
    before = text[max(0, label.start - MARKS) : label.start]
    marks = before[len(before.rstrip(EMPHASIS)) :]
    closed = text.startswith(marks[::-1], label.end)
    return Span(label.start - len(marks), label.end + len(marks)) if closed else label
