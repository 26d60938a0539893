"""What is taught belongs to one collection, and the team is shown what its readers may see."""

from collections.abc import Iterator
from pathlib import Path

import discord
import pytest
from simcord import Env

from bot.access.grants import Grant
from bot.buttons import team as buttons
from bot.client import SeedBot
from bot.cogs import teaching as cogs
from bot.render.handover import LEFT_OUT
from bot.serving.service import AnswerService
from bot.settings import BotCollectionSettings, BotConfig
from index import AnswerSettings, IndexSettings, Library
from index.model.onnx_embedder import OnnxEmbedder
from tests.support import members
from tests.support.builder import Builder
from tests.support.shown import described
from tests.support.teaching import ANSWER, FILE, QUESTION, fields, opened, teach
from tests.support.uploads import said, tree

pytestmark = pytest.mark.simcord(settle_timeout=120.0, check_errors=False)


@pytest.fixture
def here(simcord_env: Env) -> members.Server:
    """One server beside another one, each with a moderator; ann is in both."""
    return members.servers(simcord_env)[0]


@pytest.fixture
def config(config: BotConfig) -> BotConfig:
    """A collection of each server's own, and one for everybody, which the owner manages."""
    collections = [
        BotCollectionSettings(name="own", folder="of/{server}"),
        BotCollectionSettings(name="all", folder="all", everybody=True),
    ]
    return config.model_copy(update={"collections": collections})


@pytest.fixture
def service(tmp_path: Path, config: BotConfig, embedder: OnnxEmbedder) -> Iterator[AnswerService]:
    """Their indexes, none of which is built yet."""
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    settings = IndexSettings(seeds=str(seeds), store=str(tmp_path / "store"), watch=False)
    library = Library(
        settings,
        AnswerSettings(sure=0.999),
        collections=config.collections,
        embedder=embedder,
        builder=Builder(embedder),
    )
    service = AnswerService(library, config.service, config.logging)
    yield service
    service.close()


async def test_a_servers_own_collection_learns_and_forgets(
    here: members.Server, tmp_path: Path
) -> None:
    guild, channel, boss, ann = here
    message = await ann.send(channel, ANSWER)
    form = await opened(boss, channel, message)
    assert "The collection" not in fields(form)
    await teach(boss, channel, message)
    assert f"of/{guild.id}/{FILE}" in tree(tmp_path / "seeds")
    asked = await ann.slash(channel, "ask", question=QUESTION)
    assert asked.response is not None
    assert "4711" in described(asked.response.embeds[0])
    await ann.delete(message)
    assert f"of/{guild.id}/{FILE}" not in tree(tmp_path / "seeds")


async def test_a_moderator_of_another_server_forgets_nothing(
    simcord_env: Env, tmp_path: Path
) -> None:
    first, second = members.servers(simcord_env)
    message = await first.ann.send(first.channel, ANSWER)
    await teach(first.boss, first.channel, message)
    value = f"{message.id}:own@{first.guild.id}"
    refused = await second.boss.slash(second.channel, "forget", taught=value)
    assert said(refused) == cogs.UNKNOWN
    assert await second.boss.autocomplete(second.channel, "forget", "taught", "") == []
    assert f"of/{first.guild.id}/{FILE}" in tree(tmp_path / "seeds")


async def test_an_owner_chooses_the_collection(
    here: members.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild, channel, boss, ann = here

    async def is_owner(_owners: object, user: int) -> bool:
        return user == boss.id

    monkeypatch.setattr("bot.owners.Owners.is_owner", is_owner)
    message = await ann.send(channel, ANSWER)
    form = await opened(boss, channel, message)
    options = [each["value"] for each in fields(form)["The collection"]["options"]]
    assert options == ["all", f"own@{guild.id}"]
    await teach(boss, channel, message, collection="all")
    assert set(tree(tmp_path / "seeds")) == {f"all/{FILE}", "all/learned/.origins.json"}
    monkeypatch.setattr(cogs, "SELECTED", 1)
    await teach(boss, channel, message, collection=f"own@{guild.id}")
    assert f"of/{guild.id}/{FILE}" in tree(tmp_path / "seeds")


async def test_the_team_is_shown_what_all_who_read_its_channel_may_see(
    here: members.Server,
    tmp_path: Path,
    simcord_bot: SeedBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guild, channel, boss, _ = here
    (tmp_path / "seeds" / "all").mkdir()
    (tmp_path / "seeds" / "all" / "tea.md").write_text("Green tea is steeped at eighty degrees.\n")
    services = simcord_bot.services
    await services.answers.rebuild("all", lambda _stage, _done, _all: None)
    staff = Grant(roles=frozenset({guild.roles["staff"].id}))
    monkeypatch.setitem(vars(services.access)["_grants"], "all", staff)
    hidden, shown = (discord.PermissionOverwrite(view_channel=each) for each in (False, True))
    assert simcord_bot.user is not None
    for team in (
        guild.create_text_channel("open"),
        guild.create_text_channel(
            "staff",
            overwrites={
                guild.default_role: hidden,
                guild.roles["staff"]: shown,
                simcord_bot.user: shown,
            },
        ),
    ):
        await boss.slash(channel, "settings team", channel=team)
        result = await boss.slash(
            channel, "ask", question="What does green tea cost?", private=True
        )
        assert result.response is not None
        assert "eighty" in described(result.response.embeds[0])
        await boss.click(result.response, label=buttons.LABEL)
        await boss.click(result.response, label=buttons.AGREED)
        [message] = [each for each in team.threads[0].history() if each.embeds]
        assert ("eighty" in described(message.embeds[0])) == (team.name == "staff")
        assert (LEFT_OUT in message.content) == (team.name == "open")
