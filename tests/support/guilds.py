"""discord.py's own objects for a world of plain data, without a connection.

A client's private parts are touched here and nowhere else.
"""

from collections.abc import Collection, Mapping
from typing import Any

import discord
from discord.http import HTTPClient

from bot.access.access import Access
from bot.elsewhere import Elsewhere
from tests.support.discord_server import payloads
from tests.support.discord_server.payloads import Payload
from tests.support.visibility import BOT, Asking, Channel, Role, Rule, Server, World
from tests.support.worlds import ELSEWHERE

# The contexts in which a command is used: a server, directly to the bot, between other people.
IN_SERVER, DIRECTLY, BETWEEN_PEOPLE = 0, 1, 2
DIRECT, GROUP = 1, 3
# What is looked up of a server, as far as it is no member.
SERVER, CHANNELS = 0, 1

Interaction = discord.Interaction[Any]


class OfflineClient(discord.Client):
    """A client that is told what servers there are; it looks for members in `world`.

    `lookups` counts those by server and member, 0 for the server itself and 1 for its channels;
    `broken` is raised by each, if it is set.
    """

    def __init__(self, world: World | None = None, told: Collection[int] | None = None) -> None:
        """Be in the servers of a world, and be `told` of some of them, or of all."""
        super().__init__(intents=discord.Intents(guilds=True))
        self.lookups: list[tuple[int, int]] = []
        self.broken: Exception | None = None
        self.state = self._connection
        self.state.user = discord.ClientUser(state=self.state, data=person(BOT))  # type: ignore[arg-type]
        self.state.http = self.http = _Lookups(self)
        self.world = world or World({}, (), frozenset())
        for server in self.world.servers.values():
            if told is None or server.id in told:
                self.enter(server)

    def enter(self, server: Server, **changed: object) -> discord.Guild:
        """Be in a server from now on, and know it by its data with some of it `changed`."""
        guild = discord.Guild(data=_guild(server) | changed, state=self.state)  # type: ignore[arg-type]
        self.state._add_guild(guild)  # noqa: SLF001 - as the gateway does
        return guild

    def leave(self, server: int) -> None:
        """Be out of a server."""
        self.state._remove_guild(self.state._guilds[server])  # noqa: SLF001 - as the gateway does

    def message(self, asking: Asking, **changed: object) -> discord.Message:
        """What somebody writes in a channel; directly, if in no server."""
        where: Payload = {"id": str(asking.channel or 1)}
        if asking.server:
            where["guild_id"] = str(asking.server)
        data = payloads.message(where, person(asking.asker), {})
        server = self.world.servers.get(asking.server)
        if server and asking.asker in server.members:
            data["member"] = self._member(server.id, asking.asker)
        data |= changed
        channel, _ = self.state._get_guild_channel(data)  # type: ignore[arg-type] # noqa: SLF001
        return discord.Message(state=self.state, channel=channel, data=data)  # type: ignore[arg-type]

    def interaction(self, asking: Asking, **changed: object) -> Interaction:
        """A command that somebody uses; in no server, directly or between people."""
        user = person(asking.asker)
        where = payloads.channel(str(asking.server), "c") | {"id": str(asking.channel or 1)}
        data = payloads.interaction(str(BOT), where, user, payloads.SLASH, {})
        if asking.server in self.world.servers:
            data["member"] |= self._member(asking.server, asking.asker)
        elif not asking.server:
            for key in ("guild_id", "guild", "member"):
                del data[key]
            kind = GROUP if asking.channel == ELSEWHERE else DIRECT
            channel = payloads.direct_channel(user) | {"id": where["id"], "type": kind}
            context = BETWEEN_PEOPLE if asking.channel else DIRECTLY
            data |= {"user": user, "channel": channel, "context": context}
        return Interaction(data=data | changed, state=self.state)  # type: ignore[arg-type]

    def asked(self, asking: Asking, *, command: bool) -> discord.Message | Interaction:
        """One of both; what is between people can only be a command."""
        used = command or (not asking.server and asking.channel)
        return self.interaction(asking) if used else self.message(asking)

    def member(self, server: int, number: int) -> discord.Member:
        """A member of a server in the world."""
        data = self._member(server, number) | {"user": person(number)}
        return discord.Member(data=data, guild=self.guild(server), state=self.state)  # type: ignore[arg-type]

    def guild(self, server: int) -> discord.Guild:
        """A server that the client is in."""
        guild = self.get_guild(server)
        assert guild is not None
        return guild

    def _member(self, server: int, number: int) -> Payload:
        return payloads.member(str(role) for role in self.world.servers[server].members[number])


