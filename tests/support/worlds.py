"""Worlds by chance: servers, roles, channels with rules, members, and collections for some."""

from collections.abc import Iterable, Sequence
from itertools import count
from random import Random
from typing import TypeVar

from bot.settings import BotCollectionSettings
from tests.support.visibility import (
    ADMINISTRATOR,
    BOT,
    MANAGE_SERVER,
    STRANGER,
    VIEW_CHANNEL,
    Asking,
    Channel,
    Role,
    Rule,
    Server,
    Thread,
    World,
)

T = TypeVar("T")

FIRST_PERSON, FIRST = 10, 1000
TEXT, VOICE, CATEGORY, STAGE, FORUM = 0, 2, 4, 13, 15
PUBLIC, PRIVATE = 11, 12
# A channel that no server has; one between people, of which the bot is none.
UNKNOWN, ELSEWHERE = 3, 4


def world(draw: Random, people: int = 5, servers: int = 2) -> World:
    """A world with so many people, of whom some are in some of its servers."""
    ids = count(FIRST)
    persons = range(FIRST_PERSON, FIRST_PERSON + people)
    made = {each.id: each for each in (_server(draw, ids, persons) for _ in range(servers))}
    collections = _collections(draw, list(made.values()))
    names = [each.name for each in collections if not each.each]
    names += [f"{each.name}@{server}" for each in collections if each.each for server in made]
    there = frozenset(name for name in names if draw.random() < 0.9)
    owners = frozenset({draw.choice(persons)} if draw.random() < 0.3 else ())
    return World(made, collections, there, owners)


def asking(draw: Random, drawn: World) -> Asking:
    """Somebody who asks where they can, in a world."""
    server = draw.choice(list(drawn.servers.values()))
    asker = draw.choice(list(server.members))
    alone = draw.random() < 0.3
    if draw.random() < 0.2:
        # Somebody may be in no server that the bot is in.
        return Asking(draw.choice((asker, asker, STRANGER)), 0, draw.choice((0, ELSEWHERE)), alone)
    channels = [each.id for each in server.channels.values() if each.kind != CATEGORY]
    return Asking(asker, server.id, draw.choice([*channels, *server.threads]), alone)


def _server(draw: Random, ids: "count[int]", persons: Sequence[int]) -> Server:
    number = next(ids)
    roles = {number: Role(number, _bits(draw, 0.4, 0.02))}
    for _ in range(draw.randrange(5)):
        role = Role(next(ids), _bits(draw, 0.3, 0.12), bots=draw.random() < 0.15)
        roles[role.id] = role
    people = {each: _roles(draw, roles, number) for each in persons if draw.random() < 0.7}
    people = people or {persons[0]: frozenset()}
    channels: dict[int, Channel] = {}
    for _ in range(draw.randrange(1, 4)):
        channel = _channel(draw, next(ids), roles, persons)
        if channels and draw.random() < 0.25:
            # As one that goes with its category.
            channel = Channel(channel.id, draw.choice(list(channels.values())).rules, channel.kind)
        channels[channel.id] = channel
    text = Channel(next(ids), _channel(draw, 0, roles, persons).rules)
    channels[text.id] = text
    threads = {
        each.id: each
        for each in (
            Thread(next(ids), parent, draw.choice((PUBLIC, PRIVATE)))
            for parent in (draw.choice(list(channels)), text.id, UNKNOWN)
        )
    }
    keepers = draw.choice([0, *roles.keys() - {number}])
    return Server(number, draw.choice(persons), roles, channels, threads, people, keepers)


def _bits(draw: Random, views: float, rules: float) -> int:
    return (
        (VIEW_CHANNEL if draw.random() < views else 0)
        | (MANAGE_SERVER if draw.random() < rules else 0)
        | (ADMINISTRATOR if draw.random() < rules else 0)
    )


def _roles(draw: Random, roles: dict[int, Role], everyone: int) -> frozenset[int]:
    return frozenset(
        each.id
        for each in roles.values()
        if each.id != everyone and not each.bots and draw.random() < 0.4
    )


def _channel(draw: Random, number: int, roles: Iterable[int], persons: Sequence[int]) -> Channel:
    rules = [_rule(draw, role) for role in roles if draw.random() < 0.5]
    if draw.random() < 0.3:
        someone = draw.choice([BOT, *persons])
        rules.append(_rule(draw, someone, personal=True))
    draw.shuffle(rules)
    return Channel(number, tuple(rules), draw.choice((TEXT, TEXT, VOICE, CATEGORY, STAGE, FORUM)))


def _rule(draw: Random, target: int, *, personal: bool = False) -> Rule:
    allow, deny = draw.choice(((VIEW_CHANNEL, 0), (0, VIEW_CHANNEL), (0, 0)))
    # What else is allowed or denied has nothing to do with it.
    return Rule(target, allow | draw.choice((0, MANAGE_SERVER)), deny, personal)


def _collections(draw: Random, servers: list[Server]) -> tuple[BotCollectionSettings, ...]:
    roles = [role for server in servers for role in server.roles]
    channels = [each for server in servers for each in server.channels]
    made = []
    for number in range(draw.randrange(1, 5)):
        name = f"c{number}"
        if draw.random() < 0.2:
            made.append(BotCollectionSettings(name=name, folder="of/{server}"))
            continue
        made.append(
            BotCollectionSettings(
                name=name,
                everybody=draw.random() < 0.1,
                servers=_some(draw, [each.id for each in servers], 0.2),
                channels=_some(draw, channels, 0.4),
                roles=_some(draw, roles, 0.6),
                manager=draw.choice([each.id for each in servers]) if draw.random() < 0.2 else 0,
            )
        )
    return tuple(made)


def _some(draw: Random, among: Sequence[T], chance: float) -> list[T]:
    if draw.random() >= chance:
        return []
    return draw.sample(among, min(len(among), draw.randrange(1, 4)))
