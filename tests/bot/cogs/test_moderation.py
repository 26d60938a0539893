"""Moderators see what the index holds and put it back; members see when a file moved on."""

from collections.abc import Iterator
from pathlib import Path

import discord
import pytest
from simcord import Env, ResponseMessage

from bot.client import SeedBot
from bot.serving.service import AnswerService
from bot.settings import BotConfig
from index import AnswerSettings, Index, IndexSettings, Library, open_index
from index.model.onnx_embedder import OnnxEmbedder
from tests.support import members
from tests.support.builder import Builder
from tests.support.shown import described

QUESTION = "What colour is the gate?"


@pytest.fixture
def index(tmp_path: Path, embedder: OnnxEmbedder) -> Index:
    """Two documents of our own, and one that can't be read."""
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "gate.txt").write_text("The colour of the gate is green.\n")
    (seeds / "tea.md").write_text("# Tea\n\nGreen tea is steeped at eighty degrees.\n")
    (seeds / "broken.txt").write_bytes(b"\0\1\2")
    settings = IndexSettings(seeds=str(seeds), store=str(tmp_path / "store"))
    return open_index(settings, AnswerSettings(), embedder=embedder, builder=Builder(embedder))


@pytest.fixture
def seeds(index: Index) -> Path:
    """The folder of the documents."""
    return index.settings.seeds_path


@pytest.fixture
def service(index: Index, config: BotConfig) -> Iterator[AnswerService]:
    """The index behind the real threads."""
    service = AnswerService(Library.of_one(index), config.service, config.logging)
    yield service
    service.close()


async def test_a_moderator_reads_the_report_and_the_status(
    simcord_env: Env, seeds: Path, service: AnswerService
) -> None:
    _, channel, boss, _ = members.alone(simcord_env)
    report = await boss.slash(channel, "index report")
    assert report.response is not None
    assert report.ephemeral
    lines = described(report.response.embeds[0]).split("\n")
    assert lines[0] == "2 indexed, 1 skipped."
    assert "🚫 broken.txt: the file is binary, not text" in lines
    assert "gate.txt: indexed, 1 passage" in lines
    (seeds / "gate.txt").rename(seeds / "door.txt")
    (seeds / "new.txt").write_text("Something new.\n")
    status = await boss.slash(channel, "index status")
    assert status.response is not None
    text = described(status.response.embeds[0])
    assert "**Documents** 2, as 2 passages" in text
    assert "**Since then** 1 added, 1 renamed" in text
    assert "**Follows the documents** another process of this bot" in text
    assert service.library.leads()
    (seeds / "door.txt").unlink()
    (seeds / "new.txt").unlink()
    (seeds / "tea.md").unlink()
    (seeds / "broken.txt").unlink()
    status = await boss.slash(channel, "index status")
    assert status.response is not None
    text = described(status.response.embeds[0])
    assert "the folder is empty" in text
    assert "**Follows the documents** this process" in text


@pytest.mark.simcord(check_errors=False)
async def test_the_way_back_is_for_moderators(simcord_env: Env, seeds: Path, index: Index) -> None:
    _, channel, boss, ann = members.alone(simcord_env)
    assert "index" not in ann.available_commands(channel)
    first = index.generation
    nowhere = await boss.slash(channel, "index rollback")
    assert nowhere.response is not None
    assert "no generation before" in nowhere.response.content
    (seeds / "gate.txt").write_text("The colour of the gate is red.\n")
    rebuilt = await boss.slash(channel, "rebuild")
    assert rebuilt.response is not None
    assert "1 embedded and 1 kept" in described(rebuilt.response.embeds[0])
    asked = await ann.slash(channel, "ask", question=QUESTION)
    assert asked.response is not None
    assert "gate is red" in described(asked.response.embeds[0])
    back = await boss.slash(channel, "index rollback")
    assert back.response is not None
    assert "again. It stays so" in described(back.response.embeds[0])
    assert index.generation == first
    asked = await ann.slash(channel, "ask", question=QUESTION)
    assert asked.response is not None
    assert "gate is green" in described(asked.response.embeds[0])


@pytest.mark.simcord(check_errors=False)
async def test_a_rule_of_a_channel_makes_nobody_a_moderator(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    server = members.alone(simcord_env)
    for name in ("index", "settings"):
        group = simcord_bot.tree.get_command(name)
        assert isinstance(group, discord.app_commands.Group)
        group.default_permissions = None
    await simcord_bot.tree.sync()
    # Who may set rules in a channel can allow there what they aren't allowed in the server.
    allowed = discord.PermissionOverwrite(manage_guild=True)
    channel = server.guild.create_text_channel("own", overwrites={server.ann: allowed})
    for command in ("index status", "settings show"):
        refused = await server.ann.slash(channel, command)
        assert refused.response is not None
        assert refused.response.content == "That needs the permission Manage Server."


@pytest.mark.simcord(check_errors=False)
async def test_who_is_no_moderator_is_refused_even_where_the_command_is_shown(
    simcord_env: Env, simcord_bot: SeedBot, index: Index
) -> None:
    _, channel, _, ann = members.alone(simcord_env)
    group = simcord_bot.tree.get_command("index")
    assert isinstance(group, discord.app_commands.Group)
    group.default_permissions = None
    await simcord_bot.tree.sync()
    before = index.generation
    for command in ("index status", "index report", "index rollback"):
        refused = await ann.slash(channel, command)
        assert refused.response is not None
        assert refused.ephemeral
        assert refused.response.content == "That needs the permission Manage Server."
    assert index.generation == before


async def test_a_passage_shown_later_says_what_became_of_its_file(
    simcord_env: Env, seeds: Path, index: Index
) -> None:
    _, channel, _, ann = members.server(simcord_env)
    asked = await ann.slash(channel, "ask", question=QUESTION)
    assert asked.response is not None

    async def shown() -> ResponseMessage:
        index.rebuild()
        assert asked.response is not None
        click = await ann.click(asked.response, label="Show passage 1")
        assert click.response is not None
        return click.response

    (seeds / "gate.txt").rename(seeds / "door.txt")
    renamed = (await shown()).embeds[0]
    assert renamed.title == "door.txt"
    assert "another name than when this was cited" in described(renamed)
    (seeds / "door.txt").rename(seeds / "gate.txt")
    (seeds / "gate.txt").write_text("Before all else: the colour of the gate is red.\n")
    changed = described((await shown()).embeds[0])
    assert "The file has changed since this was cited" in changed
    assert "gate is red" in changed
    (seeds / "gate.txt").unlink()
    assert "is gone from the index since" in (await shown()).content
