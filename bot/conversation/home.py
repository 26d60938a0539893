"""Whom a bot answers that has a home: a server that the config names, and who is in it."""

import logging

import discord

from bot.conversation.delivery import FAILURES
from bot.services import Services

log = logging.getLogger(__name__)


async def has(message: discord.Message, client: discord.Client, services: Services) -> bool:
    """Whether a message was written in the home, or directly by a member of it.

    Without a home every message is.
    """
    number = services.config.discord.guild
    if not number or message.guild is not None:
        return not number or message.guild is None or message.guild.id == number
    guild = client.get_guild(number)
    if guild is None:
        return False
    try:
        await guild.fetch_member(message.author.id)
    except discord.NotFound:
        return False
    except FAILURES as error:
        log.warning("who wrote directly can't be looked up: %s", error or type(error).__name__)
        return False
    return True
