"""What is in the channels of a source, asked of Discord: listed first, then read one by one."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import discord

from bot.gathering.pages import Namer, Page, post, single
from bot.gathering.readers import Channel
from bot.settings import ChannelSourceSettings

# So many messages of a post are read, the first ones; so many posts of a forum are looked at.
POST_MESSAGES = 300
LISTED = 5000
# So many messages are pinned at the most.
PINNED = 250
# Seconds between two posts: there is no hurry, and others want to be answered meanwhile.
PAUSE_SECONDS = 0.2


@dataclass(slots=True)
class Collecting:
    """Reads what a source names, for as long as it may take; `left_out` tells who is left out.

    Raises, whatever it is asked: HTTPException, RateLimited, ClientError and OSError where Discord
    says no or can't be reached.
    """

    source: ChannelSourceSettings
    left_out: Callable[[], Collection[str]]
    namer: Namer
    more: int = 0
    _end: float = field(default=0.0)

    def __post_init__(self) -> None:
        """Begin to count the time."""
        self._end = time.monotonic() + self.source.timeout_seconds

    async def everything(self, channels: Sequence[Channel]) -> AsyncIterator[list[Page]]:
        """Yield all there is, some pages at a time; what there is no room or time for, is `more`.

        What is pinned and announced comes first, then posts that are solved, then those that are
        over and were replied to, then the others; of each, the newest.
        """
        room = self.source.max_files
        for channel in channels:
            if isinstance(channel, discord.TextChannel):
                pages = await self.single(channel)
                self.more += max(0, len(pages) - room)
                yield pages[:room]
                room -= min(room, len(pages))
        forums = [each for each in channels if isinstance(each, discord.ForumChannel)]
        posts = [(forum, each) for forum in forums for each in await self._listed(forum)]
        posts.sort(key=lambda each: (self._rank(each[1]), -_last(each[1])))
        for number, (forum, thread) in enumerate(posts):
            if not room or self._is_over:
                self.more += len(posts) - number
                return
            if page := await self.post(thread, forum):
                room -= 1
                yield [page]
            await asyncio.sleep(PAUSE_SECONDS)

    async def single(self, channel: discord.TextChannel) -> list[Page]:
        """Return what is announced in a channel, or pinned; the newest first."""
        pinned = not channel.is_news()
        found: list[discord.Message]
        if pinned:
            found = [each async for each in channel.pins(limit=PINNED)]
        else:
            found = await self._announced(channel)
        made = partial(
            single, channel=channel, left_out=self.left_out(), namer=self.namer, pinned=pinned
        )
        return await asyncio.to_thread(lambda: [page for page in map(made, found) if page])

    async def post(self, thread: discord.Thread, forum: discord.ForumChannel) -> Page | None:
        """Return the page of a post; None where it is gone, too old, or has nothing to say."""
        if thread.type is not discord.ChannelType.public_thread or self._is_old(thread):
            return None
        try:
            found = [each async for each in thread.history(limit=POST_MESSAGES, oldest_first=True)]
        except (discord.NotFound, discord.Forbidden):
            return None
        return await asyncio.to_thread(post, thread, forum, found, self.left_out(), self.namer)

    async def _announced(self, channel: discord.TextChannel) -> list[discord.Message]:
        found = []
        async for each in channel.history(limit=2 * self.source.max_files):
            if self._oldest is not None and each.created_at < self._oldest:
                break
            found.append(each)
        return found

    async def _listed(self, forum: discord.ForumChannel) -> list[discord.Thread]:
        active = [each for each in await forum.guild.active_threads() if each.parent_id == forum.id]
        found = {each.id: each for each in active}
        async for each in forum.archived_threads(limit=LISTED):
            oldest = self._oldest
            if self._is_over or (oldest is not None and each.archive_timestamp < oldest):
                break
            found.setdefault(each.id, each)
        return [each for each in found.values() if not self._is_old(each)]

    def _rank(self, thread: discord.Thread) -> int:
        solved = {each.casefold() for each in self.source.solved_tags}
        if any(tag.name.casefold() in solved for tag in thread.applied_tags):
            return 0
        over = thread.locked or thread.archived
        return 1 if over and thread.message_count else 2

    def _is_old(self, thread: discord.Thread) -> bool:
        oldest = self._oldest
        return oldest is not None and _last(thread) < oldest.timestamp()

    @property
    def _oldest(self) -> datetime | None:
        days = self.source.days
        return datetime.now(UTC) - timedelta(days=days) if days else None

    @property
    def _is_over(self) -> bool:
        return time.monotonic() > self._end


def _last(thread: discord.Thread) -> float:
    """When something was written last in a post, in seconds since 1970."""
    return discord.utils.snowflake_time(thread.last_message_id or thread.id).timestamp()
