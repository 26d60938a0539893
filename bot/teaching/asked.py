"""Which question a message answers: that of what it replies to, or that of its thread."""

import logging

import discord

from bot.conversation.delivery import FAILURES
from bot.conversation.wording import Place, text_in
from bot.patience import within
from index import is_question

log = logging.getLogger(__name__)

# Who is shown a form waits for three seconds at the most.
SECONDS = 1.5


async def asked_before(message: discord.Message, me: discord.ClientUser) -> str:
    """Return the question that a message seems to answer; empty where that can't be told."""
    try:
        found = await within(SECONDS, _replied_to(message))
        text = _text(found, me) if found is not None else ""
        channel = message.channel
        if text or not isinstance(channel, discord.Thread):
            return text
        if is_question(channel.name) or message.id == channel.id:
            return channel.name
        first = await within(SECONDS, _first(channel))
        begun = _text(first, me) if first is not None else ""
        return begun if is_question(begun) else channel.name
    except (discord.ClientException, TimeoutError, *FAILURES) as error:
        log.info("what a message answers can't be told: %s", error or type(error).__name__)
        return message.channel.name if isinstance(message.channel, discord.Thread) else ""


def _text(message: discord.Message, me: discord.ClientUser) -> str:
    """What a message asks, with the names of those channels alone that everybody may see."""
    return text_in(message, me, Place(message.guild, None, me, message.mentions))


async def _replied_to(message: discord.Message) -> discord.Message | None:
    reference = message.reference
    if reference is None or reference.type is not discord.MessageReferenceType.reply:
        return None
    found = reference.resolved or reference.cached_message
    if found is None and reference.message_id is not None:
        found = await message.channel.fetch_message(reference.message_id)
    return found if isinstance(found, discord.Message) else None


async def _first(thread: discord.Thread) -> discord.Message | None:
    """The message that a thread was opened at, which in a forum is the first one in it."""
    if thread.starter_message is not None:
        return thread.starter_message
    parent = thread.parent
    if isinstance(parent, discord.TextChannel):
        return await parent.fetch_message(thread.id)
    return await thread.fetch_message(thread.id)
