"""Everybody who could read a channel is reckoned with, and nobody who couldn't."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from random import Random
from typing import NamedTuple

import discord
import pytest

from bot.access.audience import Audience
from bot.access.grants import Grant
from bot.settings import BotCollectionSettings
from tests.support import visibility, worlds
from tests.support.guilds import OfflineClient, channel_data, thread_data
from tests.support.visibility import (
    ADMINISTRATOR,
    BOT,
    VIEW_CHANNEL,
    Channel,
    Role,
    Rule,
    Server,
    Thread,
    World,
)
from tests.support.worlds import CATEGORY, FORUM, PRIVATE, PUBLIC, STAGE, UNKNOWN, VOICE

HERE, ELSEWHERE = 100, 200
ANN, BEN, OWNER = 10, 11, 12
READERS, HELPERS, RULERS, MACHINES = 101, 102, 103, 104
CHANNEL, OTHER, THREAD, LOST = 110, 111, 112, 113
FOR_READERS = Grant(roles=frozenset({READERS}))

HIDDEN = Rule(HERE, deny=VIEW_CHANNEL)
SHOWN = Rule(HERE, allow=VIEW_CHANNEL)


def let_in(target: int, *, personal: bool = False) -> Rule:
    """A rule by which a role or member can view the channel."""
    return Rule(target, allow=VIEW_CHANNEL, personal=personal)


def turned_away(target: int, *, personal: bool = False) -> Rule:
    """A rule by which a role or member can't."""
    return Rule(target, deny=VIEW_CHANNEL, personal=personal)


def here(*channels: Channel, **permissions: int) -> OfflineClient:
    """A server with channels, and roles with permissions; by themselves they give none."""
    roles = (
        Role(HERE, permissions.get("everyone", VIEW_CHANNEL)),
        Role(READERS, permissions.get("readers", 0)),
        Role(HELPERS, permissions.get("helpers", 0)),
        Role(RULERS, permissions.get("rulers", ADMINISTRATOR)),
        Role(MACHINES, permissions.get("machines", 0), bots=True),
    )
    threads = (Thread(THREAD, CHANNEL, PRIVATE), Thread(LOST, UNKNOWN))
    server = Server(
        HERE,
        OWNER,
        {each.id: each for each in roles},
        {each.id: each for each in channels},
        {each.id: each for each in threads},
    )
    return OfflineClient(World({HERE: server}, (), frozenset()))


def audience(client: OfflineClient, channel: int = CHANNEL) -> Audience:
    """Who can read a channel or thread of the server."""
    return Audience(client.guild(HERE).get_channel_or_thread(channel))


def is_for_readers(*rules: Rule, asker: int = 0, **permissions: int) -> bool:
    """Whether all may see what is for readers, in a channel with these rules."""
    return audience(here(Channel(CHANNEL, rules), **permissions)).may_see(FOR_READERS, asker)


@pytest.mark.parametrize(
    "rules",
    [
        (HIDDEN, let_in(READERS)),
        (let_in(READERS), HIDDEN),
        (HIDDEN,),
        (HIDDEN, let_in(READERS), turned_away(HELPERS)),
        (HIDDEN, let_in(READERS), let_in(MACHINES), let_in(BOT, personal=True)),
        (HIDDEN, let_in(READERS), let_in(OWNER, personal=True)),
        (HIDDEN, let_in(READERS), let_in(RULERS)),
        (HIDDEN, let_in(READERS), turned_away(ANN, personal=True)),
    ],
)
def test_a_channel_that_none_but_readers_can_view_is_for_readers(rules: tuple[Rule, ...]) -> None:
    assert is_for_readers(*rules)


@pytest.mark.parametrize(
    "rules",
    [
        (),
        (let_in(READERS),),
        (SHOWN,),
        (HIDDEN, let_in(READERS), let_in(HELPERS)),
        (HIDDEN, let_in(READERS), let_in(ANN, personal=True)),
        (HIDDEN, let_in(READERS), let_in(999)),
        # Who is a helper, too, is turned away; who isn't, isn't.
        (turned_away(HELPERS), let_in(READERS)),
    ],
)
def test_a_channel_that_others_can_view_is_not(rules: tuple[Rule, ...]) -> None:
    assert not is_for_readers(*rules)


