"""The real bot, driven through a simulated Discord, or connected to a stand-in."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from unittest.mock import AsyncMock

import pytest

from bot.client import SeedBot, ShardedBot, bot_of
from bot.services import Services
from bot.serving.service import AnswerService
from bot.settings import BotConfig, LoggingSettings, RecordSettings, ServiceSettings
from bot.shards import ONE, Shards
from index import Index, Library
from tests.support.discord_server.server import FIRST, SECOND, DiscordServer, at_rest, until
from tests.support.libraries import hasten


@pytest.fixture
def config(tmp_path: Path) -> BotConfig:
    """The defaults, with records of the test's own."""
    return BotConfig(records=RecordSettings(file=str(tmp_path / "records.sqlite")))


@pytest.fixture
def service(seeds_index: Index, config: BotConfig) -> Iterator[AnswerService]:
    """The real index behind the real threads."""
    service = AnswerService(Library.of_one(seeds_index), config.service, LoggingSettings())
    yield service
    service.close()


@pytest.fixture
def shards() -> Shards:
    """One connection."""
    return ONE


@pytest.fixture
def services(service: AnswerService, config: BotConfig, shards: Shards) -> Services:
    """What the bot answers with."""
    return Services.configured(config, service, shards)


@pytest.fixture
async def simcord_bot(services: Services) -> AsyncIterator[SeedBot]:
    """The bot that simcord runs."""
    yield SeedBot(services)
    await services.records.close()


@pytest.fixture
async def connected(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[DiscordServer, SeedBot]]:
    """A Discord stand-in with the bot, which notices a silent connection in two seconds.

    Of a bot with shards, there are two, with a server on each.
    """
    home = next(iter(services.config.discord.servers), 0)
    divided = services.shards != ONE
    number = FIRST if divided else home
    async with DiscordServer(number) as server, bot_of(services) as bot:
        server.lead_here(monkeypatch.setattr)
        if divided:
            server.rest.shards = 2
            server.add_guild(SECOND)
            # Else five seconds before each but the first.
            monkeypatch.setattr(ShardedBot, "before_identify_hook", AsyncMock())
        server.gateway.heartbeat_seconds = 0.3
        hasten(bot)
        running = asyncio.create_task(bot.start("a.token"))
        await until(bot.is_ready)
        await at_rest()
        server.rest.requests.clear()
        yield server, bot
        await at_rest()
        await bot.close()
        await running
        # What discord.py tells of the end has its own tasks, and the loop closes next.
        await at_rest()


@pytest.fixture
def server(connected: tuple[DiscordServer, SeedBot]) -> DiscordServer:
    """The stand-in alone."""
    return connected[0]


@pytest.fixture
def settings() -> ServiceSettings:
    """Service settings for tests of the service alone."""
    return ServiceSettings(threads=1, queue=1, timeout_seconds=0.2)
