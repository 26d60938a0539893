"""Threads that the bot has opened for an answer, when their question is deleted."""

import logging

import discord

from bot.conversation.delivery import FAILURES

log = logging.getLogger(__name__)

# Who looks further back finds that somebody has written.
MESSAGES = 100
NAME = "Deleted question"


async def close(client: discord.Client, number: int, asker: int) -> None:
    """Delete a thread of the bot's own, if nobody has written there but it and who asked.

    Where the bot may not, the thread is closed, and its name says the question no more.
    """
    try:
        thread = client.get_channel(number) or await client.fetch_channel(number)
        if not isinstance(thread, discord.Thread) or thread.owner_id != thread.guild.me.id:
            return
        own = {thread.owner_id, asker}
        async for message in thread.history(limit=MESSAGES):
            if message.author.id not in own and not message.is_system():
                return
        try:
            await thread.delete()
        except discord.Forbidden:
            await thread.edit(name=NAME, archived=True)
    except (discord.ClientException, *FAILURES) as error:
        log.warning("thread %s could not be deleted: %s", number, error or type(error).__name__)
