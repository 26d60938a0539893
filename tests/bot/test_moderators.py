"""Each collection is managed by its server's managers and the bot's owners, by nobody else."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import SeedBot
from bot.serving.service import AnswerService
from bot.settings import BotCollectionSettings, BotConfig, DiscordSettings
from index import IndexSettings, Library
from index.model.onnx_embedder import OnnxEmbedder
from tests.support.builder import Builder
from tests.support.libraries import user_with
from tests.support.members import MANAGER
from tests.support.shown import described, unescaped

HERE, ELSEWHERE, APART = 777, 888, 999
OWNER = 1234
TEXTS = {
    "guide/gate.txt": "The colour of the gate is green.\n",
    "house/tea.md": "# Tea\n\nGreen tea is steeped at eighty degrees for two minutes.\n",
    "rest/boats.md": "# Boats\n\nThe ferry to the island leaves at nine.\n",
    f"servers/{HERE}/lamp.md": "# Lamp\n\nThe lamp is lit at dusk.\n",
    f"servers/{ELSEWHERE}/bell.md": "# Bell\n\nThe bell rings at noon.\n",
}
COLLECTIONS = [
    BotCollectionSettings(name="guide", folder="guide", everybody=True, manager=HERE),
    BotCollectionSettings(name="house", folder="house", servers=[HERE], manager=ELSEWHERE),
    BotCollectionSettings(name="rest", folder="rest", everybody=True),
    BotCollectionSettings(name="own", folder="servers/{server}"),
]
ALL = ["guide", "house", "rest", f"own@{HERE}", f"own@{ELSEWHERE}"]
COMMANDS = ("rebuild", "index status", "index report", "index rollback")
NEEDS = "That needs the permission Manage Server."


class Place(NamedTuple):
    """A server and who manages it."""

    guild: GuildHandle
    channel: ChannelHandle
    boss: MemberActor


@pytest.fixture
def config(config: BotConfig) -> BotConfig:
    """The collections, and an owner."""
    changed = {"collections": COLLECTIONS, "discord": DiscordSettings(owners=[OWNER])}
    return config.model_copy(update=changed)


@pytest.fixture
def service(tmp_path: Path, embedder: OnnxEmbedder, config: BotConfig) -> Iterator[AnswerService]:
    """The collections behind the real threads; none is built yet."""
    for path, text in TEXTS.items():
        (tmp_path / "seeds" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "seeds" / path).write_text(text)
    settings = IndexSettings(seeds=str(tmp_path / "seeds"), store=str(tmp_path / "store"))
    library = Library(
        settings, collections=COLLECTIONS, embedder=embedder, builder=Builder(embedder)
    )
    service = AnswerService(library, config.service, config.logging)
    yield service
    service.close()


@pytest.fixture
async def places(simcord_env: Env, simcord_bot: SeedBot) -> list[Place]:
    """Three servers, where everybody is shown all commands, so that the bot alone refuses."""
    for name in ("rebuild", "index"):
        command = simcord_bot.tree.get_command(name)
        assert isinstance(command, discord.app_commands.Command | discord.app_commands.Group)
        command.default_permissions = None
    await simcord_bot.tree.sync()
    made = []
    for number in (HERE, ELSEWHERE, APART):
        guild = simcord_env.create_guild(f"server {number}", id=number)
        staff = guild.create_role("staff", permissions=MANAGER)
        boss = guild.add_member(simcord_env.create_user("boss"), roles=[staff])
        made.append(Place(guild, guild.create_text_channel("general"), boss))
    return made


async def told(actor: MemberActor, channel: ChannelHandle, command: str, **options: object) -> str:
    """What a command replies, to the member alone."""
    result = await actor.slash(channel, command, **options)
    assert result.response is not None
    assert result.ephemeral
    return unescaped(result.response.content) or described(result.response.embeds[0])


async def offered(actor: MemberActor, channel: ChannelHandle, typed: str = "") -> list[str]:
    """The collections that are offered to who types, each command the same."""
    lists = [
        [each["value"] for each in await actor.autocomplete(channel, name, "collection", typed)]
        for name in COMMANDS
    ]
    assert all(each == lists[0] for each in lists)
    return lists[0]


async def test_a_manager_is_offered_what_his_server_manages(
    simcord_env: Env, places: list[Place]
) -> None:
    here, elsewhere, apart = places
    assert await offered(here.boss, here.channel) == ["guide", f"own@{HERE}"]
    assert await offered(elsewhere.boss, elsewhere.channel) == ["house", f"own@{ELSEWHERE}"]
    # Somebody has to bring the first document of it.
    assert await offered(apart.boss, apart.channel) == [f"own@{APART}"]
    # Who manages one server is nobody in another, and who manages none is nobody.
    visitor = elsewhere.guild.add_member(here.boss.user)
    assert await offered(visitor, elsewhere.channel) == []
    ann = here.guild.add_member(simcord_env.create_user("ann"))
    assert await offered(ann, here.channel) == []


async def test_an_owner_is_offered_all_wherever_he_is_and_finds_them_by_their_servers(
    simcord_env: Env, places: list[Place]
) -> None:
    *_, apart = places
    owner = apart.guild.add_member(user_with(simcord_env, "maria", OWNER))
    # That of the server where they are, too, which has no documents yet.
    assert await offered(owner, apart.channel) == [*ALL, f"own@{APART}"]
    assert (await offered(owner, apart.channel, f"server {ELSEWHERE}"))[0] == f"own@{ELSEWHERE}"
    found = await owner.autocomplete(apart.channel, "rebuild", "collection", "own")
    assert f"own@{HERE} (server {HERE})" in [each["name"] for each in found]


@pytest.mark.simcord(check_errors=False)
async def test_the_role_that_may_rebuild_manages_what_its_server_does(
    simcord_env: Env, simcord_bot: SeedBot, places: list[Place]
) -> None:
    here, elsewhere, _ = places
    role = here.guild.create_role("librarians")
    await simcord_bot.services.servers.set(HERE, "rebuild_role", role.id)
    person = simcord_env.create_user("keeper")
    keeper = here.guild.add_member(person, roles=[role])
    assert await offered(keeper, here.channel) == ["guide", f"own@{HERE}"]
    guest = elsewhere.guild.add_member(person)
    assert await told(guest, elsewhere.channel, "index status", collection="house") == NEEDS


@pytest.mark.simcord(check_errors=False)
async def test_of_several_one_has_to_be_named_and_no_other_can_be(places: list[Place]) -> None:
    """Whether a name is that of another server's collection or of none can't be told apart."""
    here, *_ = places
    for command in COMMANDS:
        text = await told(here.boss, here.channel, command)
        assert text == f"Please say which collection you mean; yours here: guide, own@{HERE}"
        refusals = {
            (await told(here.boss, here.channel, command, collection=name)).replace(name, "…")
            for name in ("house", "rest", f"own@{ELSEWHERE}", "nothing")
        }
        assert refusals == {
            f"There is no collection '…' that you manage; yours here: guide, own@{HERE}"
        }


class TestWithoutOwn:
    """A bot whose collections have each a manager or none, and no server has one of its own."""

    @pytest.fixture
    def config(self, config: BotConfig) -> BotConfig:
        """The others."""
        return config.model_copy(update={"collections": COLLECTIONS[:-1]})

    @pytest.mark.simcord(check_errors=False)
    async def test_a_server_that_manages_nothing_is_told_so(self, places: list[Place]) -> None:
        """Also where it names a collection."""
        *_, apart = places
        for options in ({}, {"collection": "guide"}):
            assert await told(apart.boss, apart.channel, "rebuild", **options) == (
                "That is for the owner of this bot alone, since no collection of documents is "
                "managed by this server."
            )

    async def test_who_manages_one_collection_need_not_name_it(
        self, places: list[Place], service: AnswerService
    ) -> None:
        """There is but one that can be meant."""
        here, *_ = places
        assert "Indexed 1 document" in await told(here.boss, here.channel, "rebuild")
        assert "gate.txt" in await told(here.boss, here.channel, "index report")
        assert service.library.index("guide").sources()


async def test_a_manager_rebuilds_and_rolls_back_his_collection_alone(
    simcord_bot: SeedBot, places: list[Place], service: AnswerService, tmp_path: Path
) -> None:
    here, elsewhere, _ = places
    for place, name in ((here, "guide"), (elsewhere, "house")):
        assert "Indexed 1 document" in await told(
            place.boss, place.channel, "rebuild", collection=name
        )
    before = {name: service.library.index(name).generation for name in ("guide", "house")}
    (tmp_path / "seeds" / "guide" / "gate.txt").write_text("The colour of the gate is red.\n")
    (tmp_path / "seeds" / "house" / "tea.md").write_text("Tea is red.\n")
    status = await told(here.boss, here.channel, "index status", collection="guide")
    assert "**Collection** `guide`" in status
    assert "1 changed" in status
    await told(here.boss, here.channel, "rebuild", collection="guide")
    assert service.library.index("guide").generation != before["guide"]
    assert "gate.txt" in await told(here.boss, here.channel, "index report", collection="guide")
    back = await told(here.boss, here.channel, "index rollback", collection="guide")
    assert back.startswith("I answer from")
    assert {name: service.library.index(name).generation for name in before} == before
    changes = await simcord_bot.services.records.changes(HERE)
    deeds = [each.deed for each in changes]
    assert [deed.split("`")[:2] for deed in deeds] == [
        ["rolled back to ", "guide"],
        ["rebuilt ", "guide"],
        ["rebuilt ", "guide"],
    ]


async def test_what_is_done_to_a_collection_is_noted_where_it_is_managed(
    simcord_env: Env, simcord_bot: SeedBot, places: list[Place]
) -> None:
    *_, apart = places
    owner = apart.guild.add_member(user_with(simcord_env, "maria", OWNER))
    for name in ALL:
        await told(owner, apart.channel, "rebuild", collection=name)
    for server, named in (
        (HERE, ["guide", f"own@{HERE}"]),
        (ELSEWHERE, ["house", f"own@{ELSEWHERE}"]),
        (APART, []),
        # Of what no server manages, the owners are told.
        (0, ["rest"]),
    ):
        changes = await simcord_bot.services.records.changes(server)
        assert sorted(each.deed.split("`")[1] for each in changes) == named
