"""`Hit`s to an `Answer` or a `NoAnswer`: what is quoted, and whether it is an answer at all."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp

from index.answer.question import Question
from index.answer.search import Searcher
from index.domain import (
    Answer,
    BlockKind,
    Citation,
    Document,
    Hit,
    NoAnswer,
    Passage,
    Span,
    Unit,
)
from index.settings import AnswerSettings
from index.text.places import landmark, lines, url, where

log = logging.getLogger(__name__)

CANDIDATES = 12
# A quote takes in neighbouring sentences up to this length, or the rows its row depends on.
QUOTE_CHARS = 320
ANCHORED_QUOTE_CHARS = 480
# What a sentence with a colon at its end leads in: a list, a table, a block of code.
LEAD_IN = (":", "：")
LED_IN_CHARS = 1000
NEAREST = 3
# A further quote must be this likely to answer, compared with the first: scores are fitted by
# softmax, so that their difference is the logarithm of the odds.
FURTHER_ODDS = 0.25
# Two quotes that share this much of their words say the same.
SAME_WORDS = 0.8
TELLING_WORDS = 5

NOT_SURE = "The documents don't say this in so many words. The closest passages are no answer:"
NOTHING = "This is not in the documents."


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers from the passages that a searcher finds."""

    searcher: Searcher
    settings: AnswerSettings

    def question(self, text: str) -> Question:
        """Check what is asked, and find out whether it can be understood alone; at once.

        Raises:
            QuestionError: there is nothing to ask, or too much.
        """
        return Question.of(text, self.searcher.generation.language)

    def answer(self, question: Question, earlier: Sequence[str] = ()) -> Answer | NoAnswer:
        """Return verbatim quotes with their citations, or say that the documents don't answer.

        `earlier` is what was asked before in the same conversation, oldest first.

        Raises:
            EmbeddingError: the model fails.
        """
        text = self.understand(question, earlier)
        reply = self.judge(question.text, self.searcher.hits(text, CANDIDATES))
        return replace(reply, understood=text if text != question.text else "")

    def understand(self, question: Question, earlier: Sequence[str] = ()) -> str:
        """Return what is searched for: the question after `earlier` ones, its words mended."""
        return question.meaning(earlier, self.searcher.generation, self.searcher.embedder)

    def judge(self, question: str, hits: list[Hit]) -> Answer | NoAnswer:
        """Return what `hits`, best first, have to say to the question."""
        proved = self.cited(hits)
        confidence = max((hit.confidence for hit, _ in proved[:NEAREST]), default=0.0)
        answering = [
            (hit, citation)
            for hit, citation in proved
            if hit.confidence >= self.settings.sure
            and exp(hit.score - proved[0][0].score) >= FURTHER_ODDS
        ]
        generation = self.searcher.generation.name
        if answering:
            quoted = select(answering, self.settings.quotes, proved)
            return Answer(question, quoted, answering[0][0].confidence, generation)
        if confidence >= self.settings.close:
            nearest = select(proved, NEAREST, proved)
            return NoAnswer(question, NOT_SURE, nearest, confidence, generation)
        return NoAnswer(question, NOTHING, (), confidence, generation)

    def cited(self, hits: Sequence[Hit]) -> list[tuple[Hit, Citation]]:
        """Return those of `hits` whose quote is proved, each with it."""
        return [(hit, citation) for hit in hits if (citation := self.cite(hit)) is not None]

    def cite(self, hit: Hit) -> Citation | None:
        """Quote a hit's best unit; None where the stored text doesn't bear the quote out."""
        passage = hit.passage
        document = self.searcher.generation.documents[passage.document]
        unit = passage.units[hit.best_unit]
        span = quote_span(passage, hit.best_unit)
        citation = Citation(
            number=hit.rank,
            path=document.path,
            title=document.title,
            span=span,
            lines=lines(document, span),
            headings=passage.headings,
            quote=span.of(document.text),
            bold=hit.answer.of(document.text),
            bold_span=hit.answer,
            passage=passage.span,
            sha256=document.sha256,
            generation=self.searcher.generation.name,
            context=unit.context if span.start > unit.anchor or span == unit.span else "",
            landmark=landmark(document, hit.answer.start),
            where=where(document, span),
            url=url(self.settings.base_url, document, hit.answer.start),
        )
        if proves(document, passage, citation):
            return citation
        log.error("a quote from %s at %s is not in its document: dropped", document.path, span)
        return None


