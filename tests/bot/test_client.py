"""What is written for the bot is also known to it, and to the servers that it is for."""

import asyncio
import pkgutil
from collections.abc import AsyncIterator
from importlib import import_module
from types import ModuleType

import aiohttp
import pytest
from discord.ext import commands
from simcord import Env

from bot import buttons, cogs
from bot.buttons.button import LastingButton
from bot.client import SeedBot, bot_of
from bot.errors import StartError
from bot.services import Services
from bot.settings import BotConfig, DiscordSettings
from bot.shards import Shards
from tests.support import members
from tests.support.discord_server import faults, payloads
from tests.support.discord_server.server import FIRST, SECOND, DiscordServer, at_rest, until


def classes(package: ModuleType, base: type) -> set[type]:
    """The subclasses of `base` that the modules of a package define."""
    modules = [
        import_module(f"{package.__name__}.{module.name}")
        for module in pkgutil.iter_modules(package.__path__)
    ]
    return {
        thing
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type)
        and issubclass(thing, base)
        and thing.__module__ == module.__name__
    } - {base}


def test_every_button_is_known_before_a_message_with_it_is_sent() -> None:
    assert set(buttons.BUTTONS) == classes(buttons, LastingButton)


@pytest.mark.usefixtures("simcord_env")
async def test_every_cog_is_added(simcord_bot: SeedBot) -> None:
    assert set(map(type, simcord_bot.cogs.values())) == classes(cogs, commands.Cog)


