"""A reply is taken from what the asker may see and, where others read it, from what all may."""

from dataclasses import replace
from random import Random

import discord
import pytest

from bot.access.access import Access, Scope
from bot.settings import BotCollectionSettings
from tests.support import visibility, worlds
from tests.support.guilds import OfflineClient, Told, access, channel_data, person
from tests.support.two_servers import (
    ANN,
    BEN,
    BOSS,
    COLLECTIONS,
    FOREIGN,
    HERE,
    LOST,
    NAMES,
    READERS,
    SECRET,
    TEXT,
    THERE,
    THREAD,
    both,
    scope,
    world,
)
from tests.support.visibility import (
    VIEW_CHANNEL,
    Asking,
    Channel,
    Rule,
)
from tests.support.worlds import ELSEWHERE, UNKNOWN


@pytest.fixture
def client() -> OfflineClient:
    """In both servers."""
    return OfflineClient(world())


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


async def test_a_server_that_the_bot_has_left_meanwhile_is_foreign(client: OfflineClient) -> None:
    client.world = replace(
        client.world,
        collections=(BotCollectionSettings(name="here", servers=[HERE, THERE]),),
    )
    for event in both(client, BEN, HERE, TEXT):
        assert await scope(client, event) == Scope(("here",))
    events = both(client, BEN, HERE, TEXT)
    client.leave(HERE)
    for event in events:
        assert await scope(client, event) == Scope((), more=True)
        assert await scope(client, event, private=True) == Scope(("here",))


async def test_who_asks_where_he_is_let_in_by_name_has_only_others_to_be_reckoned_with() -> None:
    drawn = world()
    here = drawn.servers[HERE]
    rules = (*here.channels[SECRET].rules, Rule(ANN, allow=VIEW_CHANNEL, personal=True))
    here = replace(here, channels={SECRET: Channel(SECRET, rules)})
    client = OfflineClient(replace(drawn, servers={HERE: here}))
    for event in both(client, ANN, HERE, SECRET):
        assert "secret" in (await scope(client, event)).names
    # There, she also sees the reply to somebody else.
    here = replace(here, members={BEN: frozenset({READERS}), ANN: frozenset()})
    client = OfflineClient(replace(drawn, servers={HERE: here}))
    for event in both(client, BEN, HERE, SECRET):
        assert await scope(client, event) == Scope(("own@1000", "here", "all"), more=True)


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
