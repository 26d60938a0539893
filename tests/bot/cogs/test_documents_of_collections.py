"""Who manages one collection changes its documents and no others, and the others stay unnamed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from simcord import Env

from bot.client import SeedBot
from bot.errors import RecordsFailed
from bot.owners import Owners
from bot.serving.service import AnswerService
from bot.settings import BotCollectionSettings, BotConfig
from index import IndexSettings, Library
from index.model.onnx_embedder import OnnxEmbedder
from tests.support import members
from tests.support.builder import Builder
from tests.support.cdn import Cdn
from tests.support.shown import described
from tests.support.uploads import said, shown, take, tree

TEA = b"# Tea\n\nGreen tea is steeped at eighty degrees.\n"

pytestmark = pytest.mark.simcord(settle_timeout=120.0, check_errors=False)


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A document of a collection that no server manages."""
    folder = tmp_path / "seeds"
    (folder / "secret").mkdir(parents=True)
    (folder / "secret" / "plan.md").write_bytes(TEA)
    return folder


@pytest.fixture
def config(config: BotConfig) -> BotConfig:
    """One for the owners alone, one for all, and one for each server, in its folder."""
    collections = [
        BotCollectionSettings(name="secret", folder="secret", only=["*.md"]),
        BotCollectionSettings(name="all", folder="all", everybody=True),
        BotCollectionSettings(name="own", folder="of/{server}"),
    ]
    return config.model_copy(update={"collections": collections})


@pytest.fixture
def service(
    seeds: Path, tmp_path: Path, config: BotConfig, embedder: OnnxEmbedder
) -> Iterator[AnswerService]:
    """Their indexes, none of which is built yet, behind the real threads."""
    settings = IndexSettings(seeds=str(seeds), store=str(tmp_path / "store"))
    library = Library(
        settings, collections=config.collections, embedder=embedder, builder=Builder(embedder)
    )
    service = AnswerService(library, config.service, config.logging)
    yield service
    service.close()


@pytest.fixture(autouse=True)
def cdn(simcord_env: Env, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cdn]:
    """Where the bot fetches what members attach."""
    with Cdn() as server:
        server.stand_in(simcord_env, monkeypatch)
        yield server


@pytest.fixture
def both(simcord_env: Env, seeds: Path) -> tuple[members.Server, members.Server]:
    """Two servers, each with a folder and a document of its own."""
    made = members.servers(simcord_env)
    for each in made:
        folder = seeds / "of" / str(each.guild.id)
        folder.mkdir(parents=True)
        (folder / f"{each.guild.name}.md").write_bytes(TEA)
    return made


