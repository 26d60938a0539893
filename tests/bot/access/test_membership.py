"""Whether somebody is in a server is asked of Discord whenever they ask directly."""

import asyncio
import itertools
from dataclasses import replace

import aiohttp
import discord
import pytest

from bot.access import membership
from bot.access.access import Scope
from bot.settings import BotCollectionSettings
from tests.support.guilds import OfflineClient, Response, access
from tests.support.two_servers import (
    ANN,
    BEN,
    BOSS,
    COLLECTIONS,
    FOREIGN,
    HERE,
    THERE,
    both,
    scope,
    server,
    world,
)
from tests.support.visibility import (
    World,
)


@pytest.fixture
def client() -> OfflineClient:
    """In both servers."""
    return OfflineClient(world())


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
        decides = access(client)
        servers = client.world.servers
        client.world = replace(client.world, servers={**servers, FOREIGN: server(FOREIGN, ANN)})
        client.enter(client.world.servers[FOREIGN])
        client.enter(client.world.servers[HERE], unavailable=True)
        await decides.scope(both(client, ANN, FOREIGN, FOREIGN + 10)[0], private=True)
        await decides.scope(both(client, ANN)[0], private=True)
        assert client.lookups == [(THERE, ANN)]

    async def test_what_is_for_everybody_takes_no_lookup(self, client: OfflineClient) -> None:
        """There is nothing to find out."""
        for_all = BotCollectionSettings(name="all", everybody=True, servers=[HERE], manager=HERE)
        client.world = replace(client.world, collections=(for_all,))
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


def test_of_a_member_the_servers_are_remembered_where_he_asked_last() -> None:
    client = OfflineClient(many(30, ANN))
    remembers = membership.Membership()
    numbers = list(client.world.servers)
    for number in (*numbers, numbers[0], numbers[20]):
        remembers.saw(client.member(number, ANN))
    latest = (numbers[20], numbers[0], *reversed(numbers[21:]), *reversed(numbers[:20]))
    assert remembers.lately(ANN) == latest[:25]


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


async def test_a_lookup_that_takes_too_long_counts_for_nothing_and_is_not_cut_short(
    client: OfflineClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled while it waits out a limit, discord.py would hold back every request."""
    begun, ended = 0, asyncio.Event()

    async def slow(_guild: discord.Guild, _member: int) -> discord.Member:
        nonlocal begun
        begun += 1
        await asyncio.sleep(0.1)
        ended.set()
        raise TimeoutError

    monkeypatch.setattr(discord.Guild, "fetch_member", slow)
    monkeypatch.setattr(membership, "LOOKUP_SECONDS", 0.02)
    decides = access(client)
    event = both(client, ANN)[0]
    scopes = await asyncio.gather(*(decides.scope(event, private=True) for _ in range(3)))
    assert {scope.names for scope in scopes} == {("all",)}
    # Who asks at the same time waits for the same.
    assert begun == len({HERE, THERE})
    await asyncio.wait_for(ended.wait(), 1)
