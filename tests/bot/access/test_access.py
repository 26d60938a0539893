"""A reply is taken from what the asker may see and, where others read it, from what all may."""

import asyncio
import itertools
from dataclasses import replace
from random import Random
from typing import Any

import aiohttp
import discord
import pytest

from bot.access import membership
from bot.access.access import Access, Scope
from bot.settings import BotCollectionSettings
from tests.support import visibility, worlds
from tests.support.guilds import OfflineClient, Response, Told, access, channel_data, person
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
from tests.support.worlds import ELSEWHERE, UNKNOWN

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


@pytest.fixture
def client() -> OfflineClient:
    """In both servers."""
    return OfflineClient(world())


Event = discord.Message | discord.Interaction[Any]


def both(client: OfflineClient, asker: int, where: int = 0, channel: int = 0) -> list[Event]:
    """A message and a command of somebody."""
    asking = Asking(asker, where, channel, alone=False)
    return [client.asked(asking, command=command) for command in (False, True)]


async def scope(client: OfflineClient, event: Event, *, private: bool = False) -> Scope:
    """What a reply may be taken from, by one who remembers nothing."""
    return await access(client).scope(event, private=private)


async def test_where_no_collections_are_named_everything_is_for_everybody(
    client: OfflineClient,
) -> None:
    async def names() -> frozenset[str]:
        raise AssertionError

    decides = Access((), names, Told(client.world))
    for event in (*both(client, ANN, HERE, TEXT), *both(client, ANN), *both(client, ANN, FOREIGN)):
        for private in (False, True):
            assert await decides.scope(event, private=private) == Scope(("",), more=False)
    assert decides.visible_in(None, [""])


async def test_in_a_server_all_who_read_the_channel_have_to_be_allowed(
    client: OfflineClient,
) -> None:
    for event in both(client, ANN, HERE, TEXT):
        assert await scope(client, event) == Scope(("own@1000", "here", "all"), more=True)
    for channel in (SECRET, THREAD):
        for event in both(client, ANN, HERE, channel):
            assert await scope(client, event) == Scope(("secret", "own@1000", "here", "all"))
    for event in both(client, BEN, HERE, TEXT):
        assert await scope(client, event) == Scope(("own@1000", "here", "all"))
    assert not client.lookups


async def test_a_private_reply_is_taken_from_what_the_asker_may_see_in_that_server(
    client: OfflineClient,
) -> None:
    for channel in (TEXT, LOST, UNKNOWN):
        for event in both(client, ANN, HERE, channel):
            seen = ("secret", "own@1000", "here", "all")
            assert await scope(client, event, private=True) == Scope(seen)
    for event in both(client, BEN, THERE, THERE + 10):
        assert await scope(client, event, private=True) == Scope(("own@2000", "all"))
    for event in both(client, BOSS, HERE, TEXT):
        seen = ("staff", "own@1000", "here", "all")
        assert await scope(client, event, private=True) == Scope(seen)
        assert await scope(client, event) == Scope(("own@1000", "here", "all"), more=True)
    assert not client.lookups


async def test_directly_what_all_servers_allow_is_joined(client: OfflineClient) -> None:
    for asker, expected in (
        (ANN, ("secret", "own@1000", "here", "all")),
        (BEN, ("own@1000", "own@2000", "here", "all")),
        (BOSS, ("staff", "own@1000", "here", "all")),
        (99, ("all",)),
    ):
        for event in both(client, asker):
            for private in (False, True):
                assert await scope(client, event, private=private) == Scope(expected)


