"""What somebody may read: some indexes, open, asked as if they were one.

Nothing of any other index is opened, ranked or read for it, so nothing of those can show. Each is
searched and judged apart: neither the words that are rare in one nor what the reader makes of its
passages depend on another's texts.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from index.answer.answer import reply
from index.answer.question import Question, check_question
from index.domain import Answer, Citation, Document, Hit, NoAnswer, PassageView, Source, Span
from index.errors import NothingToRead
from index.front import Index


@dataclass(frozen=True, slots=True)
class Shelf:
    """Open indexes by the names of their collections; every method may be called from any thread.

    `incomplete` says that there are others that can't be asked now.

    Those that look something up or read do so as long as the files are large; `question`, `source`
    and `sources` are at once.
    """

    indexes: Mapping[str, Index]
    incomplete: bool = False

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """What tells it, and the generations that answer now, from any other."""
        return tuple((name, index.generation) for name, index in self.indexes.items())

    @property
    def created_at(self) -> datetime:
        """When the newest of the generations that answer was built (UTC).

        Raises:
            NothingToRead: there is none.
        """
        return max(index.created_at for index in self._some())

    def question(self, text: str) -> Question:
        """Check what is asked, and find out how much it says by itself; at once.

        Raises:
            QuestionError: it is empty, too long, or has no words.
            NothingToRead: there is no index to ask.
        """
        check_question(text)
        questions = (index.question(text) for index in self._some())
        # Whether it goes on with another is for each index to tell; some may say so.
        return min(questions, key=lambda question: question.says)

    def answer(self, question: Question | str, earlier: Sequence[str] = ()) -> Answer | NoAnswer:
        """Answer from all of them, as `Index.answer` does from one.

        Raises:
            QuestionError: the question is empty, too long, or has no words.
            NothingToRead: there is no index to ask.
            EmbeddingError: the model fails.
        """
        first, *others = self._some()
        if not others:
            return first.answer(question, earlier)
        text = question if isinstance(question, str) else question.text
        weighed = [index.weigh(text, earlier) for index in self._some()]
        return first.written(reply(self.question(text), weighed), self._languages)

    def lookup(
        self, query: Question | str, count: int = 10, source: str | None = None
    ) -> list[tuple[Hit, Citation]]:
        """Return the best `count` passages for a query, as `Index.lookup` does.

        Raises:
            QuestionError, NothingToRead, EmbeddingError: as `answer`.
        """
        text = query if isinstance(query, str) else query.text
        indexes = [index for index in self._some() if source is None or index.source(source)]
        return _best([index.lookup(text, count, source) for index in indexes], count)

    def related(self, path: str, span: Span, count: int) -> list[Citation]:
        """Return the places of the `count` passages nearest to what stands at `span`, but its own.

        Raises:
            QuestionError: nothing that could be looked up stands there any more.
            NothingToRead, EmbeddingError: as `answer`.
        """
        document = self.read(path)
        text = span.of(document.text) if document else ""
        near = [index.near(text, path, span, count) for index in self._some()]
        return [citation for _, citation in _best(near, count)]

    def sources(self) -> list[Source]:
        """Return every document, by path; at once."""
        found = {source.path: source for index in self._all() for source in index.sources()}
        return [found[path] for path in sorted(found)]

    def source(self, name: str) -> Source | None:
        """Return the document of a path, or of a `document_key`; at once."""
        found = (index.source(name) for index in self._all())
        return next((source for source in found if source is not None), None)

    def passage(self, path: str, span: Span, sha256: str) -> PassageView | None:
        """Return the passage around `span` with its neighbours, as `Index.passage` does."""
        found = (index.passage(path, span, sha256) for index in self._by(path))
        return next((view for view in found if view is not None), None)

    def headings(self, path: str) -> list[tuple[str, int]]:
        """Return the headings of a document in order, each with the line of its text, from 1."""
        return next((index.headings(path) for index in self._holding(path)), [])

    def read(self, path: str) -> Document | None:
        """Return a document with its whole text, or None where there is none of that path."""
        found = (index.read(path) for index in self._holding(path))
        return next((document for document in found if document is not None), None)

    def code(self, document: Document, span: Span) -> tuple[Span, ...]:
        """Return the spans of a document's code in a part of it."""
        found = (index.code(document, span) for index in self._holding(document.path))
        return next(filter(None, found), ())

    def _all(self) -> Collection[Index]:
        return self.indexes.values()

    def _some(self) -> Collection[Index]:
        """All of them.

        Raises:
            NothingToRead: there is none.
        """
        if not self.indexes:
            raise NothingToRead(unread=self.incomplete)
        return self.indexes.values()

    def _holding(self, path: str) -> list[Index]:
        return [
            index for index in self._all() if (found := index.source(path)) and found.path == path
        ]

    def _by(self, path: str) -> list[Index]:
        """All of them, those with a document of that path first."""
        holding = self._holding(path)
        return [*holding, *(index for index in self._all() if index not in holding)]

    def _languages(self, paths: Collection[str]) -> dict[str, str]:
        return dict(chain.from_iterable(index.languages(paths).items() for index in self._all()))


def _best(found: Sequence[list[tuple[Hit, Citation]]], count: int) -> list[tuple[Hit, Citation]]:
    """Return the best of what several indexes found, each place once, ranked and numbered anew."""
    ordered = sorted(chain.from_iterable(found), key=lambda pair: -pair[0].score)
    if len(found) == 1:
        ordered = found[0]
    places = set[tuple[str, Span]]()
    best: list[tuple[Hit, Citation]] = []
    for hit, citation in ordered:
        place = (citation.path, citation.passage)
        if place not in places and len(best) < count:
            places.add(place)
            rank = len(best) + 1
            best.append((replace(hit, rank=rank), replace(citation, number=rank)))
    return best
