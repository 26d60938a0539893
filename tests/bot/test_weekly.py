"""The weekly word: once, where a server wants it, with what its readers could read anyway."""

from datetime import UTC, datetime

import discord
import pytest
from simcord import ChannelHandle, Env, MemberActor, RoleHandle, UserHandle

from bot.client import SeedBot
from bot.records import AnswerRecord
from bot.records.statistics import DAY_SECONDS, WEEK_SECONDS
from bot.services import Services
from bot.settings import BotConfig
from bot.weekly import Weekly
from tests.support import members
from tests.support.members import Server
from tests.support.shown import described

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC).timestamp()
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
EGG, SALARY = "How do I boil an egg?", "What is the salary of the janitor?"


@pytest.fixture
def config(config: BotConfig) -> BotConfig:
    """A bot that keeps texts."""
    kept = config.records.model_copy(update={"questions": True})
    return config.model_copy(update={"records": kept})


def view(*, shown: bool) -> discord.PermissionOverwrite:
    """A rule of a channel."""
    return discord.PermissionOverwrite(view_channel=shown)


async def asked(  # noqa: PLR0913 - all that tells a question
    services: Services,
    server: Server,
    place: ChannelHandle | None,
    text: str,
    number: int,
    *,
    at: float = MONDAY - DAY_SECONDS,
) -> None:
    """Keep a question that wasn't answered."""
    place_id = place.id if place else 0
    record = AnswerRecord(
        *(number, 0, server.channel.id, server.guild.id, "none", 0.0, "generation"),
        text=text,
        place=place_id,
    )
    await services.records.save_answer(record, 7)
    await services.records.run("UPDATE answers SET moment = ? WHERE message = ?", at, number)


async def wanted(server: Server, channel: ChannelHandle) -> str:
    """Let a server have the word in a channel; return what is said to that."""
    result = await server.boss.slash(server.channel, "settings weekly", channel=channel)
    assert result.response is not None
    return result.response.content


def words(channel: ChannelHandle) -> list[str]:
    """What was said in a channel."""
    return [described(each.embeds[0]) for each in channel.history()]


