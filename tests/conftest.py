"""What the tests share: the real model, exported once, and the shipped seeds, indexed once."""

import os
import shutil

# Before anything is imported that makes threads: tests run side by side, each in a thread or two.
os.environ["OMP_NUM_THREADS"] = "1"

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from index import AnswerSettings, Index, IndexSettings, open_index
from index.model.onnx_embedder import OnnxEmbedder
from index.model.torch_embedder import SentenceTransformerEmbedder
from tests.support import in_place, model
from tests.support.builder import Builder
from tests.support.chat_endpoint import ChatEndpoint
from tests.support.model import SEEDS


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need the model, by the fixtures that bring it."""
    for item in items:
        if not {"original", "stores"}.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("model")


@pytest.fixture(scope="session", autouse=True)
def _at_less_cost() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        in_place.sum_once(patch)
        in_place.flush_nothing(patch)
        yield


@pytest.fixture(scope="module", autouse=True)
def _reading() -> Iterator[None]:
    """No process to read documents; where that is what is tested, this is overridden."""
    with pytest.MonkeyPatch.context() as patch:
        in_place.read_here(patch)
        yield


@pytest.fixture(scope="session")
def original() -> SentenceTransformerEmbedder:
    """The default model in its own library."""
    return SentenceTransformerEmbedder(IndexSettings())


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Stores to copy, made once for all tests that run side by side."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "stores"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            made = tmp_path_factory.mktemp("stores")
            model.build_seeds(made / "seeds")
            model.begin(made / "begun", model.exported(made / "seeds"))
            made.rename(folder)
    return folder


@pytest.fixture(scope="session")
def begun(stores: Path) -> Path:
    """A store with an empty index and the model: a build in a copy of it exports nothing."""
    return stores / "begun"


@pytest.fixture(scope="session")
def embedder(begun: Path) -> OnnxEmbedder:
    """The default model as an index runs it."""
    return model.bare(begun)


@pytest.fixture(scope="session")
def seeds_settings(stores: Path, tmp_path_factory: pytest.TempPathFactory) -> IndexSettings:
    """The shipped seeds, with a store of the tests' own."""
    store = tmp_path_factory.mktemp("seeds") / "store"
    shutil.copytree(stores / "seeds", store)
    return IndexSettings(seeds=str(SEEDS), store=str(store))


@pytest.fixture(scope="session")
def answers() -> AnswerSettings:
    """Settings under which citations have addresses."""
    return AnswerSettings(base_url="https://example.org/docs")


@pytest.fixture(scope="session")
def seeds_index(seeds_settings: IndexSettings, answers: AnswerSettings) -> Index:
    """The shipped seeds, indexed with the real model, which lies beside them."""
    builder = Builder(model.exported(seeds_settings.store_path))
    return open_index(seeds_settings, answers, builder=builder)


@pytest.fixture
def endpoint() -> Iterator[ChatEndpoint]:
    """A chat endpoint for the writer."""
    with ChatEndpoint() as server:
        yield server
