"""What somebody may see directly is the same, whichever process sees the servers they are in."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from random import Random

import discord
import pytest

from bot import elsewhere as module
from bot.access.access import Scope
from bot.elsewhere import Elsewhere
from bot.settings import BotCollectionSettings
from bot.shards import Shards
from tests.support import visibility, worlds
from tests.support.guilds import CHANNELS, OfflineClient, Response, access
from tests.support.two_servers import (
    ANN,
    BEN,
    BOSS,
    COLLECTIONS,
    HERE,
    NAMES,
    READERS,
    SECRET,
    THERE,
    both,
    world,
)
from tests.support.visibility import Asking, World


@dataclass(frozen=True)
class Seeing(Shards):
    """Shards on which some servers are, whatever their numbers."""

    seen: frozenset[int] = frozenset()

    @property
    def whole(self) -> bool:
        """There are others."""
        return False

    def have(self, server: int) -> bool:
        """Whether it is one of them."""
        return server in self.seen


def divided(
    drawn: World, seen: Collection[int], named: Collection[int] = (), lately: Collection[int] = ()
) -> tuple[OfflineClient, Elsewhere]:
    """A process that sees some servers of a world, and what it knows of the others."""

    async def answered(_member: int) -> list[int]:
        return list(lately)

    return OfflineClient(drawn, seen), Elsewhere(Seeing(seen=frozenset(seen)), answered, named)


async def names(client: OfflineClient, elsewhere: Elsewhere, asker: int) -> tuple[str, ...]:
    """What somebody may see who asks directly, by one who remembers nothing."""
    [scope] = {
        await access(client, elsewhere).scope(event, private=True) for event in both(client, asker)
    }
    return scope.names


@pytest.mark.parametrize("seed", range(2))
async def test_in_any_world_it_makes_no_difference_where_the_servers_are(seed: int) -> None:
    """As long as the config names them; if it doesn't, nobody sees more by that."""
    draw = Random(seed)  # noqa: S311 - no secret
    withheld = 0
    for _ in range(100):
        drawn = worlds.world(draw, servers=3)
        asker = worlds.asking(draw, drawn).asker
        seen = [number for number in drawn.servers if draw.random() < 0.4]
        may = visibility.may_see(drawn, Asking(asker, 0, 0, alone=True))
        assert frozenset(await names(*divided(drawn, seen, drawn.servers), asker)) == may
        unnamed = frozenset(await names(*divided(drawn, seen), asker))
        assert unnamed <= may
        withheld += unnamed != may
    assert withheld


async def test_what_was_taken_from_somebody_elsewhere_is_taken_at_once() -> None:
    client, elsewhere = divided(world(), [THERE], [HERE])
    decides = access(client, elsewhere)
    event = both(client, ANN)[0]
    assert "secret" in (await decides.scope(event, private=True)).names
    here = client.world.servers[HERE]
    for changed in (
        replace(here, members={ANN: frozenset()}),
        replace(here, roles={key: each for key, each in here.roles.items() if key != READERS}),
        replace(here, members={}),
    ):
        client.world = replace(client.world, servers={HERE: changed})
        assert "secret" not in (await decides.scope(event, private=True)).names


async def test_of_a_server_where_somebody_was_answered_lately_they_see_its_own() -> None:
    """Of many that have something of their own, those are looked at, and only if they are in it."""
    many = frozenset(f"own@{number}" for number in range(5000, 5050))
    drawn = replace(world(), names=NAMES | many)
    for asker, lately, expected in (
        (BEN, [], ("all",)),
        (BEN, [THERE], ("own@2000", "all")),
        (ANN, [THERE], ("all",)),
        (BEN, [5001], ("all",)),
    ):
        client, elsewhere = divided(drawn, [], lately=lately)
        client.world = replace(drawn, collections=COLLECTIONS[2:3] + COLLECTIONS[4:])
        assert await names(client, elsewhere, asker) == expected
        assert {server for server, _ in client.lookups} <= {*lately}


async def test_who_manages_a_server_elsewhere_sees_what_is_for_its_managers() -> None:
    client, elsewhere = divided(world(), [])
    assert "staff" in await names(client, elsewhere, BOSS)
    assert "staff" not in await names(client, elsewhere, ANN)


@pytest.mark.parametrize("slow", [True, False])
async def test_where_discord_does_not_say_it_is_no(
    monkeypatch: pytest.MonkeyPatch, *, slow: bool
) -> None:
    """Of the server, its channels, or the member."""
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.05)
    drawn = replace(world(), collections=(BotCollectionSettings(name="secret", channels=[SECRET]),))
    client, elsewhere = divided(drawn, [], [HERE])
    assert await names(client, elsewhere, ANN) == ("secret",)
    fetch = client.http.get_all_guild_channels

    async def fails(guild: int) -> object:
        if slow:
            await asyncio.sleep(1)
            return await fetch(guild)
        raise discord.Forbidden(Response(403), "Missing Access")

    monkeypatch.setattr(client.http, "get_all_guild_channels", fails)
    assert await names(client, elsewhere, ANN) == ()
    monkeypatch.undo()
    assert (HERE, CHANNELS) in client.lookups
    client.broken = discord.Forbidden(Response(403), "Missing Access")
    assert await names(client, elsewhere, ANN) == ()


async def test_a_process_with_all_shards_asks_nothing_more() -> None:
    client = OfflineClient(world())
    decides = access(client, Elsewhere(named=[HERE, THERE, 3]))
    scope = await decides.scope(both(client, ANN)[0], private=True)
    assert scope == Scope(("secret", "own@1000", "here", "all"))
    assert {server for server, _ in client.lookups} == {HERE, THERE}
    assert all(who == ANN for _, who in client.lookups)
