"""Seeds to a generation: scan, compare, read, chunk, embed, write, check, make it current.

Files that are as they were in the generation before are taken over from it, with their
embeddings; everything that spans files (postings, the list of words) is made anew.
"""

import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from threadpoolctl import threadpool_limits

from index.build import selfcheck
from index.build.borrowing import Ready, borrow, others_models
from index.build.changes import chunking_settings, find_changes, limits
from index.build.collect import CollectedFile, collect
from index.build.embed import embed_files, model_text
from index.build.engines import EngineBuild, engine_build
from index.build.fingerprint import program
from index.build.prefetch import prefetch
from index.build.progress import ProgressTracker
from index.build.refusals import explained
from index.build.sampling import evenly_spread
from index.build.write import GenerationWriter
from index.domain import Embedder, Passage, Progress
from index.errors import StoreError
from index.model.choose import load_embedder, try_export
from index.model.revision import revision
from index.reading.files import Scan, nothing_to_index, scan
from index.settings import IndexSettings
from index.store.generation import Generation, read_generation
from index.store.manifest import BuildReport, Manifest
from index.store.seal import FORMAT_VERSION, MODEL, moment, seal
from index.store.store import Store
from index.store.token_code import Code
from index.store.writing import writing
from index.text import language
from index.text.chunking import Chunker

# Bits a number of a token's embedding: 4 lose nothing that could be measured, 2 hardly anything,
# and of very many passages the tokens are most of the index.
BITS = 4
MANY_BITS = 2
# Bytes of all documents, about 200,000 passages.
MANY = 150 << 20
# Files that are read and cut while others are embedded, and times that some are embedded while
# those before are written.
FILES_AHEAD, BATCHES_AHEAD = 16, 1
# A model that was exported is tried on this many passages.
SAMPLE = 32
ASKED_FOR = "everything was asked for"
NOT_HELD = "the search engine doesn't hold the index"
# How far ahead of all others the current generation may have been made.
BELIEVED = timedelta(days=1)
HEADINGS_ALONE = "they hold headings alone"

Loader = Callable[[IndexSettings], Embedder]


def chunker(settings: IndexSettings, embedder: Embedder) -> Chunker:
    """The chunker that the settings and the model's limit ask for."""
    return Chunker(min(settings.passage_tokens, embedder.max_tokens), embedder.count_tokens)


@dataclass(frozen=True, slots=True)
class _Base:
    """The generation to go on from, and whether it is the current one; no manifest if none is."""

    name: str = ""
    manifest: Manifest | None = None
    current: bool = False

    @property
    def documents(self) -> dict[str, str]:
        """The SHA-256 of every indexed file, by path."""
        return self.manifest.documents if self.manifest else {}

    def stays(self, manifest: Manifest, started: float) -> BuildReport:
        """Report that nothing was made, with its `manifest`."""
        return BuildReport(self.name, manifest, time.perf_counter() - started, made=False)


