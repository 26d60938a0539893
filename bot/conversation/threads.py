"""Threads that the bot has opened for an answer, when their question is deleted."""

import logging
from collections.abc import Awaitable, Callable

import discord

from bot.conversation.delivery import FAILURES

log = logging.getLogger(__name__)

# Who looks further back finds that somebody has written.
MESSAGES = 100
NAME = "Deleted question"


async def close(
    client: discord.Client, number: int, asked: Callable[[int], Awaitable[bool]]
) -> None:
    """Delete a thread of the bot's own, if nobody has written there but it and who asked.

    `asked` tells whether a member is that one.

    Where the bot may not, the thread is closed, and its name says the question no more.
    """
    try:
        thread = client.get_channel(number) or await client.fetch_channel(number)
        if not isinstance(thread, discord.Thread) or thread.owner_id != thread.guild.me.id:
            return
        async for message in thread.history(limit=MESSAGES):
            own = message.is_system() or message.author.id == thread.owner_id
            if not own and not await asked(message.author.id):
                return
        try:
            await thread.delete()
        except discord.Forbidden:
            await thread.edit(name=NAME, archived=True)
    except (discord.ClientException, *FAILURES) as error:
        log.warning("thread %s could not be deleted: %s", number, error or type(error).__name__)
