"""What becomes of a question that is edited, deleted, pinned or proxied, at whatever moment."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import discord
import pytest
from discord.utils import snowflake_time
from simcord import Env

from bot.client import SeedBot
from bot.conversation import asking, lives
from bot.settings import BotConfig, DiscordSettings
from tests.support import members
from tests.support.discord_server import payloads
from tests.support.discord_server.payloads import Payload
from tests.support.discord_server.server import DiscordServer, at_rest, until
from tests.support.shown import described

QUESTION = "Who directed All of Us Strangers?"
OTHER = "How long is the film?"
THIRD = "Where were the nightclub scenes shot?"
ANSWER = "Andrew Haigh"


@pytest.fixture
def config(config: BotConfig) -> BotConfig:
    """A bot that may read messages."""
    settings = DiscordSettings(message_content=True, unasked_seconds=0.3)
    return config.model_copy(update={"discord": settings})


def mention(bot: SeedBot, text: str) -> str:
    """A message to the bot."""
    assert bot.user is not None
    return f"<@{bot.user.id}> {text}"


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """What all answers wait for, once they were found."""
    gate, ask = asyncio.Event(), asking.ask

    async def slow(*arguments: object, **options: object) -> asking.Response:
        response = await ask(*arguments, **options)  # type: ignore[arg-type]
        await gate.wait()
        return response

    monkeypatch.setattr(asking, "ask", slow)
    return gate


@pytest.fixture
def bot(connected: tuple[DiscordServer, SeedBot]) -> SeedBot:
    """The bot alone."""
    return connected[1]


async def heard(server: DiscordServer, bot: SeedBot) -> None:
    """Wait until the bot has been told of everything, whatever it still does about that."""
    await until(lambda: bot.ws.sequence == server.gateway.sequence)
    # What that sets off gets as far as it can.
    for _ in range(20):
        await asyncio.sleep(0)


async def done(server: DiscordServer, bot: SeedBot) -> None:
    """Wait for all that comes of what the bot was told."""
    await heard(server, bot)
    await at_rest()


async def edit(server: DiscordServer, message: Payload, second: int, **changed: object) -> None:
    """Let a member edit a message so many seconds after it was written."""
    message |= {"edited_timestamp": moment(message, second), **changed}
    await server.gateway.dispatch("MESSAGE_UPDATE", dict(message))


def moment(message: Payload, second: int) -> str:
    """A moment after a message was written."""
    return (snowflake_time(int(message["id"])) + timedelta(seconds=second)).isoformat()


def to_bot(server: DiscordServer, text: str) -> str:
    """The content of a message to the bot."""
    return f"<@{server.bot['id']}> {text}"


def titles(server: DiscordServer) -> list[str]:
    """What the bot's messages in the channel are called."""
    return [each["embeds"][0].get("title") or "" for each in server.written()]


async def ask(server: DiscordServer, text: str) -> Payload:
    """Ask, and wait until that is being answered."""
    asked = await server.mention(server.member("ann"), text)
    await until(lambda: "typing" in server.rest.requests)
    return asked


async def test_a_question_edited_while_it_is_answered_gets_the_answer_to_the_last(
    server: DiscordServer, bot: SeedBot, gate: asyncio.Event
) -> None:
    asked = await ask(server, OTHER)
    await edit(server, asked, 5, content=to_bot(server, THIRD))
    await edit(server, asked, 6, content=to_bot(server, QUESTION))
    await heard(server, bot)
    gate.set()
    await at_rest()
    assert titles(server) == [QUESTION]


async def test_an_older_edit_that_comes_later_changes_nothing(
    server: DiscordServer, bot: SeedBot
) -> None:
    asked = await ask(server, OTHER)
    await done(server, bot)
    await edit(server, asked, 6, content=to_bot(server, QUESTION))
    await done(server, bot)
    await edit(server, asked, 5, content=to_bot(server, THIRD))
    await done(server, bot)
    assert titles(server) == [QUESTION]


