"""Who is answered in which server, in direct messages, and where the bot isn't by itself."""

from typing import Literal

import discord
import pytest
from simcord import Env

from bot import admission
from bot.admission import CLOSED, NOT_HERE, STRANGER, UNTOLD
from bot.client import SeedBot
from bot.settings import BotConfig, DiscordSettings
from tests.support import members
from tests.support.discord_server import faults, payloads
from tests.support.discord_server.payloads import Payload
from tests.support.discord_server.server import DiscordServer, at_rest, until
from tests.support.shown import described

QUESTION = "Who directed All of Us Strangers?"
ANSWER = "Andrew Haigh"
HOME, OTHER = 777_000_000_000_000_000, 888_000_000_000_000_000


def text_of(messages: list[Payload]) -> list[str]:
    """What messages say, in their embeds or without."""
    return [
        each["content"] or each["embeds"][0]["description"] for each in messages if each is not None
    ]


async def told_directly(server: DiscordServer, by: Payload, text: str = QUESTION) -> list[str]:
    """What somebody is told who writes to the bot directly."""
    before = len(server.written_to(by))
    await server.write_directly(by, text)
    await until(lambda: len(server.written_to(by)) > before)
    await at_rest()
    return text_of(server.written_to(by)[before:])


async def told_of_a_command(
    server: DiscordServer, by: Payload, where: Payload | None = None
) -> str:
    """What somebody is told who asks by a command; in a direct message, unless `where` says."""
    exchange = await server.slash(
        by, "ask", where=where or server.rest.direct(by), question=QUESTION
    )
    await until(lambda: exchange.replies)
    await at_rest()
    [text] = text_of(exchange.replies)
    return text


async def all_is_done(server: DiscordServer) -> None:
    """Wait until the bot has seen to all that it was told before."""
    assert ANSWER in await told_of_a_command(server, server.member("somebody"), server.channel)


def channel_elsewhere(number: int = OTHER) -> Payload:
    """A channel in a server that the bot isn't in."""
    return payloads.channel(str(number), "general")


