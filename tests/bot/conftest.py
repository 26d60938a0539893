"""The real bot, driven through a simulated Discord."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.client import SeedBot
from bot.service import AnswerService
from bot.settings import BotConfig, LoggingSettings, RecordSettings, ServiceSettings
from index import Index


@pytest.fixture
def config(tmp_path: Path) -> BotConfig:
    """The defaults, with records of the test's own."""
    return BotConfig(records=RecordSettings(file=str(tmp_path / "records.sqlite")))


@pytest.fixture
def service(seeds_index: Index, config: BotConfig) -> Iterator[AnswerService]:
    """The real index behind the real threads."""
    service = AnswerService(seeds_index, config.service, LoggingSettings())
    yield service
    service.close()


@pytest.fixture
async def simcord_bot(service: AnswerService, config: BotConfig) -> AsyncIterator[SeedBot]:
    """The bot that simcord runs."""
    bot = SeedBot(service, config)
    yield bot
    await bot.records.close()


@pytest.fixture
def settings() -> ServiceSettings:
    """Service settings for tests of the service alone."""
    return ServiceSettings(threads=1, queue=1, timeout_seconds=0.2)
