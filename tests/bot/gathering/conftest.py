"""A bot in a village, of whose channels it makes documents."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import discord
import pytest
from simcord import Env

from bot.client import SeedBot
from bot.gathering import Gathering, collecting, kept
from bot.services import Services
from bot.serving.service import AnswerService
from bot.settings import BotConfig
from index import IndexSettings, Library
from tests.support.village import Village


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (kept, "URGENT_SECONDS"),
        (kept, "NEW_SECONDS"),
        (collecting, "PAUSE_SECONDS"),
    ):
        monkeypatch.setattr(module, name, 0.0)


@pytest.fixture
def village(tmp_path: Path) -> Village:
    """The server and who is in it."""
    client = discord.Client(intents=discord.Intents.none())
    (tmp_path / "seeds").mkdir()
    return Village(Env(client, check_errors=False), tmp_path)


@pytest.fixture
def config(config: BotConfig, village: Village) -> BotConfig:
    """A bot that gathers all of it."""
    return village.config(config)


@pytest.fixture
def library(tmp_path: Path, config: BotConfig) -> Library:
    """Indexes that nobody has built."""
    settings = IndexSettings(seeds=str(tmp_path / "seeds"), store=str(tmp_path / "store"))
    return Library(settings, collections=config.collections)


@pytest.fixture
def service(library: Library, config: BotConfig) -> Iterator[AnswerService]:
    """The threads that would ask them."""
    service = AnswerService(library, config.service, config.logging)
    yield service
    service.close()


@pytest.fixture
async def gathering(services: Services, village: Village) -> AsyncIterator[Gathering]:
    """What gathers, with the bot in the server."""
    await village.start(SeedBot(services))
    yield services.gathering
    await village.env.shutdown()
    await services.records.close()