def test_view_channel_by_a_role_is_undone_by_a_rule_for_everyone_or_for_the_role() -> None:
    hidden = {"everyone": 0, "readers": VIEW_CHANNEL}
    assert is_for_readers(**hidden)
    assert not is_for_readers(**hidden, helpers=VIEW_CHANNEL)
    assert not is_for_readers(let_in(READERS), **hidden, helpers=VIEW_CHANNEL)
    assert is_for_readers(turned_away(HELPERS), **hidden, helpers=VIEW_CHANNEL)
    assert is_for_readers(HIDDEN, let_in(READERS), **hidden, helpers=VIEW_CHANNEL)
    assert not is_for_readers(SHOWN, turned_away(HELPERS), **hidden, helpers=VIEW_CHANNEL)
    # A bot's role is nobody's; what another may do, but not view, lets nobody in.
    assert is_for_readers(**hidden, machines=VIEW_CHANNEL, helpers=~VIEW_CHANNEL & 0xF0)


def test_whom_a_channel_lets_in_by_name_may_see_it_only_if_it_is_who_asks() -> None:
    rules = (HIDDEN, let_in(READERS), let_in(ANN, personal=True))
    assert not is_for_readers(*rules)
    assert not is_for_readers(*rules, asker=BEN)
    assert is_for_readers(*rules, asker=ANN)
    assert not is_for_readers(*rules, let_in(BEN, personal=True), asker=ANN)


def test_owner_and_administrators_read_everything_and_may_see_what_names_their_server() -> None:
    client = here(Channel(CHANNEL, (HIDDEN,)), Channel(OTHER))
    nobody = audience(client)
    for grant in (
        FOR_READERS,
        Grant(roles=frozenset({MACHINES})),
        Grant(manager=HERE),
        Grant(channels=frozenset({OTHER})),
    ):
        assert nobody.may_see(grant)
        assert not audience(client, OTHER).may_see(grant) or OTHER in grant.channels
    for grant in (
        Grant(),
        Grant(roles=frozenset({999})),
        Grant(manager=ELSEWHERE),
        Grant(servers=frozenset({ELSEWHERE}), channels=frozenset({999})),
    ):
        assert not nobody.may_see(grant)
        # That one may is no proof that others may.
        assert not nobody.may_see(grant, OWNER)


def test_what_is_for_a_server_is_for_all_its_channels_and_for_none_elsewhere() -> None:
    client = here(Channel(CHANNEL, (let_in(ANN, personal=True),)), everyone=0)
    assert audience(client).may_see(Grant(servers=frozenset({HERE})))
    assert audience(client).may_see(Grant.of_server(HERE))
    # The role of everyone has its server's id.
    assert audience(client).may_see(Grant(roles=frozenset({HERE})))
    assert not audience(client).may_see(Grant.of_server(ELSEWHERE))
    assert not audience(client).may_see(Grant(roles=frozenset({ELSEWHERE})))


@pytest.mark.parametrize("kind", [0, VOICE, STAGE, FORUM])
def test_what_is_for_a_channel_is_for_it_and_its_threads(kind: int) -> None:
    client = here(Channel(CHANNEL, (), kind), Channel(OTHER, (HIDDEN,)))
    grant = Grant(channels=frozenset({CHANNEL}))
    assert audience(client).may_see(grant)
    assert audience(client, THREAD).may_see(grant)
    assert not audience(client).may_see(Grant(channels=frozenset({OTHER})))
    assert not audience(client).may_see(Grant(channels=frozenset({THREAD})))
    assert not audience(client, THREAD).may_see(Grant(channels=frozenset({THREAD})))


