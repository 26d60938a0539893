"""One source, kept as its channels are: looked through now and then, and followed in between."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import aiohttp
import discord

from bot.gathering.collecting import Collecting
from bot.gathering.pages import Namer, Page
from bot.gathering.readers import Channel
from bot.gathering.staged import fail, stage, withhold
from bot.settings import ChannelSourceSettings
from index import ORIGINS, IndexSettings, SeedIndexError, Skipped, fetch

log = logging.getLogger(__name__)

# What is taken back or said otherwise is followed at once, with what else happens by then; what is
# new may wait.
URGENT_SECONDS, NEW_SECONDS = 3.0, 60.0
# After what failed, until it is tried again; at the longest.
AGAIN_SECONDS, LONGEST_SECONDS = 30.0, 3600.0
# TimeoutError is an OSError.
FAILURES = (SeedIndexError, discord.DiscordException, aiohttp.ClientError, OSError)


@dataclass(frozen=True, slots=True)
class Touched:
    """Something happened in a channel, or in a thread of one; 0 is no thread.

    `messages` are those that were changed or are gone, by their numbers; without any, it is new.
    """

    channel: int
    thread: int = 0
    messages: frozenset[int] = frozenset()
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source is read: its channels, by which client, and whether that still may be."""

    client: discord.Client
    channels: Sequence[Channel]
    namer: Namer
    permitted: Callable[[], bool]


