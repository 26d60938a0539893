"""Nothing is gathered that somebody could be answered from who can't read the channel."""

from collections.abc import Iterator
from itertools import count
from random import Random

import discord
import pytest

from bot.gathering.readers import objection
from bot.settings import BotCollectionSettings, BotConfig, ChannelSourceSettings, DiscordSettings
from tests.support.guilds import OfflineClient
from tests.support.visibility import (
    ADMINISTRATOR,
    BOT,
    MANAGE_SERVER,
    STRANGER,
    VIEW_CHANNEL,
    Channel,
    Person,
    Role,
    Rule,
    Server,
    World,
    everybody,
    may,
    sees,
)

HISTORY = 1 << 16
READ = VIEW_CHANNEL | HISTORY
TEXT, NEWS, FORUM = 0, 5, 15
OWNER, ANN, BOB = 10, 11, 12
WORLDS = 1500


def reads(server: Server, channel: Channel, person: Person) -> bool:
    """Whether somebody can view a channel and its history, by Discord's order of what says so."""
    if may(server, person, ADMINISTRATOR):
        return True
    for bit in (VIEW_CHANNEL, HISTORY):
        can = may(server, person, bit)
        for personal, targets in (
            (False, {server.id}),
            (False, person.roles),
            (True, {person.id}),
        ):
            rules = [
                each
                for each in channel.rules
                if each.personal == personal and each.target in targets
            ]
            if any(rule.deny & bit for rule in rules):
                can = False
            if any(rule.allow & bit for rule in rules):
                can = True
        if not can:
            return False
    return True


def answered(
    world: World, config: BotConfig, source: ChannelSourceSettings
) -> Iterator[tuple[Server, Person]]:
    """Everybody who could be answered from the folder of a source, in the server they are in."""
    for server in world.servers.values():
        channels = [*server.channels.values()]
        people = {each for channel in channels for each in everybody(server, channel)}
        for person in people:
            if not config.collections and (
                config.discord.direct_messages == "open"
                or not config.discord.servers
                or server.id in config.discord.servers
            ):
                yield server, person
            for each in config.collections:
                folder = each.folder.replace("{server}", str(server.id))
                whom = each
                if each.each:
                    whom = BotCollectionSettings(
                        name=each.name, servers=[server.id], manager=server.id
                    )
                covers = not folder or f"{source.place}/".startswith(f"{folder}/")
                if covers and sees(server, whom, person):
                    yield server, person


def drawn(draw: Random) -> tuple[World, BotConfig, ChannelSourceSettings]:
    """Two servers, whom the documents are for, and what is gathered of one of the servers."""
    ids = count(1000)
    servers = [_server(draw, ids) for _ in range(draw.choice((1, 2)))]
    server = servers[0]
    among = [*server.channels] if draw.random() < 0.3 else [draw.choice([*server.channels])]
    place = draw.choice(("help", f"of/{server.id}", f"of/{servers[-1].id}"))
    source = ChannelSourceSettings(name="help", folder=place, channels=among)
    collections = _collections(draw, servers, source) if draw.random() < 0.8 else ()
    rules = DiscordSettings(
        servers=draw.choice(([], [server.id], [each.id for each in servers])),
        direct_messages=draw.choice(("open", "members", "closed")),
    )
    world = World({each.id: each for each in servers}, (), frozenset())
    return world, BotConfig(discord=rules, collections=collections, sources=[source]), source


def _server(draw: Random, ids: "count[int]") -> Server:
    number = next(ids)
    roles = {number: Role(number, READ if draw.random() < 0.7 else draw.choice((0, VIEW_CHANNEL)))}
    for _ in range(draw.randrange(3)):
        bits = draw.choice((0, READ, VIEW_CHANNEL, HISTORY, MANAGE_SERVER, ADMINISTRATOR))
        role = Role(next(ids), bits, bots=draw.random() < 0.15)
        roles[role.id] = role
    channels = {}
    for _ in range(2):
        targets = [each for each in roles if draw.random() < 0.25]
        rules = [_rule(draw, each) for each in targets]
        if draw.random() < 0.15:
            rules.append(_rule(draw, ANN, personal=True))
        rules.append(Rule(BOT, READ, 0, personal=True))
        channel = Channel(next(ids), tuple(rules), draw.choice((TEXT, NEWS, FORUM)))
        channels[channel.id] = channel
    members = {ANN: frozenset[int](), BOB: frozenset[int]()}
    keepers = draw.choice([0, *roles.keys() - {number}])
    return Server(number, OWNER, roles, channels, {}, members, keepers)


def _rule(draw: Random, target: int, *, personal: bool = False) -> Rule:
    bits = draw.choice((READ, VIEW_CHANNEL, HISTORY))
    allow, deny = draw.choice(((bits, 0), (0, bits), (VIEW_CHANNEL, HISTORY)))
    return Rule(target, allow, deny, personal)


def _collections(
    draw: Random, servers: list[Server], source: ChannelSourceSettings
) -> tuple[BotCollectionSettings, ...]:
    made = []
    for number in range(draw.choice((1, 1, 2))):
        folder = draw.choice((source.place, source.place, "of/{server}", "", "other"))
        if "{" in folder:
            made.append(BotCollectionSettings(name=f"c{number}", folder=folder))
            continue
        far = servers[-1] if draw.random() < 0.2 else servers[0]
        kind = draw.choice(("everybody", "servers", "channels", "channels", "roles"))
        manager = draw.choice(servers).id if draw.random() < 0.2 else 0
        made.append(
            BotCollectionSettings(
                name=f"c{number}",
                folder=folder,
                everybody=kind == "everybody",
                servers=[far.id] if kind == "servers" else [],
                channels=[draw.choice([*source.channels, *far.channels])]
                if kind == "channels"
                else [],
                roles=[draw.choice([*far.roles])] if kind == "roles" else [],
                manager=manager,
            )
        )
    return tuple(made)


