"""The model of another collection, exported: to export it anew would take half a minute."""

import logging
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from index.build.fingerprint import program
from index.domain import Embedder
from index.errors import StoreError
from index.model.onnx_embedder import GRAPH, OnnxEmbedder
from index.settings import IndexSettings
from index.store.checksums import altered, hashed
from index.store.manifest import Manifest
from index.store.seal import model_sums, read_manifest
from index.store.sharing import MOST_LINKS, links, take
from index.store.store import Store

log = logging.getLogger(__name__)

# The newest generations are of the newest program; if none of so many will do, hardly any will.
TRIES = 5


@dataclass(frozen=True, slots=True)
class Ready:
    """A model, and the manifest of the generation that has it exported; None if none has."""

    embedder: Embedder
    source: Manifest | None = None

    @property
    def runtime(self) -> str:
        """How it runs, in words; empty if that isn't known."""
        return self.source.runtime if self.source else ""


def others_models(settings: IndexSettings) -> list[Path]:
    """Return where other collections keep their models, the newest first."""
    found: list[tuple[str, Path]] = []
    if settings.collection:
        with suppress(OSError):
            for folder in settings.store_path.parent.iterdir():
                store = Store(folder)
                name = store.trusted_name()
                if name and folder != settings.store_path and (model := store.model(name)):
                    found.append((name, model))
    return [model for _, model in sorted(found, reverse=True)]


def borrow(models: Iterable[Path], folder: Path, revision: str, *, link: bool) -> Ready | None:
    """Take the first of the models, as generations have them, that is what would be exported now.

    It is taken into `folder`, which is made, and only there verified and loaded: whatever becomes
    of where it comes from, and be it this very moment. With `link`, those that may not be linked
    any more come last.

    Raises:
        ResourcesMissing: the machine has no more files or memory to give.
    """
    if link:
        models = sorted(models, key=lambda model: links(model / GRAPH) >= MOST_LINKS)
    for model in islice(models, TRIES):
        try:
            manifest = read_manifest(model.parent)
            if (manifest.program, manifest.model_revision) != (program(), revision):
                continue
            take(model, folder, link=link)
            if {file.name: hashed(file) for file in folder.iterdir()} != model_sums(manifest):
                raise altered(model)
            return Ready(OnnxEmbedder(folder), manifest)
        except (StoreError, OSError) as error:
            log.info("the model in %s can't be taken: %s", model, error)
            shutil.rmtree(folder, ignore_errors=True)
    return None