@dataclass(eq=False, slots=True)
class KeptSource:
    """What was gathered of a source, and what has happened there since.

    All times are in seconds of the monotonic clock. After a restart all of it is looked through
    first, since nobody has followed it meanwhile.
    """

    source: ChannelSourceSettings
    index: IndexSettings
    left_out: frozenset[str] = frozenset()
    pages: dict[int, Page] = field(default_factory=dict)
    due: float = 0.0
    _rest: float = 0.0
    _whole: bool = False
    _said: str | None = None
    _more: int = 0
    _pause: float = 0.0
    _skipped: Skipped | None = None
    _published: dict[int, Page] | None = None
    _pending: dict[int, float] = field(default_factory=dict)
    _fresh: dict[int, Page] | None = None
    _withheld: frozenset[str] = frozenset()

    def touch(self, what: Touched) -> None:
        """Take note of something that happened, if it is of this source."""
        place = what.thread or what.channel
        if not self._has(place):
            if what.channel not in self.source.channels:
                return
            if what.messages and not what.thread and not any(map(self._has, what.messages)):
                return  # of a channel where much is said and little is pinned
        urgent = what.urgent or bool(what.messages)
        due = time.monotonic() + (URGENT_SECONDS if urgent else NEW_SECONDS)
        self._pending[place] = min(due, self._pending.get(place, math.inf))

    def look_again(self) -> None:
        """Look through all of it next."""
        self.due = 0.0

    def leave_out(self, those: frozenset[str]) -> None:
        """Leave out members from now on, and no others."""
        gone, back = those - self.left_out, self.left_out - those
        self.left_out = those
        for pages in (self.pages, self._fresh or {}):
            for page in [each for each in pages.values() if each.members & gone]:
                # What others said there comes back as soon as it is read again.
                del pages[page.key]
                self._pending[page.place] = 0.0
        if gone:
            self._rest = 0.0  # it doesn't wait until what failed is tried again
        if back:
            self.due = 0.0

    def _has(self, number: int) -> bool:
        """Whether there is a page of that key; while all is read, also of what was read already."""
        return number in self.pages or number in (self._fresh or ())

    async def object(self, problem: str) -> None:
        """Withdraw what was gathered, and keep saying why."""
        if problem == self._said and time.monotonic() < self.due:
            return
        if problem != self._said:
            log.warning("source %s: nothing is gathered: %s", self.source.name, problem)
        self.pages, self._more, self._whole, self._said = {}, 0, False, problem
        withdrawn = await self._publish(problem)
        self.due = time.monotonic() + (LONGEST_SECONDS if withdrawn else AGAIN_SECONDS)

    async def keep(self, place: Place) -> None:
        """Follow what has changed, and look through all of it where that is due."""
        if self._said is not None:
            log.info("source %s: it is gathered again", self.source.name)
            self._said, self.due = None, 0.0
        if time.monotonic() < self._rest:
            return
        try:
            await self._follow(place)
            if time.monotonic() >= self.due:
                await self._look(place)
        except FAILURES as error:
            if not place.client.is_closed():
                await self._fail(error)

    async def _look(self, place: Place) -> None:
        begun = time.monotonic()
        self.due = begun + 60 * self.source.every_minutes
        if not self._whole:
            self._pending.clear()  # what happened before is seen by this
        fresh: dict[int, Page] = {}
        self._fresh = fresh
        collecting = Collecting(self.source, lambda: self.left_out, place.namer)
        try:
            async for pages in collecting.everything(place.channels):
                fresh |= self._fit(pages)
                if not place.permitted():
                    self.due = 0.0
                    return
                await self._follow(place)
            self.pages, self._more, self._whole = fresh, collecting.more, True
        finally:
            self._fresh = None
        # Also where nothing is another, its state says that it was looked at.
        self._published = None
        await self._follow(place)

    async def _follow(self, place: Place) -> None:
        """Make anew what has changed; not before all of it was looked through once."""
        now = time.monotonic()
        changed = [number for number, due in self._pending.items() if due <= now]
        if not self._whole:
            await self._withhold()
            return
        collecting = Collecting(self.source, lambda: self.left_out, place.namer)
        failed: Exception | None = None
        for number in changed:
            self._pending.pop(number, None)  # what happens while it is read comes after it
            try:
                pages = await self._there(place, collecting, number)
            except FAILURES as error:
                self._pending[number], failed = now, error
                break
            self._replace(number, pages)
        if self.pages != self._published and place.permitted():
            await self._publish()
        if failed is not None:
            raise failed

    async def _there(self, place: Place, collecting: Collecting, number: int) -> list[Page]:
        """Return what there is now in a channel or a post."""
        known = {each.id: each for each in place.channels}
        channel = known.get(number)
        if isinstance(channel, discord.TextChannel):
            return await collecting.single(channel)
        if channel is not None:
            return []  # a forum itself says nothing
        try:
            thread = await place.client.fetch_channel(number)
        except (discord.NotFound, discord.Forbidden):
            return []
        forum = known.get(getattr(thread, "parent_id", 0) or 0)
        if not (isinstance(thread, discord.Thread) and isinstance(forum, discord.ForumChannel)):
            return []
        page = await collecting.post(thread, forum)
        return [page] if page else []

    def _replace(self, place: int, pages: Iterable[Page]) -> None:
        """Put what there is now in the place of what there was, as far as there is room."""
        found = [*self._fit(pages).items()]
        for those in (self.pages, self._fresh):
            if those is None:
                continue
            for key in [key for key, page in those.items() if page.place == place]:
                del those[key]
            room = self.source.max_files - len(those)
            those |= dict(found[: max(0, room)])

    def _fit(self, pages: Iterable[Page]) -> dict[int, Page]:
        """Return pages by their keys without those of who was left out while they were made."""
        found = {page.key: page for page in pages}
        for page in [each for each in found.values() if each.members & self.left_out]:
            del found[page.key]
            self._pending[page.place] = 0.0
        return found

    async def _withhold(self) -> None:
        """Take away what lies there since the last start and is of those who are left out.

        Raises:
            SeedIndexError: it can't be.
        """
        those = self.left_out
        if those == self._withheld:
            return
        if (self.index.seeds_path / self.source.place / ORIGINS).exists():
            await asyncio.to_thread(fetch, self.index, self.source, partial(withhold, those))
        self._withheld = those

    async def _publish(self, problem: str = "") -> bool:
        """Let the folder hold the pages and nothing else; return whether it does."""
        pages = dict(self.pages)
        fetcher = partial(stage, list(pages.values()), self._more, problem)
        try:
            state = await asyncio.to_thread(fetch, self.index, self.source, fetcher)
        except SeedIndexError as error:
            if str(error) == problem:
                return True  # nothing was there to withdraw, and its state says why
            log.warning("source %s: %s", self.source.name, error)
            self._rest = time.monotonic() + self._longer()
            return False
        for each in state.skipped:
            if each != self._skipped:
                log.info("source %s: %s %s", self.source.name, each.path, each.reason)
            self._skipped = each
        self._published, self._pause = pages, 0.0
        return True

    async def _fail(self, error: Exception) -> None:
        """Keep what there is, say what went wrong, and try again later."""
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        if not isinstance(error, SeedIndexError):
            reason = f"Discord can't be read now: {reason}"
        self._rest = time.monotonic() + self._longer()
        self.due = min(self.due, self._rest)
        log.warning("source %s: what was gathered stays: %s", self.source.name, reason)
        failing = partial(fail, reason)
        try:
            await asyncio.to_thread(fetch, self.index, self.source, failing)
        except SeedIndexError:
            return  # that is what it was for: its state says so now

    def _longer(self) -> float:
        self._pause = min(max(AGAIN_SECONDS, 2 * self._pause), LONGEST_SECONDS)
        return self._pause
