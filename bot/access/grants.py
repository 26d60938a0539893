"""Whom a collection is for, and what somebody is in a server."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import discord

from bot.settings import BotCollectionSettings


@dataclass(frozen=True, slots=True)
class Grant:
    """Whom one collection is for, by Discord's ids: nobody, if nothing is said.

    Any of `servers`, `channels` and `roles` suffices. The managers of the server `manager` may
    see it, too; 0 is no server.
    """

    everybody: bool = False
    servers: frozenset[int] = frozenset()
    channels: frozenset[int] = frozenset()
    roles: frozenset[int] = frozenset()
    manager: int = 0

    @classmethod
    def of(cls, settings: BotCollectionSettings) -> Self:
        """Return whom a collection is for; what stands for one in each server is for nobody."""
        return cls(
            settings.everybody,
            frozenset(settings.servers),
            frozenset(settings.channels),
            frozenset(settings.roles),
            settings.manager,
        )

    @classmethod
    def of_server(cls, server: int) -> Self:
        """Return whom a collection is for that a server has of its own."""
        return cls(servers=frozenset({server}), manager=server)

    def names(self, guild: discord.Guild) -> bool:
        """Whether it speaks of a server, or of a role or a channel of it.

        Who may do anything in the server, as its owner may, then may see the collection: nobody
        could keep the role or the channel from them.
        """
        return (
            guild.id in self.servers
            or guild.id == self.manager
            or any(guild.get_role(number) for number in self.roles)
            or any(guild.get_channel(number) for number in self.channels)
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody is in one server, by Discord's ids.

    `channels` are those that they can view among the ones that were asked for; `manages` says
    whether they manage what the server manages.
    """

    server: int
    roles: frozenset[int] = frozenset()
    channels: frozenset[int] = frozenset()
    manages: bool = False


def may_see(grant: Grant, standings: Iterable[Standing]) -> bool:
    """Whether one who has these standings, each in another server, may see a collection."""
    return grant.everybody or any(
        standing.server in grant.servers
        or not grant.roles.isdisjoint(standing.roles)
        or not grant.channels.isdisjoint(standing.channels)
        or (standing.manages and standing.server == grant.manager)
        for standing in standings
    )


def standing_of(
    member: discord.Member,
    named_channels: Iterable[int],
    fetched: Iterable[discord.abc.GuildChannel] = (),
    *,
    manages: bool,
) -> Standing:
    """Return what a member is in their server, by what is known of it at this moment.

    Of `named_channels` those count that the server has and that they can view; of a server that
    another process sees, those of them that were `fetched`. A category counts as any channel does,
    by its own permissions. A thread doesn't: whether the bot knows of one depends on when somebody
    wrote there last.

    To the owner of the server, and to an administrator, all its roles count as theirs.
    """
    guild = member.guild
    if not is_known(guild):
        return Standing(guild.id)
    rules = member.guild_permissions.administrator
    channels: dict[int, discord.abc.GuildChannel | None] = {
        number: guild.get_channel(number) for number in named_channels
    }
    channels |= {channel.id: channel for channel in fetched}
    return Standing(
        server=guild.id,
        roles=frozenset(role.id for role in (guild.roles if rules else member.roles)),
        channels=frozenset(
            number
            for number, channel in channels.items()
            if channel is not None and channel.permissions_for(member).view_channel
        ),
        manages=manages or rules,
    )


def is_known(guild: discord.Guild) -> bool:
    """Whether the roles and channels of a server are known, as they are at this moment.

    They aren't while Discord has an outage, or where the bot is no member.
    """
    # discord.py's types have no server without it.
    everyone: discord.Role | None = guild.default_role
    return everyone is not None and not guild.unavailable
