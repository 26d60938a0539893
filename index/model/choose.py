"""Which embedder runs the model: onnxruntime wherever a build could export it, else its library."""

import logging
from collections.abc import Sequence
from pathlib import Path

from index.domain import Embedder
from index.errors import ExportFailed
from index.model.onnx_embedder import OnnxEmbedder
from index.model.torch_embedder import SentenceTransformerEmbedder
from index.settings import IndexSettings

log = logging.getLogger(__name__)


def load_embedder(settings: IndexSettings, folder: Path | None) -> Embedder:
    """Load the model that lies in a generation's `folder`, or the one that the settings name.

    Raises:
        IndexCorrupt: what lies in the folder can't be read.
        ModelUnavailable: the one that the settings name isn't there, or isn't a model.
    """
    return SentenceTransformerEmbedder(settings) if folder is None else OnnxEmbedder(folder)


def try_export(original: Embedder, sample: Sequence[str], folder: Path) -> tuple[Embedder, str]:
    """Return what is to embed passages, and how it runs, in words.

    The model is exported into `folder` if it can be, and tried on a `sample` of the passages.
    """
    if not isinstance(original, SentenceTransformerEmbedder):
        return original, ""
    # Imported here: a build that embeds little has no need of torch.
    from index.model.export import export  # noqa: PLC0415

    try:
        embedder = export(original, sample, folder)
    except ExportFailed as error:
        log.warning("the model %r runs on torch, as it can't be exported: %s", original.name, error)
        return original, f"torch, as the model can't be exported: {error}"
    model = embedder.description
    return embedder, (
        f"onnxruntime, {model.weights}: on a sample of passages the smallest cosine with the "
        f"original is {model.cosine:.3f}, the nearest other passage the same for {model.same:.0%}"
    )
