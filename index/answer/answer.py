"""`Hit`s to an `Answer` or a `NoAnswer`: what is quoted, and whether it is an answer at all."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from math import exp

from index.answer import followup
from index.answer.choice import FURTHER_ODDS, Choice, held
from index.answer.exact import identifiers, spelled
from index.answer.numbering import Found, distinct, numbered
from index.answer.parts import parts
from index.answer.question import Question, mend
from index.answer.sameness import contradict
from index.answer.search import READ, Searcher
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
from index.text.places import indented, landmark, lines, url, where
from index.text.together import LEAD_IN

log = logging.getLogger(__name__)

# A quote takes in neighbouring sentences up to this length, or the rows its row depends on.
QUOTE_CHARS = 320
ANCHORED_QUOTE_CHARS = 480
# What a sentence leads in, with itself.
LED_IN_CHARS = 1000
NEAREST = 3
# So much of what stands below a quote is looked at.
BELOW_CHARS = 200

NOT_SURE = "The documents don't say this in so many words. The closest passages are no answer:"
NOTHING = "This is not in the documents."
NOT_HELD = "“{}” is not in the documents."


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers from the passages that a searcher finds."""

    searcher: Searcher
    settings: AnswerSettings

    def question(self, text: str) -> Question:
        """Check what is asked, and find out how much it says by itself; at once.

        Raises:
            QuestionError: there is nothing to ask, or too much.
        """
        return Question.of(text, self.searcher.generation.lexicon)

    def answer(self, question: Question, earlier: Sequence[str] = ()) -> Answer | NoAnswer:
        """Return verbatim quotes with their citations, or say that the documents don't answer.

        `earlier` is what was asked before in the same conversation, oldest first.

        Raises:
            EmbeddingError: the model fails.
        """
        return reply(question, [self.weigh(question, earlier)])

    def weigh(self, question: Question, earlier: Sequence[str] = ()) -> "Weighed":
        """Find and read what there is to a question, `earlier` as in `answer`.

        Raises:
            EmbeddingError: the model fails.
        """
        return self._weighed(*self.find(question, earlier))

    def find(self, question: Question, earlier: Sequence[str] = ()) -> tuple[str, list[Hit]]:
        """Return what is searched for, and the best passages for that.

        It is the question or, where that goes on with `earlier` ones, what they say together.

        Raises:
            EmbeddingError: the model fails.
        """
        text = self.mended(question.text)
        hits = self.searcher.hits(text, READ)
        if joined := question.joined(earlier, self.searcher.generation.lexicon):
            joined = self.mended(joined)
            joined_hits = self.searcher.hits(joined, READ)
            if followup.goes_on(question.says, hits, joined_hits):
                return joined, joined_hits
        return text, hits

    def mended(self, question: str) -> str:
        """Return a question with its misspelt words and its codes as the documents have them."""
        generation = self.searcher.generation
        return spelled(mend(question, generation, self.searcher.embedder), generation.lexicon)

    def judge(self, question: str, hits: list[Hit]) -> Answer | NoAnswer:
        """Return what `hits`, best first, have to say to the question.

        Raises:
            EmbeddingError: a model fails.
        """
        return replied(question, [self._weighed(question, hits)])

    def _weighed(self, question: str, hits: list[Hit]) -> "Weighed":
        choice = self._choice(question)
        proved, answering = choice.of(hits)
        if len(asked := parts(question)) > 1:
            answering = self._with_parts(asked, answering)
        return Weighed(choice, proved, answering)

    def _choice(self, question: str) -> Choice:
        return Choice(question, self.searcher, self.settings, self.cite)

    def _with_parts(self, asked: Sequence[str], answering: list[Found]) -> list[Found]:
        """Return what answers a question and each part of it, by the reader's figures.

        A part that nothing answers is searched for alone, behind the one before it.
        """
        passages = [hit.passage for hit, _ in answering]
        added: list[Found] = []
        for number, part in enumerate(asked):
            readings = self.searcher.reader.read(part, passages)
            if any(
                self.searcher.calibration.probability(hit.signals, reading.answers)
                >= self.settings.sure
                for (hit, _), reading in zip(answering, readings, strict=True)
            ):
                continue
            alone, hits = self.find(self.question(part), asked[:number])
            _, found = self._choice(alone).of(hits)
            added += found[:1]
        return [*answering[:1], *added, *answering[1:]]

    def cited(self, hits: Sequence[Hit]) -> list[Found]:
        """Return those of `hits` whose quote is proved, each with it."""
        return self._choice("").cited(hits)

    def cite(self, hit: Hit, quoted: Span | None = None) -> Citation | None:
        """Quote a hit's best unit, or what is to be `quoted` around it.

        None where the stored text doesn't bear the quote out.
        """
        passage = hit.passage
        document = self.searcher.generation.documents[passage.document]
        link = self.searcher.generation.links.get(document.path, "")
        unit = passage.units[hit.best_unit]
        span = quoted or quote_span(passage, hit.best_unit)
        code = [
            indented(document, each.span)
            for each in passage.units
            if each.kind is BlockKind.CODE and span.holds(each.span)
        ]
        if code:
            span = Span(min(span.start, code[0].start), span.end)
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
            date=document.date,
            generation=self.searcher.generation.name,
            context=unit.context if span.start > unit.anchor or span == unit.span else "",
            landmark=landmark(document, hit.answer.start),
            where=where(document, span),
            url=url(self.settings.base_url, link, document, span, hit.answer.start),
            code=tuple(code),
            goes_on=goes_on(document, passage, span),
        )
        if proves(document, passage, citation):
            return citation
        log.error("a quote from %s at %s is not in its document: dropped", document.path, span)
        return None


