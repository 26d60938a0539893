"""A collection is for nobody but those it names, by what they are at this moment."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.access.grants import Grant, Standing, may_see, standing_of
from bot.settings import BotCollectionSettings
from tests.support.guilds import OfflineClient
from tests.support.visibility import ADMINISTRATOR, VIEW_CHANNEL, Channel, Role, Rule, Server, World
from tests.support.visibility import Thread as ThreadData
from tests.support.worlds import CATEGORY, FORUM, VOICE

HERE, ELSEWHERE = 100, 200
ANN, BOSS, OWNER, GUEST = 10, 11, 12, 13
READERS, RULERS = 101, 102
TEXT, SECRET, SECTION, TALK, POSTS, THREAD = 110, 111, 112, 113, 114, 115
CHANNELS = (TEXT, SECRET, SECTION, TALK, POSTS)


def world() -> World:
    """A server with a secret channel for readers, in which a category and a forum are secret."""
    hidden = (Rule(HERE, deny=VIEW_CHANNEL), Rule(READERS, allow=VIEW_CHANNEL))
    channels = (
        Channel(TEXT),
        Channel(SECRET, hidden),
        Channel(SECTION, hidden, CATEGORY),
        Channel(TALK, (), VOICE),
        Channel(POSTS, hidden, FORUM),
    )
    none = frozenset[int]()
    server = Server(
        HERE,
        OWNER,
        {
            each.id: each
            for each in (Role(HERE, VIEW_CHANNEL), Role(READERS), Role(RULERS, ADMINISTRATOR))
        },
        {each.id: each for each in channels},
        {THREAD: ThreadData(THREAD, TEXT)},
        {ANN: frozenset({READERS}), BOSS: frozenset({RULERS}), OWNER: none, GUEST: none},
    )
    return World({HERE: server}, (), frozenset())


@pytest.mark.parametrize(
    "grant",
    [
        Grant(servers=frozenset({HERE})),
        Grant(channels=frozenset({SECRET})),
        Grant(roles=frozenset({READERS})),
        Grant(manager=HERE),
        Grant.of_server(HERE),
        Grant(servers=frozenset({ELSEWHERE}), roles=frozenset({READERS})),
    ],
)
def test_one_of_what_is_named_suffices(grant: Grant) -> None:
    everything = Standing(HERE, frozenset({READERS}), frozenset({SECRET}), manages=True)
    assert may_see(grant, [everything])
    assert may_see(grant, [Standing(ELSEWHERE), everything])
    assert not may_see(grant, [Standing(300, frozenset({300}), frozenset({TEXT}))])
    assert not may_see(grant, [])


def test_everybody_is_somebody_of_no_server() -> None:
    assert may_see(Grant(everybody=True), [])


def test_it_is_for_nobody_if_nothing_is_said() -> None:
    everything = Standing(HERE, frozenset({READERS}), frozenset({SECRET}), manages=True)
    assert not may_see(Grant(), [everything])
    assert not may_see(Grant.of(BotCollectionSettings(name="x")), [everything])


def test_managing_one_server_is_nothing_in_another() -> None:
    assert not may_see(Grant(manager=ELSEWHERE), [Standing(HERE, manages=True)])
    assert not may_see(Grant(manager=HERE), [Standing(HERE)])


def test_what_each_server_has_is_for_its_own_members() -> None:
    assert Grant.of_server(HERE) == Grant(servers=frozenset({HERE}), manager=HERE)
    own = BotCollectionSettings(name="own", folder="of/{server}")
    assert not may_see(Grant.of(own), [Standing(HERE, manages=True)])
    assert may_see(Grant.of_server(HERE), [Standing(HERE)])
    assert not may_see(Grant.of_server(HERE), [Standing(ELSEWHERE)])


def test_all_that_the_config_says_is_taken() -> None:
    settings = BotCollectionSettings(
        name="x", everybody=True, servers=[1], channels=[2], roles=[3, 4], manager=5
    )
    expected = Grant(
        everybody=True,
        servers=frozenset({1}),
        channels=frozenset({2}),
        roles=frozenset({3, 4}),
        manager=5,
    )
    assert Grant.of(settings) == expected


@pytest.fixture
def client() -> OfflineClient:
    """In the server."""
    return OfflineClient(world())


def test_channels_count_that_he_can_view(client: OfflineClient) -> None:
    ann = standing_of(client.member(HERE, ANN), CHANNELS, manages=False)
    assert ann == Standing(HERE, frozenset({HERE, READERS}), frozenset(CHANNELS))
    guest = standing_of(client.member(HERE, GUEST), CHANNELS, manages=False)
    assert guest == Standing(HERE, frozenset({HERE}), frozenset({TEXT, TALK}))


@pytest.mark.parametrize("number", [THREAD, 999, HERE, ANN])
def test_what_is_no_channel_of_the_server_is_seen_by_nobody(
    client: OfflineClient, number: int
) -> None:
    for who in (ANN, BOSS, OWNER):
        assert not standing_of(client.member(HERE, who), [number], manages=True).channels


@pytest.mark.parametrize("who", [BOSS, OWNER])
def test_who_may_do_anything_there_has_every_role_of_it_and_manages(
    client: OfflineClient, who: int
) -> None:
    standing = standing_of(client.member(HERE, who), CHANNELS, manages=False)
    everything = frozenset({HERE, READERS, RULERS})
    assert standing == Standing(HERE, everything, frozenset(CHANNELS), manages=True)


def test_who_is_timed_out_can_still_read(client: OfflineClient) -> None:
    member = client.member(HERE, ANN)
    before = standing_of(member, CHANNELS, manages=False)
    member.timed_out_until = datetime.now(UTC) + timedelta(hours=1)
    assert member.is_timed_out()
    assert standing_of(member, CHANNELS, manages=False) == before


def test_a_role_that_is_gone_counts_no_more(client: OfflineClient) -> None:
    member = client.member(HERE, ANN)
    client.guild(HERE)._remove_role(READERS)  # noqa: SLF001 - as the gateway does
    assert standing_of(member, (), manages=False) == Standing(HERE, frozenset({HERE}))


def test_where_discord_has_an_outage_he_is_a_member_and_no_more(client: OfflineClient) -> None:
    changes: list[dict[str, object]] = [{"unavailable": True}, {"roles": []}]
    for changed in changes:
        client.enter(client.world.servers[HERE], **changed)
        for who in (ANN, BOSS, OWNER):
            standing = standing_of(client.member(HERE, who), CHANNELS, manages=True)
            assert standing == Standing(HERE)


def test_a_server_is_named_by_itself_and_by_what_is_in_it() -> None:
    guild = OfflineClient(world()).guild(HERE)
    for grant in (
        Grant(servers=frozenset({HERE})),
        Grant(manager=HERE),
        Grant(roles=frozenset({1, READERS})),
        Grant(roles=frozenset({HERE})),
        Grant(channels=frozenset({1, SECTION})),
    ):
        assert grant.names(guild)
    for grant in (
        Grant(everybody=True),
        Grant(servers=frozenset({ELSEWHERE}), manager=ELSEWHERE),
        Grant(roles=frozenset({TEXT}), channels=frozenset({READERS, THREAD})),
    ):
        assert not grant.names(guild)
