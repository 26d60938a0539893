"""What was asked before in the same conversation, read back from Discord.

Nothing is remembered here, so a conversation goes on after a restart. Without the message-content
intent Discord shows the bot its own messages, direct ones and those that mention it; that is all
that is needed.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta

import discord

from bot.conversation.delivery import FAILURES
from bot.conversation.permissions import allowed
from bot.render import question_of

log = logging.getLogger(__name__)

QUESTIONS = 6
REPLY_STEPS = 6
THREAD_MESSAGES = 30
DIRECT_MESSAGES = 12
# Later than this a direct message begins a new conversation.
DIRECT_WINDOW = timedelta(minutes=30)
READ_SECONDS = 3.0

# The event loop itself keeps no task alive.
_under_way: set[asyncio.Task[None]] = set()


def is_for(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether a member's message is meant for the bot.

    It is if it is direct, mentions the bot, replies to it, or stands in a thread of its own.
    """
    if message.author.bot or message.webhook_id or message.is_system():
        return False
    return (
        message.guild is None
        or mentions(message, me)
        or _replies_to(message, me)
        or in_own_thread(message, me)
    )


def in_own_thread(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether a message stands in a thread that the bot has opened."""
    return isinstance(message.channel, discord.Thread) and message.channel.owner_id == me.id


def mentions(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether a message names the bot or its role."""
    role = message.guild and message.guild.self_role
    return me in message.mentions or (role is not None and role in message.role_mentions)


def question_in(message: discord.Message, me: discord.ClientUser) -> str:
    """Return what a message asks, without the mention of the bot."""
    role = message.guild and message.guild.self_role
    text = message.content
    for mention in (f"<@{me.id}>", f"<@!{me.id}>", f"<@&{role.id if role else 0}>"):
        text = text.replace(mention, " ")
    return " ".join(text.split())


async def before_message(message: discord.Message, me: discord.ClientUser) -> list[str]:
    """Return the questions that a message follows, oldest first.

    They are those of its chain of replies, or else of its thread, or of the last half hour of a
    direct conversation. What can't be read, or not in time, is left out.
    """
    questions = await _read(_chain(message), me)
    if questions:
        return questions
    if isinstance(message.channel, discord.Thread):
        return await before_command(message.channel, me, message)
    if message.guild is None:
        since = message.created_at - DIRECT_WINDOW
        return await _read(_recent(message.channel, DIRECT_MESSAGES, message, since), me)
    return []


async def before_command(
    channel: object, me: discord.ClientUser, before: discord.Message | None = None
) -> list[str]:
    """Return the questions asked in a thread, oldest first; none where `channel` is no thread."""
    if not isinstance(channel, discord.Thread):
        return []
    return await _read(_recent(channel, THREAD_MESSAGES, before, None), me)


async def _read(
    messages: AsyncGenerator[discord.Message, None], me: discord.ClientUser
) -> list[str]:
    """Return the last questions among `messages`, which come newest first.

    What takes too long is left to end by itself: cancelled while it waits out a rate limit of the
    whole bot, discord.py would hold back every request from then on.
    """
    questions: list[str] = []
    reading = asyncio.create_task(_collect(messages, me, questions))
    _under_way.add(reading)
    reading.add_done_callback(_under_way.discard)
    done, _ = await asyncio.wait({reading}, timeout=READ_SECONDS)
    if not done:
        log.info("earlier messages could not be read within %g s", READ_SECONDS)
    # What was read until then is the newest, so it is of use.
    return questions[::-1]


async def _collect(
    messages: AsyncGenerator[discord.Message, None], me: discord.ClientUser, questions: list[str]
) -> None:
    try:
        async with aclosing(messages) as reading:
            async for message in reading:
                question = _question(message, me)
                if question:
                    questions.append(question)
                if len(questions) == QUESTIONS:
                    break
    except (discord.ClientException, *FAILURES) as error:
        log.info("earlier messages could not be read: %s", error or type(error).__name__)


def _question(message: discord.Message, me: discord.ClientUser) -> str:
    """Return the question that a member's message asks, or that a command's answer names."""
    if message.author == me:
        embed = message.embeds[0] if message.embeds and not message.reference else None
        return question_of(embed) if embed else ""
    return question_in(message, me) if is_for(message, me) else ""


async def _chain(message: discord.Message) -> AsyncGenerator[discord.Message, None]:
    """Yield what a message replies to, what that replies to, and so on."""
    for _ in range(REPLY_STEPS):
        reference = message.reference
        if reference is None or reference.type is not discord.MessageReferenceType.reply:
            return
        original = reference.resolved or reference.cached_message
        if original is None and reference.message_id is not None:
            original = await message.channel.fetch_message(reference.message_id)
        if not isinstance(original, discord.Message):
            return
        message = original
        yield message


async def _recent(
    channel: discord.abc.Messageable,
    count: int,
    before: discord.Message | None,
    since: datetime | None,
) -> AsyncGenerator[discord.Message, None]:
    """Yield the last messages of a channel, newest first; none where the bot is no member."""
    if isinstance(channel, discord.Thread) and not (channel.guild.me and allowed(channel).history):
        return
    async for message in channel.history(limit=count, before=before, oldest_first=False):
        if since is not None and message.created_at < since:
            return
        yield message


def _replies_to(message: discord.Message, me: discord.ClientUser) -> bool:
    original = message.reference and message.reference.resolved
    return isinstance(original, discord.Message) and original.author == me