class TestMembers:
    """As it is by default, and the bot may be in every server."""

    async def test_members_of_a_server_are_answered_directly_and_strangers_get_a_word(
        self, server: DiscordServer
    ) -> None:
        """By messages and by commands."""
        ann, eve = server.member("ann"), server.stranger("eve")
        [text] = await told_directly(server, ann)
        assert ANSWER in text
        assert await told_directly(server, eve) == [STRANGER]
        assert ANSWER in await told_of_a_command(server, ann)
        assert await told_of_a_command(server, eve) == STRANGER

    async def test_a_stranger_is_told_once_in_a_flood_and_looked_for_once(
        self, server: DiscordServer
    ) -> None:
        """Each search is some requests."""
        eve = server.stranger("eve")
        for _ in range(5):
            await server.write_directly(eve, QUESTION)
        await all_is_done(server)
        assert text_of(server.written_to(eve)) == [STRANGER]
        assert server.rest.requests.count("member") == 1

    async def test_an_edited_message_of_a_stranger_gets_nothing_more(
        self, server: DiscordServer
    ) -> None:
        """Not even where it becomes a question."""
        eve = server.stranger("eve")
        message = await server.write_directly(eve, "hello")
        await until(lambda: server.written_to(eve))
        changed = {"content": QUESTION, "edited_timestamp": message["timestamp"]}
        await server.gateway.dispatch("MESSAGE_UPDATE", message | changed)
        await all_is_done(server)
        assert text_of(server.written_to(eve)) == [STRANGER]

    async def test_a_member_who_has_left_is_none_at_the_next_question(
        self, server: DiscordServer
    ) -> None:
        """That somebody was found isn't kept."""
        ann = server.member("ann")
        assert ANSWER in await told_of_a_command(server, ann)
        server.rest.people.strangers.add(ann["id"])
        assert await told_of_a_command(server, ann) == STRANGER

    async def test_a_stranger_who_comes_in_is_answered_once_he_has_asked_there(
        self, server: DiscordServer
    ) -> None:
        """That makes them known."""
        eve = server.stranger("eve")
        assert await told_of_a_command(server, eve) == STRANGER
        server.rest.people.strangers.clear()
        assert ANSWER in await told_of_a_command(server, eve, server.channel)
        assert ANSWER in await told_of_a_command(server, eve)

    async def test_an_app_of_a_members_own_is_for_members_in_groups_and_in_foreign_servers(
        self, server: DiscordServer
    ) -> None:
        """As in direct messages."""
        ann, eve = server.member("ann"), server.stranger("eve")
        for where in (payloads.group(ann, eve), channel_elsewhere()):
            assert ANSWER in await told_of_a_command(server, ann, where)
            assert await told_of_a_command(server, eve, where) == STRANGER

    async def test_a_button_is_for_whom_a_command_is(self, server: DiscordServer) -> None:
        """Also below an answer to somebody else."""
        ann, eve = server.member("ann"), server.stranger("eve")
        where = payloads.group(ann, eve)
        asked = await server.slash(ann, "ask", where=where, question=QUESTION)
        await until(lambda: asked.replies)
        await at_rest()
        [answer] = asked.replies
        for label in ("Show passage 1", "More like this", "feedback:helpful", "Delete"):
            clicked = await server.click(eve, answer, label, where=where)
            await until(lambda: clicked.replies)  # noqa: B023 - awaited here
            await at_rest()
            assert text_of(clicked.replies) == [STRANGER]
        clicked = await server.click(ann, answer, "Show passage 1", where=where)
        await until(lambda: clicked.replies)
        assert ANSWER in str(clicked.replies)
        await at_rest()

    async def test_what_discord_does_not_tell_counts_against_who_asks(
        self, server: DiscordServer
    ) -> None:
        """Until it tells again."""
        ann = server.member("ann")
        server.faults.lasting["member"] = faults.NO_ACCESS
        assert await told_directly(server, ann) == [UNTOLD]
        assert await told_of_a_command(server, ann) == UNTOLD
        server.faults.lasting.clear()
        assert ANSWER in await told_of_a_command(server, ann)

    async def test_a_discord_that_takes_its_time_is_not_waited_for(
        self, server: DiscordServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A click has to be answered in time."""
        monkeypatch.setattr(admission, "PATIENCE_SECONDS", 0.05)
        ann = server.member("ann")
        server.faults.put("member", faults.slow(0.3))
        asked = await server.slash(ann, "ask", where=server.rest.direct(ann), question=QUESTION)
        await until(lambda: asked.replies)
        assert text_of(asked.replies) == [UNTOLD]
        await until(lambda: server.rest.requests.count("member"))
        await at_rest()


class TestOpen:
    """A bot that answers anybody directly."""

    @pytest.fixture
    def config(self, config: BotConfig) -> BotConfig:
        """The rule."""
        return config.model_copy(update={"discord": DiscordSettings(direct_messages="open")})

    async def test_anybody_is_answered_everywhere_and_looked_for_nowhere(
        self, server: DiscordServer
    ) -> None:
        """There is nothing to find out."""
        eve = server.stranger("eve")
        [text] = await told_directly(server, eve)
        assert ANSWER in text
        for where in (server.rest.direct(eve), payloads.group(eve), channel_elsewhere()):
            assert ANSWER in await told_of_a_command(server, eve, where)
        assert "member" not in server.rest.requests


class TestClosed:
    """A bot that answers in servers alone."""

    @pytest.fixture
    def config(self, config: BotConfig) -> BotConfig:
        """The rule."""
        return config.model_copy(update={"discord": DiscordSettings(direct_messages="closed")})

    async def test_nobody_is_answered_directly_but_the_owner(
        self, connected: tuple[DiscordServer, SeedBot]
    ) -> None:
        """By messages, by commands, in a foreign server."""
        server, bot = connected
        ann, maria = server.member("ann"), server.stranger("maria")
        server.rest.people.owner = maria
        bot.services.owners.ask_by(bot.application_info)
        assert await told_directly(server, ann) == [CLOSED]
        [text] = await told_directly(server, maria)
        assert ANSWER in text
        for where in (None, channel_elsewhere()):
            assert await told_of_a_command(server, ann, where) == CLOSED
            assert ANSWER in await told_of_a_command(server, maria, where)
        assert ANSWER in await told_of_a_command(server, ann, server.channel)


class TestWithServers:
    """A bot for one server, and for another that it isn't in yet."""

    @pytest.fixture(params=["members", "open"])
    def rule(self, request: pytest.FixtureRequest) -> Literal["members", "open"]:
        """Neither binds what the servers do."""
        rule: Literal["members", "open"] = request.param
        return rule

    @pytest.fixture
    def config(self, config: BotConfig, rule: Literal["members", "open"]) -> BotConfig:
        """The servers."""
        settings = DiscordSettings(servers=[HOME, OTHER], direct_messages=rule)
        return config.model_copy(update={"discord": settings})

    async def test_a_foreign_server_is_refused_whoever_asks(
        self, connected: tuple[DiscordServer, SeedBot]
    ) -> None:
        """An owner as well."""
        server, bot = connected
        maria = server.member("maria")
        server.rest.people.owner = maria
        bot.services.owners.ask_by(bot.application_info)
        assert await told_of_a_command(server, maria, channel_elsewhere(999)) == NOT_HERE
        assert ANSWER in await told_of_a_command(server, maria, server.channel)

    async def test_one_of_its_servers_that_it_is_not_in_counts_as_a_direct_message(
        self, server: DiscordServer, rule: str
    ) -> None:
        """It isn't foreign."""
        ann, eve = server.member("ann"), server.stranger("eve")
        assert ANSWER in await told_of_a_command(server, ann, channel_elsewhere())
        told = await told_of_a_command(server, eve, channel_elsewhere())
        assert (told == STRANGER) is (rule == "members")

    async def test_nothing_is_suggested_to_who_is_not_answered(self, server: DiscordServer) -> None:
        """There is no room for a word."""
        ann, offered = server.member("ann"), []
        for where in (channel_elsewhere(999), server.channel):
            made = await server.suggest(ann, "source", "document", where)
            await until(lambda: made.choices is not None)  # noqa: B023 - awaited here
            offered.append(bool(made.choices))
        await at_rest()
        assert offered == [False, True]


class TestInManyServers:
    """A member is looked for where it is likely, in no more servers than need be."""

    async def test_where_a_member_asked_last_is_looked_first(
        self, simcord_env: Env, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Else where most members are."""
        asked = watched(monkeypatch)
        crowds = [simcord_env.create_guild(f"crowd {number}") for number in range(8)]
        for crowd in crowds:
            crowd.add_member(simcord_env.create_user("somebody"))
        here = simcord_env.create_guild("here")
        channel = here.create_text_channel("general")
        ann = here.add_member(simcord_env.create_user("ann"))
        for _ in range(2):
            await ann.send_dm(QUESTION)
            assert ANSWER in last_word(ann.user.dm_channel.last_message)
        # Found once by looking everywhere, she is found at once the next time.
        assert len(asked) == len(crowds) + 2
        asked.clear()
        other = crowds[-1].add_member(ann.user)
        place = crowds[-1].create_text_channel("general")
        await other.slash(place, "help")
        here.remove_member(ann)
        await ann.user.send_dm(QUESTION)
        assert asked == [crowds[-1].id]
        assert channel.history() == []

    async def test_no_more_than_so_many_are_asked_and_a_stranger_not_again(
        self, simcord_env: Env, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever isn't found can ask in a server."""
        asked = watched(monkeypatch)
        monkeypatch.setattr(admission, "SEARCHED", 3)
        for number in range(5):
            simcord_env.create_guild(f"crowd {number}")
        eve = simcord_env.create_user("eve")
        for _ in range(2):
            await eve.send_dm(QUESTION)
        assert len(set(asked)) == len(asked) == admission.SEARCHED
        assert [each.content for each in eve.dm_channel.history()][1:] == [STRANGER, QUESTION]

    async def test_whoever_may_be_in_a_server_that_is_not_there_now_is_asked_for_patience(
        self, simcord_env: Env, simcord_bot: SeedBot
    ) -> None:
        """They aren't taken for strangers."""
        simcord_env.create_guild("here")
        guild = simcord_bot.guilds[0]
        guild.unavailable = True
        eve = simcord_env.create_user("eve")
        await eve.send_dm(QUESTION)
        assert last_word(eve.dm_channel.last_message) == UNTOLD
        guild.unavailable = False
        await eve.send_dm(QUESTION)
        # The word for who writes too much is for this one as well.
        assert len(eve.dm_channel.history()) == len([QUESTION, UNTOLD, QUESTION])


def watched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note in which servers a member is looked for."""
    asked: list[int] = []
    fetch = discord.Guild.fetch_member

    async def noted(guild: discord.Guild, number: int) -> discord.Member:
        asked.append(guild.id)
        return await fetch(guild, number)

    monkeypatch.setattr(discord.Guild, "fetch_member", noted)
    return asked


def last_word(message: discord.Message | None) -> str:
    """What a message says."""
    assert message is not None
    return message.content or described(message.embeds[0])


class TestWhereItMayNotBe:
    """A bot that reads all messages, in a server that isn't its own and that it can't leave."""

    @pytest.fixture
    def config(self, config: BotConfig) -> BotConfig:
        """The bot's server."""
        settings = DiscordSettings(servers=[HOME], message_content=True)
        return config.model_copy(update={"discord": settings})

    @pytest.mark.simcord(strict_sync=False, check_errors=False)
    async def test_no_message_is_answered_there(
        self, simcord_env: Env, simcord_bot: SeedBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Mentions, edits, and what is asked in a channel of its own."""

        async def stays(_guild: discord.Guild) -> None:
            return

        monkeypatch.setattr(discord.Guild, "leave", stays)
        home = simcord_env.create_guild("home", id=HOME)
        here = home.create_text_channel("general")
        ann = home.add_member(simcord_env.create_user("ann"))
        assert simcord_bot.user is not None
        mention = f"{simcord_bot.user.mention} {QUESTION}"
        await ann.send(here, mention)
        assert ANSWER in last_word(here.last_message)
        guild, away, _, eve = members.alone(simcord_env)
        servers = simcord_bot.services.servers
        await servers.switch(guild.id, "question_channels", away.id, on=True)
        asked = await eve.send(away, mention)
        await eve.edit(asked, f"{simcord_bot.user.mention} How long is the film?")
        await eve.send(away, QUESTION)
        assert {each.author.id for each in away.history()} == {eve.id}
