"""Which collections a reply may be taken from: what the asker may see, and all who will read it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import discord

from bot.access.audience import Audience
from bot.access.grants import Grant, Standing, may_see, standing_of
from bot.access.membership import MOST_LOOKUPS, Membership
from bot.elsewhere import Distant, Elsewhere, Server
from bot.settings import BotCollectionSettings
from index import EVERYTHING, OF, server_of

Event = discord.Message | discord.Interaction[Any]


class Authority(Protocol):
    """Tells who manages what. What can't be told is no; nothing is raised."""

    async def owns(self, user: discord.abc.User) -> bool:
        """Whether somebody is an owner of the bot."""

    async def manages(self, member: discord.Member) -> bool:
        """Whether a member manages the index of their server."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The names of the collections that a reply may be taken from, in the config's order.

    `more` says that the asker may see others, too, which a private reply could be taken from.
    Whether there is anything in them to reply doesn't enter into it.
    """

    names: tuple[str, ...]
    more: bool = False


class Access:
    """Decides for each event anew, by the rights of the moment; what isn't granted is denied."""

    def __init__(
        self,
        collections: Sequence[BotCollectionSettings],
        names: Callable[[], Awaitable[Collection[str]]],
        authority: Authority,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        """Decide on the config's `collections`, of which `names` returns those that are there.

        Before `connect` no server is known. `elsewhere` are those that other processes see.
        """
        self._collections = collections
        self._names = names
        self._authority = authority
        self._elsewhere = elsewhere or Elsewhere()
        self._client: discord.Client | None = None
        self._membership = Membership()
        self._each = frozenset(each.name for each in collections if each.each)
        self._grants = {each.name: Grant.of(each) for each in collections if not each.each}
        self._named = [grant for grant in self._grants.values() if not grant.everybody]
        self._channels = frozenset[int]().union(*(grant.channels for grant in self._named))

    def connect(self, client: discord.Client) -> None:
        """From now on know the servers that a client is in."""
        self._client = client
        self._elsewhere.connect(client)

    async def scope(self, event: Event, *, private: bool) -> Scope:
        """Return what a reply to a message, a command or a click may be taken from.

        That is what the asker may see by what they are in the server where they ask; by what they
        are in any server, where they ask elsewhere. What others will see, as they do unless the
        reply is `private` or goes to the asker directly, has to be for all of them.
        """
        if not self._collections:
            return Scope((EVERYTHING,))
        names = frozenset(await self._names())
        user = event.user if isinstance(event, discord.Interaction) else event.author
        guild = self._guild(event.guild.id) if event.guild else None
        if guild is not None:
            standings = await self._standing_here(user)
        else:
            standings = await self._standings(user, names)
        owns = await self._authority.owns(user)
        seen = tuple(name for name in self._seen(standings, owns=owns) if name in names)
        if private or (guild is None and _is_direct(event)):
            return Scope(seen)
        audience = Audience(event.channel if guild is not None else None)
        shared = tuple(name for name in seen if audience.may_see(self._grant(name), user.id))
        return Scope(shared, more=shared != seen)

    def visible_in(self, channel: object, names: Collection[str]) -> bool:
        """Whether everybody who can read a channel may see all collections of these names."""
        if not self._collections:
            return True
        audience = Audience(channel)
        return all(audience.may_see(self._grant(name)) for name in names)

    def readable_in(self, channel: object) -> Callable[[int], bool]:
        """Return what tells whether all who can read a channel can read another of its server."""
        return cache(Audience(channel).may_read)

    def _grant(self, name: str) -> Grant:
        """Return whom a collection is for; nobody, if there is none of that name."""
        base, _, server = name.partition(OF)
        if base in self._each and server.isdecimal():
            return Grant.of_server(int(server))
        return self._grants.get(name, Grant())

    def _seen(self, standings: Sequence[Standing], *, owns: bool) -> Iterator[str]:
        """Yield the names of what one with these standings may see; all, for an owner of the bot.

        Of what each server has of its own, an owner sees that of the servers they are in.
        """
        for each in self._collections:
            if each.each:
                yield from (f"{each.name}{OF}{standing.server}" for standing in standings)
            elif owns or may_see(self._grants[each.name], standings):
                yield each.name

    def _guild(self, number: int) -> discord.Guild | None:
        """Return the server with that id, if the bot is in it."""
        return self._client.get_guild(number) if self._client else None

    async def _standing_here(self, user: discord.abc.User) -> list[Standing]:
        """Return what somebody is in the server where they ask: nothing, if no member."""
        if not isinstance(user, discord.Member):
            return []
        self._membership.saw(user)
        return [await self._standing(user)]

    async def _standings(self, user: discord.abc.User, names: Collection[str]) -> list[Standing]:
        """Return what somebody is in each server that matters, as far as it can be found out."""
        distant = await self._distant(user.id, names)
        where = self._where_to_look(user.id, names, distant)
        members = await self._membership.find(user.id, where)
        return await asyncio.gather(*map(self._standing, members))

    async def _standing(self, member: discord.Member) -> Standing:
        managed = any(grant.manager == member.guild.id for grant in self._named)
        manages = managed and await self._authority.manages(member)
        fetched: Sequence[discord.abc.GuildChannel] = ()
        if self._channels and self._guild(member.guild.id) is None:
            fetched = await self._elsewhere.channels(member.guild, self._channels)
        return standing_of(member, self._channels, fetched, manages=manages)

    def _where_to_look(
        self, user: int, names: Collection[str], distant: Sequence[Distant]
    ) -> list[Server]:
        """Return the servers by which somebody could see what isn't for everybody.

        Those where they asked lately come first. Of those that matter only for what they have of
        their own, others are looked at while the bot is in few servers.
        """
        guilds = self._client.guilds if self._client else ()
        few = len(guilds) <= MOST_LOOKUPS
        lately = [guild for each in self._membership.lately(user) if (guild := self._guild(each))]
        wanted = [guild for guild in lately if self._is_named(guild) or self._has_own(guild, names)]
        wanted += [guild for guild in guilds if self._is_named(guild)]
        owning = [guild for guild in guilds if few and self._has_own(guild, names)]
        known: list[Server] = [*wanted, *distant, *owning]
        return list({each.id: each for each in known if not each.unavailable}.values())

    async def _distant(self, user: int, names: Collection[str]) -> list[Distant]:
        """Return those that other processes see, by the same rules.

        What is for a role or a channel there counts where the config names the server, too: nobody
        else could say whose those are.
        """
        numbers = [number for each in self._named for number in (*each.servers, each.manager)]
        wanted = self._elsewhere.servers(numbers)
        if any(each.roles or each.channels for each in self._named):
            wanted += self._elsewhere.named
        if self._each:
            lately = await self._elsewhere.lately(user)
            owned = self._elsewhere.servers(int(server_of(name) or 0) for name in names)
            wanted += [each for each in lately if each in owned]
            wanted += owned if len(owned) <= MOST_LOOKUPS else []
        return list(dict.fromkeys(wanted))

    def _is_named(self, guild: discord.Guild) -> bool:
        return any(grant.names(guild) for grant in self._named)

    def _has_own(self, guild: Server, names: Collection[str]) -> bool:
        return any(f"{each}{OF}{guild.id}" in names for each in self._each)


def _is_direct(event: Event) -> bool:
    """Whether an event from no server comes to the bot itself, with nobody else there.

    A command can also be used between other people, whose channel looks the same.
    """
    if isinstance(event, discord.Interaction):
        return event.context.dm_channel
    return isinstance(event.channel, discord.DMChannel)
