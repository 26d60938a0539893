"""All sources that are channels of Discord, kept by the process that is told of their server."""

import asyncio
import logging
import time
from collections.abc import Sequence

import discord

from bot.admission import listed
from bot.errors import RecordsFailed
from bot.gathering.kept import FAILURES, KeptSource, Place, Touched
from bot.gathering.pages import Namer
from bot.gathering.readers import NO_INTENT, Channel, is_there, objection
from bot.gathering.staged import written_by
from bot.records import Privacy
from bot.settings import BotConfig
from bot.shards import ONE, Shards
from index import IndexSettings

GONE = (
    "channel {} is in no server that the bot is in: look whether the number is right and the "
    "channel is still there"
)

log = logging.getLogger(__name__)

# Who may read what is looked at so often, whatever Discord has told or hasn't.
TURN_SECONDS = 5.0
# So long it holds that another process sees a channel.
ELSEWHERE_SECONDS = 600.0


class Gathering:
    """Gathers what the config's sources name, for as long as all who are answered can read it."""

    def __init__(
        self, config: BotConfig, index: IndexSettings, privacy: Privacy, shards: Shards = ONE
    ) -> None:
        """Gather into the folders of `index`; before `connect` and `run` nothing is."""
        self._config = config
        self._privacy = privacy
        self._shards = shards
        self._client: discord.Client | None = None
        self._happened = asyncio.Event()
        self._unread = ""
        self._elsewhere: dict[str, float] = {}
        self.sources = [KeptSource(each, index) for each in config.gathered]

    def connect(self, client: discord.Client) -> None:
        """From now on read by a client."""
        self._client = client
        self.look_again()

    async def run(self) -> None:
        """Gather until it is cancelled."""
        while self.sources:
            await self.turn()
            try:
                async with asyncio.timeout(TURN_SECONDS):
                    await self._happened.wait()
            except TimeoutError:
                continue
            self._happened.clear()

    async def turn(self) -> None:
        """See to each source once."""
        client = self._client
        if client is None or not client.is_ready():
            return
        try:
            namer, left_out = await self._privacy.namer(), await self._privacy.left_out()
        except RecordsFailed as error:
            # Whose messages are to be left out isn't known.
            if str(error) != self._unread:
                log.warning("nothing is gathered now: %s", error)
            self._unread = str(error)
            return
        self._unread = ""
        for each in self.sources:
            each.leave_out(left_out)
            try:
                await self._see_to(client, each, namer)
            except Exception:
                # Whatever it is with one source, the others are gathered. Nothing can be when the
                # bot ends.
                if client.is_closed():
                    return
                log.exception("source %s: unforeseen failure", each.source.name)

    async def leave_out(self, member: int, *, out: bool) -> None:
        """Leave a member's messages out of all that is gathered, or take them in again.

        Raises:
            RecordsFailed: that can't be kept.
        """
        await (self._privacy.leave_out(member) if out else self._privacy.take_in(member))
        left_out = await self._privacy.left_out()
        for each in self.sources:
            each.leave_out(left_out)
        self._happened.set()

    async def pages_of(self, member: int) -> int:
        """Return how many files that were gathered have something of a member, whoever did it.

        Raises:
            RecordsFailed: the records can't be read.
        """
        name = (await self._privacy.namer())(member)
        return await asyncio.to_thread(
            lambda: sum(written_by(name, each.index, each.source) for each in self.sources)
        )

    def gathers(self, guild: discord.Guild) -> bool:
        """Whether anything may be gathered in a server."""
        return any(
            guild.get_channel(number) for each in self.sources for number in each.source.channels
        )

    def touch(self, what: Touched) -> None:
        """Take note of something that happened in a channel."""
        for each in self.sources:
            each.touch(what)

    def check(self) -> None:
        """Look soon whether what may be gathered still is what may be."""
        self._happened.set()

    def look_again(self) -> None:
        """Look through everything next: something may have happened that wasn't told."""
        for each in self.sources:
            each.look_again()
        self._happened.set()

    async def _see_to(self, client: discord.Client, kept: KeptSource, namer: Namer) -> None:
        problem = self._problem(client, kept)
        if problem is None or (problem == GONE and await self._is_elsewhere(client, kept)):
            return
        if problem:
            await kept.object(problem.format(kept.source.channels[0]))
            return
        found = map(client.get_channel, kept.source.channels)
        channels = [each for each in found if isinstance(each, Channel)]
        await kept.keep(Place(client, channels, namer, lambda: self._problem(client, kept) == ""))

    def _problem(self, client: discord.Client, kept: KeptSource) -> str | None:
        """Say why nothing may be gathered of a source; empty if it may.

        None where it is for another process to say, or can't be said at this moment.
        """
        if not client.intents.message_content:
            return NO_INTENT if self._shards.first else None
        channels = {number: client.get_channel(number) for number in kept.source.channels}
        found = [each for each in channels.values() if isinstance(each, discord.abc.GuildChannel)]
        if not all(is_there(each.guild) for each in found):
            return None
        if len(found) < len(channels):
            if any(each.unavailable for each in client.guilds):
                return None
            if not found:
                return GONE
            missing = next(number for number, each in channels.items() if each not in found)
            return GONE.format(missing)
        guilds = client.guilds if self._shards.whole else ()
        return objection(kept.source, found, self._config, guilds)

    async def _is_elsewhere(self, client: discord.Client, kept: KeptSource) -> bool:
        """Whether another process sees the channels of a source; the first one finds out."""
        if self._shards.whole:
            return False
        if not self._shards.first:
            return True
        if time.monotonic() >= self._elsewhere.get(kept.source.name, 0.0):
            if not await self._asked(client, kept.source.channels):
                return False
            self._elsewhere[kept.source.name] = time.monotonic() + ELSEWHERE_SECONDS
        return True

    async def _asked(self, client: discord.Client, numbers: Sequence[int]) -> bool:
        try:
            for number in numbers:
                channel = await client.fetch_channel(number)
                if isinstance(channel, discord.abc.PrivateChannel):
                    return False
                guild = channel.guild.id
                if self._shards.have(guild) or not listed(self._config.discord, guild):
                    return False
        except (discord.NotFound, discord.Forbidden, discord.InvalidData):
            return False
        except FAILURES as error:
            log.info("channels can't be looked up: %s", error or type(error).__name__)
        return True