def build(  # noqa: PLR0913 - what a caller may put in its place
    settings: IndexSettings,
    progress: Progress,
    load: Loader | None = None,
    *,
    everything: bool = False,
    allow_empty: bool = False,
    model: Path | None = None,
) -> BuildReport:
    """Index the seeds folder as a new generation and make it current.

    Where nothing has changed, nothing is made and the model isn't loaded, unless `everything` is
    to be read and embedded again. `allow_empty` lets an empty seeds folder empty the index. `load`
    stands in for the model that the settings name.

    Where nothing is kept, the model is exported: but for one that this program exported before, in
    the folder `model` of a generation, or for a collection in that of another collection. This is
    where the model of a collection is looked for, unless it is to make everything anew.

    Raises:
        SourcesMissing: there is no seeds folder, or nothing in it to index.
        SettingsError: an ignore rule is no gitignore pattern, or there is no such language.
        IndexLocked: another build is running.
        StoreError: the store can't be written.
        EngineUnavailable: the search engine doesn't take the index.
        ResourcesMissing: the machine has no more memory, files or processes to give.
        ModelUnavailable: the model can't be loaded.
        EmbeddingError: the model fails.
    """
    started = time.perf_counter()
    language.check(settings.language)
    store = Store.of(settings)
    engine = engine_build(settings, store)
    with explained(store):
        scanned = scan(settings, allow_empty=allow_empty)
    with (
        writing(store) as store_writer,
        explained(store),
        TemporaryDirectory(prefix="seedbot-") as scratch,
        # Texts are embedded side by side, a thread each; a product that is divided among the
        # processors too would wait for all of them.
        threadpool_limits(1, user_api="blas"),
    ):
        store_writer.clear()
        base = _find_base(store)
        scanned = scanned.recall(base.documents)
        version = revision(settings)
        plan = find_changes(scanned, base.manifest, settings, version)
        if base.manifest and not plan.moved and not engine.holds(base.manifest):
            plan = replace(plan, moved=NOT_HELD)
        if everything:
            plan = replace(plan, rebuilt=plan.rebuilt or ASKED_FOR)
        same = base.manifest if base.current and not plan.any else None
        if same and not plan.again:
            return base.stays(same, started)
        earlier = None if plan.rebuilt else store.read(base.name)
        kept = set(plan.unchanged) if earlier else set()
        created = _creation_time(store)
        exported = [*([model] if model else []), *([] if everything else others_models(settings))]
        link = bool(settings.collection)
        with store_writer.draft(created) as folder:
            if load:
                ready = Ready(load(settings))
            elif earlier:
                # Kept embeddings and new ones have to come from one and the same model.
                own = load_embedder(settings, store.model(base.name))
                ready = Ready(own, earlier.manifest)
            else:
                taken = borrow(exported, folder / MODEL, version, link=link)
                ready = taken or Ready(load_embedder(settings, None))
            new = _NewGeneration(settings, scanned, kept, earlier, ready.embedder, engine, progress)
            manifest = engine.begin(folder, new_manifest(settings, ready.embedder, created))
            # There is nothing to say of the first build of all.
            rebuilt = plan.rebuilt if store.names() else ""
            manifest = replace(manifest, rebuilt=rebuilt, runtime=ready.runtime)
            to_export = Path(scratch) if load is None and ready.source is None else None
            manifest = new.fill(folder, manifest, to_export)
            if same and manifest.passing.issuperset(plan.again):
                # One more generation that is like this one would push out one that isn't.
                shutil.rmtree(folder, ignore_errors=True)
                return base.stays(same, started)
            if not (manifest.passages or allow_empty or settings.may_be_empty):
                raise nothing_to_index(settings, manifest.skipped, HEADINGS_ALONE)
            sealed = seal(folder, manifest, new.embedder.files, ready.source, link=link)
        generation = read_generation(sealed, settings.qdrant)
        engine.send(generation, progress)
        selfcheck.check(generation, new.embedder)
        name = store_writer.publish(sealed, settings.keep_generations)
        engine.prune()
        progress("write", 1, 1)
    return BuildReport(name, generation.manifest, time.perf_counter() - started)