@dataclass(frozen=True, slots=True)
class Weighed:
    """What one index has to say to a question: what of it can be quoted, and what answers."""

    choice: Choice
    proved: list[Found]
    answering: list[Found]

    @property
    def closest(self) -> list[Found]:
        """What is shown where nothing answers."""
        return [*self.choice.closest(self.proved[:NEAREST]), *self.proved[NEAREST:]]


def reply(question: Question, weighed: Sequence[Weighed]) -> Answer | NoAnswer:
    """Return what there is to a question in one index, or in several that know nothing of others.

    What each of these is sure of was found and read apart; here it is only put in order.
    """
    weighed = sorted(weighed, key=_likely, reverse=True)
    searched = weighed[0].choice.question
    understood = searched if searched != question.text else ""
    return replace(replied(searched, weighed), question=question.text, understood=understood)


def replied(question: str, weighed: Sequence[Weighed]) -> Answer | NoAnswer:
    """Return the reply to a question as it was searched for; the surest index comes first."""
    best = weighed[0]
    choice, settings = best.choice, best.choice.settings
    generation = choice.searcher.generation.name
    proved = [found for each in weighed for found in each.proved]
    if answering := _together([each.answering for each in weighed]):
        quoted = numbered(distinct(answering, settings.quotes), proved)
        return Answer(question, choice.marked(quoted), answering[0][0].confidence, generation)
    confidences = [hit.confidence for each in weighed for hit, _ in each.proved[:NEAREST]]
    confidence = max(confidences, default=0.0)
    if confidence >= settings.close:
        closest = [found for each in weighed for found in each.closest]
        if len(weighed) > 1:
            closest.sort(key=lambda found: -found[0].confidence)
        nearest = numbered(distinct(closest, NEAREST), proved)
        return NoAnswer(question, NOT_SURE, nearest, confidence, generation)
    unknown = (each for each in identifiers(question) if each.code and not held(each, proved))
    reason = next((NOT_HELD.format(each.asked) for each in unknown), NOTHING)
    return NoAnswer(question, reason, (), confidence, generation)


def _likely(weighed: Weighed) -> tuple[bool, float]:
    """How likely one index has the answer, to be compared with others."""
    found = weighed.answering or weighed.proved
    return bool(weighed.answering), max((hit.confidence for hit, _ in found[:1]), default=0.0)


def _together(answering: Sequence[list[Found]]) -> list[Found]:
    """Return what answers in several indexes, in turns; the first has the surest.

    Another's is left out unless it is about as likely, or says otherwise.
    """
    first, *others = answering
    if not first:
        return []
    best, quoted = first[0]
    further = (
        found
        for found in others
        if found
        and (exp(found[0][0].score - best.score) >= FURTHER_ODDS or contradict(found[0][1], quoted))
    )
    turns = zip_longest(first, *further)
    return [found for turn in turns for found in turn if found is not None]


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


def goes_on(document: Document, passage: Passage, quoted: Span) -> bool:
    """Whether a quote ends within code, of which a passage has but a piece."""
    last = next((unit for unit in passage.units if unit.span.end == quoted.end), None)
    if last is None or last.kind is not BlockKind.CODE:
        return False
    whole = last.span.of(document.text).endswith(("```", "~~~"))
    line, _, below = document.text[quoted.end : quoted.end + BELOW_CHARS].partition("\n")
    return not whole and bool(line.strip() or below.partition("\n")[0].strip())


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
