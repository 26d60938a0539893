"""What was asked before in the same conversation, read back from Discord.

Nothing is remembered here, so a conversation goes on after a restart. Without the message-content
intent Discord shows the bot its own messages, direct ones and those that mention it; that is all
that is needed.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import discord

from bot.conversation.delivery import FAILURES
from bot.conversation.permissions import allowed
from bot.conversation.wording import text_in

log = logging.getLogger(__name__)

T = TypeVar("T")

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
        or replies_to(message, me)
        or in_own_thread(message, me)
    )


def in_own_thread(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether a message stands in a thread that the bot has opened."""
    return isinstance(message.channel, discord.Thread) and message.channel.owner_id == me.id


def mentions(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether a message names the bot or its role."""
    role = message.guild and message.guild.self_role
    return me in message.mentions or (role is not None and role in message.role_mentions)


def is_to_others(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether a message names or replies to others than the bot."""
    original = _original(message)
    replies = isinstance(original, discord.Message) and original.author != me
    return replies or any(each != me for each in message.mentions) or bool(message.role_mentions)


async def before_message(message: discord.Message, me: discord.ClientUser) -> list[str]:
    """Return the questions that a message follows, oldest first.

    They are those of its chain of replies, or else of its thread, or of the last half hour of a
    direct conversation. What can't be read, or not in time, is left out.
    """
    # Who replies to a message points to it, whoever it was meant for.
    questions = await _read(_chain(message), partial(_said, me=me), QUESTIONS)
    if questions:
        return questions[::-1]
    if isinstance(message.channel, discord.Thread):
        return await before_command(message.channel, me, message)
    if message.guild is None:
        since = message.created_at - DIRECT_WINDOW
        recent = _recent(message.channel, DIRECT_MESSAGES, message, since)
        return (await _read(recent, partial(_question, me=me), QUESTIONS))[::-1]
    return []


async def before_command(
    channel: object, me: discord.ClientUser, before: discord.Message | None = None
) -> list[str]:
    """Return the questions asked in a thread, oldest first; none where `channel` is no thread."""
    if not isinstance(channel, discord.Thread):
        return []
    recent = _recent(channel, THREAD_MESSAGES, before, None)
    return (await _read(recent, partial(_question, me=me), QUESTIONS))[::-1]


async def replied_to(
    message: discord.Message, wanted: Callable[[discord.Message], bool]
) -> discord.Message | None:
    """Return the first message of those a message replies to, one after the other, to be wanted."""
    found = await _read(_chain(message), lambda each: each if wanted(each) else None, 1)
    return found[0] if found else None


async def _read(
    messages: AsyncGenerator[discord.Message, None],
    pick: Callable[[discord.Message], T | None],
    most: int,
) -> list[T]:
    """Return what is picked of `messages`, which come newest first, in that order.

    What takes too long is left to end by itself: cancelled while it waits out a rate limit of the
    whole bot, discord.py would hold back every request from then on.
    """
    picked: list[T] = []
    reading = asyncio.create_task(_collect(messages, pick, most, picked))
    _under_way.add(reading)
    reading.add_done_callback(_under_way.discard)
    done, _ = await asyncio.wait({reading}, timeout=READ_SECONDS)
    if not done:
        log.info("earlier messages could not be read within %g s", READ_SECONDS)
    # What was read until then is the newest, so it is of use.
    return list(picked)


async def _collect(
    messages: AsyncGenerator[discord.Message, None],
    pick: Callable[[discord.Message], T | None],
    most: int,
    picked: list[T],
) -> None:
    try:
        async with aclosing(messages) as reading:
            async for message in reading:
                found = pick(message)
                if found:
                    picked.append(found)
                if len(picked) == most:
                    break
    except (discord.ClientException, *FAILURES) as error:
        log.info("earlier messages could not be read: %s", error or type(error).__name__)


def _said(message: discord.Message, me: discord.ClientUser) -> str:
    """Return what a member's message says, or the question that a command's answer names."""
    return "" if message.author == me and message.reference else text_in(message, me)


def _question(message: discord.Message, me: discord.ClientUser) -> str:
    """Return the question that a member asked the bot, or that a command's answer names."""
    return _said(message, me) if message.author == me or is_for(message, me) else ""


async def _chain(message: discord.Message) -> AsyncGenerator[discord.Message, None]:
    """Yield what a message replies to, what that replies to, and so on."""
    for _ in range(REPLY_STEPS):
        reference = message.reference
        if reference is None or reference.type is not discord.MessageReferenceType.reply:
            return
        original = _original(message)
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


def replies_to(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether a message is a reply to one of the bot's."""
    original = _original(message)
    return isinstance(original, discord.Message) and original.author == me


def _original(
    message: discord.Message,
) -> discord.Message | discord.DeletedReferencedMessage | None:
    """Return what a message replies to, if that is at hand."""
    reference = message.reference
    if reference is None or reference.type is not discord.MessageReferenceType.reply:
        return None
    return reference.resolved or reference.cached_message