@dataclass
class _NewGeneration:
    """A generation that is being made of what was `scanned`, with what is `kept` of the `earlier`.

    `embedder` is the model, and once that is exported, what it was exported as.
    """

    settings: IndexSettings
    scanned: Scan
    kept: set[str]
    earlier: Generation | None
    embedder: Embedder
    engine: EngineBuild
    progress: Progress

    def fill(self, folder: Path, manifest: Manifest, scratch: Path | None) -> Manifest:
        """Read, cut, embed and write; return the manifest, complete but for `files`.

        The model is exported into `scratch` before, if there is one.
        """
        sizes = _sizes(self.settings, set(self.scanned.hashes) - self.kept)
        tracker = ProgressTracker(sizes, len(self.scanned.contents), self.progress)
        cutter = chunker(self.settings, self.embedder)
        collected = collect(self.settings, self.scanned, self.kept, self.earlier, cutter)
        with closing(prefetch(collected, FILES_AHEAD)) as ready:
            files = tracker.files(ready)
            bits = MANY_BITS if sum(sizes.values()) > MANY else BITS
            runtime = manifest.runtime
            if self.earlier is not None:
                # What is kept stays in the code that it was written in.
                bits, runtime = self.earlier.manifest.token_bits, self.earlier.manifest.runtime
            if scratch is not None:
                files, runtime = self._export(files, scratch)
            manifest = replace(manifest, token_bits=bits, runtime=runtime)
            return self._write(folder, manifest, files, tracker)

    def _export(
        self, files: Iterator[CollectedFile], scratch: Path
    ) -> tuple[Iterator[CollectedFile], str]:
        """Try to export the model; return all of the files, and how it runs."""
        first: list[CollectedFile] = []
        passages: list[Passage] = []
        while len(passages) < SAMPLE and (file := next(files, None)):
            first.append(file)
            passages.extend(file.passages)
        self.progress("export", 0, 1)
        sample = [model_text(passage) for passage in evenly_spread(passages, SAMPLE)]
        self.embedder, runtime = try_export(self.embedder, sample, scratch)
        return chain(first, files), runtime

    def _write(
        self,
        folder: Path,
        manifest: Manifest,
        files: Iterator[CollectedFile],
        tracker: ProgressTracker,
    ) -> Manifest:
        """Embed and write what was collected."""
        earlier = self.earlier.embeddings if self.earlier else None
        batches = embed_files(files, self.embedder, earlier.keys() if earlier else [])
        code = Code(manifest.token_bits, manifest.dim)
        with (
            closing(GenerationWriter(folder, code, earlier, self.engine)) as writer,
            closing(prefetch(batches, BATCHES_AHEAD)) as ready,
        ):
            for batch in ready:
                for document in batch.documents:
                    writer.add(document)
                tracker.add_embedded(batch.embedded)
            self.progress("write", 0, 1)
            manifest = replace(manifest, sources=tracker.sources, embedded=tracker.embedded)
            return writer.finish(manifest, self.embedder.embed_question)


def _find_base(store: Store) -> _Base:
    """The generation to go on from: the current one if it is whole, else the newest that is."""
    current = store.trusted_name()
    for name in [current, *reversed(store.names())]:
        with suppress(StoreError):
            return _Base(name, store.verify(name), name == current)
    return _Base()


def new_manifest(settings: IndexSettings, embedder: Embedder, created: datetime) -> Manifest:
    """Return what is known of a generation before anything is read."""
    return Manifest(
        format_version=FORMAT_VERSION,
        model=embedder.name,
        model_revision=embedder.revision,
        dim=embedder.dim,
        chunking=chunking_settings(settings),
        limits=limits(settings),
        program=program(),
        created_at=created,
        sources=(),
    )


def _creation_time(store: Store) -> datetime:
    """When a generation is made; a clock that was put back must not make it look older."""
    now = datetime.now(UTC)
    known = [moment(name) for name in store.names()[-1:]]
    # A current one whose manifest was damaged may still be answered from. One from far ahead was
    # given another name.
    current = [moment(name) for name in store.taken() if name == store.trusted_name()]
    known += [each for each in current if each - max([now, *known]) < BELIEVED]
    # Never the same again: what a build left on servers is told from others by its moment.
    later = timedelta(microseconds=1 + secrets.randbelow(1_000_000))
    return max(now, max(known) + later) if known else now


def _sizes(settings: IndexSettings, paths: Iterable[str]) -> dict[str, int]:
    """The bytes of some files; none of one that is gone."""
    sizes = {}
    for path in paths:
        with suppress(OSError):
            sizes[path] = (settings.seeds_path / path).stat().st_size
    return sizes
