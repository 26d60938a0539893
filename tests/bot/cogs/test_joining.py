"""Who invites the bot is told once what to do first, or that it is for others and leaves again."""

from collections.abc import Callable
from typing import Any

import discord
import pytest
from simcord import Env, UserHandle

from bot import limits
from bot.client import SeedBot
from bot.cogs.joining import Joining
from bot.settings import BotConfig, DiscordSettings
from tests.support import members
from tests.support.discord_server import faults, payloads
from tests.support.discord_server.payloads import Payload
from tests.support.discord_server.server import DiscordServer, at_rest, until
from tests.support.shown import described


def greetings(user: UserHandle) -> list[discord.Message]:
    """What the bot has said to somebody alone."""
    return user.dm_channel.history()


async def test_the_owner_is_told_once_what_to_do_first(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here, elsewhere = members.servers(simcord_env)
    cog = simcord_bot.get_cog("Joining")
    assert isinstance(cog, Joining)
    # A resumed session tells it again.
    for server in (here, elsewhere, here):
        guild = simcord_bot.get_guild(server.guild.id)
        assert guild is not None
        await cog.on_guild_join(guild)
    for server in (here, elsewhere):
        [message] = greetings(server.guild.owner)
        text = described(message.embeds[0])
        assert f"inviting me to **{server.guild.name}**" in text
        assert "/settings answers" in text
        assert "I can read only messages that mention me" in text
        assert not server.channel.history()


def new_server(by: Payload, bot: Payload, permissions: int) -> Payload:
    """A server that the bot comes into, which nobody has to have it told as available."""
    made = payloads.guild(by["id"], bot)
    made["roles"][0]["permissions"] = str(permissions)
    made["system_channel_id"] = made["channels"][0]["id"]
    del made["unavailable"]
    return made


ALL = 2**50 - 1
NO_AUDIT_LOG = ALL & ~discord.Permissions(view_audit_log=True, administrator=True).value


@pytest.fixture
def join(server: DiscordServer) -> Callable[..., Any]:
    """Let the bot come into a server."""

    async def come(owner: Payload, permissions: int) -> Payload:
        made = new_server(owner, server.bot, permissions)
        server.rest.channels |= {each["id"]: each for each in made["channels"]}
        await server.gateway.dispatch("GUILD_CREATE", made)
        return made

    return come


async def test_who_invited_the_bot_is_told_where_that_may_be_read(
    server: DiscordServer, join: Callable[..., Any]
) -> None:
    owner, inviter = server.member("owner"), server.member("inviter")
    server.rest.people.invitation = (server.bot, inviter)
    await join(owner, ALL)
    await until(lambda: server.written_to(inviter))
    await at_rest()
    assert not server.written_to(owner)
    assert "inviting me" in server.written_to(inviter)[0]["embeds"][0]["description"]


async def test_who_invited_another_bot_is_not_told(
    server: DiscordServer, join: Callable[..., Any]
) -> None:
    owner, inviter = server.member("owner"), server.member("inviter")
    server.rest.people.invitation = (server.member("another bot"), inviter)
    await join(owner, ALL)
    await until(lambda: server.written_to(owner))
    assert not server.written_to(inviter)


@pytest.mark.parametrize("permissions", [ALL, NO_AUDIT_LOG])
async def test_without_that_the_owner_is_told_and_of_what_is_missing(
    server: DiscordServer, join: Callable[..., Any], permissions: int
) -> None:
    owner = server.member("owner")
    server.faults.lasting["audit-log"] = faults.NO_PERMISSION
    lacking = discord.Permissions(embed_links=True, administrator=True)
    await join(owner, permissions & ~lacking.value)
    await until(lambda: server.written_to(owner))
    await at_rest()
    [message] = server.written_to(owner)
    text = message["embeds"][0]["description"]
    assert "I lack permissions there that I need: **Embed Links**" in text
    asked = server.rest.requests.count("audit-log")
    assert asked == (permissions == ALL)


async def test_an_owner_who_takes_no_messages_finds_it_in_the_system_channel(
    server: DiscordServer, join: Callable[..., Any]
) -> None:
    owner = server.member("owner")
    server.faults.put("message", faults.NO_DIRECT_MESSAGES)
    made = await join(owner, NO_AUDIT_LOG)
    place = made["channels"][0]
    await until(lambda: server.written(place))
    await at_rest()
    assert len(server.written(place)) == 1
    assert not server.written_to(owner)


async def test_where_nobody_can_be_told_the_bot_goes_on(
    server: DiscordServer, join: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    server.faults.put("message", faults.NO_DIRECT_MESSAGES, faults.NO_PERMISSION)
    await join(server.member("owner"), NO_AUDIT_LOG)
    await until(lambda: "nobody could be told" in caplog.text)
    await at_rest()
    assert not server.faults.left
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_a_server_left_while_the_bot_was_away_is_told_apart_when_it_is_back(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here = members.server(simcord_env)
    services = simcord_bot.services
    for number in (here.guild.id, 123456):
        await services.servers.set(number, "private_answers", value=True)
    cog = simcord_bot.get_cog("Joining")
    assert isinstance(cog, Joining)
    await cog.on_ready()
    rows = await services.records.run("SELECT server FROM gone")
    assert [row[0] for row in rows] == [123456]


HOME = 777_000_000_000_000_000


def told(messages: list[Payload]) -> list[str]:
    """What the bot's messages are called."""
    return [each["embeds"][0]["title"] for each in messages]


def is_in(bot: SeedBot) -> set[int]:
    """The numbers of the servers that the bot is in."""
    return {each.id for each in bot.guilds}


class TestWithServers:
    """A bot that is for one server."""

    @pytest.fixture
    def config(self, config: BotConfig, monkeypatch: pytest.MonkeyPatch) -> BotConfig:
        """The server, and how many servers have a word in a minute."""
        monkeypatch.setitem(limits.WORDS, "everybody", 2)
        return config.model_copy(update={"discord": DiscordSettings(servers=[HOME])})

    async def test_a_server_that_is_not_listed_is_left_with_a_word_to_who_invited(
        self,
        connected: tuple[DiscordServer, SeedBot],
        join: Callable[..., Any],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """It is no greeting."""
        caplog.set_level("INFO")
        server, bot = connected
        owner, inviter = server.member("owner"), server.member("inviter")
        server.rest.people.invitation = (server.bot, inviter)
        made = await join(owner, ALL)
        await until(lambda: "leave" in server.rest.requests)
        await until(lambda: is_in(bot) == {HOME})
        await at_rest()
        assert told(server.written_to(inviter)) == ["Goodbye"]
        assert "The server" in server.written_to(inviter)[0]["embeds"][0]["description"]
        assert not server.written_to(owner)
        assert not server.written(made["channels"][0])
        assert f"server {made['id']} is none of `servers` under [discord]" in caplog.text

    async def test_where_nobody_takes_the_word_it_is_left_all_the_same(
        self, connected: tuple[DiscordServer, SeedBot], join: Callable[..., Any]
    ) -> None:
        """Neither the owner nor a channel."""
        server, bot = connected
        server.faults.put("message", faults.NO_DIRECT_MESSAGES, faults.NO_PERMISSION)
        await join(server.member("owner"), NO_AUDIT_LOG)
        await until(lambda: "leave" in server.rest.requests)
        await until(lambda: is_in(bot) == {HOME})
        await at_rest()
        assert not server.faults.left

    async def test_its_own_server_is_greeted_when_it_comes_in_and_never_left(
        self, connected: tuple[DiscordServer, SeedBot]
    ) -> None:
        """Whatever else it leaves."""
        server, bot = connected
        owner = server.member("owner")
        here = server.guild | {"owner_id": owner["id"]}
        await server.gateway.dispatch("GUILD_DELETE", {"id": here["id"]})
        await until(lambda: not bot.guilds)
        del here["unavailable"]
        await server.gateway.dispatch("GUILD_CREATE", here)
        await until(lambda: server.written_to(owner))
        await at_rest()
        assert told(server.written_to(owner)) == ["Hello"]
        assert "leave" not in server.rest.requests
        assert is_in(bot) == {HOME}

    async def test_one_that_is_away_is_left_once_it_is_there_again(
        self, connected: tuple[DiscordServer, SeedBot], join: Callable[..., Any]
    ) -> None:
        """The word was said before, and isn't said again."""
        server, bot = connected
        owner = server.member("owner")
        server.faults.put("leave", *[faults.NO_ACCESS] * 2)
        made = await join(owner, NO_AUDIT_LOG)
        await until(lambda: server.written_to(owner) and "leave" in server.rest.requests)
        await at_rest()
        away = {"id": made["id"], "unavailable": True}
        await server.gateway.dispatch("GUILD_DELETE", away)
        await until(lambda: any(each.unavailable for each in bot.guilds))
        cog = bot.get_cog("Joining")
        assert isinstance(cog, Joining)
        await cog.on_ready()
        assert server.rest.requests.count("leave") == 1
        for _ in range(2):
            await server.gateway.dispatch("GUILD_CREATE", made | {"unavailable": False})
        await until(lambda: is_in(bot) == {HOME})
        await at_rest()
        assert told(server.written_to(owner)) == ["Goodbye"]

    @pytest.mark.simcord(strict_sync=False)
    async def test_those_it_is_in_when_it_starts_are_left_after_a_word(
        self, simcord_env: Env, simcord_bot: SeedBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of very many, those after the first without one."""
        leave = discord.Guild.leave

        async def stays(_guild: discord.Guild) -> None:
            return

        monkeypatch.setattr(discord.Guild, "leave", stays)
        home = simcord_env.create_guild("home", id=HOME)
        others = [simcord_env.create_guild(f"other {number}") for number in range(4)]
        monkeypatch.setattr(discord.Guild, "leave", leave)
        cog = simcord_bot.get_cog("Joining")
        assert isinstance(cog, Joining)
        await cog.on_ready()
        await simcord_env.settle()
        assert is_in(simcord_bot) == {HOME}
        assert [len(greetings(each.owner)) for each in others] == [1, 1, 0, 0]
        assert not greetings(home.owner)
