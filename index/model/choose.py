"""Which embedder runs the model: onnxruntime wherever a build could export it, else its library."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.domain import Embedder
from index.errors import ExportFailed
from index.model.onnx_embedder import OnnxEmbedder
from index.model.torch_embedder import SentenceTransformerEmbedder
from index.settings import IndexSettings

log = logging.getLogger(__name__)

# An exported model is tried on this many passages.
SAMPLE = 32


def loaded(settings: IndexSettings, folder: Path | None) -> Embedder:
    """Load the model that lies in a generation's `folder`, or the one that the settings name.

    Raises:
        IndexCorrupt: what lies in the folder can't be read.
        ModelUnavailable: the one that the settings name isn't there, or isn't a model.
    """
    return SentenceTransformerEmbedder(settings) if folder is None else OnnxEmbedder(folder)


def exported(original: Embedder, passages: Sequence[str], folder: Path) -> tuple[Embedder, str]:
    """Return what is to embed `passages`, and how it runs, in words.

    The model is exported into `folder` if it can be, and tried on some of the passages.
    """
    if not isinstance(original, SentenceTransformerEmbedder):
        return original, ""
    # Imported here: a build that embeds little has no need of torch.
    from index.model.export import export  # noqa: PLC0415

    places = np.unique(np.linspace(0, max(0, len(passages) - 1), SAMPLE).astype(int))
    try:
        embedder = export(original, [passages[place] for place in places if passages], folder)
    except ExportFailed as error:
        log.warning("the model %r runs on torch, as it can't be exported: %s", original.name, error)
        return original, f"torch, as the model can't be exported: {error}"
    made = embedder.exported
    return embedder, (
        f"onnxruntime, {made.weights}: on a sample of passages the smallest cosine with the "
        f"original is {made.cosine:.3f}, the nearest other passage the same for {made.same:.0%}"
    )
