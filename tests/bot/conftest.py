"""The real bot, driven through a simulated Discord."""

from collections.abc import Iterator

import pytest

from bot.client import SeedBot
from bot.service import AnswerService
from bot.settings import BotConfig, DiscordSettings, LoggingSettings, ServiceSettings
from index import Index

ROLE = 4242


@pytest.fixture
def config() -> BotConfig:
    """The defaults, with a role that may rebuild."""
    return BotConfig(discord=DiscordSettings(rebuild_role=0))


@pytest.fixture
def service(seeds_index: Index, config: BotConfig) -> Iterator[AnswerService]:
    """The real index behind the real threads."""
    service = AnswerService(seeds_index, config.service, LoggingSettings())
    yield service
    service.close()


@pytest.fixture
def simcord_bot(service: AnswerService, config: BotConfig) -> SeedBot:
    """The bot that simcord runs."""
    return SeedBot(service, config)


@pytest.fixture
def settings() -> ServiceSettings:
    """Service settings for tests of the service alone."""
    return ServiceSettings(threads=1, queue=1, timeout_seconds=0.2)
