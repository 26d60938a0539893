"""Two servers and collections for some of their members, and what those ask there."""

from dataclasses import replace
from typing import Any

import discord

from bot.access.access import Scope
from bot.settings import BotCollectionSettings
from tests.support.guilds import OfflineClient, access
from tests.support.visibility import (
    MANAGE_SERVER,
    VIEW_CHANNEL,
    Asking,
    Channel,
    Role,
    Rule,
    Server,
    Thread,
    World,
)
from tests.support.worlds import UNKNOWN

HERE, THERE, FOREIGN = 1000, 2000, 3000
ANN, BEN, BOSS = 10, 11, 12
READERS, STAFF = 1001, 1002
TEXT, SECRET, THREAD, LOST = 1010, 1011, 1012, 1013
COLLECTIONS = (
    BotCollectionSettings(name="staff", manager=HERE),
    BotCollectionSettings(name="secret", roles=[READERS]),
    BotCollectionSettings(name="own", folder="of/{server}"),
    BotCollectionSettings(name="here", servers=[HERE]),
    BotCollectionSettings(name="all", everybody=True),
)
NAMES = frozenset({"staff", "secret", "own@1000", "own@2000", "here", "all"})


def server(number: int, *members: int) -> Server:
    """A server with a channel for all of its members."""
    roles = {number: Role(number, VIEW_CHANNEL)}
    nothing = frozenset[int]()
    channels = {number + 10: Channel(number + 10)}
    return Server(number, 9, roles, channels, {}, dict.fromkeys(members, nothing))


def world() -> World:
    """Two servers: one with a secret channel for readers, Ann is one; the other with Ben alone."""
    hidden = (Rule(HERE, deny=VIEW_CHANNEL), Rule(READERS, allow=VIEW_CHANNEL))
    roles = (Role(HERE, VIEW_CHANNEL), Role(READERS), Role(STAFF, MANAGE_SERVER))
    here = replace(
        server(HERE),
        roles={each.id: each for each in roles},
        channels={TEXT: Channel(TEXT), SECRET: Channel(SECRET, hidden)},
        threads={THREAD: Thread(THREAD, SECRET), LOST: Thread(LOST, UNKNOWN)},
        members={ANN: frozenset({READERS}), BEN: frozenset(), BOSS: frozenset({STAFF})},
    )
    return World({HERE: here, THERE: server(THERE, BEN)}, COLLECTIONS, NAMES)


Event = discord.Message | discord.Interaction[Any]


def both(client: OfflineClient, asker: int, where: int = 0, channel: int = 0) -> list[Event]:
    """A message and a command of somebody."""
    asking = Asking(asker, where, channel, alone=False)
    return [client.asked(asking, command=command) for command in (False, True)]


async def scope(client: OfflineClient, event: Event, *, private: bool = False) -> Scope:
    """What a reply may be taken from, by one who remembers nothing."""
    return await access(client).scope(event, private=private)
