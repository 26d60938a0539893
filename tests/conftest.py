"""What the tests share: the real model once, the shipped seeds indexed once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index import AnswerSettings, Index, IndexSettings, open_index
from index.model.torch_embedder import SentenceTransformerEmbedder
from tests.support.builder import Builder
from tests.support.chat_endpoint import ChatEndpoint

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"


@pytest.fixture(scope="session")
def embedder() -> SentenceTransformerEmbedder:
    """The default model."""
    return SentenceTransformerEmbedder(IndexSettings())


@pytest.fixture(scope="session")
def seeds_settings(tmp_path_factory: pytest.TempPathFactory) -> IndexSettings:
    """The shipped seeds, with a store of the tests' own."""
    store = tmp_path_factory.mktemp("store")
    return IndexSettings(seeds=str(SEEDS), store=str(store))


@pytest.fixture(scope="session")
def answers() -> AnswerSettings:
    """Settings under which citations have addresses."""
    return AnswerSettings(base_url="https://example.org/docs")


@pytest.fixture(scope="session")
def seeds_index(
    seeds_settings: IndexSettings, answers: AnswerSettings, embedder: SentenceTransformerEmbedder
) -> Index:
    """The shipped seeds, indexed with the real model."""
    return open_index(seeds_settings, answers, embedder=embedder, builder=Builder(embedder))


@pytest.fixture
def endpoint() -> Iterator[ChatEndpoint]:
    """A chat endpoint for the writer."""
    with ChatEndpoint() as server:
        yield server