async def test_the_word_says_what_was_asked_in_the_week_before_and_what_in_vain(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here, elsewhere = members.servers(simcord_env)
    board = here.guild.create_text_channel("board")
    assert "Each Monday" in await wanted(here, board)
    services = simcord_bot.services
    for number, text in enumerate((EGG, "how does one boil eggs")):
        await asked(services, here, here.channel, text, 100 + number)
    await asked(services, here, here.channel, "Too late?", 102, at=MONDAY)
    await asked(services, here, here.channel, "Too early?", 103, at=MONDAY - 9 * DAY_SECONDS)
    await asked(services, elsewhere, elsewhere.channel, "Elsewhere?", 104)
    await Weekly(services).say_due(simcord_bot, MONDAY)
    [word] = words(board)
    assert "From 16 November to 22 November 2 questions were asked and none answered" in word
    assert "**2×** " in word
    assert "boil" in word
    for absent in ("Too late", "Too early", "Elsewhere"):
        assert absent not in word
    assert not elsewhere.channel.history()


async def test_it_is_said_once_also_by_two_processes_and_after_a_restart_and_again_a_week_later(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here = members.server(simcord_env)
    board = here.guild.create_text_channel("board")
    await wanted(here, board)
    services = simcord_bot.services
    await asked(services, here, here.channel, EGG, 100)
    await asked(services, here, here.channel, EGG, 101, at=MONDAY + DAY_SECONDS)
    for weekly in (Weekly(services), Weekly(services)):
        for hours in (0, 1, 100):
            await weekly.say_due(simcord_bot, MONDAY + hours * 3600)
    assert len(words(board)) == 1
    for weekly in (Weekly(services), Weekly(services)):
        await weekly.say_due(simcord_bot, MONDAY + WEEK_SECONDS)
    assert len(words(board)) == 2


async def test_a_week_in_which_nothing_was_asked_has_no_word_nor_has_a_server_that_wants_none(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here, elsewhere = members.servers(simcord_env)
    board = here.guild.create_text_channel("board")
    await wanted(here, board)
    services = simcord_bot.services
    await asked(services, elsewhere, elsewhere.channel, EGG, 100)
    weekly = Weekly(services)
    await weekly.say_due(simcord_bot, MONDAY)
    assert not words(board)
    # It is wanted no more.
    await asked(services, here, here.channel, EGG, 101, at=MONDAY + DAY_SECONDS)
    result = await here.boss.slash(here.channel, "settings weekly")
    assert result.response is not None
    assert "no longer" in result.response.content
    await weekly.say_due(simcord_bot, MONDAY + WEEK_SECONDS)
    assert not words(board)
    assert not elsewhere.channel.history()


async def test_no_text_is_shown_that_not_all_readers_of_the_channel_could_read(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here = members.server(simcord_env)
    assert simcord_bot.user is not None
    staff = here.guild.create_role("team")
    hidden: Overwrites = {
        here.guild.default_role: view(shown=False),
        staff: view(shown=True),
        simcord_bot.user: view(shown=True),
    }
    office = here.guild.create_text_channel("office", overwrites=hidden)
    desk = here.guild.create_text_channel("desk", overwrites=hidden)
    services = simcord_bot.services
    await asked(services, here, office, SALARY, 100)
    await asked(services, here, here.channel, EGG, 101)
    await asked(services, here, None, "In private?", 102)
    open_board = here.guild.create_text_channel("board")
    await wanted(here, open_board)
    await Weekly(services).say_due(simcord_bot, MONDAY)
    [word] = words(open_board)
    assert "3 questions were asked" in word
    assert EGG in word
    assert SALARY not in word
    assert "In private" not in word
    # Next week it goes to a channel that the same members read as where it was asked.
    for number, place in ((103, office), (104, here.channel)):
        text = SALARY if place is office else EGG
        await asked(services, here, place, text, number, at=MONDAY + DAY_SECONDS)
    await services.servers.set(here.guild.id, "weekly_channel", desk.id)
    await Weekly(services).say_due(simcord_bot, MONDAY + WEEK_SECONDS)
    [word] = words(desk)
    assert SALARY in word
    assert EGG in word


async def test_where_it_may_not_write_the_word_waits_until_it_may(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here = members.server(simcord_env)
    assert simcord_bot.user is not None
    mute = discord.PermissionOverwrite(send_messages=False)
    board = here.guild.create_text_channel("board", overwrites={simcord_bot.user: mute})
    assert "**Send Messages**" in await wanted(here, board)
    services, weekly = simcord_bot.services, Weekly(simcord_bot.services)
    await asked(services, here, here.channel, EGG, 100)
    await weekly.say_due(simcord_bot, MONDAY)
    assert not board.history()
    channel = simcord_bot.get_channel(board.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.set_permissions(channel.guild.me, overwrite=None)
    await weekly.say_due(simcord_bot, MONDAY + 3600)
    assert len(words(board)) == 1


async def test_a_fault_in_one_server_costs_no_other_its_word(
    simcord_env: Env, simcord_bot: SeedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, elsewhere = members.servers(simcord_env)
    services = simcord_bot.services
    for number, server in enumerate((here, elsewhere), start=100):
        await wanted(server, server.channel)
        await asked(services, server, server.channel, EGG, number)
    rules = services.servers.rules

    async def broken(server: int) -> object:
        if server == here.guild.id:
            raise ZeroDivisionError
        return await rules(server)

    monkeypatch.setattr(services.servers, "rules", broken)
    await Weekly(services).say_due(simcord_bot, MONDAY)
    assert not here.channel.history()
    assert len(words(elsewhere.channel)) == 1


async def test_the_channel_is_shown_among_the_settings_and_leaves_them_when_it_is_deleted(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    here = members.server(simcord_env)
    board = here.guild.create_text_channel("board")
    await wanted(here, board)
    result = await here.boss.slash(here.channel, "settings show")
    assert result.response is not None
    text = described(result.response.embeds[0])
    assert f"**A word each week in** {board.mention}" in text
    channel = simcord_bot.get_channel(board.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.delete()
    await simcord_env.settle()
    assert (await simcord_bot.services.servers.rules(here.guild.id)).weekly_channel == 0
