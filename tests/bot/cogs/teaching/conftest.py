"""A server with a document of its owner's, to which moderators add what members know."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from simcord import Env

from bot.serving.service import AnswerService
from bot.settings import BotConfig
from index import AnswerSettings, Index, IndexSettings, Library, open_index
from index.model.onnx_embedder import OnnxEmbedder
from tests.support import members
from tests.support.builder import Builder


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A document of the owner's."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "tea.md").write_bytes(b"# Tea\n\nGreen tea is steeped at eighty degrees.\n")
    return folder


@pytest.fixture
def index(seeds: Path, tmp_path: Path, embedder: OnnxEmbedder) -> Index:
    """It, indexed."""
    settings = IndexSettings(seeds=str(seeds), store=str(tmp_path / "store"), watch=False)
    return open_index(settings, AnswerSettings(), embedder=embedder, builder=Builder(embedder))


@pytest.fixture
def service(index: Index, config: BotConfig) -> Iterator[AnswerService]:
    """The index behind the real threads."""
    service = AnswerService(Library.of_one(index), config.service, config.logging)
    yield service
    service.close()


@pytest.fixture
def here(simcord_env: Env) -> members.Server:
    """The server with its moderator."""
    return members.alone(simcord_env)
