"""Seeds to a generation: scan, compare, read, chunk, embed, write, check, make it current.

Files that are as they were in the generation before are taken over from it, with their
embeddings; everything that spans files (postings, the list of words) is made anew.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from index.build import selfcheck
from index.build.changes import changes, chunking_settings, limits
from index.build.collect import Collected, collect
from index.build.embed import Embedding, texts
from index.build.fingerprint import program
from index.build.prefetch import ahead
from index.build.progress import Tracking
from index.build.write import GenerationWriter
from index.domain import Embedder, Progress
from index.errors import StoreError
from index.model.choose import SAMPLE, exported, loaded
from index.model.revision import revision
from index.reading.files import nothing_to_index, scan
from index.settings import IndexSettings
from index.store.generation import read_generation
from index.store.manifest import BuildReport, Manifest
from index.store.seal import FORMAT_VERSION, moment, seal
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
# Files that are read and cut while others are embedded.
AHEAD = 16
# Of so many texts, none of more characters, it is remembered how many tokens they have.
COUNTS, COUNTED_CHARS = 4096, 2000
ASKED_FOR = "everything was asked for"
HEADINGS_ALONE = "they hold headings alone"

Loader = Callable[[IndexSettings], Embedder]


def chunker(settings: IndexSettings, embedder: Embedder) -> Chunker:
    """The chunker that the settings and the model's limit ask for."""
    limit = min(settings.passage_tokens, embedder.max_tokens)
    remembered = lru_cache(COUNTS)(embedder.count_tokens)

    def count(text: str) -> int:
        return (remembered if len(text) <= COUNTED_CHARS else embedder.count_tokens)(text)

    return Chunker(limit, count)


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
    with (
        writing(store) as writer,
        TemporaryDirectory(prefix="seedbot-") as scratch,
        # Texts are embedded side by side, a thread each; a product that is divided among the
        # processors too would wait for all of them.
        threadpool_limits(1, user_api="blas"),
    ):
        writer.clear()
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
        unchanged = set(plan.unchanged) if earlier else set()
        collected = collect(settings, found, unchanged, earlier, cutter)
        new = _sizes(settings, set(found.hashes) - unchanged)
        tracking = Tracking(new, len(found.contents), progress)
        with closing(ahead(collected, AHEAD)) as made:
            files = tracking.files(made)
            runtime = earlier.manifest.runtime if earlier else ""
            if load is None and earlier is None:
                first = _first(files)
                progress("export", 0, 1)
                wholes = [texts(passage)[0] for each in first for passage in each.passages]
                embedder, runtime = exported(embedder, wholes, Path(scratch))
                files = chain(first, files)
            bits = MANY_BITS if sum(new.values()) > MANY else BITS
            # What is kept stays in the code that it was written in.
            bits = earlier.manifest.token_bits if earlier else bits
            manifest = replace(
                described(settings, embedder, _created(store)),
                token_bits=bits,
                rebuilt="" if before is None and not store.names() else plan.rebuilt,
                runtime=runtime,
            )
            embedding = Embedding(embedder, earlier.stored if earlier else None)

            def asked(texts: Sequence[str]) -> npt.NDArray[np.float32]:
                return np.stack([embedder.embed_question(text).vector for text in texts])

            def fill(folder: Path) -> Manifest:
                with closing(GenerationWriter(folder, Code(bits, manifest.dim))) as target:
                    for part in embedding.parts(files, target.stored, tracking.embedded):
                        target.add(part)
                    progress("write", 0, 1)
                    filled = replace(manifest, sources=tracking.sources, embedded=embedding.made)
                    if not any(each.passages for each in filled.sources) and not allow_empty:
                        raise nothing_to_index(settings, filled.skipped, HEADINGS_ALONE)
                    return target.finish(filled, asked)

            with writer.draft(manifest.created_at) as folder:
                written = seal(folder, fill(folder), embedder.files)
        generation = read_generation(written)
        selfcheck.check(generation, embedder)
        name = writer.publish(written, settings.keep_generations)
        progress("write", 1, 1)
    return BuildReport(name, generation.manifest, time.perf_counter() - started)


def _base(store: Store) -> tuple[str, Manifest | None, bool]:
    """The generation to go on from: the current one if it is whole, else the newest that is.

    Returns its name, its manifest, and whether it is the current one.
    """
    current = ""
    with suppress(StoreError):
        current = store.current()
    for name in [current, *reversed(store.names())]:
        with suppress(StoreError):
            return name, store.verify(name), name == current
    return "", None, False


def described(settings: IndexSettings, embedder: Embedder, created: datetime) -> Manifest:
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


def _created(store: Store) -> datetime:
    """When a generation is made; a clock that was put back must not make it look older."""
    now = datetime.now(UTC)
    names = store.names()
    return max(now, moment(names[-1]) + timedelta(microseconds=1)) if names else now


def _sizes(settings: IndexSettings, paths: Iterable[str]) -> dict[str, int]:
    """The bytes of some files; none of one that is gone."""
    sizes = {}
    for path in paths:
        with suppress(OSError):
            sizes[path] = (settings.seeds_path / path).stat().st_size
    return sizes


def _first(files: Iterator[Collected]) -> list[Collected]:
    """Take the first files, as many as have enough passages to try a model on."""
    taken: list[Collected] = []
    for file in files:
        taken.append(file)
        if sum(len(each.passages) for each in taken) >= SAMPLE:
            break
    return taken
