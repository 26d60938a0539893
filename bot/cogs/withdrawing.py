"""What was taught goes with its message, also where that went while the bot was away."""

import asyncio
import logging
import time
from collections.abc import Collection

import discord
from discord.ext import commands

from bot.errors import BotError, RecordsFailed
from bot.records import Lesson
from bot.services import Services
from bot.teaching import CHANGED, DELETED, Fault, MessageGone, Teaching, edited_at
from index import SeedIndexError

log = logging.getLogger(__name__)

DAY_SECONDS = 86_400.0
# Between two messages that are looked at; and no sooner all of them again.
PAUSE_SECONDS, REST_SECONDS = 1.0, 600.0
# After what failed, until all of them are looked at again.
AGAIN_SECONDS = 900.0


class Withdrawing(commands.Cog):
    """Withdraws documents that were taught, in the servers that this process sees."""

    def __init__(self, bot: commands.Bot, services: Services, teaching: Teaching) -> None:
        """Follow the messages that `bot` sees."""
        self.bot = bot
        self.services = services
        self.teaching = teaching
        self._looked = -REST_SECONDS
        self._looking: asyncio.Task[None] | None = None
        self._next: asyncio.TimerHandle | None = None

    async def cog_load(self) -> None:
        """Begin to look at all of them once a day."""
        self._plan(DAY_SECONDS)

    async def cog_unload(self) -> None:
        """Leave it at that."""
        for each in (self._next, self._looking):
            if each is not None:
                each.cancel()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Look at all of them: what happened while the bot was away, nobody tells."""
        rest = self._looked + REST_SECONDS - time.monotonic()
        if rest > 0:
            self._plan(rest)
        else:
            self._begin()

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Withdraw what an edited message taught; a preview that Discord adds is no edit."""
        edited = edited_at(payload.message)
        if edited:
            found = await self._of_messages([payload.message_id])
            await self._withdraw([each for each in found if each.edited != edited], CHANGED)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Withdraw what a deleted message taught."""
        await self._withdraw(await self._of_messages([payload.message_id]), DELETED)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Withdraw what many messages taught that are deleted at once."""
        await self._withdraw(await self._of_messages(payload.message_ids), DELETED)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Withdraw what was taught from a thread."""
        await self._gone(payload.thread_id)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Withdraw what was taught from a channel and its threads."""
        await self._gone(channel.id)

    async def look(self) -> None:
        """Look at every message that was taught, and withdraw what isn't as it was.

        What can't be looked at stays as it is until the next day; what can't be taken away, until
        it is tried again.
        """
        try:
            lessons = await self.teaching.lessons.all()
        except RecordsFailed as error:
            log.warning("what was taught isn't looked at: %s", error)
            self._plan(AGAIN_SECONDS)
            return
        for lesson in lessons:
            guild = self.bot.get_guild(lesson.server)
            # Of others, another process sees to it, or nobody who could.
            if guild is None or guild.unavailable:
                continue
            try:
                if not await self.teaching.stands(lesson):
                    continue
                fault = await self._fault(lesson)
            except (BotError, SeedIndexError) as error:
                log.info("%s can't be looked at: %s", lesson.path, error)
            else:
                if fault is not None:
                    await self._withdraw([lesson], fault)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _withdraw(self, lessons: Collection[Lesson], fault: Fault) -> None:
        """Withdraw what has a fault, and look again soon where that fails."""
        if not await self.teaching.withdraw(lessons, fault):
            self._plan(AGAIN_SECONDS)

    async def _fault(self, lesson: Lesson) -> Fault | None:
        """Say what speaks against a lesson, if anything does.

        Raises:
            NotTaken: that can't be told now.
        """
        try:
            edited = await self.teaching.look(lesson.server, lesson.channel, lesson.message)
        except MessageGone:
            return DELETED
        return None if edited == lesson.edited else CHANGED

    async def _of_messages(self, messages: Collection[int]) -> list[Lesson]:
        try:
            await self.teaching.settled()
            return await self.teaching.lessons.of_messages(messages)
        except RecordsFailed as error:
            log.warning("what was taught may stand without its message: %s", error)
            self._plan(AGAIN_SECONDS)
            return []

    async def _gone(self, channel: int) -> None:
        try:
            await self.teaching.settled()
            lessons = await self.teaching.lessons.of_channel(channel)
        except RecordsFailed as error:
            log.warning("what was taught may stand without its message: %s", error)
            self._plan(AGAIN_SECONDS)
            return
        await self._withdraw(lessons, DELETED)

    def _plan(self, seconds: float) -> None:
        if self._next is not None:
            self._next.cancel()
        self._next = asyncio.get_running_loop().call_later(seconds, self._begin)

    def _begin(self) -> None:
        self._plan(DAY_SECONDS)
        if self._looking is None or self._looking.done():
            self._looked = time.monotonic()
            self._looking = asyncio.create_task(self.look())
