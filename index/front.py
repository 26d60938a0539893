"""The index as one thing to ask: answers, looks up, lists, rebuilds; safe from many threads."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from index.answer import calibration
from index.answer.answer import Answerer
from index.answer.question import MAX_QUESTION_CHARS, Question
from index.answer.search import Searcher
from index.build.changes import Changes, chunking_settings, find_changes
from index.build.process import BuildProcess
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
    document_key,
)
from index.errors import (
    IndexCorrupt,
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    StoreError,
)
from index.model.choose import load_embedder
from index.model.reranker import load_reranker
from index.model.revision import prompts
from index.reading.files import scan
from index.settings import AnswerSettings, IndexSettings, WriterSettings
from index.store.generation import Generation
from index.store.manifest import BuildReport, Manifest
from index.store.store import OpenGeneration, Store
from index.store.writing import writing
from index.text.places import headings, url, where

if TYPE_CHECKING:
    from index.answer.writer import Writer

log = logging.getLogger(__name__)

T = TypeVar("T")

MODEL = "model"
MODEL_REVISION = "a model of revision"


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


@dataclass(frozen=True, slots=True)
class _Serving:
    """What answers now; replaced as a whole, so that a question sees one generation.

    `named` has every source by its path and by its key.
    """

    generation: Generation
    searcher: Searcher
    answerer: Answerer
    sources: list[Source]
    named: dict[str, Source]
    problem: str


class Index:
    """A built index, open. Every method may be called from any thread."""

    def __init__(  # noqa: PLR0913, PLR0917 - put together in one place, by `open_index`
        self,
        settings: IndexSettings,
        answers: AnswerSettings,
        embedder: Embedder,
        opened: OpenGeneration,
        writer: "Writer | None" = None,
        builder: Builder | None = None,
    ) -> None:
        """Serve what was `opened`; use `open_index` to find it."""
        self._settings = settings
        self._answers = answers
        self._writer = writer
        self._reranker = load_reranker(answers.reranker, answers.reranker_seconds)
        self._embedder = embedder
        self._builder = builder or BuildProcess()
        self._store = Store(settings.store_path)
        self._rebuilding = threading.Lock()
        self._swapping = threading.Lock()
        self._damaged: dict[str, StoreError] = {}
        self._serving = self._served(opened)

    def question(self, text: str) -> Question:
        """Check what is asked, and find out whether it can be understood alone; at once.

        Raises:
            QuestionError: it is empty, too long, or has no words.
        """
        return self._serving.answerer.question(text)

    def answer(self, question: Question | str, earlier: Sequence[str] = ()) -> Answer | NoAnswer:
        """Answer with verbatim quotes, or say that the documents don't; a string is checked first.

        A question that can't stand alone is understood with the `earlier` ones of the same
        conversation, oldest first; the reply then says as what. Where a writer is configured, it
        puts an answer into sentences as well.

        Raises:
            QuestionError: the question is empty, too long, or has no words.
            EmbeddingError: the model fails.
        """
        asked = self._checked(question)

        def answered(serving: _Serving) -> tuple[Answer | NoAnswer, dict[str, str]]:
            reply = serving.answerer.answer(asked, earlier)
            if self._writer is None or isinstance(reply, NoAnswer):
                return reply, {}
            documents = serving.generation.documents
            return reply, {each.path: documents[each.path].language for each in reply.citations}

        reply, languages = self._whole(answered)
        if self._writer is None or isinstance(reply, NoAnswer):
            return reply
        return self._writer.write(reply, languages)

    def lookup(
        self, query: Question | str, count: int = 10, source: str | None = None
    ) -> list[tuple[Hit, Citation]]:
        """Return the best `count` passages for a query, of one source (a path) or of all.

        Each comes with the place and the quote of its best unit; one whose quote isn't proved is
        left out.

        Raises:
            QuestionError: the query is empty, too long, or has no words.
            EmbeddingError: the model fails.
        """
        asked = self._checked(query)

        def found(serving: _Serving) -> list[tuple[Hit, Citation]]:
            hits = serving.searcher.hits(serving.answerer.understand(asked), count, source)
            return serving.answerer.cited(hits)

        return self._whole(found)

    def related(self, path: str, span: Span, count: int) -> list[Citation]:
        """Return the places of the `count` passages nearest to what stands at `span`, but its own.

        Raises:
            QuestionError: nothing that could be looked up stands there any more.
            EmbeddingError: the model fails.
        """

        def found(serving: _Serving) -> list[Citation]:
            document = serving.generation.documents.get(path)
            words = span.of(document.text).split() if document else []
            asked = serving.answerer.question(" ".join(words)[:MAX_QUESTION_CHARS])
            others = [
                hit
                for hit in serving.searcher.hits(serving.answerer.understand(asked), count + 1)
                if hit.passage.document != path
                or not hit.passage.span.start <= span.start < hit.passage.span.end
            ]
            ranked = [replace(hit, rank=rank) for rank, hit in enumerate(others[:count], start=1)]
            return [citation for _, citation in serving.answerer.cited(ranked)]

        return self._whole(found)

    def sources(self) -> list[Source]:
        """Return every indexed document, by path; at once."""
        return self._serving.sources

    def source(self, name: str) -> Source | None:
        """Return the indexed document of a path, or of a `document_key`; at once."""
        return self._serving.named.get(name)

    def passage(self, path: str, span: Span, sha256: str) -> PassageView | None:
        """Return the passage around `span` with its neighbours; None if it is gone.

        `sha256` is (the beginning of) the hash of the file that the span was cited from. A file
        that was renamed since is found by it; in one that has changed, the span is only about
        where the passage was.
        """
        return self._whole(lambda serving: self._around(serving.generation, path, span, sha256))

    def headings(self, path: str) -> list[tuple[str, int]]:
        """Return the headings of a document in order, each with the line of its text, from 1."""
        document = self._document(path)
        return [] if document is None else headings(document)

    def read(self, path: str) -> tuple[Source, str] | None:
        """Return a document with its whole text, or None where there is none of that path."""

        def found(serving: _Serving) -> tuple[Source, str] | None:
            document = serving.generation.documents.get(path)
            return None if document is None else (serving.named[path], document.text)

        return self._whole(found)

    def text(self, path: str) -> str | None:
        """Return the whole text of a document, or None where there is none of that path."""
        document = self._document(path)
        return None if document is None else document.text

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
            report = self._builder(self._settings, progress, everything=everything)
            self.refresh()
        finally:
            self._rebuilding.release()
        return report

    def close(self) -> None:
        """End a build that is running; the index it would have replaced stays."""
        self._builder.stop()

    def refresh(self) -> bool:
        """Answer from the generation that is current now, if that is another one than before.

        A generation that can't be trusted changes nothing.

        Returns:
            Whether another one answers.
        """
        with self._swapping:
            try:
                current = self._store.current()
                if current == self._serving.generation.name or current in self._damaged:
                    return False
                opened = self._store.open(self._fits, self._damaged)
            except StoreError as error:
                log.warning("the new index can't be used: %s", error)
                return False
            before = self._serving.generation.name
            self._serving = self._served(opened)
            return opened.generation.name != before

    def roll_back(self, name: str = "") -> str:
        """Answer from the generation of that name again, or from the one before; return its name.

        Raises:
            GenerationMissing: there is none of that name, or none before.
            IndexLocked: a build is running.
            StoreError: it is damaged, doesn't fit the settings, or the store can't be written.
        """
        with writing(self._store) as writer:
            name = writer.roll_back(self._fits, name)
        self.refresh()
        return name

    def changes(self, manifest: Manifest) -> Changes:
        """Return what differs between the seeds folder and the generation of that manifest.

        Raises:
            SourcesMissing: there is no seeds folder, or no file in it to read.
        """
        found = scan(self._settings)
        return find_changes(found, manifest, self._settings, self._embedder.revision)

    def outdated(self) -> bool:
        """Whether the seeds folder changed since the newest build, rolled back from or not.

        Raises:
            SourcesMissing: there is no seeds folder, or no file in it to read.
        """
        manifest = self.manifest
        with suppress(StoreError):
            if newer := self._store.rolled_back():
                manifest = self._store.manifest(newer)
        found = scan(self._settings)
        return find_changes(found, manifest, self._settings, self._embedder.revision).any

    @property
    def settings(self) -> IndexSettings:
        """The settings of the index."""
        return self._settings

    @property
    def state(self) -> State:
        """What there is to tell of the index at this moment, for those who tell more than one."""
        serving = self._serving
        generation = serving.generation
        return State(generation.name, generation.manifest, serving.sources, serving.problem)

    @property
    def generation(self) -> str:
        """The name of the generation that answers now."""
        return self._serving.generation.name

    @property
    def problem(self) -> str:
        """What is wrong with the current generation if an older one answers in its place."""
        return self._serving.problem

    @property
    def answerer(self) -> Answerer:
        """What answers from the generation that answers now: for measuring and fitting."""
        return self._serving.answerer

    @property
    def manifest(self) -> Manifest:
        """The manifest of the generation that answers."""
        return self._serving.generation.manifest

    @property
    def created_at(self) -> datetime:
        """When the generation that answers was built (UTC)."""
        return self.manifest.created_at

    def _checked(self, question: Question | str) -> Question:
        return self.question(question) if isinstance(question, str) else question

    def _fits(self, manifest: Manifest) -> None:
        check_settings(self._settings, manifest)
        check_revision(self._embedder, manifest)

    def _document(self, path: str) -> Document | None:
        return self._whole(lambda serving: serving.generation.documents.get(path))

    def _around(
        self, generation: Generation, path: str, span: Span, sha256: str
    ) -> PassageView | None:
        renamed = path not in generation.documents
        if renamed:
            hashes = generation.manifest.documents.items() if sha256 else ()
            path = next((other for other, each in hashes if each.startswith(sha256)), path)
        if path not in generation.documents:
            return None
        document = generation.documents[path]
        numbers = generation.passages.of(path)
        if not numbers.size:
            return None
        changed = not document.sha256.startswith(sha256)
        at = min(span.start, len(document.text) - 1)
        place = generation.passages.place(path, at)
        cited = generation.passages[numbers[place]]
        around = [generation.passages[each] for each in numbers[max(0, place - 1) : place + 2]]
        marked = cited.span if changed else span
        whole = Span(min(around[0].span.start, marked.start), max(around[-1].span.end, marked.end))
        return PassageView(
            path=document.path,
            title=document.title,
            headings=cited.headings,
            text=whole.of(document.text),
            span=whole,
            marked=marked,
            where=where(document, whole),
            changed=changed,
            renamed=renamed,
            url=url(self._answers.base_url, document, marked.start),
        )

    def _whole(self, work: Callable[[_Serving], T]) -> T:
        """Do `work` with what answers; where it turns out to be damaged, with what can be trusted.

        A generation that was found damaged is never served again, so there are at most as many
        tries as generations.

        Raises:
            StoreError: nothing can be trusted any more.
        """
        while True:
            serving = self._serving
            try:
                return work(serving)
            except IndexCorrupt as error:
                self._replace(serving, error)

    def _replace(self, serving: _Serving, error: IndexCorrupt) -> None:
        """Answer from another generation than the one that is damaged."""
        with self._swapping:
            if self._serving is serving:
                self._damaged[serving.generation.name] = error
                self._serving = self._served(self._store.open(self._fits, self._damaged))

    def _served(self, opened: OpenGeneration) -> _Serving:
        generation = opened.generation
        if opened.problem:
            log.error("%s", opened.problem)
        searcher = Searcher(generation, self._embedder, calibration.shipped(), self._reranker)
        sources = generation.passages.documents.sources()
        answerer = Answerer(searcher, self._answers)
        named = {document_key(each.path): each for each in sources}
        named |= {each.path: each for each in sources}
        return _Serving(generation, searcher, answerer, sources, named, opened.problem)


def open_index(  # noqa: PLR0913 - what a caller may put in its place
    settings: IndexSettings,
    answers: AnswerSettings | None = None,
    *,
    writer: WriterSettings | None = None,
    progress: Progress = silent,
    embedder: Embedder | None = None,
    builder: Builder | None = None,
) -> Index:
    """Open the index that the settings name; build it first where there is none.

    One that can't be trusted is replaced by the newest generation that can, which `problem` tells.

    Raises:
        SettingsError: the writer can't be used with these settings.
        IndexCorrupt: a file of it is missing or altered, and there is no other generation.
        IndexIncompatible: it was built with another model, version or setting.
        SourcesMissing: it has to be built and there is nothing to index.
        ModelUnavailable: the model can't be loaded.
    """
    phrasing = None
    if writer and writer.url:
        # Imported here, as is what builds: most who ask need neither, and both take their time.
        from index.answer.writer import Writer  # noqa: PLC0415

        phrasing = Writer(writer, settings.language)
    store = Store(settings.store_path)

    def fits(manifest: Manifest) -> None:
        check_settings(settings, manifest)
        if embedder is not None:
            check_revision(embedder, manifest)

    try:
        opened = store.open(fits)
    except IndexMissing:
        scan(settings)
        if embedder is None:
            # In a process of its own, so that what building needs doesn't stay in the memory.
            (builder or BuildProcess())(settings, progress)
        else:
            from index.build.build import build  # noqa: PLC0415 - as above

            given = embedder
            build(settings, progress, lambda _settings: given)
        opened = store.open(fits)
    embedder = embedder or load_embedder(settings, store.model(opened.generation.name))
    check_revision(embedder, opened.generation.manifest)
    return Index(settings, answers or AnswerSettings(), embedder, opened, phrasing, builder)


def check_revision(embedder: Embedder, manifest: Manifest) -> None:
    """Refuse an index that another version of the model embedded.

    Raises:
        IndexIncompatible: names both.
    """
    if embedder.revision != manifest.model_revision:
        raise IndexIncompatible(MODEL_REVISION, embedder.revision, manifest.model_revision)


def check_settings(settings: IndexSettings, manifest: Manifest) -> None:
    """Refuse an index whose settings aren't those in force.

    Raises:
        IndexIncompatible: names the first that differs.
    """
    if manifest.model != settings.model:
        raise IndexIncompatible(MODEL, settings.model, manifest.model)
    if manifest.model_revision.partition("+")[2] != prompts(settings):
        raise IndexIncompatible(MODEL_REVISION, prompts(settings), manifest.model_revision)
    for key, expected in chunking_settings(settings).items():
        if manifest.chunking.get(key) != expected:
            raise IndexIncompatible(key, expected, manifest.chunking.get(key))
