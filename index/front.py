"""The index as one thing to ask: answers, looks up, lists, rebuilds; safe from many threads."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from index import calibration
from index.answering import Answerer
from index.build import build, chunking_settings
from index.domain import (
    Answer,
    BuildReport,
    Citation,
    Embedder,
    Hit,
    Manifest,
    NoAnswer,
    PassageView,
    Progress,
    Source,
    Span,
)
from index.embedding import SentenceTransformerEmbedder
from index.errors import IndexIncompatible, IndexLocked, IndexMissing
from index.followup import is_elliptical
from index.generation import Generation
from index.places import extent, url, where
from index.reranking import load_reranker
from index.search import Searcher
from index.settings import AnswerSettings, IndexSettings, WriterSettings
from index.sources import list_sources
from index.store import Store
from index.writer import Writer

MODEL = "model"
MODEL_REVISION = "a model of revision"


def silent(_stage: str, _done: int, _total: int) -> None:
    """Report no progress."""


@dataclass(frozen=True, slots=True)
class _Serving:
    """What answers now; replaced as a whole, so that a question sees one generation."""

    generation: Generation
    searcher: Searcher
    answerer: Answerer


class Index:
    """A built index, open. Every method may be called from any thread."""

    def __init__(
        self,
        settings: IndexSettings,
        answers: AnswerSettings,
        embedder: Embedder,
        generation: Generation,
        writer: Writer | None = None,
    ) -> None:
        """Serve `generation`; use `open_index` to find one."""
        self._settings = settings
        self._answers = answers
        self._writer = writer
        self._reranker = load_reranker(answers.reranker, answers.reranker_seconds)
        self._embedder = embedder
        self._rebuilding = threading.Lock()
        self._serving = self._served(generation)

    def answer(self, question: str, earlier: Sequence[str] = ()) -> Answer | NoAnswer:
        """Answer with verbatim quotes, or say that the documents don't.

        A question that can't stand alone is understood with the `earlier` ones of the same
        conversation, oldest first; the reply then says as what. Where a writer is configured, it
        puts an answer into sentences as well.

        Raises:
            QuestionError: the question is empty, too long, or has no words.
            EmbeddingError: the model fails.
        """
        serving = self._serving
        reply = serving.answerer.answer(question, earlier)
        if self._writer is None or isinstance(reply, NoAnswer):
            return reply
        documents = serving.generation.documents
        languages = {each.path: documents[each.path].language for each in reply.citations}
        return self._writer.write(reply, languages)

    def is_follow_up(self, question: str) -> bool:
        """Whether `answer` would need earlier questions to understand this one; at once."""
        return is_elliptical(question, self._serving.generation.language)

    def lookup(self, query: str, count: int = 10, source: str | None = None) -> list[Hit]:
        """Return the best `count` passages for a query, of one source (a path) or of all.

        Raises:
            QuestionError: the query is empty, too long, or has no words.
            EmbeddingError: the model fails.
        """
        searcher = self._serving.searcher
        return searcher.hits(searcher.spelled(query), count, source)

    def cite(self, hit: Hit) -> Citation | None:
        """Return the place of a hit's best unit, with its quote; None if that isn't proved."""
        return self._serving.answerer.cite(hit)

    def sources(self) -> list[Source]:
        """Return every indexed document, by path."""
        generation = self._serving.generation
        passages = Counter(passage.document for passage in generation.passages)
        return [
            Source(path, document.title, extent(document), passages[path])
            for path, document in sorted(generation.documents.items())
        ]

    def passage(self, path: str, span: Span, sha256: str) -> PassageView | None:
        """Return the passage around `span` with its neighbours; None if it is gone.

        `sha256` is (the beginning of) the hash of the file that the span was cited from; in a
        file that has changed since, the span is only about where the passage was.
        """
        generation = self._serving.generation
        document = generation.documents.get(path)
        if document is None:
            return None
        passages = [each for each in generation.passages if each.document == path]
        if not passages:
            return None
        changed = not document.sha256.startswith(sha256)
        at = min(span.start, len(document.text) - 1)
        place = max(
            (number for number, each in enumerate(passages) if each.span.start <= at), default=0
        )
        around = passages[max(0, place - 1) : place + 2]
        marked = passages[place].span if changed else span
        whole = Span(min(around[0].span.start, marked.start), max(around[-1].span.end, marked.end))
        return PassageView(
            path=path,
            title=document.title,
            headings=passages[place].headings,
            text=whole.of(document.text),
            span=whole,
            marked=marked,
            where=where(document, whole),
            changed=changed,
            url=url(self._answers.base_url, document, marked.start),
        )

    def text(self, path: str) -> str | None:
        """Return the whole text of a document, or None where there is none of that path."""
        document = self._serving.generation.documents.get(path)
        return None if document is None else document.text

    def rebuild(self, progress: Progress = silent) -> BuildReport:
        """Build a new generation beside the one that answers, then answer from the new one.

        Raises:
            IndexLocked: another build is running, here or in another process.
            SourcesMissing: there is nothing to index.
            StoreError: the store can't be written.
        """
        if not self._rebuilding.acquire(blocking=False):
            message = "a rebuild is running already; wait for it to end"
            raise IndexLocked(message)
        try:
            report = build(self._settings, self._embedder, progress)
            self._serving = self._served(Store(self._settings.store_path).read())
        finally:
            self._rebuilding.release()
        return report

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

    def _served(self, generation: Generation) -> _Serving:
        searcher = Searcher(generation, self._embedder, calibration.shipped(), self._reranker)
        return _Serving(generation, searcher, Answerer(searcher, self._answers))


def open_index(
    settings: IndexSettings,
    answers: AnswerSettings | None = None,
    *,
    writer: WriterSettings | None = None,
    progress: Progress = silent,
    embedder: Embedder | None = None,
) -> Index:
    """Open the index that the settings name; build it first where there is none.

    Raises:
        SettingsError: the writer can't be used with these settings.
        IndexCorrupt: a file of it is missing or altered.
        IndexIncompatible: it was built with another model, version or setting.
        SourcesMissing: it has to be built and there is nothing to index.
        ModelUnavailable: the model can't be loaded.
    """
    phrasing = Writer(writer, settings.language) if writer and writer.url else None
    store = Store(settings.store_path)
    try:
        generation = store.read()
        _check_settings(settings, generation.manifest)
    except IndexMissing:
        list_sources(settings)
        embedder = embedder or SentenceTransformerEmbedder(settings)
        build(settings, embedder, progress)
        generation = store.read()
    embedder = embedder or SentenceTransformerEmbedder(settings)
    revision = generation.manifest.model_revision
    if embedder.revision != revision:
        raise IndexIncompatible(MODEL_REVISION, embedder.revision, revision)
    return Index(settings, answers or AnswerSettings(), embedder, generation, phrasing)


def _check_settings(settings: IndexSettings, manifest: Manifest) -> None:
    """Refuse an index whose settings aren't those in force.

    Raises:
        IndexIncompatible: names the first that differs.
    """
    if manifest.model != settings.model:
        raise IndexIncompatible(MODEL, settings.model, manifest.model)
    for key, expected in chunking_settings(settings).items():
        if manifest.chunking.get(key) != expected:
            raise IndexIncompatible(key, expected, manifest.chunking.get(key))
