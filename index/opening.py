"""From settings to an open index: found, refused if it doesn't fit them, built if there is none."""

import logging
import time
from collections.abc import Callable

from index.answer.serving import Serving
from index.build.changes import chunking_settings
from index.build.process import BuildProcess
from index.domain import Embedder, Progress
from index.errors import (
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    IndexOutdated,
    SourcesMissing,
)
from index.front import Builder, Index, silent
from index.model.choose import load_embedder
from index.model.revision import prompts
from index.reading.files import scan
from index.settings import AnswerSettings, IndexSettings, WriterSettings
from index.store.manifest import Manifest
from index.store.store import Store

log = logging.getLogger(__name__)

# How often it is looked whether what another process builds is there.
PATIENT_SECONDS = 0.5
MODEL = "model"
MODEL_REVISION = "a model of revision"
ENGINE = "engine"


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

    One that an earlier version of the bot built is built anew as well. One that can't be trusted is
    replaced by the newest generation that can, which `problem` tells.

    Raises:
        SettingsError: the writer can't be used with these settings.
        IndexCorrupt: a file of it is missing or altered, and there is no other generation.
        IndexIncompatible: it was built with another model or setting, by a later version of the
            bot, or by an earlier one and there is nothing here to build it anew from.
        SourcesMissing: it has to be built and there is nothing to index.
        ModelUnavailable: the model can't be loaded.
    """
    try:
        return open_built(settings, answers, writer=writer, embedder=embedder, builder=builder)
    except (IndexMissing, IndexOutdated) as error:
        _check_sources(settings, error)
    builder = builder or BuildProcess()
    if embedder is None:
        # In a process of its own, so that what building needs doesn't stay in the memory.
        builder(settings, progress)
    else:
        # Imported here: most who ask build nothing, and it takes its time.
        from index.build.build import build  # noqa: PLC0415

        given = embedder
        build(settings, progress, lambda _settings: given)
    return open_built(settings, answers, writer=writer, embedder=embedder, builder=builder)


def open_built(
    settings: IndexSettings,
    answers: AnswerSettings | None = None,
    *,
    writer: WriterSettings | None = None,
    embedder: Embedder | None = None,
    builder: Builder | None = None,
) -> Index:
    """Open the index that the settings name, as `open_index` does, where there is one.

    Raises:
        IndexMissing: there is none.
        SettingsError, IndexCorrupt, IndexIncompatible, ModelUnavailable: as `open_index`.
    """
    phrasing = None
    if writer and writer.url:
        # Imported here: most who ask have none.
        from index.answer.writer import Writer  # noqa: PLC0415

        phrasing = Writer(writer, settings.language)
    answers = answers or AnswerSettings()
    store = Store.of(settings)

    def check(manifest: Manifest) -> None:
        check_settings(settings, manifest)
        if embedder is not None:
            check_revision(embedder, manifest)

    first = store.open(check)
    model = embedder or load_embedder(settings, store.model(first.generation.name))
    check_revision(model, first.generation.manifest)
    # What takes its place later is asked with the same model.
    embedder = model
    serving = Serving(store, check, first, model, answers)
    return Index(settings, answers, serving, model, phrasing, builder or BuildProcess())


def patient(opened: Callable[[], Index]) -> Index:
    """Open an index, or build it, however long another process takes to build the same.

    Raises:
        SeedIndexError: what `opened` raises, but IndexLocked.
    """
    waiting = False
    while True:
        try:
            return opened()
        except IndexLocked as error:
            if not waiting:
                log.info("%s", error)
            waiting = True
        time.sleep(PATIENT_SECONDS)


def _check_sources(settings: IndexSettings, reason: IndexMissing | IndexOutdated) -> None:
    """See to it that there is something to build an index of, for the `reason` given.

    Raises:
        SourcesMissing: there is nothing, and there was no index.
        IndexOutdated: there is nothing, and the index of before is refused.
    """
    try:
        scan(settings)
    except SourcesMissing:
        # A machine that only answers gets its index from another: that is where to build it.
        if isinstance(reason, IndexOutdated):
            raise reason from None
        raise
    if isinstance(reason, IndexOutdated):
        log.warning(
            "the index is of an earlier version of the bot (%s): it is built anew", reason.found
        )


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
    if manifest.engine != settings.engine:
        raise IndexIncompatible(ENGINE, settings.engine, manifest.engine)
    for key, expected in chunking_settings(settings).items():
        if manifest.chunking.get(key) != expected:
            raise IndexIncompatible(key, expected, manifest.chunking.get(key))