def test_what_is_for_a_category_is_for_the_channels_that_go_with_it() -> None:
    rules = (HIDDEN, let_in(HELPERS), let_in(ANN, personal=True))
    grant = Grant(channels=frozenset({OTHER}))

    def goes_with(*changed: Rule) -> bool:
        return audience(here(Channel(CHANNEL, changed), Channel(OTHER, rules, CATEGORY))).may_see(
            grant
        )

    assert goes_with(*rules)
    assert goes_with(*reversed(rules))
    assert goes_with(*rules, let_in(MACHINES), let_in(BOT, personal=True), Rule(READERS, 1, 2))
    assert not goes_with(*rules, let_in(READERS))
    assert not goes_with(*rules, let_in(BEN, personal=True))
    assert not goes_with(let_in(HELPERS), let_in(ANN, personal=True))
    # It errs on the safe side: fewer can view it, but that takes more to find out.
    assert not goes_with(*rules[:2])


def test_where_the_channel_is_not_known_only_what_is_for_everybody_is_for_all() -> None:
    client = here(Channel(CHANNEL, (HIDDEN, let_in(READERS))))
    guild, state = client.guild(HERE), client.state
    # What an interaction says of a channel that isn't known lacks its rules.
    told = channel_data(HERE, Channel(OTHER))
    del told["permission_overwrites"]
    grants = (FOR_READERS, Grant(servers=frozenset({HERE})), Grant(channels=frozenset({OTHER})))
    for place in (
        None,
        discord.TextChannel(guild=guild, data=told, state=state),  # type: ignore[arg-type]
        guild.get_thread(LOST),
        discord.DMChannel._from_message(state, 5),  # noqa: SLF001 - as the gateway does
        client.get_partial_messageable(CHANNEL, guild_id=HERE),
    ):
        assert not any(Audience(place).may_see(grant, ANN) for grant in grants)
        assert Audience(place).may_see(Grant(everybody=True))


def test_a_thread_that_is_only_told_of_counts_as_its_channel() -> None:
    client = here(Channel(CHANNEL, (HIDDEN, let_in(READERS))), Channel(OTHER))
    for parent, expected in ((CHANNEL, True), (OTHER, False), (UNKNOWN, False)):
        data = thread_data(HERE, 999, parent, PUBLIC)
        thread = discord.Thread(guild=client.guild(HERE), state=client.state, data=data)  # type: ignore[arg-type]
        assert Audience(thread).may_see(FOR_READERS) is expected


def test_in_an_outage_nothing_is_for_all_but_what_is_for_everybody() -> None:
    client = here(Channel(CHANNEL, (HIDDEN, let_in(READERS))))
    server = client.world.servers[HERE]
    changes: list[dict[str, object]] = [{"unavailable": True}, {"roles": []}]
    for changed in changes:
        client.enter(server, **changed)
        assert not audience(client).may_see(FOR_READERS, ANN)
        assert not audience(client).may_see(Grant(servers=frozenset({HERE})), ANN)
        assert audience(client).may_see(Grant(everybody=True))


class Case(NamedTuple):
    """A collection in a channel or thread; `asker` is a member who may see it, or 0."""

    server: Server
    place: int
    whom: BotCollectionSettings
    asker: int


def cases(world: World) -> Iterator[Case]:
    """Every channel and thread of a world with each collection, and each who may ask of it."""
    for server in world.servers.values():
        for place in (*server.channels, *server.threads):
            for name in sorted(world.names):
                whom = visibility.for_whom(world, name)
                members: Iterable[tuple[int, frozenset[int]]] = server.members.items()
                askers = (
                    number
                    for number, roles in members
                    if visibility.sees(server, whom, visibility.Person(number, roles))
                )
                for asker in (0, *askers):
                    yield Case(server, place, whom, asker)


def is_beyond(case: Case) -> bool:
    """Whether it may be withheld although all may see it: what it takes to tell isn't done."""
    server, whom = case.server, case.whom
    place = server.threads[case.place].parent if case.place in server.threads else case.place
    known = {case.asker, server.owner, BOT}
    return (
        not server.channels.keys().isdisjoint(whom.channels)
        or whom.manager == server.id
        or bool(server.roles[server.id].permissions & ADMINISTRATOR)
        or any(
            rule.personal and rule.allow & VIEW_CHANNEL and rule.target not in known
            for rule in server.channels[place].rules
        )
    )


