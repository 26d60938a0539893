"""Servers that other processes of the bot see: known here by asking Discord, and by the records.

A process is told by Discord of the servers on its shards alone. Direct messages come to shard 0,
whoever writes them, and what they may read depends on what they are in any server.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp
import discord

from bot.errors import RecordsFailed
from bot.shards import ONE, Shards

log = logging.getLogger(__name__)

# So long the list of all servers holds; it is an old one that is looked through meanwhile.
KEPT_SECONDS = 600.0
AGAIN_SECONDS = 60.0
# As for membership: what a channel says is as good as nothing if it takes longer.
PATIENCE_SECONDS = 5.0
# TimeoutError is an OSError.
FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError)


class Server(Protocol):
    """A server in which somebody can be looked for: a `discord.Guild`, or a `Distant` one."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def unavailable(self) -> bool:
        """Whether Discord has an outage there."""

    @property
    def member_count(self) -> int | None:
        """How many are in it, if that is known."""

    async def fetch_member(self, member_id: int, /) -> discord.Member:
        """Ask Discord for a member, as they are at this moment.

        Raises:
            NotFound: there is none.
            HTTPException, RateLimited, ClientError, OSError: that can't be told now.
        """


@dataclass(frozen=True, slots=True)
class Distant:
    """A server on another process's shards."""

    id: int
    client: discord.Client = field(repr=False, compare=False)
    member_count: int | None = None
    unavailable: bool = False

    async def fetch_member(self, member_id: int, /) -> discord.Member:
        """Ask Discord for the server, whose roles say what a member may, and for the member."""
        guild = await self.client.fetch_guild(self.id, with_counts=False)
        return await guild.fetch_member(member_id)


async def nowhere(_member: int) -> Sequence[int]:
    """Know nothing of where somebody was answered."""
    return ()


class Elsewhere:
    """The servers that this process isn't told of; none, where it has all shards."""

    def __init__(
        self,
        shards: Shards = ONE,
        lately: Callable[[int], Awaitable[Sequence[int]]] = nowhere,
        named: Iterable[int] = (),
    ) -> None:
        """Go by the config's `named` servers, and by where a member was answered `lately`.

        Before `connect` none is known.
        """
        self._shards = shards
        self._lately = lately
        self._named = tuple(named)
        self._client: discord.Client | None = None
        self._all: list[Distant] | None = None
        self._listing: asyncio.Task[None] | None = None
        self._due = 0.0  # by the monotonic clock

    def connect(self, client: discord.Client) -> None:
        """From now on ask Discord by a client."""
        self._client = client
        # What is known of them would be asked by the one before.
        self._all, self._due = None, 0.0

    def servers(self, numbers: Iterable[int]) -> list[Distant]:
        """Return those of the servers that are elsewhere, each once, in their order."""
        client = self._client
        if client is None:
            return []
        there = (number for number in numbers if number and not self._shards.have(number))
        return [Distant(number, client) for number in dict.fromkeys(there)]

    @property
    def named(self) -> list[Distant]:
        """Those that the config names as the bot's."""
        return self.servers(self._named)

    async def lately(self, member: int) -> list[Distant]:
        """Return those in which somebody was answered, the latest first."""
        if self._shards.whole:
            return []
        try:
            return self.servers(await self._lately(member))
        except RecordsFailed as error:
            log.warning("%s", error)
            return []

    def all(self) -> list[Distant] | None:
        """Return every one, with how many are in it; None while Discord hasn't told."""
        if self._shards.whole:
            return []
        self.refresh()
        return self._all

    def refresh(self) -> None:
        """Ask Discord for the list where that is due; nobody waits for it."""
        due = not self._shards.whole and time.monotonic() >= self._due
        if due and self._listing is None and self._client is not None:
            self._due = time.monotonic() + AGAIN_SECONDS
            self._listing = asyncio.create_task(self._list(self._client))

    async def channels(
        self, guild: discord.Guild, numbers: Iterable[int]
    ) -> list[discord.abc.GuildChannel]:
        """Return those of the channels that a distant server has; none if that can't be told."""
        wanted = frozenset(numbers)
        fetching = asyncio.create_task(_channels_of(guild))
        # Cancelled while it waits out a limit, discord.py would hold back every request.
        done, _ = await asyncio.wait({fetching}, timeout=PATIENCE_SECONDS)
        return [each for each in fetching.result() if each.id in wanted] if done else []

    async def _list(self, client: discord.Client) -> None:
        try:
            self._all = [
                Distant(guild.id, client, guild.approximate_member_count)
                async for guild in client.fetch_guilds(limit=None, with_counts=True)
                if not self._shards.have(guild.id)
            ]
        except FAILURES as error:
            reason = error or type(error).__name__
            log.warning("Discord doesn't say in which servers I am: %s", reason)
        else:
            self._due = time.monotonic() + KEPT_SECONDS
        finally:
            self._listing = None


async def _channels_of(guild: discord.Guild) -> Sequence[discord.abc.GuildChannel]:
    try:
        return await guild.fetch_channels()
    except FAILURES as error:
        reason = error or type(error).__name__
        log.warning("server %s: its channels can't be looked up: %s", guild.id, reason)
        return ()
