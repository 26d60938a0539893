"""Which question a message to the bot asks: its own, or the one that it points to."""

from dataclasses import replace

import discord

from bot.conversation.history import replied_to
from bot.conversation.pointing import points
from bot.conversation.wording import Asked, asked_in, text_in

UNREAD = (
    "I can't read the message that you reply to. Choose “Answer from the documents” in its menu, "
    "under Apps, or write the question yourself."
)


async def find(message: discord.Message, me: discord.ClientUser) -> Asked:
    """Return what a message asks, or the word to say instead.

    Where it only points, as a bare mention or "can you help?", it asks what the message asks that
    it replies to, or in a forum's post what that asks by its title.
    """
    asked = await asked_in(message, me)
    if asked.word or not points(asked.text):
        return asked
    original = await replied_to(message, lambda each: _leads_on(each, me))
    if original is not None and original.author != me:
        found = await asked_in(original, me)
        return replace(found, origin=original) if found.text or found.word else Asked(word=UNREAD)
    return Asked(post_title(message)) if post_title(message) else asked


def post_title(message: discord.Message) -> str:
    """Return the title of the forum's post that a message stands in; nothing elsewhere."""
    channel = message.channel
    if isinstance(channel, discord.Thread) and isinstance(channel.parent, discord.ForumChannel):
        return channel.name
    return ""


def _leads_on(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether the search for what is pointed to ends at a message, which doesn't itself point."""
    text = text_in(message, me)
    return message.author == me or not text or not points(text) or bool(message.attachments)
