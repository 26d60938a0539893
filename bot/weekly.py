"""The weekly word: what was asked in a server in the week before, and what in vain."""

import asyncio
import logging

import discord

from bot import render, unanswered
from bot.conversation.delivery import FAILURES, announce, writable
from bot.errors import BotError
from bot.records import Statistics
from bot.records.statistics import last_week
from bot.services import Services
from index import SeedIndexError

log = logging.getLogger(__name__)

WEEK = 7
# How often it is looked whether a word is due.
LOOK_SECONDS = 900.0


class Weekly:
    """Says the word, once a week in each server that wants it, however often the bot is started.

    The records know where it was said, so of several processes one says it. It counts as said
    before it is sent: where Discord doesn't take it, that week has none.
    """

    def __init__(self, services: Services) -> None:
        """Say it of what the records of the services have."""
        self._services = services
        # By server, the end of the last week that needs no word any more.
        self._done: dict[int, float] = {}

    async def keep_saying(self, client: discord.Client) -> None:
        """Look now and then whether a word is due."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if client.is_ready():
                await self.say_due(client)

    async def say_due(self, client: discord.Client, now: float | None = None) -> None:
        """Say it in each server of a client in which it is due; what fails there is logged."""
        begin, end = last_week(now)
        for guild in list(client.guilds):
            if self._done.get(guild.id) == end or guild.unavailable:
                continue
            try:
                await self._say(guild, begin, end)
            except (BotError, SeedIndexError, *FAILURES) as error:
                log.info("server %s: no weekly word now: %s", guild.id, error)
            except Exception:
                # The other servers are to have theirs, also next week.
                log.exception("server %s: no weekly word now", guild.id)

    async def _say(self, guild: discord.Guild, begin: float, end: float) -> None:
        """Say it in a server, if it wants it, anything was asked, and it wasn't said."""
        services = self._services
        channel = guild.get_channel((await services.servers.rules(guild.id)).weekly_channel)
        if not isinstance(channel, discord.TextChannel):
            return
        statistics = Statistics(services.records)
        if await statistics.had_week(guild.id, end):
            self._done[guild.id] = end
            return
        # A week that could be said nowhere may be said yet, once somebody lets the bot write.
        writable(channel, "in the channel for the weekly word")
        may = services.access.readable_in(channel)
        found = await unanswered.between(services, guild.id, begin, WEEK, may)
        if found.whole.asked and await statistics.claim_week(guild.id, end):
            await announce(channel, guild.id + int(end), render.weekly(found, guild.id))
        self._done[guild.id] = end