def found(world: World, config: BotConfig, source: ChannelSourceSettings) -> str:
    """What is objected to."""
    client = OfflineClient(world)
    channels = [client.get_channel(each) for each in source.channels]
    return objection(source, channels, config, client.guilds)


def test_whoever_could_be_answered_from_what_is_gathered_can_read_it_in_any_world() -> None:
    draw = Random("readers")  # noqa: S311 - worlds, no secrets
    gathered = closed = 0
    for _ in range(WORLDS):
        world, config, source = drawn(draw)
        if found(world, config, source):
            continue
        gathered += 1
        own = next(iter(world.servers.values()))
        channels = [own.channels[each] for each in source.channels]
        closed += not all(reads(own, each, Person(STRANGER)) for each in channels)
        for server, person in answered(world, config, source):
            assert server is own, (config, server)
            assert all(reads(own, each, person) for each in channels), (config, own, person)
    # Neither is said no to everything, nor are only such channels let through that all can read.
    assert gathered > WORLDS / 20
    assert closed


@pytest.fixture
def server() -> Server:
    """A server with an open and a closed forum, a text channel and a voice channel."""
    hidden = (Rule(901, 0, VIEW_CHANNEL), Rule(902, VIEW_CHANNEL), Rule(BOT, READ, 0, True))  # noqa: FBT003
    return Server(
        901,
        OWNER,
        {901: Role(901, READ), 902: Role(902)},
        {
            21: Channel(21, (), FORUM),
            22: Channel(22, hidden, FORUM),
            23: Channel(23, (), TEXT),
            24: Channel(24, (), 2),
        },
    )


def of(server: Server, *channels: int, **changed: object) -> str:
    """What is objected to of channels, with a collection for the members of their server."""
    source = ChannelSourceSettings(name="help", channels=[*channels], pins="pins" not in changed)
    changed.pop("pins", None)
    collection = BotCollectionSettings(name="c", servers=[901])
    config = BotConfig(collections=[collection]).model_copy(update=changed)
    return found(World({901: server}, (), frozenset()), config, source)


def test_an_open_channel_is_gathered_for_the_members_of_its_server(server: Server) -> None:
    assert of(server, 21, 23) == ""


def test_a_closed_channel_is_gathered_for_those_alone_who_can_read_it(server: Server) -> None:
    alone = BotCollectionSettings(name="c", folder="help", channels=[22])
    assert of(server, 22, collections=[alone]) == ""
    assert "`channels = [22]` and nobody else" in of(server, 22)
    assert of(server, 21, 22, collections=[alone]).startswith("not every member")
    managed = alone.model_copy(update={"manager": 901})
    assert of(server, 22, collections=[managed]).startswith("not every member")
    more = BotCollectionSettings(name="all", servers=[901])
    assert of(server, 22, collections=[alone, more]).startswith("not every member")


def test_without_collections_the_bot_answers_in_one_server_and_only_its_members(
    server: Server,
) -> None:
    assert of(server, 21, collections=[]) == ""
    opened = DiscordSettings(direct_messages="open")
    assert "member or not" in of(server, 21, collections=[], discord=opened)
    two = DiscordSettings(servers=[901, 902])
    assert of(server, 21, collections=[], discord=two) == ""
    source = ChannelSourceSettings(name="help", channels=[21])
    world = World({901: server, 999: Server(999, OWNER, {999: Role(999)}, {})}, (), frozenset())
    assert "answers in several servers" in found(world, BotConfig(), source)
    one = BotConfig(discord=DiscordSettings(servers=[901]))
    assert found(world, one, source) == ""
    other = BotConfig(discord=DiscordSettings(servers=[999]))
    assert "isn't one of `servers`" in found(world, other, source)


def test_what_is_no_place_to_gather_from_is_said_in_a_word(server: Server) -> None:
    assert "is no forum, announcement or text channel but a voice one" in of(server, 24)
    assert "set `pins = true`" in of(server, 23, pins=False)
    elsewhere = BotCollectionSettings(name="c", folder="guide", servers=[901])
    assert "no collection has its folder, help" in of(server, 21, collections=[elsewhere])


@pytest.mark.parametrize("changed", [{"nsfw_level": 1}, {"nsfw_level": 3}])
def test_age_restricted_servers_are_never_gathered(
    server: Server, changed: dict[str, object]
) -> None:
    client = OfflineClient(World({901: server}, (), frozenset()))
    guild = client.enter(server, **changed)
    source = ChannelSourceSettings(name="help", channels=[21])
    told = objection(source, [guild.get_channel(21)], BotConfig(), [guild])
    assert "age-restricted" in told


def test_age_restricted_channels_are_never_gathered(server: Server) -> None:
    client = OfflineClient(World({901: server}, (), frozenset()))
    channel = client.get_channel(21)
    assert isinstance(channel, discord.ForumChannel)
    channel.nsfw = True
    source = ChannelSourceSettings(name="help", channels=[21])
    assert "age-restricted" in objection(source, [channel], BotConfig(), client.guilds)


def test_a_folder_that_only_looks_like_another_is_the_same_where_a_disk_says_so(
    server: Server,
) -> None:
    shouted = BotCollectionSettings(name="c", folder="HELP", everybody=True)
    assert "is for others than the members" in of(server, 21, collections=[shouted])
    below = BotCollectionSettings(name="c", folder="help/forum", everybody=True)
    assert "is for others than the members" in of(server, 21, collections=[below])