def quote_span(passage: Passage, best: int) -> Span:
    """Return what is quoted around a passage's unit number `best`.

    A sentence takes in those of its paragraph, the ones before first, as they fit; a row or item
    starts where the rows or items that it depends on start, if that isn't too far above. A
    sentence that leads in a list, a table or code takes it along, and is taken along by an item or
    code. Each turn but the last takes in a unit more, of which a passage has so many.
    """
    best = _lead_in(passage, best)
    unit = passage.units[best]
    if unit.kind is not BlockKind.PARAGRAPH:
        anchored = Span(min(unit.anchor, unit.span.start), unit.span.end)
        fits = anchored.end - anchored.start <= ANCHORED_QUOTE_CHARS
        return anchored if fits else unit.span
    first = last = best
    grew = True
    while grew:
        grew = False
        for neighbour in (first - 1, last + 1):
            if not 0 <= neighbour < len(passage.units):
                continue
            if passage.units[neighbour].anchor != unit.anchor:
                continue
            low, high = min(first, neighbour), max(last, neighbour)
            length = passage.units[high].span.end - passage.units[low].span.start
            if length <= QUOTE_CHARS:
                first, last, grew = low, high, True
    start = passage.units[first].span.start
    if last == best and _leads_in(passage, unit):
        for number, below in enumerate(passage.units[last + 1 :], start=last + 1):
            if below.kind is BlockKind.PARAGRAPH or below.span.end - start > LED_IN_CHARS:
                break
            last = number
    return Span(start, passage.units[last].span.end)


def _lead_in(passage: Passage, best: int) -> int:
    """Return the number of the sentence that leads in an item or code, or else its own."""
    end = passage.units[best].span.end
    number = best
    while number > 0 and passage.units[number].kind in {BlockKind.ITEM, BlockKind.CODE}:
        number -= 1
    lead = passage.units[number]
    fits = end - lead.span.start <= LED_IN_CHARS
    leads = lead.kind is BlockKind.PARAGRAPH and _leads_in(passage, lead)
    return number if leads and fits else best


def _leads_in(passage: Passage, unit: Unit) -> bool:
    return unit.span.within(passage.span).of(passage.text).rstrip().endswith(LEAD_IN)


def proves(document: Document, passage: Passage, citation: Citation) -> bool:
    """Whether every quoted word stands in the document where the citation says."""
    text = document.text
    return (
        citation.path == document.path
        and 0 <= citation.span.start <= citation.bold_span.start
        and citation.bold_span.end <= citation.span.end <= len(text)
        and citation.span.of(text) == citation.quote
        and citation.bold_span.of(text) == citation.bold
        and passage.span.of(text) == passage.text
        and bool(citation.bold.strip())
    )


def select(
    chosen: Sequence[tuple[Hit, Citation]], count: int, others: Sequence[tuple[Hit, Citation]]
) -> tuple[Citation, ...]:
    """Return the first `count` that don't repeat one before them, numbered from 1.

    Those of `others` that say the same in another place are named beside them.
    """
    kept: list[tuple[Hit, Citation]] = []
    for hit, citation in chosen:
        if len(kept) < count and not any(_repeats(hit, before) for before, _ in kept):
            kept.append((hit, citation))
    return tuple(
        replace(citation, number=number, also=_elsewhere(hit, others))
        for number, (hit, citation) in enumerate(kept, start=1)
    )


def _elsewhere(hit: Hit, others: Sequence[tuple[Hit, Citation]]) -> tuple[Citation, ...]:
    places = {_place(hit)}
    also: list[Citation] = []
    for other, citation in others:
        if _place(other) not in places and _repeats(other, hit):
            places.add(_place(other))
            also.append(citation)
    return tuple(also)


def _place(hit: Hit) -> tuple[str, Span]:
    return hit.passage.document, hit.passage.units[hit.best_unit].span


def _repeats(hit: Hit, other: Hit) -> bool:
    """Whether a hit's best unit says what another's does."""
    unit, other_unit = hit.passage.units[hit.best_unit], other.passage.units[other.best_unit]
    words = _words(hit.passage, unit.span)
    others = _words(other.passage, other_unit.span)
    shared = len(words & others)
    overlap = shared / (len(words | others) or 1)
    if len(words) >= TELLING_WORDS:
        # Nothing new in a sentence that the other quote has among its own.
        overlap = max(overlap, shared / len(words))
    return _place(hit) == _place(other) or (
        overlap >= SAME_WORDS and unit.context == other_unit.context
    )


def _words(passage: Passage, span: Span) -> set[str]:
    return set(span.within(passage.span).of(passage.text).casefold().split())
