"""The default model as an index runs it: exported, which is done once and kept in a store."""

import os
import tempfile
from pathlib import Path

from index import IndexSettings
from index.build.build import build
from index.front import silent
from index.model.onnx_embedder import OnnxEmbedder
from index.store.store import Store

SEEDS = Path(__file__).parents[2] / "seeds"
# Where a script that a test starts finds the model.
VARIABLE = "SEEDBOT_TESTS_STORE"


def build_seeds(store: Path) -> None:
    """Index the shipped seeds as a user does, the model exported on what they say."""
    build(IndexSettings(seeds=str(SEEDS), store=str(store)), silent)


def begin(store: Path, model: OnnxEmbedder) -> None:
    """Make a store with an empty index and a model: a build in a copy of it exports nothing."""
    with tempfile.TemporaryDirectory() as seeds:
        settings = IndexSettings(seeds=seeds, store=str(store))
        build(settings, silent, lambda _settings: model, allow_empty=True)


def exported(store: Path) -> OnnxEmbedder:
    """The model of a store; what is built with it has a copy of it."""
    opened = Store(store)
    folder = opened.model(opened.current())
    assert folder is not None
    return OnnxEmbedder(folder)


def bare(store: Path) -> OnnxEmbedder:
    """The model of a store; what is built with it has none, which takes less time."""
    embedder = exported(store)
    embedder.files = None
    return embedder


def for_a_script(folder: Path) -> Path:
    """A store with the model: the one that the environment names, else one made in `folder`."""
    if VARIABLE in os.environ:
        return Path(os.environ[VARIABLE])
    store = folder / "exported"
    build_seeds(store)
    return store