class TestRegistration:
    """Commands are registered in the servers that the bot is for, or else everywhere."""

    HOME, OTHER = 777, 888

    @pytest.fixture
    def servers(self) -> list[int]:
        """The config's servers."""
        return [self.HOME, self.OTHER, self.HOME]

    @pytest.fixture
    def config(self, config: BotConfig, servers: list[int]) -> BotConfig:
        """The servers."""
        return config.model_copy(update={"discord": DiscordSettings(servers=servers)})

    @pytest.fixture
    async def stage(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordServer]:
        """A Discord stand-in with the first server, where the bot isn't yet."""
        async with DiscordServer(self.HOME) as server:
            server.lead_here(monkeypatch.setattr)
            yield server

    @staticmethod
    def where(stage: DiscordServer) -> set[str]:
        """Where `/ask` can be used: the servers' numbers; everywhere is empty."""
        return {guild for guild, name in stage.rest.commands if name == "ask"}

    async def test_each_listed_server_has_the_commands_and_there_are_none_elsewhere(
        self, stage: DiscordServer, services: Services
    ) -> None:
        """A server that is listed twice is one."""
        async with SeedBot(services) as bot:
            await bot.login("a.token")
            assert self.where(stage) == {str(self.HOME), str(self.OTHER)}
            assert stage.rest.requests.count("guild-commands") == len({self.HOME, self.OTHER})
            assert stage.rest.requests.count("commands") == 1
            assert not bot.tree.get_commands()

    async def test_a_listed_server_that_refuses_is_told_and_the_others_have_them(
        self, stage: DiscordServer, services: Services, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The bot may not have been invited there yet."""
        stage.faults.put("guild-commands", faults.NO_ACCESS)
        async with SeedBot(services) as bot:
            await bot.login("a.token")
            assert self.where(stage) == {str(self.OTHER)}
        [told] = caplog.messages
        assert told.startswith(f"Discord won't register commands in server {self.HOME} (`servers`")
        assert "Missing Access" in told

    async def test_where_all_of_them_refuse_the_bot_does_not_start(
        self, stage: DiscordServer, services: Services
    ) -> None:
        """As where the only one does."""
        stage.faults.lasting["guild-commands"] = faults.NO_ACCESS
        async with SeedBot(services) as bot:
            with pytest.raises(StartError, match=rf"in server {self.HOME} .*Missing Access"):
                await bot.login("a.token")

    async def test_a_listed_server_that_the_bot_comes_into_later_has_the_commands_then(
        self,
        connected: tuple[DiscordServer, SeedBot],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """Where that fails, it is told."""
        server, bot = connected
        made = payloads.guild(server.member("owner")["id"], server.bot, self.OTHER)
        del made["unavailable"]
        for failing in (False, True):
            server.rest.commands.clear()
            if failing:
                server.faults.put("guild-commands", faults.NO_ACCESS)
            await server.gateway.dispatch("GUILD_CREATE", made)
            await until(lambda: "guild-commands" in server.rest.requests)
            await at_rest()
            assert self.where(server) == (set() if failing else {str(self.OTHER)})
            assert (f"server {self.OTHER}: its commands" in caplog.text) is failing
            await server.gateway.dispatch("GUILD_DELETE", {"id": made["id"]})
            await until(lambda: len(bot.guilds) == 1)
            server.rest.requests.clear()

    class TestWithoutServers:
        """A bot for every server."""

        @pytest.fixture
        def servers(self) -> list[int]:
            """None."""
            return []

        async def test_they_are_everywhere_and_in_no_server_by_themselves(
            self, stage: DiscordServer, services: Services
        ) -> None:
            """Also in direct messages."""
            async with SeedBot(services) as bot:
                await bot.login("a.token")
            assert TestRegistration.where(stage) == {""}


WARNING = "several servers share one index"


async def test_several_servers_with_one_index_are_warned_of_once(
    simcord_env: Env, simcord_bot: SeedBot, caplog: pytest.LogCaptureFixture
) -> None:
    members.alone(simcord_env)
    await simcord_bot.on_ready()
    assert WARNING not in caplog.text
    members.alone(simcord_env)
    for _ in range(2):
        await simcord_bot.on_ready()
    assert caplog.text.count(WARNING) == 1
    assert ".github/docs/servers.md" in caplog.text


class TestShards:
    """A bot with several connections, or with a part of them."""

    @pytest.fixture
    def shards(self) -> Shards:
        """As many as Discord wants."""
        return Shards.parse("auto")

    async def test_it_sees_the_servers_of_all_and_tells_which_is_gone(
        self,
        connected: tuple[DiscordServer, SeedBot],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """By their numbers."""
        server, bot = connected
        assert {each.id for each in bot.guilds} == {FIRST, SECOND}
        assert bot.missing() == ""
        caplog.set_level("INFO", "bot")
        await bot.on_ready()
        assert "with shards 0 to 1 of 2, in 2 servers" in caplog.text
        server.faults.lasting["socket"] = faults.server_error(503)
        for shard, told in ((1, "shard 1 of 2"), (0, "shards 0, 1 of 2")):
            await server.gateway.hang_up(shard)
            await until(lambda: bot.missing() == f"not connected to Discord: {told}")  # noqa: B023 - awaited here

    async def test_one_that_can_not_be_reached_is_told_and_not_tried_for_ever(
        self, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """discord.py would call itself until Python ends that."""
        waits = asyncio.sleep
        async with DiscordServer() as server, bot_of(services) as bot:
            server.lead_here(monkeypatch.setattr)
            server.faults.lasting["socket"] = faults.server_error(503)
            monkeypatch.setattr("asyncio.sleep", lambda seconds: waits(min(seconds, 0.01)))
            with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
                await bot.start("a.token")
        assert bot.missing() == "not connected to Discord: shard 0 of 1"

    class TestOfAnotherProcess:
        """One without the first shard."""

        @pytest.fixture
        def shards(self) -> Shards:
            """The second."""
            return Shards.parse("1/2")

        async def test_it_leaves_registering_commands_to_who_has_the_first(
            self, services: Services, monkeypatch: pytest.MonkeyPatch
        ) -> None:
            """It knows them all the same."""
            async with DiscordServer() as server, bot_of(services) as bot:
                server.lead_here(monkeypatch.setattr)
                await bot.login("a.token")
                assert not server.rest.commands
                assert bot.tree.get_command("ask")
