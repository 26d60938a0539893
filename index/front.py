"""The index as one thing to ask: answers, looks up, lists, rebuilds; safe from many threads."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from index.answer.answer import Answerer, Weighed
from index.answer.question import MAX_QUESTION_CHARS, Question
from index.answer.serving import Serving, ServingGeneration
from index.answer.view import code_in, view
from index.build.changes import Changes, find_changes
from index.domain import (
    Answer,
    Citation,
    Document,
    Embedder,
    Hit,
    NoAnswer,
    PassageView,
    Progress,
    Source,
    Span,
)
from index.errors import IndexLocked
from index.reading.files import scan
from index.settings import AnswerSettings, IndexSettings
from index.store.manifest import BuildReport, Manifest
from index.text.places import headings

if TYPE_CHECKING:
    from index.answer.writer import Writer


def silent(_stage: str, _done: int, _total: int) -> None:
    """Report no progress."""


class Builder(Protocol):
    """Makes a new generation current, as `build` does."""

    def __call__(
        self, settings: IndexSettings, progress: Progress, *, everything: bool = False
    ) -> BuildReport:
        """Build."""

    def stop(self) -> None:
        """End the build that is running, if one is."""


@dataclass(frozen=True, slots=True)
class State:
    """What there is to tell of the generation that answers, and of it alone."""

    generation: str
    manifest: Manifest
    sources: list[Source]
    problem: str


class Index:
    """A built index, open. Every method may be called from any thread."""

    def __init__(  # noqa: PLR0913, PLR0917 - put together in one place, by `open_index`
        self,
        settings: IndexSettings,
        answers: AnswerSettings,
        serving: Serving,
        embedder: Embedder,
        writer: "Writer | None",
        builder: Builder,
    ) -> None:
        """Ask what is `serving`; `open_index` puts all of it together."""
        self._settings = settings
        self._answers = answers
        self._serving = serving
        self.embedder = embedder
        self._writer = writer
        self.builder = builder
        self._rebuilding = threading.Lock()

    def question(self, text: str) -> Question:
        """Check what is asked, and find out how much it says by itself; at once.

        Raises:
            QuestionError: it is empty, too long, or has no words.
        """
        return self._serving.ask(lambda now: now.answerer.question(text))

    def answer(self, question: Question | str, earlier: Sequence[str] = ()) -> Answer | NoAnswer:
        """Answer with verbatim quotes, or say that the documents don't; a string is checked first.

        A question that goes on with `earlier` ones of the same conversation, oldest first, is
        understood with these; the reply then says as what. Where a writer is configured, it
        puts an answer into sentences as well.

        Raises:
            QuestionError: the question is empty, too long, or has no words.
            EmbeddingError: the model fails.
        """
        reply = self._serving.ask(lambda now: now.answerer.answer(self._check(question), earlier))
        return self.written(reply, self.languages)

    def weigh(self, question: Question | str, earlier: Sequence[str] = ()) -> Weighed:
        """Find what there is to a question here, to be put together with what others have.

        Raises:
            QuestionError, EmbeddingError: as `answer`.
        """
        return self._serving.ask(lambda now: now.answerer.weigh(self._check(question), earlier))

    def written(
        self, reply: Answer | NoAnswer, languages: Callable[[Collection[str]], Mapping[str, str]]
    ) -> Answer | NoAnswer:
        """Return a reply in sentences too, where a writer is configured; paths to `languages`."""
        if self._writer is None or isinstance(reply, NoAnswer):
            return reply
        paths = {citation.path for citation in reply.citations}
        return self._writer.write(reply, languages(paths))

    def languages(self, paths: Collection[str]) -> dict[str, str]:
        """Return the languages of those of the documents that there are."""

        def known(now: ServingGeneration) -> dict[str, str]:
            documents = now.generation.documents
            return {path: documents[path].language for path in paths if path in documents}

        return self._serving.ask(known)

    def lookup(
        self, query: Question | str, count: int = 10, source: str | None = None
    ) -> list[tuple[Hit, Citation]]:
        """Return the best `count` passages for a query, of one source (a path) or of all.

        Each comes with a citation of the whole passage, what of it answers being bold; one that
        isn't proved is left out.

        Raises:
            QuestionError: the query is empty, too long, or has no words.
            EmbeddingError: the model fails.
        """
        checked = self._check(query)

        def look_up(now: ServingGeneration) -> list[tuple[Hit, Citation]]:
            hits = now.searcher.hits(now.answerer.mended(checked.text), count, source)
            cited = ((hit, now.answerer.cite(hit, hit.passage.span)) for hit in hits)
            return [(hit, citation) for hit, citation in cited if citation is not None]

        return self._serving.ask(look_up)

    def near(self, text: str, path: str, span: Span, count: int) -> list[tuple[Hit, Citation]]:
        """Return the `count` passages nearest to a text, but the one at `span` of its document.

        Raises:
            QuestionError: there is nothing in it that could be looked up.
            EmbeddingError: the model fails.
        """

        def search(now: ServingGeneration) -> list[tuple[Hit, Citation]]:
            query = now.answerer.question(" ".join(text.split())[:MAX_QUESTION_CHARS])
            others = [
                hit
                for hit in now.searcher.hits(now.answerer.mended(query.text), count + 1)
                if hit.passage.document != path
                or not hit.passage.span.start <= span.start < hit.passage.span.end
            ]
            return now.answerer.cited(others[:count])

        return self._serving.ask(search)

    def sources(self) -> list[Source]:
        """Return every indexed document, by path; at once."""
        return self._serving.now.sources

    def source(self, name: str) -> Source | None:
        """Return the indexed document of a path, or of a `document_key`; at once."""
        return self._serving.now.named.get(name)

    def passage(self, path: str, span: Span, sha256: str) -> PassageView | None:
        """Return the passage around `span` with its neighbours; None if it is gone.

        `sha256` is (the beginning of) the hash of the file that the span was cited from. A file
        that was renamed since is found by it; in one that has changed, the span is only about
        where the passage was.
        """
        base_url = self._answers.base_url
        return self._serving.ask(lambda now: view(now.generation, path, span, sha256, base_url))

    def headings(self, path: str) -> list[tuple[str, int]]:
        """Return the headings of a document in order, each with the line of its text, from 1."""
        document = self.read(path)
        return [] if document is None else headings(document)

    def read(self, path: str) -> Document | None:
        """Return a document with its whole text, or None where there is none of that path."""
        return self._serving.ask(lambda now: now.generation.documents.get(path))

    def code(self, document: Document, span: Span) -> tuple[Span, ...]:
        """Return the spans of a document's code in a part of it."""

        def find(now: ServingGeneration) -> tuple[Span, ...]:
            # Another one of that path may answer by now.
            same = now.generation.documents.get(document.path) == document
            return code_in(now.generation, document, span) if same else ()

        return self._serving.ask(find)

    def rebuild(self, progress: Progress = silent, *, everything: bool = False) -> BuildReport:
        """Build a new generation beside the one that answers, then answer from the new one.

        Files that haven't changed are taken over, unless `everything` is to be made anew.

        Raises:
            IndexLocked: another build is running, here or in another process.
            SourcesMissing: there is nothing to index.
            StoreError: the store can't be written.
        """
        if not self._rebuilding.acquire(blocking=False):
            message = "a rebuild is running already; wait for it to end"
            raise IndexLocked(message)
        try:
            report = self.builder(self._settings, progress, everything=everything)
            if not report.made:
                self._serving.trust(report.generation)
            self.refresh()
        finally:
            self._rebuilding.release()
        return report

    def close(self) -> None:
        """End a build that is running; the index it would have replaced stays."""
        self.builder.stop()

    def refresh(self) -> bool:
        """Answer from the generation that is current now, if that is another one than before.

        A generation that can't be trusted changes nothing.

        Returns:
            Whether another one answers.
        """
        return self._serving.refresh()

    def scrub(self) -> Iterator[None]:
        """Verify the files of what answers, some megabytes each turn; `problem` tells the outcome.

        For whoever has time: a whole turn of a large index takes minutes.
        """
        return self._serving.scrub()

    def roll_back(self, name: str = "") -> str:
        """Answer from the generation of that name again, or from the one before; return its name.

        Raises:
            GenerationMissing: there is none of that name, or none before.
            IndexLocked: a build is running.
            StoreError: it is damaged, doesn't fit the settings, or the store can't be written.
        """
        return self._serving.roll_back(name)

    def changes(self, manifest: Manifest) -> Changes:
        """Return what differs between the seeds folder and the generation of that manifest.

        Raises:
            SourcesMissing: there is no seeds folder, or no file in it to read.
        """
        return find_changes(scan(self._settings), manifest, self._settings, self.embedder.revision)

    def outdated(self) -> bool:
        """Whether the seeds folder changed since the newest build, rolled back from or not.

        Raises:
            SourcesMissing: there is no seeds folder, or no file in it to read.
        """
        return self.changes(self._serving.newest_manifest()).any

    def unread(self) -> bool:
        """Whether there are files that the newest build couldn't read, but the next one may.

        Not where that build was rolled back from: another one would undo that.
        """
        newest = self._serving.newest_manifest()
        return newest is self.manifest and bool(newest.passing)

    @property
    def settings(self) -> IndexSettings:
        """The settings of the index."""
        return self._settings

    @property
    def state(self) -> State:
        """What there is to tell of the index at this moment, for those who tell more than one."""
        now = self._serving.now
        generation = now.generation
        return State(generation.name, generation.manifest, now.sources, now.problems)

    @property
    def generation(self) -> str:
        """The name of the generation that answers now."""
        return self._serving.now.generation.name

    @property
    def problem(self) -> str:
        """What is wrong with the newest generation, or with the files of the one that answers."""
        return self._serving.now.problems

    @property
    def damaged(self) -> bool:
        """Whether the disk, or the engine, would no longer give what answers."""
        return self._serving.damaged

    @property
    def answerer(self) -> Answerer:
        """What answers from the generation that answers now: for measuring and fitting."""
        return self._serving.now.answerer

    @property
    def manifest(self) -> Manifest:
        """The manifest of the generation that answers."""
        return self._serving.now.generation.manifest

    @property
    def created_at(self) -> datetime:
        """When the generation that answers was built (UTC)."""
        return self.manifest.created_at

    def _check(self, question: Question | str) -> Question:
        return self.question(question) if isinstance(question, str) else question