class Told:
    """Who owns the bot and manages what, by a world; `asked` are the servers it was asked of."""

    def __init__(self, world: World) -> None:
        """Tell it by a world."""
        self._world = world
        self.asked: list[int] = []

    async def owns(self, user: discord.abc.User) -> bool:
        """Whether somebody is an owner of the bot."""
        return user.id in self._world.owners

    async def manages(self, member: discord.Member) -> bool:
        """Whether a member manages their server, or has its role for that."""
        self.asked.append(member.guild.id)
        keepers = self._world.servers[member.guild.id].keepers
        return member.guild_permissions.manage_guild or member.get_role(keepers) is not None


def access(client: OfflineClient, elsewhere: Elsewhere | None = None) -> Access:
    """What decides in the world of a client, which may be told of a part of it."""

    async def names() -> frozenset[str]:
        return client.world.names

    made = Access(client.world.collections, names, Told(client.world), elsewhere)
    made.connect(client)
    return made


class _Lookups(HTTPClient):
    """Where members are looked up; nothing else is asked of it."""

    def __init__(self, client: OfflineClient) -> None:
        super().__init__(client.loop)
        self._client = client

    async def get_member(self, guild_id: int, member_id: int) -> Any:  # type: ignore[override] # noqa: ANN401
        client = self._client
        if member_id not in self._server(guild_id, member_id).members:
            raise discord.NotFound(Response(404), "Unknown Member")
        return client._member(guild_id, member_id) | {"user": person(member_id)}  # noqa: SLF001

    async def get_guild(self, guild_id: int, *, with_counts: bool = True) -> Any:  # type: ignore[override] # noqa: ANN401
        assert not with_counts
        told = _guild(self._server(guild_id, SERVER))
        return {name: each for name, each in told.items() if name not in {"channels", "threads"}}

    async def get_all_guild_channels(self, guild_id: int) -> Any:  # type: ignore[override] # noqa: ANN401
        return _guild(self._server(guild_id, CHANNELS))["channels"]

    def _server(self, number: int, what: int) -> Server:
        self._client.lookups.append((number, what))
        if self._client.broken is not None:
            raise self._client.broken
        if number not in self._client.world.servers:
            raise discord.NotFound(Response(404), "Unknown Guild")
        return self._client.world.servers[number]


class Response:
    """What discord.py reads of an answer of Discord's that is an error."""

    def __init__(self, status: int) -> None:
        """Have a status."""
        self.status = status
        self.reason = ""


def person(number: int) -> Payload:
    """The data of somebody."""
    return payloads.user(f"p{number}", bot=number == BOT) | {"id": str(number)}


def thread_data(server: int, number: int, parent: int, kind: int) -> Payload:
    """The data of a thread."""
    made = payloads.thread({"guild_id": str(server), "id": str(parent)}, person(BOT), "thread")
    return made | {"id": str(number), "type": kind}


def _guild(server: Server) -> Payload:
    number = str(server.id)
    made = payloads.guild(str(server.owner), person(BOT))
    everyone: Mapping[str, object] = made["roles"][0]
    return made | {
        "id": number,
        "roles": [{**everyone, **_role(role, server)} for role in server.roles.values()],
        "channels": [channel_data(server.id, each) for each in server.channels.values()],
        "threads": [
            thread_data(server.id, each.id, each.parent, each.kind)
            for each in server.threads.values()
        ],
    }


def _role(role: Role, server: Server) -> Payload:
    everyone = role.id == server.id
    made = {
        "id": str(role.id),
        "name": "@everyone" if everyone else f"r{role.id}",
        "permissions": str(role.permissions),
        "position": 0 if everyone else 1,
    }
    return made | ({"managed": True, "tags": {"bot_id": str(BOT)}} if role.bots else {})


def channel_data(server: int, channel: Channel) -> Payload:
    made = payloads.channel(str(server), f"c{channel.id}") | {"id": str(channel.id)}
    more = {"type": channel.kind, "permission_overwrites": [_rule(rule) for rule in channel.rules]}
    return made | more | {"bitrate": 64000, "user_limit": 0, "available_tags": [], "flags": 0}


def _rule(rule: Rule) -> Payload:
    kind = 1 if rule.personal else 0
    return {"id": str(rule.target), "type": kind, "allow": str(rule.allow), "deny": str(rule.deny)}
