"""A moderator is told what a setting needs, and who set what; what is gone leaves the settings."""

import asyncio
import datetime as dt
import logging

import discord
import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.client import SeedBot
from bot.cogs.ask import MENU
from bot.cogs.settings import Settings
from bot.records import AnswerRecord, ServerSettings
from bot.settings import BotConfig, DiscordSettings
from tests.support import members
from tests.support.shown import described

QUESTION = "Who directed All of Us Strangers?"
UNANSWERED = "How do I boil an egg?"
ANSWER = "Andrew Haigh"


@pytest.fixture
def config(config: BotConfig) -> BotConfig:
    """A bot that reads messages and answers unasked at once."""
    settings = DiscordSettings(message_content=True, unasked_seconds=0.0)
    return config.model_copy(update={"discord": settings})


def channel_of(bot: SeedBot, handle: ChannelHandle) -> discord.TextChannel:
    """The bot's own view of a channel."""
    channel = bot.get_channel(handle.id)
    assert isinstance(channel, discord.TextChannel)
    return channel


async def said(boss: MemberActor, where: ChannelHandle, command: str, /, **options: object) -> str:
    """What a command says, as an embed or not."""
    result = await boss.slash(where, command, **options)
    assert result.response is not None
    assert result.ephemeral
    return (
        described(result.response.embeds[0])
        if result.response.embeds
        else (result.response.content)
    )


@pytest.mark.parametrize(
    ("command", "denied", "name"),
    [
        ("settings answers", "view_channel", "View Channel"),
        ("settings answers", "send_messages", "Send Messages"),
        ("settings answers", "embed_links", "Embed Links"),
        ("settings answers", "read_message_history", "Read Message History"),
        ("settings questions", "send_messages", "Send Messages"),
        ("settings threads", "create_public_threads", "Create Public Threads"),
        ("settings threads", "send_messages_in_threads", "Send Messages In Threads"),
    ],
)
async def test_a_setting_names_the_permission_that_the_bot_lacks_for_it(
    simcord_env: Env, simcord_bot: SeedBot, command: str, denied: str, name: str
) -> None:
    here = members.server(simcord_env)
    assert simcord_bot.user is not None
    overwrite = discord.PermissionOverwrite(**{denied: False})
    there = here.guild.create_text_channel("help", overwrites={simcord_bot.user: overwrite})
    text = await said(here.boss, here.channel, command, channel=there, switch="on")
    assert f"I lack permissions for that in {there.mention}:" in text
    assert f"**{name}**" in text
    text = await said(here.boss, here.channel, command, channel=there, switch="off")
    assert "permission" not in text
    text = await said(here.boss, here.channel, command, channel=here.channel, switch="on")
    assert "permission" not in text