@pytest.mark.parametrize("seed", range(4))
def test_no_reader_there_could_be_is_overlooked_and_nothing_else_is_withheld(seed: int) -> None:
    draw = Random(seed)  # noqa: S311 - the same in every run
    shown = withheld = 0
    for _ in range(250):
        world = worlds.world(draw)
        client = OfflineClient(world)
        for case in cases(world):
            server, place, whom, asker = case
            channel = client.guild(server.id).get_channel_or_thread(place)
            may = Audience(channel).may_see(Grant.of(whom), asker)
            should = visibility.all_may_see(server, place, whom, asker)
            assert should or not may, (case, "somebody else could read it")
            assert may or not should or is_beyond(case), (case, "everybody may see it")
            # By roles alone, which is what takes thought.
            if whom.roles and not (whom.everybody or whom.servers or whom.channels):
                shown += may
                withheld += not may
    assert shown > 200
    assert withheld > 200


HISTORY = discord.Permissions(read_message_history=True).value
READING = VIEW_CHANNEL | HISTORY
NO_HISTORY = Rule(HERE, deny=HISTORY)


@pytest.mark.parametrize(
    ("rules", "others", "may"),
    [
        ((), (), True),
        # All of the server read the other channel, whoever reads this one.
        ((HIDDEN, let_in(READERS)), (), True),
        ((), (HIDDEN, let_in(READERS)), False),
        ((HIDDEN, let_in(HELPERS)), (HIDDEN, let_in(READERS)), False),
        ((HIDDEN, let_in(READERS)), (HIDDEN, let_in(READERS)), True),
        ((HIDDEN, let_in(READERS)), (let_in(READERS), HIDDEN, turned_away(MACHINES)), True),
        # One role is turned away from the other, or from both.
        ((), (turned_away(HELPERS),), False),
        ((turned_away(HELPERS),), (turned_away(HELPERS),), True),
        ((), (turned_away(ANN, personal=True),), False),
        # What was written before can't be read there.
        ((), (NO_HISTORY,), False),
        ((NO_HISTORY,), (NO_HISTORY,), True),
    ],
)
def test_another_channel_can_be_read_by_all_if_everybody_does_or_both_have_the_same_rules(
    rules: tuple[Rule, ...],
    others: tuple[Rule, ...],
    may: bool,  # noqa: FBT001 - a case
) -> None:
    client = here(Channel(CHANNEL, rules), Channel(OTHER, others), everyone=READING)
    assert audience(client).may_read(OTHER) is may
    assert audience(client).may_read(CHANNEL)
    assert not audience(client).may_read(UNKNOWN)
    assert not Audience(None).may_read(OTHER)


@pytest.mark.parametrize("seed", range(2))
def test_whoever_could_read_a_channel_can_view_another_that_all_of_them_may_read(seed: int) -> None:
    draw = Random(seed)  # noqa: S311 - the same in every run
    readable = 0
    for _ in range(150):
        world = worlds.world(draw)
        for server in world.servers.values():
            everyone = server.roles[server.id]
            changed = replace(everyone, permissions=everyone.permissions | HISTORY)
            made = replace(server, roles={**server.roles, server.id: changed})
            client = OfflineClient(World({server.id: made}, (), frozenset()))
            for channel, other in product(made.channels.values(), repeat=2):
                readers = audience_of(client, made, channel)
                if channel.id != other.id and readers.may_read(other.id):
                    readable += 1
                    for person in visibility.everybody(made, channel):
                        if visibility.views(made, channel, person):
                            assert visibility.views(made, other, person), (made, channel, other)
    assert readable > 100


def audience_of(client: OfflineClient, server: Server, channel: Channel) -> Audience:
    """Who can read a channel of a server."""
    return Audience(client.guild(server.id).get_channel(channel.id))
