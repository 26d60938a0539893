"""Seeds to a generation: read, chunk, embed, write, and only then make it current."""

import time
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from index import language
from index.chunking import Chunker, embedded_text
from index.dense import DenseIndex
from index.domain import (
    BlockKind,
    BuildReport,
    Document,
    Embedder,
    Manifest,
    Passage,
    Progress,
    Skipped,
    TokenEmbeddings,
)
from index.generation import Generation, Tokens, unit_starts
from index.lexical import LexicalIndex
from index.ranking import quantized
from index.settings import IndexSettings
from index.sources import nothing_to_index, read_sources
from index.spelling import Spelling
from index.store import FORMAT_VERSION, Store

EMBEDDING_STEP = 64


def chunking_settings(settings: IndexSettings) -> dict[str, str | int]:
    """The settings that an index depends on, beside its model."""
    return {"passage_tokens": settings.passage_tokens, "language": settings.language}


def chunker(settings: IndexSettings, embedder: Embedder) -> Chunker:
    """The chunker that the settings and the model's limit ask for."""
    limit = min(settings.passage_tokens, embedder.max_tokens)
    return Chunker(limit, embedder.count_tokens)


def build(settings: IndexSettings, embedder: Embedder, progress: Progress) -> BuildReport:
    """Index the seeds folder as a new generation and make it current.

    Raises:
        SourcesMissing: there is no seeds folder, or nothing in it to index.
        SettingsError: an ignore rule is no gitignore pattern.
        IndexLocked: another build is running.
        StoreError: the store can't be written.
        EmbeddingError: the model fails.
    """
    started = time.perf_counter()
    language.check(settings.language)
    store = Store(settings.store_path)
    with store.writing():
        sources = read_sources(settings, progress)
        documents = sources[0]
        passages = _chunk(settings, documents, embedder, progress)
        generation = _generation(settings, embedder, sources, passages, progress)
        progress("write", 0, 1)
        store.write(generation)
        progress("write", 1, 1)
    manifest = generation.manifest
    return BuildReport(
        generation=generation.name,
        documents=len(documents),
        passages=len(passages),
        seconds=time.perf_counter() - started,
        skipped=manifest.skipped,
        notes=manifest.notes,
    )


def _chunk(
    settings: IndexSettings, documents: dict[str, Document], embedder: Embedder, progress: Progress
) -> list[Passage]:
    cutter = chunker(settings, embedder)
    passages: list[Passage] = []
    for number, document in enumerate(documents.values()):
        progress("chunk", number, len(documents))
        passages.extend(cutter.passages(document, len(passages)))
    progress("chunk", len(documents), len(documents))
    if not passages:
        raise nothing_to_index(settings, [], "they hold headings alone")
    return passages


def _generation(
    settings: IndexSettings,
    embedder: Embedder,
    sources: tuple[dict[str, Document], tuple[Skipped, ...]],
    passages: list[Passage],
    progress: Progress,
) -> Generation:
    documents, skipped = sources
    cutter = chunker(settings, embedder)
    headings: list[str] = []
    texts: list[str] = []
    unit_texts: list[str] = []
    for passage in passages:
        document = documents[passage.document]
        heading = cutter.heading(document, passage.headings)
        headings.append(heading)
        texts.append(embedded_text(heading, passage.units[0].context, passage.text))
        unit_texts.extend(
            embedded_text(heading, unit.context, unit.span.of(document.text))
            for unit in passage.units
        )
    spoken = [documents[passage.document].language for passage in passages]
    unit_spoken = [
        name for name, passage in zip(spoken, passages, strict=True) for _ in passage.units
    ]
    embedded = _embed(embedder, [*texts, *unit_texts], progress)
    created = datetime.now(UTC)
    notes = [
        Skipped(document.path, note) for document in documents.values() for note in document.notes
    ]
    quoted = {passage.document for passage in passages}
    notes.extend(
        Skipped(path, "it has headings but no text below them: nothing in it can be quoted")
        for path in documents
        if path not in quoted
    )
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        model=embedder.name,
        model_revision=embedder.revision,
        dim=embedder.dim,
        chunking=chunking_settings(settings),
        created_at=created,
        documents={path: document.sha256 for path, document in documents.items()},
        passages=len(passages),
        units=len(unit_texts),
        skipped=skipped,
        notes=tuple(notes),
    )
    vectors = np.stack([each.vector for each in embedded])
    return Generation(
        name=created.strftime("%Y%m%dT%H%M%S%f"),
        manifest=manifest,
        documents=documents,
        passages=passages,
        dense=DenseIndex.build(vectors[: len(texts)]),
        lexical=LexicalIndex.build(texts, spoken),
        unit_lexical=LexicalIndex.build(unit_texts, unit_spoken),
        unit_vectors=vectors[len(texts) :],
        unit_starts=unit_starts(passages),
        tokens=_tokens(passages, headings, texts, embedded),
        spelling=Spelling.build(texts),
    )


def _embed(embedder: Embedder, texts: list[str], progress: Progress) -> list[TokenEmbeddings]:
    embedded: list[TokenEmbeddings] = []
    for begin in range(0, len(texts), EMBEDDING_STEP):
        progress("embed", begin, len(texts))
        embedded.extend(embedder.embed_documents(texts[begin : begin + EMBEDDING_STEP]))
    progress("embed", len(texts), len(texts))
    return embedded


def _tokens(
    passages: list[Passage],
    headings: list[str],
    texts: list[str],
    embedded: list[TokenEmbeddings],
) -> Tokens:
    """Lay the token embeddings end to end.

    Sentences use those of their passage, where the model saw what stands around them; a row or an
    item has its own, which saw the header or the lead-in that it depends on.
    """
    rows: list[npt.NDArray[np.float32]] = []
    ranges: list[tuple[int, int]] = []
    unit_ranges: list[tuple[int, int]] = []
    shared: list[int] = []
    size = max(int(each.ids.max()) for each in embedded) + 1
    counts = np.zeros(size, np.int64)
    at = 0
    units = iter(embedded[len(texts) :])
    # The embeddings of the units follow those of the passages.
    wholes = zip(passages, headings, texts, embedded[: len(texts)], strict=True)
    for passage, heading, text, whole in wholes:
        shared.append(int((whole.offsets[:, 1] <= len(heading)).sum()))
        counts[np.unique(whole.ids)] += 1
        rows.append(whole.tokens)
        ranges.append((at, at + len(whole.tokens)))
        # The passage's own text ends the text that was embedded.
        shift = len(text) - len(passage.text) - passage.span.start
        begin, at = at, at + len(whole.tokens)
        for unit in passage.units:
            own = next(units)
            if unit.kind is BlockKind.PARAGRAPH:
                inside = (whole.offsets[:, 0] < unit.span.end + shift) & (
                    whole.offsets[:, 1] > unit.span.start + shift
                )
                places = np.flatnonzero(inside)
                first, last = (int(places[0]), int(places[-1]) + 1) if len(places) else (0, 0)
                unit_ranges.append((begin + first, begin + last))
            else:
                rows.append(own.tokens)
                unit_ranges.append((at, at + len(own.tokens)))
                at += len(own.tokens)
    values, scales = quantized(np.concatenate(rows))
    return Tokens(
        values, scales, np.array(ranges + unit_ranges, np.int64), np.array(shared), counts
    )
