"""Seeds to a generation: scan, compare, read, chunk, embed, write, check, make it current.

Files that are as they were in the generation before are taken over from it, with their
embeddings; everything that spans files (postings, the list of words) is made anew.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from index import language, validation
from index.assembly import Part, assemble
from index.changes import changes, chunking_settings, limits
from index.chunking import Chunker
from index.collection import Collection, collect
from index.domain import Embedder, Progress, Skipped
from index.embedded import EmbeddedPassage, TokenRows, embed_names, embed_passages, texts
from index.errors import StoreError
from index.fingerprint import program
from index.generation import Generation
from index.loading import exported, loaded
from index.manifest import BuildReport, Manifest
from index.models import revision
from index.settings import IndexSettings
from index.sources import nothing_to_index, scan
from index.store import FORMAT_VERSION, Store, moment

# Bits a number of a token's embedding: 4 lose nothing that could be measured, 2 hardly anything,
# and of very many passages the tokens are most of the index.
BITS = 4
MANY_BITS = 2
MANY = 200_000
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
        embedded, made = embed_passages(collected.passages, embedder, earlier, progress)
        named = embed_names(list(collected.documents), embedder, earlier)
        first = before is None and not store.names()
        rebuilt = "" if first else plan.rebuilt
        manifest = _manifest(settings, embedder, collected, earlier)
        manifest = replace(manifest, embedded=made, rebuilt=rebuilt, runtime=runtime)
        if names := store.names():
            # A clock that was put back must not make the new generation look older.
            after = moment(names[-1]) + timedelta(microseconds=1)
            manifest = replace(manifest, created_at=max(manifest.created_at, after))
        progress("write", 0, 1)
        parts = _parts(collected, embedded, named)
        written = store.write(
            manifest, lambda folder: assemble(folder, manifest, parts), embedder.files
        )
        generation = store.read_folder(written)
        manifest = generation.manifest
        validation.check(generation, embedder)
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


def _manifest(
    settings: IndexSettings,
    embedder: Embedder,
    collected: Collection,
    earlier: Generation | None,
) -> Manifest:
    """What is known of a generation before it is written."""
    bits = MANY_BITS if len(collected.passages) > MANY else BITS
    return Manifest(
        format_version=FORMAT_VERSION,
        model=embedder.name,
        model_revision=embedder.revision,
        dim=embedder.dim,
        chunking=chunking_settings(settings),
        limits=limits(settings),
        program=program(),
        created_at=datetime.now(UTC),
        sources=collected.records,
        # What is kept stays in the code that it was written in.
        token_bits=earlier.manifest.token_bits if earlier else bits,
    )


def _parts(
    collected: Collection, embedded: Sequence[EmbeddedPassage], names: Mapping[str, TokenRows]
) -> Iterator[Part]:
    """The documents with what belongs to each."""
    passages = zip(collected.passages, embedded, strict=True)
    grouped = {
        path: list(group) for path, group in groupby(passages, key=lambda each: each[0].document)
    }
    for path, document in collected.documents.items():
        own = grouped.get(path, [])
        yield Part(document, [each for each, _ in own], [each for _, each in own], names[path])