async def test_between_people_and_in_foreign_servers_others_see_what_is_for_everybody(
    client: OfflineClient,
) -> None:
    group = client.interaction(Asking(ANN, 0, ELSEWHERE, alone=False))
    # Between two people the channel is of the same kind as a direct one to the bot.
    two = client.interaction(
        Asking(ANN, 0, ELSEWHERE, alone=False),
        channel={"id": "5", "type": 1, "recipients": [person(ANN)]},
    )
    assert isinstance(two.channel, discord.DMChannel)
    unsaid = client.interaction(Asking(ANN, 0, 0, alone=False), context=None)
    for event in (group, two, unsaid, *both(client, ANN, FOREIGN, 5)):
        assert await scope(client, event) == Scope(("all",), more=True)
        seen = ("secret", "own@1000", "here", "all")
        assert await scope(client, event, private=True) == Scope(seen)


async def test_the_roles_that_a_foreign_server_tells_of_are_nothing(client: OfflineClient) -> None:
    client.leave(HERE)
    for event in both(client, ANN, HERE, SECRET):
        assert isinstance(event, discord.Message) or isinstance(event.user, discord.Member)
        assert await scope(client, event) == Scope(("all",))
        assert await scope(client, event, private=True) == Scope(("all",))


async def test_before_a_client_is_connected_all_servers_are_foreign(client: OfflineClient) -> None:
    async def names() -> frozenset[str]:
        return NAMES

    decides = Access(COLLECTIONS, names, Told(client.world))
    for event in (*both(client, ANN, HERE, SECRET), *both(client, ANN)):
        assert await decides.scope(event, private=True) == Scope(("all",))


async def test_who_is_no_member_where_he_writes_may_see_what_is_for_everybody(
    client: OfflineClient,
) -> None:
    message = client.message(Asking(99, HERE, SECRET, alone=False), webhook_id="77")
    assert isinstance(message.author, discord.User)
    for private in (False, True):
        assert await scope(client, message, private=private) == Scope(("all",))
    assert not client.lookups


async def test_an_interaction_in_an_unknown_channel_is_for_everybody(client: OfflineClient) -> None:
    told = channel_data(HERE, Channel(UNKNOWN))
    del told["permission_overwrites"]
    asking = Asking(ANN, HERE, UNKNOWN, alone=False)
    for channel in (told, {}):
        event = client.interaction(asking, channel=channel)
        assert await scope(client, event) == Scope(("all",), more=True)


async def test_what_is_not_there_is_left_out_and_is_nothing_more(client: OfflineClient) -> None:
    client.world = replace(client.world, names=frozenset({"here", "own@2000"}))
    for event in both(client, ANN, HERE, TEXT):
        assert await scope(client, event) == Scope(("here",))
    for event in both(client, BEN):
        assert await scope(client, event) == Scope(("own@2000", "here"))


async def test_an_owner_sees_all_but_what_other_servers_have_of_their_own(
    client: OfflineClient,
) -> None:
    client.world = replace(client.world, owners=frozenset({ANN}))
    for event in (*both(client, ANN, HERE, TEXT), *both(client, ANN)):
        seen = ("staff", "secret", "own@1000", "here", "all")
        assert await scope(client, event, private=True) == Scope(seen)
    for event in both(client, ANN, HERE, TEXT):
        assert await scope(client, event) == Scope(("own@1000", "here", "all"), more=True)


async def test_who_manages_is_asked_only_where_something_is_managed(client: OfflineClient) -> None:
    async def names() -> frozenset[str]:
        return NAMES

    told = Told(client.world)
    decides = Access(COLLECTIONS, names, told)
    decides.connect(client)
    for event in (*both(client, BEN, THERE, THERE + 10), *both(client, BEN)):
        await decides.scope(event, private=True)
    assert told.asked == [HERE, HERE]


