"""What is shown of the passages that were found: which of them answer, and what goes with them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import exp

from index.answer.exact import Identifier, about, holds, identifiers, rival
from index.answer.numbering import Found
from index.answer.releases import newest_releases
from index.answer.rows import ALONE, Row, certainty, fitting, list_around
from index.answer.sameness import bare, contradict, later, names, other_figure, replaces
from index.answer.search import Searcher
from index.answer.sections import beginning_first, with_headings
from index.domain import BlockKind, Citation, Hit, Span
from index.settings import AnswerSettings
from index.text.places import where

# A further quote must be this likely to answer, compared with the first: scores are fitted by
# softmax, so that their difference is the logarithm of the odds.
FURTHER_ODDS = 0.25
# A question fits a passage so much better with the figure that stands there, by the reader's logit.
FITS_BETTER = 2.0
# What is quoted of a list.
LISTED_CHARS = 1000
BRIEF_CHARS = 320
SEVERAL = 2
# A question that has to see both sides to be answered.
COMPARES = re.compile(r"\b(?:or|than|vs|versus|between|oder|ou)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Choice:
    """Chooses what of the passages found for a question is shown; `cite` makes a hit's citation."""

    question: str
    searcher: Searcher
    settings: AnswerSettings
    cite: Callable[[Hit, Span | None], Citation | None]

    def cited(self, hits: Sequence[Hit]) -> list[Found]:
        """Return those of `hits` whose quote is proved, each with it."""
        pairs = ((hit, self.cite(hit, None)) for hit in hits)
        return [(hit, citation) for hit, citation in pairs if citation is not None]

    def of(self, hits: list[Hit]) -> tuple[list[Found], list[Found]]:
        """Return what of `hits`, best first, can be quoted, and what of that answers.

        Raises:
            EmbeddingError: the reader fails.
        """
        searcher = self.searcher
        asked = list(identifiers(self.question))
        headed = with_headings(
            self.question, hits, searcher.generation, searcher.reader, searcher.calibration
        )
        released = [
            replace(hit, score=headed[0].score, confidence=max(hit.confidence, self.settings.sure))
            for hit in newest_releases(self.question, headed, searcher.generation)
        ]
        headed = beginning_first(self.question, headed, searcher.generation, self.settings.close)
        proved = self._exact(asked, self.cited([*released, *headed]))
        answering = self._answering(asked, proved)
        return proved, self._listed(asked, answering) if answering else []

    def closest(self, proved: Sequence[Found]) -> list[Found]:
        """Return quotes that don't answer, of a table a row that has the words of the question."""
        return [self._row_asked_for(hit) or (hit, citation) for hit, citation in proved]

    def _row_asked_for(self, hit: Hit) -> Found | None:
        """Return the row of a hit's table that the words of the question single out, if any."""
        generation = self.searcher.generation
        rows = list_around(hit, generation)
        if len(rows) < SEVERAL or rows[0].unit.kind is not BlockKind.ROW:
            return None
        fits, _ = fitting(self.question, rows, generation)
        if not fits or Row(hit.passage, hit.best_unit) in fits:
            return None
        row = fits[0].hit(hit)
        citation = self.cite(row, None)
        return None if citation is None else (row, citation)

    def marked(self, citations: Sequence[Citation]) -> tuple[Citation, ...]:
        """Return citations of which those that say otherwise than one before are marked.

        Not where the question names what tells them apart: it compares.
        """
        asked = self._asked()
        marked = list(citations)
        for place, citation in enumerate(citations):
            words = self._words(citation) & asked
            for before, other in enumerate(citations[:place]):
                others = self._words(other) & asked
                amends = amended(citation, other) or amended(other, citation)
                compared = words - others and others - words
                if not amends and (compared or not contradict(citation, other)):
                    continue
                since = later(citation, other)
                marked[place] = replace(marked[place], unlike=other.number, later=since)
                if since := later(other, citation):
                    marked[before] = replace(marked[before], later=since)
                break
        return tuple(marked)

    def _exact(self, asked: Sequence[Identifier], proved: list[Found]) -> list[Found]:
        """Return what can answer a question with codes: first what has them, nothing with others.

        What has them in its bold part or a heading is on the topic. Where a question is nothing but
        a code, or a heading is nothing but it, what has it answers, and where it is one of a
        heading's words, if that has to do with the rest of the question.
        """
        codes = [each for each in asked if each.code]
        known = [code for code in codes if held(code, proved)]
        rest = self.question
        for code in codes:
            rest = rest.replace(code.asked, "")
        alone = not re.search(r"\w", rest)
        having: list[Found] = []
        others: list[Found] = []
        for hit, citation in proved:
            if any(rival(code, citation) for code in codes):
                continue
            has = bool(known) and all(holds(code, citation) for code in known)
            headings = "\n".join(citation.headings)
            below = all(code.found_in(headings) for code in known)
            headed = any(bare(each) == code.asked for code in known for each in citation.headings)
            close = hit.confidence >= self.settings.close
            sure = has and (alone or headed or (below and close))
            confidence = max(hit.confidence, self.settings.sure if sure else 0.0)
            said = f"{citation.bold}\n{headings}"
            if has and hit.answers is not None and all(code.found_in(said) for code in known):
                on_topic = self.searcher.calibration.on_topic(hit.answers)
                confidence = max(confidence, on_topic)
            (having if has else others).append((replace(hit, confidence=confidence), citation))
        return [*having, *others]

    def _answering(self, asked: Sequence[Identifier], proved: Sequence[Found]) -> list[Found]:
        """Return those that answer: the surest, and those that it would be wrong to leave out.

        These are the ones that say otherwise, that amend or are amended, and that have words of the
        question which none before has: its other part, or the other thing that it compares. Of two
        that say otherwise, one is about another thing where the question names the other.
        What amends needn't be close to the question where it says which figure it replaces.
        """
        sure = [
            (hit, citation)
            for hit, citation in proved
            if hit.confidence >= self.settings.sure
            and not any(self._of_another(figure, hit, citation) for figure in asked)
        ]
        likely = [
            found for found in sure if exp(found[0].score - proved[0][0].score) >= FURTHER_ODDS
        ]
        if not likely:
            return []
        best = next((found for found in likely if self._instead(found[1], likely[0][1])), likely[0])
        first = best[1]
        answering = [best]
        left: list[Found] = []
        for found in sure:
            otherwise = contradict(found[1], first)
            if found is best or self._instead(first, found[1]):
                continue
            (answering if found in likely or otherwise else left).append(found)
        answering += [found for found in left if self._adds(found[1], answering)]
        if COMPARES.search(self.question):
            for found in proved:
                close = found[0].confidence >= self.settings.close and found not in answering
                if close and self._names_more(found[1], answering):
                    answering.append(found)
        shown = [citation for _, citation in answering]
        amending = [
            (hit, citation)
            for hit, citation in proved
            if citation not in shown
            and (amended(citation, first) or amended(first, citation))
            and (
                hit.confidence >= self.settings.close
                or replaces(citation, first)
                or replaces(first, citation)
            )
        ]
        return [*answering[:1], *amending, *answering[1:]]

    def _of_another(self, figure: Identifier, hit: Hit, citation: Citation) -> bool:
        """Whether a quote answers for another figure than the one asked about.

        It has one of its form instead, and is a heading or would fit the question with that far
        better.
        """
        other = rival(figure, citation)
        if not other or hit.answers is None:
            return False
        if citation.bold in citation.headings:
            return True
        question = self.question.replace(figure.asked, other)
        (reading,) = self.searcher.reader.read(question, [hit.passage])
        return reading.answers - hit.answers >= FITS_BETTER

    def _instead(self, one: Citation, other: Citation) -> bool:
        """Whether a quote is meant instead of one that says otherwise, by what they are called."""
        return contradict(one, other) and self._named(one) > self._named(other)

    def _adds(self, citation: Citation, answering: Sequence[Found]) -> bool:
        """Whether a quote has words of the question that none of those that answer has."""
        before = set().union(*(self._words(each) for _, each in answering))
        return bool((self._asked() - before) & self._words(citation))

    def _names_more(self, citation: Citation, answering: Sequence[Found]) -> bool:
        """Whether the question names the title or a heading of a quote, and of no other shown."""
        before = set().union(*(self._named(each) for _, each in answering))
        return bool(self._named(citation) - before)

    def _asked(self) -> set[str]:
        return {*self.searcher.generation.lexicon.words(self.question)}

    def _words(self, citation: Citation) -> set[str]:
        """The words of a quote, and of what says what it is about."""
        return self._analyzed(citation, about(citation))

    def _named(self, citation: Citation) -> set[str]:
        """The words of the question that title, headings and path of a quote have."""
        titles = "\n".join((citation.title, *citation.headings, citation.path))
        return self._analyzed(citation, titles) & self._asked()

    def _analyzed(self, citation: Citation, text: str) -> set[str]:
        generation = self.searcher.generation
        document = generation.documents.get(citation.path)
        # A quote may be of another index than the surest one.
        language = document.language if document else generation.language
        return {*generation.lexicon.analyzer.words(text, language)}

    def _listed(self, asked: Sequence[Identifier], answering: list[Found]) -> list[Found]:
        """Return quotes of which the first, a row or item, has those of its list that fit as well.

        Where no words tell, and the reader doesn't mean this one alone or the list is brief, it has
        all of them.
        """
        (hit, citation), *others = answering
        generation = self.searcher.generation
        rows = list_around(hit, generation)
        whole = Span(rows[0].unit.span.start, rows[-1].unit.span.end) if rows else citation.span
        if len(rows) < SEVERAL or citation.span.holds(whole):
            return answering
        (reading,) = self.searcher.reader.read(self.question, [hit.passage])
        own = Row(hit.passage, hit.best_unit)
        fits, some = fitting(self.question, rows, generation)
        alone = certainty(reading, hit.passage, hit.best_unit) >= ALONE
        elsewhere = [
            found
            for found in others
            if found[1].path != citation.path or not whole.holds(found[1].bold_span)
        ]
        # Of a table, the words may point to another row than the reader.
        mistaken = (
            own.unit.kind is BlockKind.ROW and own not in fits and not (alone and own in some)
        )
        if (fits and mistaken) or (own in fits and len(fits) >= SEVERAL):
            first = own if alone and own in fits else fits[0]
            listed = [first, *(row for row in fits if row != first)]
            return [*self._rows(hit, listed), *elsewhere]
        told = fits or any(each.found_in(citation.bold) for each in asked)
        length = whole.end - whole.start
        brief = rows[0].unit.kind is BlockKind.ITEM and length <= BRIEF_CHARS
        if told or (alone and not brief):
            return answering
        if length <= LISTED_CHARS:
            every = self.cite(hit if alone else replace(hit, answer=whole), whole)
            return [(hit, replace(every or citation, context=citation.context)), *elsewhere]
        more = len(rows) - 1 - (len(others) - len(elsewhere))
        return [(hit, replace(citation, more=more)), *others]

    def _rows(self, best: Hit, rows: Sequence[Row]) -> list[Found]:
        """Return rows as one citation, as many as there is room for."""
        hit = rows[0].hit(best)
        citation = self.cite(hit, None)
        if citation is None:
            return []
        room = LISTED_CHARS - len(citation.quote)
        shown = []
        for row in rows[1:]:
            quoted = self.cite(row.hit(best), row.unit.span)
            room -= row.unit.span.end - row.unit.span.start
            if quoted is None or room < 0:
                break
            shown.append(quoted)
        document = self.searcher.generation.documents[citation.path]
        spans = [each.span for each in (citation, *shown)]
        place = where(document, Span(min(spans).start, max(span.end for span in spans)))
        more = len(rows) - 1 - len(shown)
        return [(hit, replace(citation, rows=tuple(shown), more=more, where=place))]


def held(identifier: Identifier, proved: Sequence[Found]) -> bool:
    """Whether any quote is."""
    return any(holds(identifier, citation) for _, citation in proved)


def amended(one: Citation, other: Citation) -> bool:
    """Whether a quote names the document of another, and gives another figure than that."""
    return names(one, other) and other_figure(one, other)
