"""Who may see what, said over again: slowly, without discord.py, by trying out everybody.

A world is plain data. That a collection is for all who read a channel is found here by going
through the members, and through every member there could be, with every choice of roles.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, combinations

from bot.settings import BotCollectionSettings

# Discord's bits (https://discord.com/developers/docs/topics/permissions).
ADMINISTRATOR, MANAGE_SERVER, VIEW_CHANNEL = 1 << 3, 1 << 5, 1 << 10

BOT = 1
# Somebody who isn't known, and whom no channel names.
STRANGER = 2


@dataclass(frozen=True, slots=True)
class Role:
    """A role; only a bot can have one that is `bots`."""

    id: int
    permissions: int = 0
    bots: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """What a channel has for a role or, if it is `personal`, for a member: an overwrite."""

    target: int
    allow: int = 0
    deny: int = 0
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, by Discord's number for its kind."""

    id: int
    rules: tuple[Rule, ...] = ()
    kind: int = 0


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread in a channel, which may be one that the bot doesn't know."""

    id: int
    parent: int
    kind: int = 11


@dataclass(frozen=True, slots=True)
class Server:
    """A server, with the roles of each member; `keepers` is its role that may rebuild.

    The role of everyone has the server's id. The bot is in it without being a member here.
    """

    id: int
    owner: int
    roles: Mapping[int, Role]
    channels: Mapping[int, Channel]
    threads: Mapping[int, Thread] = field(default_factory=dict)
    members: Mapping[int, frozenset[int]] = field(default_factory=dict)
    keepers: int = 0


@dataclass(frozen=True, slots=True)
class World:
    """Servers that the bot is in, collections, the names of those that are there, its owners."""

    servers: Mapping[int, Server]
    collections: tuple[BotCollectionSettings, ...]
    names: frozenset[str]
    owners: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody asks in a channel or thread of a server; in server 0, in one between people.

    `alone` says that the reply will be seen by the asker alone. In server 0 and channel 0 they ask
    the bot directly.
    """

    asker: int
    server: int
    channel: int
    alone: bool


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in one server, with roles other than everyone's."""

    id: int
    roles: frozenset[int] = frozenset()


def may_show(world: World, asking: Asking) -> frozenset[str]:
    """The names of what may be shown: all that the asker may see, and all who see it with them."""
    seen = may_see(world, asking)
    if asking.alone or not (asking.server or asking.channel):
        return seen
    if not asking.server:
        return frozenset(name for name in seen if for_whom(world, name).everybody)
    server = world.servers[asking.server]
    return frozenset(
        name
        for name in seen
        if all_may_see(server, asking.channel, for_whom(world, name), asking.asker)
    )


def may_see(world: World, asking: Asking) -> frozenset[str]:
    """The names of what the asker may see, by the server they ask in or else by all of theirs."""
    servers = [world.servers[asking.server]] if asking.server else list(world.servers.values())
    places = [
        (server, Person(asking.asker, server.members[asking.asker]))
        for server in servers
        if asking.asker in server.members
    ]
    # What a server has of its own, an owner of the bot manages and needn't read.
    shared = {each.name for each in world.collections if not each.each}
    return frozenset(
        name
        for name in world.names
        if (asking.asker in world.owners and name in shared)
        or (whom := for_whom(world, name)).everybody
        or any(sees(server, whom, person) for server, person in places)
    )


def for_whom(world: World, name: str) -> BotCollectionSettings:
    """The settings of a collection; of what each server has of its own, as one for that server."""
    base, _, server = name.partition("@")
    settings = next(each for each in world.collections if each.name == base)
    if not server:
        return settings
    number = int(server)
    return BotCollectionSettings(name=base, servers=[number], manager=number)


def sees(server: Server, whom: BotCollectionSettings, person: Person) -> bool:
    """Whether somebody may see a collection by what they are in one server."""
    held = {server.id, *person.roles}
    channels = [server.channels[each] for each in whom.channels if each in server.channels]
    named = server.id in whom.servers or bool(channels or set(server.roles) & set(whom.roles))
    manages = may(server, person, MANAGE_SERVER) or server.keepers in held
    return (
        whom.everybody
        or server.id in whom.servers
        or bool(held & set(whom.roles))
        or any(views(server, channel, person) for channel in channels)
        or (may(server, person, ADMINISTRATOR) and named)
        or (whom.manager == server.id and manages)
    )


def may(server: Server, person: Person, permission: int) -> bool:
    """Whether somebody has a permission in a server, apart from its channels."""
    has = 0
    for role in (server.id, *person.roles):
        has |= server.roles[role].permissions
    return person.id == server.owner or bool(has & (permission | ADMINISTRATOR))


def views(server: Server, channel: Channel, person: Person) -> bool:
    """Whether somebody can view a channel, by Discord's order of what says so."""
    if may(server, person, ADMINISTRATOR):
        return True
    can = may(server, person, VIEW_CHANNEL)
    impersonal = [rule for rule in channel.rules if not rule.personal]
    for rules in (
        [rule for rule in impersonal if rule.target == server.id],
        [rule for rule in impersonal if rule.target in person.roles],
        [rule for rule in channel.rules if rule.personal and rule.target == person.id],
    ):
        if any(rule.deny & VIEW_CHANNEL for rule in rules):
            can = False
        if any(rule.allow & VIEW_CHANNEL for rule in rules):
            can = True
    return can


def all_may_see(server: Server, number: int, whom: BotCollectionSettings, asker: int = 0) -> bool:
    """Whether everybody who could read a channel or thread of a server may see a collection.

    Of the asker alone it is known which roles they have.
    """
    if number in server.threads:
        number = server.threads[number].parent
    if number not in server.channels:
        return whom.everybody
    channel = server.channels[number]
    return all(
        sees(server, whom, person)
        for person in everybody(server, channel, asker)
        if views(server, channel, person)
    )


def everybody(server: Server, channel: Channel, asker: int = 0) -> Iterator[Person]:
    """Who is in a server, and who could be: somebody, or whom a channel names, with any roles."""
    yield from (Person(number, roles) for number, roles in server.members.items())
    roles = [each.id for each in server.roles.values() if each.id != server.id and not each.bots]
    choices = chain.from_iterable(combinations(roles, count) for count in range(len(roles) + 1))
    named = {rule.target for rule in channel.rules if rule.personal}
    for choice in choices:
        for number in {STRANGER, server.owner, *named} - {asker, BOT}:
            yield Person(number, frozenset(choice))
