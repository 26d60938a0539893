"""Seeds to a generation: scan, compare, read, chunk, embed, write, check, make it current.

Files that are as they were in the generation before are taken over from it, with their
embeddings; everything that spans files (postings, the list of words) is made anew.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from index import language, validation
from index.changes import changes, chunking_settings, limits
from index.chunking import Chunker
from index.collection import Collection, collect
from index.dense import DenseIndex
from index.domain import Document, Embedder, Progress, Skipped
from index.embedded import embed_names, embed_passages, laid_out, texts
from index.errors import StoreError
from index.fingerprint import program
from index.generation import Generation, unit_starts
from index.lexical import LexicalIndex
from index.loading import exported, loaded
from index.manifest import BuildReport, Manifest
from index.models import revision
from index.naming import title_from_path
from index.settings import IndexSettings
from index.sources import nothing_to_index, scan
from index.spelling import Spelling
from index.store import FORMAT_VERSION, Store, moment

ASKED_FOR = "everything was asked for"

Loader = Callable[[IndexSettings], Embedder]


def chunker(settings: IndexSettings, embedder: Embedder) -> Chunker:
    """The chunker that the settings and the model's limit ask for."""
    limit = min(settings.passage_tokens, embedder.max_tokens)
    return Chunker(limit, embedder.count_tokens)


def build(
    settings: IndexSettings,
    progress: Progress,
    load: Loader | None = None,
    *,
    everything: bool = False,
    allow_empty: bool = False,
) -> BuildReport:
    """Index the seeds folder as a new generation and make it current.

    Where nothing has changed, nothing is made and the model isn't loaded, unless `everything` is
    to be read and embedded again. `allow_empty` lets an empty seeds folder empty the index. `load`
    stands in for the model that the settings name.

    Raises:
        SourcesMissing: there is no seeds folder, or nothing in it to index.
        SettingsError: an ignore rule is no gitignore pattern, or there is no such language.
        IndexLocked: another build is running.
        StoreError: the store can't be written.
        ModelUnavailable: the model can't be loaded.
        EmbeddingError: the model fails.
    """
    started = time.perf_counter()
    language.check(settings.language)
    store = Store(settings.store_path)
    found = scan(settings, allow_empty=allow_empty)
    with store.writing(), TemporaryDirectory(prefix="seedbot-") as scratch:
        store.clear()
        base, before, current = _base(store)
        plan = changes(found, before, settings, revision(settings))
        if everything:
            plan = replace(plan, rebuilt=plan.rebuilt or ASKED_FOR)
        if before is not None and current and not plan.any:
            return BuildReport(base, before, time.perf_counter() - started, made=False)
        earlier = None if plan.rebuilt else store.read(base)
        if load is not None:
            embedder = load(settings)
        else:
            # Kept embeddings and new ones have to come from one and the same model.
            embedder = loaded(settings, store.model(base) if earlier else None)
        cutter = chunker(settings, embedder)
        collected = collect(settings, found, plan.unchanged, earlier, cutter, progress)
        if not collected.passages and not allow_empty:
            reasons = [Skipped(each.path, each.reason) for each in collected.records if each.reason]
            raise nothing_to_index(settings, reasons, "they hold headings alone")
        runtime = earlier.manifest.runtime if earlier else ""
        if load is None and earlier is None:
            progress("export", 0, 1)
            wholes = [texts(passage)[0] for passage in collected.passages]
            embedder, runtime = exported(embedder, wholes, Path(scratch))
        generation = _generation(settings, embedder, collected, earlier, progress)
        first = before is None and not store.names()
        manifest = replace(
            generation.manifest, rebuilt="" if first else plan.rebuilt, runtime=runtime
        )
        if names := store.names():
            # A clock that was put back must not make the new generation look older.
            after = moment(names[-1]) + timedelta(microseconds=1)
            manifest = replace(manifest, created_at=max(manifest.created_at, after))
        progress("write", 0, 1)
        written = store.write(replace(generation, manifest=manifest), embedder.files)
        validation.check(store.read_folder(written), embedder)
        name = store.publish(written, settings.keep_generations)
        progress("write", 1, 1)
    return BuildReport(name, manifest, time.perf_counter() - started)


def _base(store: Store) -> tuple[str, Manifest | None, bool]:
    """The generation to go on from: the current one if it is whole, else the newest that is.

    Returns its name, its manifest, and whether it is the current one.
    """
    current = ""
    with suppress(StoreError):
        current = store.current()
    for name in [current, *reversed(store.names())]:
        with suppress(StoreError):
            return name, store.verified(name), name == current
    return "", None, False


def _generation(
    settings: IndexSettings,
    embedder: Embedder,
    collected: Collection,
    earlier: Generation | None,
    progress: Progress,
) -> Generation:
    documents, passages = collected.documents, collected.passages
    embedded, made = embed_passages(passages, embedder, earlier, progress)
    names = embed_names(list(documents), embedder, earlier)
    spoken = [documents[passage.document].language for passage in passages]
    wholes: list[str] = []
    units: list[str] = []
    for passage in passages:
        name = _unsaid_name(documents[passage.document])
        whole, parts = texts(passage)
        wholes.append(name + whole)
        units.extend(name + part for part in parts)
    unit_spoken = [
        name for name, passage in zip(spoken, passages, strict=True) for _ in passage.units
    ]
    none = np.zeros((0, embedder.dim), np.float32)
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        model=embedder.name,
        model_revision=embedder.revision,
        dim=embedder.dim,
        chunking=chunking_settings(settings),
        limits=limits(settings),
        program=program(),
        created_at=datetime.now(UTC),
        sources=collected.records,
        passages=len(passages),
        units=len(units),
        embedded=made,
    )
    return Generation(
        name="",
        manifest=manifest,
        documents=documents,
        passages=passages,
        dense=DenseIndex.build(np.stack([each.vector for each in embedded]) if embedded else none),
        lexical=LexicalIndex.build(wholes, spoken),
        unit_lexical=LexicalIndex.build(units, unit_spoken),
        unit_vectors=np.concatenate([none, *(each.units for each in embedded)]),
        unit_starts=unit_starts(passages),
        tokens=laid_out(passages, embedded, names, embedder.dim),
        spelling=Spelling.build(wholes),
        language=language.most_common(spoken),
    )


def _unsaid_name(document: Document) -> str:
    """The words of a file's name as a line, for BM25; nothing where the title has them."""
    name = title_from_path(document.path)
    title = document.title.casefold().split()
    said = document.title != name and set(name.casefold().split()) <= set(title)
    return "" if said else f"{name}\n"