@pytest.fixture
def owned(both: tuple[members.Server, members.Server], monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot is the first server's moderator's."""

    async def is_owner(_owners: Owners, user: int) -> bool:
        return user == both[0].boss.id

    monkeypatch.setattr(Owners, "is_owner", is_owner)


async def test_a_server_changes_the_documents_of_its_own(
    both: tuple[members.Server, members.Server], seeds: Path
) -> None:
    guild, channel, boss, ann = both[0]
    result = await boss.slash(channel, "documents add", attachment=("tea.md", TEA))
    path = f"of/{guild.id}/tea.md"
    assert f"**Document** `{path}`" in said(result)
    assert f"**Collection** own@{guild.id}" in said(result)
    assert "It is in the index, with 1 passage." in await take(boss, result)
    assert tree(seeds)[path] == TEA
    asked = await ann.slash(channel, "ask", question="How is green tea steeped?")
    assert asked.response is not None
    assert "eighty degrees" in described(asked.response.embeds[0])
    there = both[1]
    listed = said(await there.boss.slash(there.channel, "documents list"))
    assert listed == f"`of/{there.guild.id}/elsewhere.md` · {len(TEA)} bytes"
    nothing = await there.boss.slash(there.channel, "documents undo")
    assert "nothing was changed here" in said(nothing)


async def test_another_collection_is_out_of_reach(
    both: tuple[members.Server, members.Server], seeds: Path
) -> None:
    (_, channel, boss, _), there = both
    before = tree(seeds)
    for name in ("secret", "all", f"own@{there.guild.id}", "own", "nothing"):
        refused = await boss.slash(channel, "documents list", collection=name)
        assert said(refused).startswith(f"There is no collection {name!r} that you manage")
        file = ("plan.md", b"# Mine\n")
        refused = await boss.slash(channel, "documents replace", attachment=file, collection=name)
        assert "that you manage" in said(refused)
    for document in ("secret/plan.md", "../secret/plan.md", f"of/{there.guild.id}/elsewhere.md"):
        refused = await boss.slash(channel, "documents remove", document=document)
        assert "There is no document" in said(refused)
    offered = await boss.autocomplete(channel, "documents list", "collection", "")
    assert [each["value"] for each in offered] == [f"own@{both[0].guild.id}"]
    offered = await boss.autocomplete(channel, "documents remove", "document", "", collection="all")
    assert offered == []
    offered = await boss.autocomplete(channel, "documents remove", "document", "")
    assert [each["value"] for each in offered] == [f"of/{both[0].guild.id}/here.md"]
    assert tree(seeds) == before


@pytest.mark.usefixtures("owned")
async def test_a_collection_takes_what_it_is_for(
    both: tuple[members.Server, members.Server],
) -> None:
    _, channel, boss, _ = both[0]
    file = ("tea.txt", TEA)
    refused = await boss.slash(channel, "documents add", attachment=file, collection="secret")
    assert "only names like *.md belong there" in said(refused)
    vague = await boss.slash(channel, "documents add", attachment=file)
    assert "say which collection you mean; yours here: secret, all" in said(vague)


@pytest.mark.usefixtures("owned")
async def test_what_is_noted_names_a_document_where_all_may_see_it_alone(
    both: tuple[members.Server, members.Server], simcord_bot: SeedBot, seeds: Path
) -> None:
    here, there = both
    (seeds / "all").mkdir()
    (seeds / "all" / "a.md").write_bytes(TEA)
    await here.boss.slash(here.channel, "settings log", channel=here.channel)
    for number, (collection, manager, path) in enumerate(
        (
            ("secret", 0, "secret/tea.md"),
            (f"own@{there.guild.id}", there.guild.id, f"of/{there.guild.id}/tea.md"),
            (f"own@{here.guild.id}", here.guild.id, f"of/{here.guild.id}/tea.md"),
        )
    ):
        options = {"attachment": ("tea.md", TEA), "collection": collection}
        await take(here.boss, await here.boss.slash(here.channel, "documents add", **options))
        changes = await simcord_bot.services.records.changes(manager)
        assert changes[0].deed == f"added the document `{path}`"
        shown_here = " ".join(
            described(embed) for each in here.channel.history() for embed in each.embeds
        )
        assert ("tea.md" in shown_here) == (number == 2)


@pytest.mark.usefixtures("owned")
async def test_an_owner_may_add_more(
    both: tuple[members.Server, members.Server], simcord_bot: SeedBot
) -> None:
    limits = simcord_bot.services.config.limits.model_copy(update={"documents_per_collection": 1})
    config = simcord_bot.services.config.model_copy(update={"limits": limits})
    object.__setattr__(simcord_bot.services, "config", config)
    here, there = both
    options = {"attachment": ("tea.md", TEA), "collection": f"own@{there.guild.id}"}
    refused = await there.boss.slash(there.channel, "documents add", **options)
    assert "has 1 documents, and 1 is the most" in said(refused)
    allowed = await here.boss.slash(here.channel, "documents add", **options)
    assert shown(allowed).embeds[0].title == "Add this document?"


@pytest.mark.usefixtures("owned")
async def test_a_change_is_taken_in_also_where_it_can_not_be_noted(
    both: tuple[members.Server, members.Server],
    simcord_bot: SeedBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here, _ = both
    options = {"attachment": ("tea.md", TEA), "collection": f"own@{here.guild.id}"}
    result = await here.boss.slash(here.channel, "documents add", **options)

    async def fail(*_: object) -> None:
        raise RecordsFailed

    monkeypatch.setattr(simcord_bot.services.records, "save_change", fail)
    assert "It is in the index" in await take(here.boss, result)
