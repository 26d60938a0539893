"""Moderators see what was asked in vain, as far as they could read it where it was asked."""

import csv
import json
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import discord
import pytest
from simcord import (
    ChannelHandle,
    Env,
    InteractionResult,
    MemberActor,
    ResponseMessage,
    RoleHandle,
    UserHandle,
)

from bot.client import SeedBot
from bot.records import AnswerRecord
from bot.settings import BotConfig, DiscordSettings
from tests.support import members
from tests.support.shown import described

Overwrites = dict[
    RoleHandle
    | MemberActor
    | UserHandle
    | discord.Role
    | discord.Member
    | discord.User
    | discord.ClientUser,
    discord.PermissionOverwrite,
]
EGG, EGGS, LUGGAGE = (
    "How do I boil an egg?",
    "how does one boil eggs",
    "Where can I store my luggage?",
)
SALARY = "What is the salary of the janitor?"
ALIKE = Path(__file__).parents[2] / "data" / "alike.jsonl"
PNG = b"\x89PNG\r\n"


@pytest.fixture
def config(config: BotConfig) -> BotConfig:
    """A bot that keeps texts, and answers all that is written in channels for questions."""
    kept = config.records.model_copy(update={"questions": True})
    settings = DiscordSettings(message_content=True, unasked_seconds=0.0)
    return config.model_copy(update={"records": kept, "discord": settings})


def shown(result: InteractionResult) -> ResponseMessage:
    """What a command or a click was answered with, in private."""
    assert result.response is not None
    assert result.ephemeral
    return result.response


async def read(message: ResponseMessage | None) -> str:
    """All that a message says, file included."""
    assert message is not None
    parts = [message.content, *(described(each) for each in message.embeds)]
    parts += [(await each.read()).decode(errors="replace") for each in message.attachments]
    return "\n".join(parts)


async def said(who: MemberActor, where: ChannelHandle, command: str, /, **options: object) -> str:
    """What a command says."""
    return await read(shown(await who.slash(where, command, **options)))


async def rows(message: ResponseMessage) -> list[list[str]]:
    """The cells of the file of a message."""
    [file] = message.attachments
    assert file.filename == "gaps.csv"
    data = (await file.read()).decode("utf-8-sig")
    return list(csv.reader(StringIO(data, newline="")))