async def test_a_change_that_changes_no_text_asks_nothing(
    server: DiscordServer, bot: SeedBot
) -> None:
    asked = await ask(server, OTHER)
    await done(server, bot)
    await edit(server, asked, 5, content=to_bot(server, QUESTION))
    await done(server, bot)
    server.rest.requests.clear()
    preview = {"type": "link", "title": "What is this?", "url": "https://example.com"}
    for changed in ({"pinned": True}, {"embeds": [preview]}, {"flags": 4}, {"flags": 1 << 5}):
        await edit(server, asked, 5, **changed)
        await done(server, bot)
    assert server.rest.requests == []


async def test_a_hint_makes_way_for_the_answer_once_something_is_asked(
    server: DiscordServer, bot: SeedBot
) -> None:
    asked = await server.mention(server.member("ann"), "")
    await until(server.written)
    await edit(server, asked, 5, content=to_bot(server, QUESTION))
    await done(server, bot)
    assert titles(server) == [QUESTION]


async def test_a_question_deleted_while_it_is_answered_gets_no_answer(
    server: DiscordServer, bot: SeedBot, gate: asyncio.Event
) -> None:
    asked = await ask(server, QUESTION)
    await server.delete(asked)
    await heard(server, bot)
    gate.set()
    await at_rest()
    assert server.written() == []


