"""What is done in one server does nothing in another."""

import discord
import pytest
from simcord import ChannelHandle, Env

from bot.client import SeedBot
from bot.records import Records
from bot.settings import BotConfig, DiscordSettings, LimitSettings
from tests.support import members
from tests.support.shown import described

QUESTION = "Who directed All of Us Strangers?"


@pytest.fixture
def config(config: BotConfig) -> BotConfig:
    """A bot that reads messages and answers unasked at once."""
    settings = DiscordSettings(message_content=True, unasked_seconds=0.0)
    return config.model_copy(update={"discord": settings})


class TestWithAServersLimit:
    """A bot that answers a server three times a minute, and a channel twice."""

    @pytest.fixture
    def config(self, config: BotConfig) -> BotConfig:
        """The limits."""
        limits = LimitSettings(member_per_minute=0, channel_per_minute=2, server_per_minute=3)
        return config.model_copy(update={"limits": limits})

    @pytest.mark.simcord(check_errors=False)
    async def test_a_server_that_asks_too_often_is_refused_alone(self, simcord_env: Env) -> None:
        """So is a channel."""
        here, elsewhere = members.servers(simcord_env)
        other = here.guild.create_text_channel("other")

        async def answered(where: members.Server, channel: ChannelHandle) -> bool:
            result = await where.ann.slash(channel, "ask", question=QUESTION)
            assert result.response is not None
            return bool(result.response.embeds)

        assert [await answered(here, here.channel) for _ in range(3)] == [True, True, False]
        assert [await answered(here, other) for _ in range(2)] == [True, False]
        assert [await answered(elsewhere, elsewhere.channel) for _ in range(2)] == [True, True]


class TestWithAMembersLimit:
    """A bot that answers each member once a minute."""

    @pytest.fixture
    def config(self, config: BotConfig) -> BotConfig:
        """The limit."""
        return config.model_copy(update={"limits": LimitSettings(member_per_minute=1)})

    @pytest.mark.simcord(check_errors=False)
    async def test_a_member_has_one_limit_in_all_servers_and_no_part_in_that_of_others(
        self, simcord_env: Env
    ) -> None:
        """The machine that answers is one."""
        here, elsewhere = members.servers(simcord_env)
        assert (await here.ann.slash(here.channel, "ask", question=QUESTION)).response
        refused = await elsewhere.ann.slash(elsewhere.channel, "ask", question=QUESTION)
        assert refused.response is not None
        assert "You have asked once within a minute" in refused.response.content
        asked = await elsewhere.boss.slash(elsewhere.channel, "ask", question=QUESTION)
        assert asked.response is not None
        assert asked.response.embeds


async def test_channels_and_threads_are_those_of_their_server(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here, elsewhere = members.servers(simcord_env)
    for command in ("settings answers", "settings threads"):
        await here.boss.slash(here.channel, command, channel=here.channel, switch="on")
    rules = await simcord_bot.services.servers.rules(elsewhere.guild.id)
    assert (rules.answer_channels, rules.thread_channels) == ((), ())
    await elsewhere.ann.send(elsewhere.channel, QUESTION)
    assert len(elsewhere.channel.history()) == 1
    assert simcord_bot.user is not None
    mention = f"<@{simcord_bot.user.id}> {QUESTION}"
    await elsewhere.ann.send(elsewhere.channel, mention)
    assert not elsewhere.channel.threads
    before = len(here.channel.history())
    await here.ann.send(here.channel, QUESTION)
    assert len(here.channel.history()) == before + 2
    shown = await elsewhere.boss.slash(elsewhere.channel, "settings show")
    assert shown.response is not None
    assert "**Answers unasked in** none" in described(shown.response.embeds[0])


@pytest.mark.simcord(check_errors=False)
async def test_a_role_and_a_manager_of_one_server_are_nothing_in_another(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here, elsewhere = members.servers(simcord_env)
    helpers = here.guild.create_role("helpers")
    await here.boss.slash(here.channel, "settings role", role=helpers)
    # Everybody sees the commands, so that nothing but the bot refuses.
    for name in ("index", "settings"):
        group = simcord_bot.tree.get_command(name)
        assert isinstance(group, discord.app_commands.Group)
        group.default_permissions = None
    await simcord_bot.tree.sync()
    person = simcord_env.create_user("keeper")
    keeper = here.guild.add_member(person, roles=[helpers])
    guest = elsewhere.guild.add_member(person)
    # Of the index that both share neither is the owner.
    for actor in (keeper, here.boss):
        refused = await actor.slash(here.channel, "index status")
        assert refused.response is not None
        assert refused.response.content == (
            "That is for the owner of this bot alone, since several servers share this index."
        )
    for actor in (guest, elsewhere.guild.add_member(here.boss.user)):
        refused = await actor.slash(elsewhere.channel, "index status")
        assert refused.response is not None
        assert refused.response.content == "That needs the permission Manage Server."
        refused = await actor.slash(elsewhere.channel, "settings show")
        assert refused.response is not None
        assert refused.response.content == "That needs the permission Manage Server."


@pytest.mark.simcord(check_errors=False)
async def test_answers_and_what_is_said_of_them_stay_in_their_server(
    simcord_env: Env, simcord_bot: SeedBot, config: BotConfig
) -> None:
    here, elsewhere = members.servers(simcord_env)
    asked = {}
    for server in (here, elsewhere):
        result = await server.ann.slash(server.channel, "ask", question=QUESTION)
        assert result.response is not None
        asked[server.guild.id] = result.response
    await here.ann.click(asked[here.guild.id], custom_id="feedback:helpful")
    await elsewhere.boss.click(asked[elsewhere.guild.id], custom_id="feedback:unhelpful")
    shown = await here.boss.slash(here.channel, "settings show")
    assert shown.response is not None
    assert "**Answers were** helpful 1" in described(shown.response.embeds[0])
    # Who manages messages here doesn't there.
    visitor = elsewhere.guild.add_member(here.boss.user)
    theirs = asked[elsewhere.guild.id]
    refused = await visitor.click(theirs, custom_id=f"delete:{elsewhere.ann.id}")
    assert refused.response is not None
    assert refused.response.content.startswith("Only who asked")
    await here.ann.click(asked[here.guild.id], custom_id=f"delete:{here.ann.id}")
    assert [each.id for each in elsewhere.channel.history()] == [theirs.id]
    await simcord_bot.services.records.close()
    records = Records(config.records)
    assert await records.feedback(here.guild.id) == {}
    assert await records.feedback(elsewhere.guild.id) == {"unhelpful": 1}
    assert await records.answer_in(theirs.id) is not None
    await records.close()
