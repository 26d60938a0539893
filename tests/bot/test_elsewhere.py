"""Servers on another process's shards are asked for where they matter, and else left alone."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import aiohttp
import discord
import pytest

from bot import moderators
from bot.admission import STRANGER, UNTOLD
from bot.client import SeedBot, bot_of
from bot.conversation.delivery import Interaction
from bot.records import AnswerRecord, Records, ServerSettings
from bot.servers import Servers
from bot.services import Services
from bot.settings import BotCollectionSettings, BotConfig, DiscordSettings
from bot.shards import Shards
from tests.support.discord_server.payloads import Payload
from tests.support.discord_server.server import FIRST, SECOND, DiscordServer, at_rest, until

QUESTION = "Who directed All of Us Strangers?"
ANSWER = "Andrew Haigh"
Connected = tuple[DiscordServer, SeedBot]


@pytest.fixture
def shards() -> Shards:
    """The first of two."""
    return Shards.parse("0/2")


async def told(server: DiscordServer, by: Payload) -> str:
    """What somebody is told who asks the bot directly."""
    before = len(server.written_to(by))
    await server.write_directly(by, QUESTION)
    await until(lambda: len(server.written_to(by)) > before)
    await at_rest()
    return str(server.written_to(by)[-1])


class TestDirectMessages:
    """They come to the process with the first shard, and are for the members of all servers."""

    async def test_members_elsewhere_are_found_and_strangers_are_not(
        self, connected: Connected
    ) -> None:
        """What servers there are is asked once."""
        server, bot = connected
        assert [each.id for each in bot.guilds] == [FIRST]
        ann, maria = server.member("ann", guild=str(SECOND)), server.member("maria")
        eve = server.stranger("eve")
        for by, words in ((ann, ANSWER), (maria, ANSWER), (eve, STRANGER)):
            assert words in await told(server, by)
        assert server.rest.requests.count("guilds") <= 1
        server.rest.people.strangers.add(ann["id"])
        assert STRANGER in await told(server, ann)

    class TestWithoutAList:
        """Discord doesn't say which servers there are."""

        @pytest.fixture(autouse=True)
        def refusing(self, monkeypatch: pytest.MonkeyPatch) -> None:
            """From the start."""

            async def refused(*_arguments: object, **_options: object) -> AsyncIterator[None]:
                raise aiohttp.ClientError
                yield

            monkeypatch.setattr(discord.Client, "fetch_guilds", refused)

        async def test_nobody_is_a_stranger_and_who_was_answered_elsewhere_is_looked_for_there(
            self, connected: Connected, services: Services
        ) -> None:
            """The records say where."""
            server, _ = connected
            ann, ben = (server.member(name, guild=str(SECOND)) for name in ("ann", "ben"))
            eve = server.stranger("eve")
            for message, by in enumerate((ann, eve)):
                answer = AnswerRecord(message, 10, 5, SECOND, "answer", 0.9, "generation")
                await services.records.save_answer(answer, int(by["id"]))
            for by, words in ((ann, ANSWER), (ben, UNTOLD), (eve, UNTOLD)):
                assert words in await told(server, by)

    class TestOfListedServers:
        """A bot that may be in two."""

        @pytest.fixture
        def config(self, config: BotConfig) -> BotConfig:
            """Both."""
            settings = DiscordSettings(servers=[FIRST, SECOND])
            return config.model_copy(update={"discord": settings})

        async def test_those_are_looked_through_without_asking_which_there_are(
            self, connected: Connected
        ) -> None:
            """The config says it."""
            server, _ = connected
            ann, eve = server.member("ann", guild=str(SECOND)), server.stranger("eve")
            assert ANSWER in await told(server, ann)
            assert STRANGER in await told(server, eve)
            assert "guilds" not in server.rest.requests