class TestLookups:
    """Whether somebody is in a server is asked of Discord when they ask directly."""

    async def test_a_member_who_has_left_sees_nothing_more_at_once(
        self, client: OfflineClient
    ) -> None:
        """What Discord says is believed for one question."""
        decides = access(client)
        event = both(client, BEN)[0]
        for _ in range(2):
            assert "here" in (await decides.scope(event, private=True)).names
        there = client.world.servers[THERE]
        client.world = replace(client.world, servers={HERE: server(HERE), THERE: there})
        assert await decides.scope(event, private=True) == Scope(("own@2000", "all"))
        assert client.lookups.count((HERE, BEN)) == 3

    async def test_a_role_that_was_taken_is_nothing_more_at_once(
        self, client: OfflineClient
    ) -> None:
        """It is looked up with the member."""
        decides = access(client)
        event = both(client, ANN)[0]
        assert "secret" in (await decides.scope(event, private=True)).names
        here = replace(client.world.servers[HERE], members={ANN: frozenset()})
        client.world = replace(client.world, servers={HERE: here, THERE: server(THERE)})
        assert "secret" not in (await decides.scope(event, private=True)).names

    async def test_who_is_in_no_server_is_not_looked_for_again_for_a_while(
        self, client: OfflineClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Unless they ask there, or it is over."""
        decides = access(client)
        event = both(client, ANN)[0]
        for _ in range(3):
            await decides.scope(event, private=True)
        assert client.lookups.count((THERE, ANN)) == 1
        assert client.lookups.count((HERE, ANN)) == 3
        servers = {HERE: client.world.servers[HERE], THERE: server(THERE, ANN)}
        client.world = replace(client.world, servers=servers)
        assert "own@2000" not in (await decides.scope(event, private=True)).names
        await decides.scope(both(client, ANN, THERE, THERE + 10)[0], private=False)
        assert "own@2000" in (await decides.scope(event, private=True)).names
        client.lookups.clear()
        monkeypatch.setattr(membership, "ABSENT_SECONDS", 0.0)
        for _ in range(2):
            await decides.scope(both(client, BOSS)[0], private=True)
        assert client.lookups.count((THERE, BOSS)) == 2

    @pytest.mark.parametrize(
        "broken",
        [
            discord.Forbidden(Response(403), "Missing Access"),
            discord.DiscordServerError(Response(503), "down"),
            discord.RateLimited(60.0),
            aiohttp.ClientConnectionError(),
            TimeoutError(),
        ],
    )
    async def test_what_cannot_be_looked_up_is_no_and_is_asked_again(
        self, client: OfflineClient, broken: Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Denied, but not remembered; the log names the server."""
        decides = access(client)
        event = both(client, ANN)[0]
        client.broken = broken
        assert await decides.scope(event, private=True) == Scope(("all",))
        assert f"server {HERE}: can't look up whether who asks is in it" in caplog.text
        client.broken = None
        assert "secret" in (await decides.scope(event, private=True)).names

    async def test_what_takes_too_long_is_no(
        self, client: OfflineClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """All are looked up at once, so that it takes no longer for many."""
        monkeypatch.setattr(membership, "LOOKUP_SECONDS", 0.01)

        async def forever(_server: int, _member: int) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(client.state.http, "get_member", forever)
        assert await scope(client, both(client, BEN)[0], private=True) == Scope(("all",))

    async def test_servers_in_which_nothing_could_be_for_him_are_not_asked(
        self, client: OfflineClient
    ) -> None:
        """Named by nothing, with nothing of their own, or with an outage."""
        client.enter(server(FOREIGN, ANN))
        client.enter(client.world.servers[HERE], unavailable=True)
        await scope(client, both(client, ANN)[0], private=True)
        assert client.lookups == [(THERE, ANN)]

    async def test_what_is_for_everybody_takes_no_lookup(self, client: OfflineClient) -> None:
        """There is nothing to find out."""
        client.world = replace(client.world, collections=COLLECTIONS[-1:])
        assert await scope(client, both(client, ANN)[0], private=True) == Scope(("all",))
        assert not client.lookups


def many(count: int, *members: int) -> World:
    """So many servers with what is their own; of the last, something is for its members."""
    servers = {number: server(number, *members) for number in range(100_000, 100_000 + count)}
    last = BotCollectionSettings(name="last", servers=[max(servers)])
    names = frozenset({"last", *(f"own@{number}" for number in servers)})
    return World(servers, (COLLECTIONS[2], last), names)


async def test_in_few_servers_all_are_asked_in_many_those_named_and_those_lately_asked_in() -> None:
    few = OfflineClient(many(25, ANN))
    assert len((await scope(few, both(few, ANN)[0])).names) == 26
    client = OfflineClient(many(26, ANN, BEN))
    decides = access(client)
    assert await decides.scope(both(client, ANN)[0], private=True) == Scope(("own@100025", "last"))
    for number in (100_003, 100_007, 100_003):
        await decides.scope(both(client, ANN, number, number + 10)[0], private=False)
    expected = ("own@100003", "own@100007", "own@100025", "last")
    assert await decides.scope(both(client, ANN)[0], private=True) == Scope(expected)
    assert await decides.scope(both(client, BEN)[0], private=True) == Scope(("own@100025", "last"))


async def test_no_more_lookups_are_made_than_allowed_and_the_latest_servers_come_first() -> None:
    client = OfflineClient(many(60, ANN))
    decides = access(client)
    asked = list(itertools.islice(client.world.servers, 40))
    for number in asked:
        await decides.scope(both(client, ANN, number, number + 10)[0], private=False)
    seen = await decides.scope(both(client, ANN)[0], private=True)
    assert seen.names == tuple(f"own@{number}" for number in reversed(asked[-25:]))
    assert [number for number, _ in client.lookups] == asked[-1:-26:-1]


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership, "MOST_REMEMBERED", 3)
    client = OfflineClient(many(2, *range(10, 20)))
    remembers = membership.Membership()
    guilds = client.guilds
    for number in (*range(10, 14), 11, 14):
        remembers.saw(client.member(guilds[0].id, number))
    assert [bool(remembers.lately(number)) for number in range(10, 15)] == [
        False,
        True,
        False,
        True,
        True,
    ]
    for number in range(50, 54):
        assert not await remembers.find(number, guilds[:1])
    client.lookups.clear()
    for number in range(50, 54):
        await remembers.find(number, guilds[:1])
    # Only the first was forgotten, and took the place of the second, and so on.
    assert client.lookups == [(guilds[0].id, number) for number in range(50, 54)]


def test_a_channel_shows_what_everybody_who_reads_it_may_see(client: OfflineClient) -> None:
    decides = access(client)
    text, secret = (client.guild(HERE).get_channel(number) for number in (TEXT, SECRET))
    for name in ("own@1000", "here", "all"):
        assert decides.visible_in(text, [name])
    for name in ("secret", "own@2000", "staff", "unknown", "own", "own@", "own@x", "here@1000", ""):
        assert not decides.visible_in(text, [name])
        assert not decides.visible_in(text, [name, "here"])
    assert decides.visible_in(secret, ["secret", "here", "own@1000"])
    assert not decides.visible_in(None, ["here"])
    assert decides.visible_in(None, ["all"])


@pytest.mark.parametrize("seed", range(4))
async def test_nobody_in_any_world_is_shown_what_he_may_not_see(seed: int) -> None:
    draw = Random(seed)  # noqa: S311 - the same in every run
    withheld = shown = 0
    for _ in range(250):
        drawn = worlds.world(draw)
        client = OfflineClient(drawn)
        decides = access(client)
        for _ in range(4):
            asking = worlds.asking(draw, drawn)
            event = client.asked(asking, command=draw.random() < 0.5)
            given = await decides.scope(event, private=asking.alone)
            most = visibility.may_show(drawn, asking)
            seen = visibility.may_see(drawn, asking)
            assert most.issuperset(given.names), asking
            public = not asking.alone and bool(asking.server or asking.channel)
            assert public or most == set(given.names), asking
            assert given.more == (public and seen != set(given.names)), asking
            shown += len(given.names)
            withheld += len(seen) - len(given.names)
    assert shown > 500
    assert withheld > 100