async def test_a_question_deleted_while_its_answer_is_sent_leaves_none(
    server: DiscordServer, bot: SeedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Payload] = []
    remember = asking.remember

    async def late(*arguments: object) -> None:
        await server.delete(asked[0])
        await asyncio.sleep(0.2)
        await remember(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(asking, "remember", late)
    asked.append(await server.mention(server.member("ann"), QUESTION))
    await until(lambda: "delete" in server.rest.requests)
    await done(server, bot)
    assert server.written() == []


async def proxy(server: DiscordServer, text: str) -> Payload:
    """Let a proxy say a text as a webhook."""
    made = payloads.message(server.channel, payloads.user("Ari", bot=True), {"content": text})
    made |= {"webhook_id": made["author"]["id"], "application_id": payloads.snowflake()}
    server.rest.messages[made["id"]] = made
    await server.gateway.dispatch("MESSAGE_CREATE", made)
    return made


Happening = Callable[[DiscordServer, Payload], Awaitable[Payload]]


async def said_then_deleted(server: DiscordServer, asked: Payload) -> Payload:
    """The proxy speaks first."""
    made = await proxy(server, to_bot(server, QUESTION))
    await server.delete(asked)
    return made


async def deleted_then_said(server: DiscordServer, asked: Payload) -> Payload:
    """The member's message goes first."""
    await server.delete(asked)
    return await proxy(server, to_bot(server, QUESTION))


@pytest.mark.parametrize("happening", [said_then_deleted, deleted_then_said])
@pytest.mark.parametrize("answered", [True, False])
async def test_a_proxied_question_is_answered_once_and_the_answer_goes_with_the_proxy(
    server: DiscordServer,
    bot: SeedBot,
    gate: asyncio.Event,
    happening: Happening,
    *,
    answered: bool,
) -> None:
    asked = await ask(server, f"{QUESTION} -A")
    if answered:
        gate.set()
        await at_rest()
    proxied = await happening(server, asked)
    await heard(server, bot)
    gate.set()
    await at_rest()
    [answer] = server.written()
    assert ANSWER in answer["embeds"][0]["description"]
    if happening is deleted_then_said or not answered:
        assert answer["message_reference"]["message_id"] == proxied["id"]
    await edit(server, proxied, 5, content=to_bot(server, OTHER))
    await done(server, bot)
    assert titles(server) == [OTHER]
    await server.delete(proxied)
    await done(server, bot)
    assert server.written() == []


async def test_a_webhook_that_repeats_a_question_or_asks_one_is_not_answered(
    server: DiscordServer, bot: SeedBot
) -> None:
    """A bridge that says everything again would go on for ever."""
    await ask(server, QUESTION)
    await done(server, bot)
    for text in (QUESTION, OTHER, THIRD):
        await proxy(server, to_bot(server, text))
    await done(server, bot)
    assert titles(server) == [QUESTION]


async def test_a_proxied_question_in_a_help_channel_is_answered(
    connected: tuple[DiscordServer, SeedBot],
) -> None:
    server, bot = connected
    guild, channel = int(server.guild["id"]), int(server.channel["id"])
    await bot.services.servers.switch(guild, "answer_channels", channel, on=True)
    asked = await server.say(server.member("ann"), server.channel, QUESTION)
    proxied = await proxy(server, QUESTION)
    await server.delete(asked)
    await until(server.written)
    await done(server, bot)
    [answer] = server.written()
    assert answer["message_reference"]["message_id"] == proxied["id"]


async def test_the_memory_of_questions_is_bounded(
    server: DiscordServer, bot: SeedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is forgotten is in the records still."""
    monkeypatch.setattr(lives, "MOST", 2)
    asked = [await server.mention(server.member(name), OTHER) for name in ("ann", "bob", "eve")]
    await until(lambda: len(server.written()) == 3)
    await done(server, bot)
    for each in asked:
        await server.delete(each)
    await done(server, bot)
    assert server.written() == []


async def test_a_deleted_question_takes_its_thread_along_where_nobody_else_has_written(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, boss, ann = members.server(simcord_env)
    await boss.slash(channel, "settings threads", channel=channel, switch="on")
    alone, talked = [
        await ann.send(channel, mention(simcord_bot, text)) for text in (QUESTION, OTHER)
    ]
    named = {each.name: each for each in channel.threads}
    await ann.send(named[QUESTION], "and who produced it?")
    await boss.send(named[OTHER], "I have the poster!")
    await ann.delete(alone)
    assert [each.name for each in channel.threads] == [OTHER]
    await ann.delete(talked)
    (left,) = channel.threads
    assert [each.content for each in left.history() if each.author.name == "boss"] == [
        "I have the poster!"
    ]
    assert not [each for each in left.history() if each.embeds]


async def test_a_deleted_follow_up_leaves_its_thread(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, boss, ann = members.server(simcord_env)
    await boss.slash(channel, "settings threads", channel=channel, switch="on")
    await ann.send(channel, mention(simcord_bot, QUESTION))
    (thread,) = channel.threads
    before = len(thread.history())
    asked = await ann.send(thread, "How long is the film?")
    assert len(thread.history()) == before + 2
    await ann.delete(asked)
    assert [each.name for each in channel.threads] == [QUESTION]
    assert len(thread.history()) == before


async def test_a_thread_that_may_not_be_deleted_is_closed_and_named_otherwise(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, boss, ann = members.server(simcord_env)
    await boss.slash(channel, "settings threads", channel=channel, switch="on")
    asked = await ann.send(channel, mention(simcord_bot, QUESTION))
    (thread,) = channel.threads
    simcord_env.inject_error("DELETE", f"/channels/{thread.id}", status=403, times=None)
    await ann.delete(asked)
    shown = simcord_bot.get_channel(thread.id)
    assert [each.name for each in channel.threads] == ["Deleted question"]
    assert shown is None or (isinstance(shown, discord.Thread) and shown.archived)
    assert not [each for each in thread.history() if each.embeds]


async def test_an_answer_under_a_question_that_was_edited_says_what_is_asked_now(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    """In a thread of its own as elsewhere."""
    _, channel, boss, ann = members.server(simcord_env)
    await boss.slash(channel, "settings threads", channel=channel, switch="on")
    asked = await ann.send(channel, mention(simcord_bot, OTHER))
    await ann.edit(asked, mention(simcord_bot, QUESTION))
    (thread,) = channel.threads
    answer = thread.last_message
    assert answer is not None
    assert ANSWER in described(answer.embeds[0])
    assert len([each for each in thread.history() if each.embeds]) == 1