async def test_a_voice_channel_takes_the_permission_to_connect_as_well(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here = members.server(simcord_env)
    voice = here.guild.create_voice_channel("lounge")
    place = simcord_bot.get_channel(voice.id)
    assert isinstance(place, discord.VoiceChannel)
    assert place.guild.me is not None
    await place.set_permissions(place.guild.me, connect=False)
    text = await said(here.boss, here.channel, "settings answers", channel=voice, switch="on")
    assert "**Connect**" in text


async def test_a_bot_that_is_timed_out_says_so(simcord_env: Env, simcord_bot: SeedBot) -> None:
    here = members.server(simcord_env)
    me = channel_of(simcord_bot, here.channel).guild.me
    me.timed_out_until = discord.utils.utcnow() + dt.timedelta(minutes=5)
    text = await said(
        here.boss, here.channel, "settings answers", channel=here.channel, switch="on"
    )
    assert "I'm timed out in this server" in text


@pytest.mark.parametrize("command", ["answers", "questions"])
def test_all_channels_that_members_write_in_can_be_chosen(command: str) -> None:
    [known] = [each for each in Settings.__cog_app_commands__ if each.name == command]
    assert isinstance(known, discord.app_commands.Command)
    [channel] = [each for each in known.parameters if each.name == "channel"]
    assert {each.name for each in channel.channel_types} == {
        *("text", "news", "forum", "media", "voice", "stage_voice")
    }


@pytest.mark.parametrize("kind", ["news", "voice", "stage"])
async def test_channels_of_every_kind_are_answered_in(
    simcord_env: Env, simcord_bot: SeedBot, kind: str
) -> None:
    here = members.server(simcord_env)
    place: ChannelHandle = getattr(here.guild, f"create_{kind}_channel")("place")
    assert simcord_bot.user is not None
    await here.ann.send(place, f"{simcord_bot.user.mention} {QUESTION}")
    assert place.last_message is not None
    assert ANSWER in described(place.last_message.embeds[0])
    await said(here.boss, here.channel, "settings answers", channel=place, switch="on")
    before = len(place.history())
    await here.ann.send(place, QUESTION)
    assert len(place.history()) == before + 2


async def test_a_channel_for_questions_has_a_word_for_each_of_them_and_others_have_none(
    simcord_env: Env,
) -> None:
    here, elsewhere = members.servers(simcord_env)
    desk = here.guild.create_text_channel("ask-me")
    text = await said(here.boss, here.channel, "settings questions", channel=desk, switch="on")
    assert "every question" in text
    for question in (UNANSWERED, QUESTION):
        before = len(desk.history())
        await here.ann.send(desk, question)
        assert len(desk.history()) == before + 2
    await here.ann.send(desk, "thanks, all of you")
    assert len(desk.history()) == 5
    for place, ann in ((here.channel, here.ann), (elsewhere.channel, elsewhere.ann)):
        await ann.send(place, UNANSWERED)
        assert len(place.history()) == 1
    await said(here.boss, here.channel, "settings questions", channel=desk, switch="off")
    await here.ann.send(desk, UNANSWERED)
    assert len(desk.history()) == 6


async def test_a_server_that_wants_it_has_the_menu_and_lookups_answered_privately(
    simcord_env: Env,
) -> None:
    here, elsewhere = members.servers(simcord_env)
    await said(here.boss, here.channel, "settings private", switch="on")
    for server, private in ((here, True), (elsewhere, False)):
        asked = await server.ann.send(server.channel, QUESTION)
        results = [
            await server.ann.context_menu(server.channel, MENU, asked),
            await server.ann.slash(server.channel, "lookup", query="music"),
        ]
        assert [each.ephemeral for each in results] == [private, private]
    assert "answer** privately" in await said(here.boss, here.channel, "settings show")
    await said(here.boss, here.channel, "settings private", switch="off")
    result = await here.ann.slash(here.channel, "lookup", query="music")
    assert not result.ephemeral


async def test_what_is_deleted_leaves_the_settings(simcord_env: Env, simcord_bot: SeedBot) -> None:
    here = members.server(simcord_env)
    lists = ("answers", "questions", "threads")
    gone, kept = (here.guild.create_text_channel(name) for name in ("gone", "kept"))
    role = here.guild.create_role("librarians")
    for channel in (gone, kept):
        for name in lists:
            await said(here.boss, here.channel, f"settings {name}", channel=channel, switch="on")
    await said(here.boss, here.channel, "settings log", channel=gone)
    await said(here.boss, here.channel, "settings role", role=role)
    guild = channel_of(simcord_bot, here.channel).guild
    await channel_of(simcord_bot, gone).delete()
    there = guild.get_role(role.id)
    assert there is not None
    await there.delete()
    await simcord_env.settle()
    rules = await simcord_bot.services.servers.rules(guild.id)
    assert rules.answer_channels == rules.question_channels == rules.thread_channels == (kept.id,)
    assert (rules.log_channel, rules.rebuild_role) == (0, 0)


async def test_what_was_deleted_while_the_bot_was_away_goes_when_the_settings_are_shown(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here = members.server(simcord_env)
    servers, number = simcord_bot.services.servers, here.guild.id
    await servers.switch(number, "answer_channels", 123456, on=True)
    await servers.switch(number, "thread_channels", here.channel.id, on=True)
    await servers.set(number, "rebuild_role", 7890)
    text = await said(here.boss, here.channel, "settings show")
    assert "123456" not in text
    assert "7890" not in text
    assert here.channel.mention in text
    rules = await servers.rules(number)
    assert (rules.answer_channels, rules.rebuild_role) == ((), 0)
    assert rules.thread_channels == (here.channel.id,)


class TestWithTheConfigsChannels:
    """A bot whose config names channels of one of its servers."""

    @pytest.fixture
    def config(self, config: BotConfig) -> BotConfig:
        """The channels."""
        settings = DiscordSettings(answer_channels=[123456], fixed=["answer_channels"])
        return config.model_copy(update={"discord": settings})

    async def test_another_server_isnt_shown_them(
        self, simcord_env: Env, simcord_bot: SeedBot
    ) -> None:
        """Nor can it switch them."""
        here = members.server(simcord_env)
        text = await said(here.boss, here.channel, "settings show")
        assert "**Answers unasked in** none (fixed by the owner of this bot)" in text
        rules = await simcord_bot.services.servers.rules(here.guild.id)
        assert rules.answer_channels == (123456,)


async def test_two_switches_at_one_moment_both_hold(simcord_env: Env, simcord_bot: SeedBot) -> None:
    here = members.server(simcord_env)
    servers, number = simcord_bot.services.servers, here.guild.id
    await asyncio.gather(
        *(servers.switch(number, "answer_channels", each, on=True) for each in range(1, 9)),
        servers.set(number, "private_answers", value=True),
        servers.switch(number, "thread_channels", 9, on=True),
    )
    kept = await simcord_bot.services.records.server(number)
    assert kept.answer_channels == (1, 2, 3, 4, 5, 6, 7, 8)
    assert (kept.thread_channels, kept.private_answers) == ((9,), True)


async def test_settings_that_are_read_while_they_are_set_are_the_new_ones(
    simcord_bot: SeedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers, records = simcord_bot.services.servers, simcord_bot.services.records
    read, is_set = records.server, asyncio.Event()

    async def slowly(number: int) -> ServerSettings:
        found = await read(number)
        await is_set.wait()
        return found

    monkeypatch.setattr(records, "server", slowly)
    reading = asyncio.create_task(servers.rules(1))
    await asyncio.sleep(0.05)
    monkeypatch.setattr(records, "server", read)
    await servers.set(1, "rebuild_role", 5)
    is_set.set()
    assert (await reading).rebuild_role == 5
    assert (await servers.rules(1)).rebuild_role == 5


async def test_who_changed_what_is_logged_kept_and_shown_where_the_server_wants_it(
    simcord_env: Env, simcord_bot: SeedBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot")
    here, elsewhere = members.servers(simcord_env)
    board = here.guild.create_text_channel("changes")
    role = here.guild.create_role("librarians")
    await said(here.boss, here.channel, "settings log", channel=board)
    await said(here.boss, here.channel, "settings answers", channel=here.channel, switch="on")
    await said(here.boss, here.channel, "settings role", role=role)
    await said(elsewhere.boss, elsewhere.channel, "settings private", switch="on")
    deeds = [
        f"set `log_channel` {board.mention}",
        f"set `answer_channels` on in {here.channel.mention}",
        f"set `rebuild_role` {role.mention}",
    ]
    logged = [each.getMessage() for each in caplog.records if "set `" in each.getMessage()]
    assert logged[:3] == [f"server {here.guild.id}: boss ({here.boss.id}) {each}" for each in deeds]
    shown = [described(each.embeds[0]) for each in board.history()]
    assert all(each.endswith(deed) for each, deed in zip(shown, deeds, strict=True))
    assert f"<@{here.boss.id}> (boss)" in shown[0]
    lines = (await said(here.boss, here.channel, "settings changes")).split("\n")
    assert lines == shown[::-1]
    kept = await simcord_bot.services.records.changes(here.guild.id)
    assert [each.deed for each in kept] == deeds[::-1]
    assert [each.member for each in kept] == [here.boss.id] * 3
    assert "answer_channels" not in await said(
        elsewhere.boss, elsewhere.channel, "settings changes"
    )


@pytest.mark.simcord(check_errors=False)
async def test_changes_are_for_those_who_manage_the_server(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here = members.server(simcord_env)
    group = simcord_bot.tree.get_command("settings")
    assert isinstance(group, discord.app_commands.Group)
    group.default_permissions = None
    await simcord_bot.tree.sync()
    for command, options in (
        ("changes", {}),
        ("log", {"channel": here.channel}),
        ("private", {"switch": "on"}),
        ("questions", {"channel": here.channel, "switch": "on"}),
    ):
        refused = await said(here.ann, here.channel, f"settings {command}", **options)
        assert refused == "That needs the permission Manage Server."
    assert await simcord_bot.services.records.changes(here.guild.id) == []
    assert not here.channel.history()


async def test_a_log_channel_that_may_not_be_written_to_costs_no_change(
    simcord_env: Env, simcord_bot: SeedBot, caplog: pytest.LogCaptureFixture
) -> None:
    here = members.server(simcord_env)
    assert simcord_bot.user is not None
    overwrite = discord.PermissionOverwrite(send_messages=False)
    board = here.guild.create_text_channel("changes", overwrites={simcord_bot.user: overwrite})
    text = await said(here.boss, here.channel, "settings log", channel=board)
    assert "**Send Messages**" in text
    await said(here.boss, here.channel, "settings private", switch="on")
    rules = await simcord_bot.services.servers.rules(here.guild.id)
    assert rules.private_answers
    assert "a change is in the log alone: I may not write there" in caplog.text
    assert not board.history()


async def test_a_thread_is_opened_only_where_the_answer_may_be_written_in_it(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here = members.server(simcord_env)
    assert simcord_bot.user is not None
    overwrite = discord.PermissionOverwrite(send_messages_in_threads=False)
    there = here.guild.create_text_channel("help", overwrites={simcord_bot.user: overwrite})
    await said(here.boss, here.channel, "settings threads", channel=there, switch="on")
    await here.ann.send(there, f"{simcord_bot.user.mention} {QUESTION}")
    assert not there.threads
    assert there.last_message is not None
    assert ANSWER in described(there.last_message.embeds[0])


@pytest.mark.parametrize("trouble", ["locked", "timed out", "denied"])
async def test_why_the_bot_may_not_write_is_told_by_its_name(
    simcord_env: Env, simcord_bot: SeedBot, trouble: str
) -> None:
    here = members.server(simcord_env)
    assert simcord_bot.user is not None
    mention = f"{simcord_bot.user.mention} {QUESTION}"
    denied = {"locked": {"manage_threads": False}, "denied": {"send_messages": False}}
    overwrite = discord.PermissionOverwrite(**denied.get(trouble, {}))
    place = here.guild.create_text_channel("help", overwrites={simcord_bot.user: overwrite})
    word = "I lack **Send Messages** there"
    if trouble == "locked":
        await said(here.boss, here.channel, "settings threads", channel=place, switch="on")
        await here.ann.send(place, mention)
        [place] = place.threads
        thread = simcord_bot.get_channel(place.id)
        assert isinstance(thread, discord.Thread)
        thread.locked, word = True, "the thread is locked"
    elif trouble == "timed out":
        me = channel_of(simcord_bot, place).guild.me
        me.timed_out_until = discord.utils.utcnow() + dt.timedelta(minutes=5)
        word = "I'm timed out in this server"
    await here.ann.send(place, mention)
    told = here.ann.user.dm_channel.last_message
    assert told is not None
    assert told.content == f"I may not write in <#{place.id}>: {word}. Here is my reply."
    assert ANSWER in described(told.embeds[0])


async def test_an_unasked_answer_that_may_not_be_written_is_sent_to_nobody(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here = members.server(simcord_env)
    assert simcord_bot.user is not None
    overwrite = discord.PermissionOverwrite(send_messages=False)
    there = here.guild.create_text_channel("help", overwrites={simcord_bot.user: overwrite})
    await said(here.boss, here.channel, "settings answers", channel=there, switch="on")
    await here.ann.send(there, QUESTION)
    assert here.ann.user.dm_channel.last_message is None
    await said(here.boss, here.channel, "settings questions", channel=there, switch="on")
    await here.ann.send(there, QUESTION)
    assert here.ann.user.dm_channel.last_message is not None


async def test_a_server_that_is_left_is_forgotten_and_no_other(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here, elsewhere = members.servers(simcord_env)
    records = simcord_bot.services.records
    for server in (here, elsewhere):
        await said(server.boss, server.channel, "settings private", switch="on")
        asked = await server.ann.slash(server.channel, "ask", question=QUESTION)
        assert asked.response is not None
        await server.boss.click(asked.response, custom_id="feedback:helpful")
        record = await records.answer_in(asked.response.id)
        assert isinstance(record, AnswerRecord)
    guild = simcord_bot.get_guild(here.guild.id)
    assert guild is not None
    await guild.leave()
    await simcord_env.settle()
    rules = simcord_bot.services.servers.rules
    assert [(await rules(each.guild.id)).private_answers for each in (here, elsewhere)] == [
        *(False, True)
    ]
    for table in ("servers", "answers", "changes"):
        rows = await records.run(f"SELECT server FROM {table}")  # noqa: S608 - our own names
        assert {row[0] for row in rows} == {elsewhere.guild.id}
    assert len(await records.run("SELECT * FROM feedback")) == 1
