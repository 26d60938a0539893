"""A conversation goes on from what Discord still shows of it."""

import asyncio
from collections.abc import AsyncGenerator

import discord
import pytest
from simcord import Env

from bot.client import SeedBot
from bot.conversation import history
from tests.support import members, shown
from tests.support.libraries import forget_messages, show_one_level_of_replies
from tests.support.restart import forget_questions

QUESTION = "Who directed All of Us Strangers?"
FOLLOW_UP = "and who produced it?"
UNDERSTOOD = "-# Understood as: and who produced it? — Who directed All of Us Strangers?"


@pytest.fixture(autouse=True)
def one_level_of_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have to read what lies further back."""
    show_one_level_of_replies(monkeypatch)


def described(message: discord.Message | None) -> str:
    """The text of a message's embed as Discord shows it."""
    assert message is not None
    return shown.described(message.embeds[0])


def to_bot(bot: SeedBot, text: str) -> str:
    """A message that mentions the bot."""
    assert bot.user is not None
    return f"{bot.user.mention} {text}"


def read_requests(env: Env) -> list[str]:
    """What the bot has read of channels until now."""
    paths = [entry.path for entry in env.http_requests if entry.method == "GET"]
    return [path for path in paths if "/messages" in path]


async def test_a_reply_to_an_answer_goes_on_with_its_question_even_after_a_restart(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    channel = simcord_env.create_guild().create_text_channel("general")
    ann = simcord_env.guild.add_member(simcord_env.create_user("ann"))
    await ann.send(channel, to_bot(simcord_bot, QUESTION))
    answer = channel.last_message
    assert answer is not None
    assert "Understood" not in described(answer)
    for follow_up, expected in (
        (FOLLOW_UP, UNDERSTOOD),
        ("and the music?", "-# Understood as: and the music? — and who produced it?"),
    ):
        # What a restart forgets; the rest has to come from Discord.
        forget_messages(simcord_bot)
        await ann.send(channel, to_bot(simcord_bot, follow_up), reply_to=answer)
        answer = channel.last_message
        assert answer is not None
        assert described(answer).startswith(expected)
        assert answer.embeds[0].title == follow_up


async def test_a_reply_to_a_command_goes_on_with_the_question_that_its_answer_names(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    channel = simcord_env.create_guild().create_text_channel("general")
    ann = simcord_env.guild.add_member(simcord_env.create_user("ann"))
    asked = await ann.slash(channel, "ask", question=QUESTION)
    assert asked.response is not None
    await ann.send(channel, to_bot(simcord_bot, FOLLOW_UP), reply_to=asked.response)
    assert UNDERSTOOD in described(channel.last_message)
    listed = await ann.slash(channel, "lookup", query=QUESTION)
    assert listed.response is not None
    await ann.send(channel, to_bot(simcord_bot, FOLLOW_UP), reply_to=listed.response)
    assert "Understood" not in described(channel.last_message)


async def test_a_deleted_question_ends_the_chain_quietly(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    channel = simcord_env.create_guild().create_text_channel("general")
    ann = simcord_env.guild.add_member(simcord_env.create_user("ann"))
    question = await ann.send(channel, to_bot(simcord_bot, QUESTION))
    answer = channel.last_message
    assert answer is not None
    # An answer that the bot doesn't remember any more stays where its question is deleted.
    forget_questions(simcord_bot)
    await simcord_bot.services.records.forget_answer(answer.id)
    await ann.delete(question)
    await ann.send(channel, to_bot(simcord_bot, FOLLOW_UP), reply_to=answer)
    assert channel.last_message is not None
    assert channel.last_message.id != answer.id
    assert "Understood" not in described(channel.last_message)


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_history_that_cannot_be_read_fails_no_question(
    simcord_env: Env, simcord_bot: SeedBot, status: int
) -> None:
    channel = simcord_env.create_guild().create_text_channel("general")
    ann = simcord_env.guild.add_member(simcord_env.create_user("ann"))
    await ann.send(channel, to_bot(simcord_bot, QUESTION))
    answer = channel.last_message
    assert answer is not None
    simcord_env.inject_error("GET", "/channels/*/messages/*", status=status, times=None)
    forget_messages(simcord_bot)
    await ann.send(channel, to_bot(simcord_bot, FOLLOW_UP), reply_to=answer)
    assert channel.last_message is not None
    assert channel.last_message.id != answer.id
    assert "Understood" not in described(channel.last_message)


async def test_a_thread_is_one_conversation_and_a_channel_is_none(
    simcord_env: Env, simcord_bot: SeedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A thread that members opened, where not all that is said is said to the bot.
    monkeypatch.setattr("bot.conversation.history.in_own_thread", lambda *_: False)
    channel = simcord_env.create_guild().create_text_channel("general")
    ann = simcord_env.guild.add_member(simcord_env.create_user("ann"))
    bob = simcord_env.guild.add_member(simcord_env.create_user("bob"))
    parent = simcord_bot.get_channel(channel.id)
    assert isinstance(parent, discord.TextChannel)
    await parent.create_thread(name="film", type=discord.ChannelType.public_thread)
    await simcord_env.settle()
    (thread,) = channel.threads
    for place, expected in ((thread, True), (channel, False)):
        await ann.send(place, to_bot(simcord_bot, QUESTION))
        await bob.send(place, "When was the lottery first held?")
        await bob.send(place, to_bot(simcord_bot, FOLLOW_UP))
        assert (UNDERSTOOD in described(place.last_message)) is expected
        await ann.slash(place, "ask", question="how long is it?")
        text = described(place.last_message)
        assert (f"Understood as: how long is it? — {FOLLOW_UP} — {QUESTION}" in text) is expected


async def test_a_direct_conversation_ends_after_half_an_hour(simcord_env: Env) -> None:
    ann = members.alone(simcord_env).ann.user
    await ann.send_dm(QUESTION)
    await simcord_env.advance_time(20 * 60)
    await ann.send_dm(FOLLOW_UP)
    assert UNDERSTOOD in described(ann.dm_channel.last_message)
    await simcord_env.advance_time(31 * 60)
    await ann.send_dm(FOLLOW_UP)
    assert "Understood" not in described(ann.dm_channel.last_message)


async def test_a_question_that_says_enough_makes_the_bot_read_nothing(simcord_env: Env) -> None:
    ann = members.alone(simcord_env).ann.user
    await ann.send_dm("When was All of Us Strangers released in the United Kingdom?")
    assert read_requests(simcord_env) == []
    await ann.send_dm(FOLLOW_UP)
    assert len(read_requests(simcord_env)) == 1


async def test_slow_history_is_given_up_and_what_was_read_is_kept(
    simcord_env: Env, simcord_bot: SeedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = simcord_env.create_user("ann")
    message = await ann.send_dm(QUESTION)
    assert simcord_bot.user is not None

    async def stuck(*_: object, **_options: object) -> AsyncGenerator[discord.Message, None]:
        yield message
        await asyncio.Event().wait()

    monkeypatch.setattr(history, "READ_SECONDS", 0.05)
    monkeypatch.setattr(discord.abc.Messageable, "history", stuck)
    assert await history.before_message(message, simcord_bot.user) == [QUESTION]