async def test_every_way_to_ask_is_recorded_with_its_time_and_place(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here = members.server(simcord_env)
    help_, forum = (
        here.guild.create_text_channel("help"),
        here.guild.create_text_channel("talk"),
    )
    me = simcord_bot.user
    assert me is not None
    await here.boss.slash(here.channel, "settings questions", channel=help_, switch="on")
    await here.boss.slash(here.channel, "settings threads", channel=forum, switch="on")
    await here.ann.slash(here.channel, "ask", question=EGG)
    asked = await here.ann.send(here.channel, EGG)
    await here.ann.context_menu(here.channel, "Answer from the documents", asked)
    await here.ann.send(here.channel, f"{me.mention} {EGG}")
    await here.ann.send(help_, EGG)
    await here.ann.send(forum, f"{me.mention} {EGG}")
    [thread] = forum.threads
    await here.ann.send(thread, EGG)
    await here.ann.slash(here.channel, "ask", question=EGG, private=True)
    await here.ann.user.send_dm(EGG)
    records = simcord_bot.services.records
    kept = await records.run("SELECT * FROM answers ORDER BY message")
    places = [here.channel.id] * 3 + [help_.id, forum.id, forum.id, 0, 0]
    assert [each["place"] for each in kept] == places
    assert [each["text"] for each in kept] == [EGG] * 6 + [None, None]
    assert [each["server"] for each in kept] == [here.guild.id] * 7 + [0]
    assert all(0 <= each["seconds"] < 60 for each in kept)
    text = await said(here.boss, here.channel, "gaps")
    assert "7 questions were asked" in text
    assert "1 more is only counted" in text


async def test_alike_questions_are_one_with_counts_a_link_and_a_sheet(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here, elsewhere = members.servers(simcord_env)
    for question in (LUGGAGE, EGG, EGGS):
        await here.ann.slash(here.channel, "ask", question=question)
    await elsewhere.ann.slash(elsewhere.channel, "ask", question=SALARY)
    good = await here.ann.slash(here.channel, "ask", question="Who directed All of Us Strangers?")
    message = shown(await here.boss.slash(here.channel, "gaps"))
    text = described(message.embeds[0])
    [egg] = await simcord_bot.services.records.run(
        "SELECT message FROM answers WHERE text = ?", EGGS
    )
    first, second = text.split("\n\n")[1:]
    assert first.startswith(f"**2×** {EGGS}\n2 ")
    assert f"https://discord.com/channels/{here.guild.id}/{here.channel.id}/{egg[0]}" in first
    assert second.startswith(LUGGAGE)
    assert SALARY not in await read(message)
    head, *lines = await rows(message)
    assert head == ["gap", "times asked", "what came of it", "UTC", "question", "message"]
    assert [(line[0], line[1], line[4]) for line in lines] == [
        *(("1", "2", EGGS), ("1", "2", EGG), ("2", "1", LUGGAGE)),
    ]
    # An answer that is found wrong joins them; one that was taken back leaves them.
    assert good.response is not None
    await here.ann.click(good.response, custom_id="feedback:source")
    text = await said(here.boss, here.channel, "gaps", days=1)
    assert "Who directed All of Us Strangers?\n1 rated badly" in text
    await here.ann.click(good.response, custom_id=f"delete:{here.ann.id}")
    assert "directed" not in await said(here.boss, here.channel, "gaps", days=1)


async def test_what_a_moderator_cannot_read_is_counted_and_nothing_else(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here = members.server(simcord_env)
    assert simcord_bot.user is not None
    board = here.guild.create_role("board")
    hidden: Overwrites = {
        here.guild.default_role: discord.PermissionOverwrite(view_channel=False),
        board: discord.PermissionOverwrite(view_channel=True),
        simcord_bot.user: discord.PermissionOverwrite(view_channel=True),
    }
    room = here.guild.create_text_channel("board-room", overwrites=hidden)
    member = here.guild.add_member(simcord_env.create_user("bea"), roles=[board])
    chair = here.guild.add_member(
        simcord_env.create_user("cy"),
        roles=[board, here.guild.create_role("chair", permissions=members.MANAGER)],
    )
    await member.slash(room, "ask", question=SALARY)
    await here.ann.slash(here.channel, "ask", question=EGG)
    await here.ann.slash(here.channel, "ask", question=LUGGAGE, private=True)
    text = await said(here.boss, here.channel, "gaps")
    assert EGG in text
    assert SALARY not in text
    assert str(room.id) not in text
    assert LUGGAGE not in text
    assert "3 questions were asked" in text
    assert "2 more are only counted: they were asked in private or where you can't read" in text
    text = await said(chair, here.channel, "gaps")
    assert SALARY in text
    assert LUGGAGE not in text
    assert "1 more is only counted" in text
    # A channel that is gone takes with it what was asked there.
    place = simcord_bot.get_channel(room.id)
    assert isinstance(place, discord.TextChannel)
    await place.delete()
    await simcord_env.settle()
    text = await said(chair, here.channel, "gaps")
    assert SALARY not in text
    assert "2 questions were asked" in text


@pytest.mark.simcord(check_errors=False)
async def test_gaps_and_stats_are_for_moderators(simcord_env: Env, simcord_bot: SeedBot) -> None:
    here, elsewhere = members.servers(simcord_env)
    assert not {"gaps", "stats"} & set(here.ann.available_commands(here.channel))
    for name in ("gaps", "stats"):
        command = simcord_bot.tree.get_command(name)
        assert isinstance(command, discord.app_commands.Command)
        command.default_permissions = None
    await simcord_bot.tree.sync()
    await here.ann.slash(here.channel, "ask", question=EGG)
    for name in ("gaps", "stats"):
        assert (
            await said(here.ann, here.channel, name) == "That needs the permission Manage Server."
        )
        assert "nothing was asked" in await said(elsewhere.boss, elsewhere.channel, name)
    librarians = here.guild.create_role("librarians")
    await here.boss.slash(here.channel, "settings role", role=librarians)
    lib = here.guild.add_member(simcord_env.create_user("lib"), roles=[librarians])
    assert EGG in await said(lib, here.channel, "gaps")
    refused = await said(here.ann, here.channel, "gaps")
    assert refused == "That needs the permission Manage Server or the role that may rebuild."


async def test_pages_are_turned_after_a_restart_and_by_who_may_yet(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here = members.server(simcord_env)
    asked = AnswerRecord(
        1, 0, here.channel.id, here.guild.id, "none", 0.0, "g", place=here.channel.id
    )
    questions = [json.loads(line)[0] for line in ALIKE.read_text().splitlines()]
    for number, text in enumerate(questions):
        answer = replace(asked, message=1000 + number, text=text)
        await simcord_bot.services.records.save_answer(answer, 7)
    first = shown(await here.boss.slash(here.channel, "gaps", days=3))
    assert first.embeds[0].footer.text is not None
    assert first.embeds[0].footer.text.startswith("page 1 of ")
    before = described(first.embeds[0])
    second = await here.boss.click(first, label="Next")
    turned = second.response or first
    assert turned.embeds[0].footer.text is not None
    assert turned.embeds[0].footer.text.startswith("page 2 of ")
    assert described(turned.embeds[0]) != before
    assert len(await rows(turned)) == len(questions) + 1
    # By now they are no moderator any more.
    guild = simcord_bot.get_guild(here.guild.id)
    assert guild is not None
    for role in guild.roles:
        if role.name == "staff":
            await role.edit(permissions=discord.Permissions.none())
    refused = await here.boss.click(turned, label="Previous")
    assert [each.content for each in refused.followups] == [
        "That needs the permission Manage Server."
    ]
    assert described(turned.embeds[0]) != before


async def test_stats_draw_a_picture_and_say_what_it_shows(simcord_env: Env) -> None:
    here = members.server(simcord_env)
    asked = await here.ann.slash(here.channel, "ask", question="Who directed All of Us Strangers?")
    assert asked.response is not None
    await here.ann.click(asked.response, custom_id="feedback:helpful")
    await here.ann.slash(here.channel, "ask", question=EGG, private=True)
    for days in (1, 14, 90, 365):
        message = shown(await here.boss.slash(here.channel, "stats", days=days))
        [picture] = message.attachments
        assert message.embeds[0].image.url
        assert (await picture.read()).startswith(PNG)
        text = described(message.embeds[0])
        assert "2 questions were asked and 1 answered" in text
        assert "helpful 1×" in text.replace("*", "")
        assert picture.description is None or "2 questions" in picture.description


async def test_without_matplotlib_stats_are_text_and_name_what_draws_them(
    simcord_env: Env, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    here = members.server(simcord_env)
    await here.ann.slash(here.channel, "ask", question=EGG)
    message = shown(await here.boss.slash(here.channel, "stats"))
    assert not message.attachments
    text = described(message.embeds[0])
    assert "date   asked answered" in text
    assert "pip install 'seedbot[stats]'" in text


class TestWithoutTexts:
    """A bot that keeps no texts, which is the default."""

    @pytest.fixture
    def config(self, config: BotConfig) -> BotConfig:
        """No texts."""
        kept = config.records.model_copy(update={"questions": False})
        return config.model_copy(update={"records": kept})

    async def test_gaps_are_counts_alone_and_say_which_key_keeps_texts(
        self, simcord_env: Env, simcord_bot: SeedBot
    ) -> None:
        """By day and by what came of them; also where texts were kept before."""
        here = members.server(simcord_env)
        await here.ann.slash(here.channel, "ask", question=EGG)
        await simcord_bot.services.records.run("UPDATE answers SET text = ?", EGG)
        message = shown(await here.boss.slash(here.channel, "gaps"))
        text = await read(message)
        assert EGG not in text
        assert "`questions = true` under `[records]`" in text
        assert "date   asked answered" in text
        head, *days = await rows(message)
        assert head[:3] == ["date (UTC)", "asked", "answered"]
        assert len(days) == 14
        assert days[-1][1:3] == ["1", "0"]


async def test_hostile_questions_are_shown_as_they_read_and_no_formula_is_in_the_sheet(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here = members.server(simcord_env)
    hostile = [
        "=HYPERLINK(1) what?",
        "@everyone **why** [x](http://evil.example) <@1>?",
        "+1 \u202e-1 \n=2 what?",
        '"; drop, what?',
        "＝1+1 what?",
    ]
    for number, text in enumerate(hostile):
        record = AnswerRecord(
            *(1000 + number, 0, here.channel.id, here.guild.id, "none", 0.0, "g"),
            text=text,
            place=here.channel.id,
        )
        await simcord_bot.services.records.save_answer(record, 7)
    message = shown(await here.boss.slash(here.channel, "gaps"))
    raw = message.embeds[0].description or ""
    assert "[x](http" not in raw
    assert "\u202e" not in raw
    assert "**why**" not in raw
    cells = [line[4] for line in (await rows(message))[1:]]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "-", "＝"))]
    assert set(cells) == {
        "'=HYPERLINK(1) what?",
        "'@everyone **why** [x](http://evil.example) <@1>?",
        "'+1 -1 =2 what?",
        '"; drop, what?',
        "'＝1+1 what?",
    }


async def test_an_edited_question_is_known_as_it_reads_now_and_a_deleted_answer_not_at_all(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here = members.server(simcord_env)
    me, records = simcord_bot.user, simcord_bot.services.records
    assert me is not None
    asked = await here.ann.send(here.channel, f"{me.mention} {LUGGAGE}")
    await here.ann.edit(asked, f"{me.mention} {EGG}")
    [kept] = await records.run("SELECT text, place, message FROM answers")
    assert tuple(kept)[:2] == (EGG, here.channel.id)
    channel = simcord_bot.get_channel(here.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await (await channel.fetch_message(kept["message"])).delete()
    await simcord_env.settle()
    assert not await records.run("SELECT * FROM answers")


@pytest.mark.parametrize("kind", ["private", "public"])
async def test_what_is_asked_in_a_private_thread_is_counted_and_goes_with_any_thread(
    simcord_env: Env, simcord_bot: SeedBot, kind: str
) -> None:
    here = members.server(simcord_env)
    me, records = simcord_bot.user, simcord_bot.services.records
    channel = simcord_bot.get_channel(here.channel.id)
    assert me is not None
    assert isinstance(channel, discord.TextChannel)
    types = {
        "private": discord.ChannelType.private_thread,
        "public": discord.ChannelType.public_thread,
    }
    thread = await channel.create_thread(name="aside", type=types[kind])
    handle = next(each for each in here.channel.threads if each.id == thread.id)
    await thread.add_user(discord.Object(here.ann.id))
    await here.ann.send(handle, f"{me.mention} {EGG}")
    [kept] = await records.run("SELECT text, place, channel FROM answers")
    shown_ = (None, 0) if kind == "private" else (EGG, here.channel.id)
    assert tuple(kept) == (*shown_, thread.id)
    assert "1 question was asked" in await said(here.boss, here.channel, "gaps")
    await thread.delete()
    await simcord_env.settle()
    assert not await records.run("SELECT * FROM answers")