class TestNotes:
    """What is done to a collection is told in the server that manages it."""

    @pytest.fixture
    def config(self, config: BotConfig) -> BotConfig:
        """A collection that is managed elsewhere, and one for everybody."""
        managed = BotCollectionSettings(name="guide", folder="guide", manager=SECOND)
        shared = managed.model_copy(update={"name": "all", "everybody": True})
        return config.model_copy(update={"collections": [managed, shared]})

    async def test_it_is_told_elsewhere_without_what_not_all_may_know_there(
        self, connected: Connected, services: Services
    ) -> None:
        """Of a channel in another server, which its settings may name, nothing is said."""
        server, bot = connected
        [there] = server.gateway.guilds[str(SECOND)]["channels"]
        for channel, told_there in ((there, 1), (server.channel, 0)):
            settings = ServerSettings(log_channel=int(channel["id"]))
            await services.records.save_server(SECOND, settings)
            server.rest.messages.clear()
            for collection in ("guide", "all"):
                interaction = await used(bot, server)
                deed, unnamed = f"rebuilt `{collection}`", "rebuilt a collection"
                await moderators.note(interaction, services, deed, collection, unnamed=unnamed)
            texts = [each["embeds"][0]["description"] for each in server.written(there)]
            words = ["rebuilt a collection", "rebuilt `all`"] * told_there
            assert [each in text for each, text in zip(words, texts, strict=True)] == [True] * len(
                words
            )
            assert "guide" not in str(texts)
            assert not server.written(server.channel)
        changes = await services.records.changes(SECOND)
        assert [each.deed for each in changes] == ["rebuilt `all`", "rebuilt `guide`"] * 2


async def used(bot: SeedBot, server: DiscordServer) -> Interaction:
    """A command that somebody has used in the server that the bot sees."""
    waiting = asyncio.create_task(bot.wait_for("interaction"))
    await asyncio.sleep(0)
    await server.slash(server.member("maria"), "help")
    interaction: Interaction = await waiting
    await at_rest()
    return interaction


async def test_an_index_of_all_servers_is_no_managers_though_one_is_seen(
    connected: Connected, services: Services
) -> None:
    _, bot = connected
    assert len(bot.guilds) == 1
    assert moderators.share_one_index(bot, services)


async def test_of_servers_elsewhere_nothing_is_kept_in_mind_and_nothing_forgotten(
    services: Services, config: BotConfig
) -> None:
    """Another process may change what they have set; whether it is in them, it knows."""
    records = services.records
    here, gone, elsewhere = FIRST, FIRST + (2 << 22), SECOND
    for number in (here, gone, elsewhere):
        await records.save_server(number, ServerSettings(rebuild_role=1))
        assert (await services.servers.rules(number)).rebuild_role == 1
    other = Servers(config.discord, records)
    for number in (here, elsewhere):
        await other.set(number, "rebuild_role", 2)
    roles = [(await services.servers.rules(each)).rebuild_role for each in (here, elsewhere)]
    assert roles == [1, 2]
    await records.keep_servers([here], services.shards)
    await records.close()
    with closing(sqlite3.connect(config.records.file)) as database:
        assert database.execute("SELECT server FROM gone").fetchall() == [(gone,)]


async def test_where_somebody_was_answered_is_told_the_latest_first(tmp_path: Path) -> None:
    records = Records(BotConfig().records.model_copy(update={"file": str(tmp_path / "r.sqlite")}))
    for message, server, member in ((1, 5, 7), (2, 6, 7), (3, 0, 7), (4, 8, 9), (5, 5, 7)):
        answer = AnswerRecord(message, 0, 1, server, "none", 0.0, "generation")
        await records.save_answer(answer, member)
        time.sleep(0.001)  # noqa: ASYNC251 - moments that differ
    assert await records.servers_of(7) == [5, 6]
    assert await records.servers_of(8) == []
    await records.close()


@pytest.mark.parametrize("manager", [0, SECOND])
async def test_roles_of_servers_that_the_config_does_not_name_are_warned_of(
    services: Services,
    config: BotConfig,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    manager: int,
) -> None:
    """Nobody could say in which server they are."""
    collection = BotCollectionSettings(name="staff", folder="staff", roles=[7], manager=manager)
    config = config.model_copy(update={"collections": [collection]})
    async with DiscordServer() as server, bot_of(replace(services, config=config)) as bot:
        server.lead_here(monkeypatch.setattr)
        await bot.login("a.token")
    assert ("servers that the config doesn't name" in caplog.text) is (not manager)
