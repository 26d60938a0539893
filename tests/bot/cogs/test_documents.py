"""Managers add documents, replace and remove them, and take that back; what changes is shown."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from simcord import Env

from bot.buttons import documents as buttons
from bot.client import SeedBot
from bot.cogs.documents import DocumentCommands
from bot.conversation import delivery
from bot.errors import Busy
from bot.serving.service import AnswerService
from bot.settings import BotConfig, LimitSettings
from bot.uploads import kept as keeping
from bot.uploads import waiting
from bot.uploads.waiting import Waiting
from index import AnswerSettings, Index, IndexSettings, Library, open_index
from index.model.onnx_embedder import OnnxEmbedder
from tests.support import members
from tests.support.builder import Builder
from tests.support.cdn import Cdn
from tests.support.shown import described
from tests.support.uploads import said, shown, take, tree

GATE = b"The colour of the gate is green.\n"
RED = b"The colour of the gate is red.\n"
TEA = b"# Tea\n\nGreen tea is steeped at eighty degrees.\n"
QUESTION = "What colour is the gate?"

pytestmark = pytest.mark.simcord(settle_timeout=120.0, check_errors=False)


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """Two documents, one in a folder."""
    folder = tmp_path / "seeds"
    (folder / "drinks").mkdir(parents=True)
    (folder / "gate.txt").write_bytes(GATE)
    (folder / "drinks" / "tea.md").write_bytes(TEA)
    return folder


@pytest.fixture
def index(seeds: Path, tmp_path: Path, embedder: OnnxEmbedder) -> Index:
    """The documents, indexed."""
    settings = IndexSettings(seeds=str(seeds), store=str(tmp_path / "store"), watch=False)
    return open_index(settings, AnswerSettings(), embedder=embedder, builder=Builder(embedder))


@pytest.fixture
def service(index: Index, config: BotConfig) -> Iterator[AnswerService]:
    """The index behind the real threads."""
    service = AnswerService(Library.of_one(index), config.service, config.logging)
    yield service
    service.close()


@pytest.fixture(autouse=True)
def cdn(simcord_env: Env, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cdn]:
    """Where the bot fetches what members attach."""
    monkeypatch.setattr(delivery, "RETRY_SECONDS", ())
    with Cdn() as server:
        server.stand_in(simcord_env, monkeypatch)
        yield server


@pytest.fixture
def here(simcord_env: Env) -> members.Server:
    """The server with its moderator."""
    return members.alone(simcord_env)


async def test_a_document_is_added_and_answered_from(here: members.Server, seeds: Path) -> None:
    _, channel, boss, ann = here
    file = ("pier.md", b"# Pier\n\nThe colour of the pier is blue.\n")
    result = await boss.slash(channel, "documents add", attachment=file, folder="harbour")
    assert shown(result).embeds[0].title == "Add this document?"
    text = said(result).splitlines()
    assert "**Document** `harbour/pier.md`" in text
    assert "**Size** 40 bytes" in text
    assert "**Lines** 3 come, 0 go" in text
    assert "**Cited as** Pier · `harbour/pier.md`" in text
    assert not (seeds / "harbour").exists()
    done = await take(boss, result)
    assert done == "`harbour/pier.md`\n\nIt is in the index, with 1 passage."
    assert (seeds / "harbour" / "pier.md").read_bytes() == file[1]
    asked = await ann.slash(channel, "ask", question="What colour is the pier?")
    assert asked.response is not None
    assert "pier is blue" in described(asked.response.embeds[0])


async def test_a_document_is_replaced_and_that_taken_back(
    here: members.Server, seeds: Path
) -> None:
    _, channel, boss, ann = here
    result = await boss.slash(channel, "documents replace", attachment=("gate.txt", RED))
    text = said(result)
    assert "**Lines** 1 come, 1 go" in text
    assert "> `-` The colour of the gate is green.\n> `+` The colour of the gate is red." in text
    assert "31 bytes, 33 bytes before" in text
    assert (shown(result).embeds[0].footer.text or "").endswith("kept for 90 days")
    assert "with 1 passage" in await take(boss, result)
    asked = await ann.slash(channel, "ask", question=QUESTION)
    assert asked.response is not None
    assert "gate is red" in described(asked.response.embeds[0])
    result = await boss.slash(channel, "documents undo")
    assert shown(result).embeds[0].title == "Take the last change back?"
    assert f"that <@{boss.id}> (boss) replaced it" in said(result)
    await take(boss, result)
    assert (seeds / "gate.txt").read_bytes() == GATE
    nothing = await boss.slash(channel, "documents undo")
    assert said(nothing) == "In the last 90 days nothing was changed here by me."


async def test_a_document_is_removed(here: members.Server, seeds: Path, index: Index) -> None:
    _, channel, boss, _ = here
    result = await boss.slash(channel, "documents remove", document="drinks/tea.md")
    assert "**Size** 47 bytes, all of which goes" in said(result)
    assert "Nothing is answered from it any more" in await take(boss, result)
    assert not (seeds / "drinks" / "tea.md").exists()
    assert [source.path for source in index.sources()] == ["gate.txt"]
    last = await boss.slash(channel, "documents remove", document="gate.txt")
    assert "is the only one" in said(last)


async def test_another_file_takes_the_place_of_the_document_that_was_chosen(
    here: members.Server, seeds: Path
) -> None:
    _, channel, boss, _ = here
    offered = await boss.autocomplete(channel, "documents replace", "document", "tea")
    assert [each["value"] for each in offered] == ["drinks/tea.md"]
    result = await boss.slash(
        channel, "documents replace", attachment=("new.md", RED), document="drinks/tea.md"
    )
    await take(boss, result)
    assert (seeds / "drinks" / "tea.md").read_bytes() == RED


async def test_what_can_not_be_read_is_told_before_and_after(here: members.Server) -> None:
    _, channel, boss, _ = here
    result = await boss.slash(channel, "documents add", attachment=("x.pdf", b"%PDF-1.4 no"))
    assert "⚠️ It can't be read, so nothing in it would be found" in said(result)
    done = await take(boss, result)
    assert "The document was skipped: it is damaged" in done
    assert "/documents undo takes the change back" in done.replace("`", "")


@pytest.mark.parametrize(
    ("command", "options", "reason"),
    [
        ("add", {"attachment": ("gate.txt", RED)}, "There is a document gate.txt already"),
        ("add", {"attachment": ("run.exe", RED)}, "the format .exe is not one of"),
        ("add", {"attachment": ("a.md", b"")}, "would be empty"),
        ("add", {"attachment": ("a.md", RED), "folder": "../.."}, "I can't store '..'"),
        ("add", {"attachment": ("a\u202e.md", RED)}, "signs that nobody sees"),
        ("replace", {"attachment": ("a.md", RED)}, "There is no document 'a.md'"),
        ("replace", {"attachment": ("gate.txt", GATE)}, "just that already"),
        ("remove", {"document": "../secret.md"}, "There is no document '../secret.md'"),
    ],
)
async def test_what_can_not_be_done_is_told_in_a_sentence(
    here: members.Server, seeds: Path, command: str, options: dict[str, object], reason: str
) -> None:
    _, channel, boss, _ = here
    before = tree(seeds)
    result = await boss.slash(channel, f"documents {command}", **options)
    assert reason in said(result)
    assert tree(seeds) == before


async def test_a_file_that_is_too_large_is_not_even_fetched(
    here: members.Server, index: Index, cdn: Cdn
) -> None:
    _, channel, boss, _ = here
    large = ("a.md", b"x" * (int(index.settings.max_file_mb * 1_000_000) + 1))
    result = await boss.slash(channel, "documents add", attachment=large)
    assert "over the limit of 20 MB (`max_file_mb` under [index])" in said(result)
    assert cdn.asked == []


async def test_a_file_that_discord_does_not_give(here: members.Server, cdn: Cdn) -> None:
    _, channel, boss, _ = here
    cdn.statuses = [404]
    result = await boss.slash(channel, "documents add", attachment=("a.md", RED))
    assert "attach it again" in said(result)


async def test_only_managers_may(here: members.Server, simcord_bot: SeedBot, seeds: Path) -> None:
    _, channel, _, ann = here
    before = tree(seeds)
    assert not any(each.startswith("documents") for each in ann.available_commands(channel))
    group = simcord_bot.tree.get_command("documents")
    assert group is not None
    group.default_permissions = None
    await simcord_bot.tree.sync()
    commands: dict[str, dict[str, object]] = {
        "add": {"attachment": ("a.md", RED)},
        "replace": {"attachment": ("gate.txt", RED)},
        "remove": {"document": "gate.txt"},
        "undo": {},
        "list": {},
    }
    for command, options in commands.items():
        refused = await ann.slash(channel, f"documents {command}", **options)
        assert "Manage Server" in said(refused)
    assert await ann.autocomplete(channel, "documents remove", "document", "gate") == []
    assert await ann.autocomplete(channel, "documents remove", "collection", "") == []
    assert tree(seeds) == before


async def test_one_who_no_longer_manages_changes_nothing(
    here: members.Server, seeds: Path, simcord_env: Env
) -> None:
    guild, channel, boss, _ = here
    result = await boss.slash(channel, "documents replace", attachment=("gate.txt", RED))
    simcord_env.backend.remove_member_role(guild.id, boss.id, guild.roles["staff"].id)
    assert "Manage Server" in await take(boss, result)
    assert (seeds / "gate.txt").read_bytes() == GATE


async def test_a_document_that_was_changed_meanwhile_stays(
    here: members.Server, seeds: Path
) -> None:
    _, channel, boss, _ = here
    result = await boss.slash(channel, "documents replace", attachment=("gate.txt", RED))
    (seeds / "gate.txt").write_bytes(TEA)
    assert "has changed since I showed you" in await take(boss, result)
    assert (seeds / "gate.txt").read_bytes() == TEA


async def test_what_was_left_is_forgotten(
    here: members.Server, seeds: Path, simcord_bot: SeedBot
) -> None:
    _, channel, boss, _ = here
    waits = simcord_bot.services.uploads.waiting
    result = await boss.slash(channel, "documents replace", attachment=("gate.txt", RED))
    name = shown(result).components[0]["components"][0]["custom_id"].rpartition(":")[2]
    left = await boss.click(shown(result), label="Leave it")
    assert said(left) == buttons.LEFT
    assert not shown(left).components
    assert waits.take(name, boss.id) is None
    assert (seeds / "gate.txt").read_bytes() == GATE


async def test_a_restart_forgets_what_waits(
    here: members.Server, seeds: Path, simcord_bot: SeedBot
) -> None:
    _, channel, boss, _ = here
    result = await boss.slash(channel, "documents replace", attachment=("gate.txt", RED))
    simcord_bot.services.uploads.waiting = Waiting()
    assert await take(boss, result) == buttons.FORGOTTEN
    assert (seeds / "gate.txt").read_bytes() == GATE


async def test_what_waited_too_long_is_forgotten(
    here: members.Server, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, channel, boss, _ = here
    result = await boss.slash(channel, "documents replace", attachment=("gate.txt", RED))
    monkeypatch.setattr(waiting, "WAITING_SECONDS", 0.0)
    assert await take(boss, result) == buttons.FORGOTTEN
    assert (seeds / "gate.txt").read_bytes() == GATE


async def test_a_build_that_is_running_is_not_waited_for(
    here: members.Server, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, channel, boss, _ = here

    def busy(*_: object, **__: object) -> None:
        raise Busy

    monkeypatch.setattr(AnswerService, "rebuild", busy)
    result = await boss.slash(channel, "documents replace", attachment=("gate.txt", RED))
    assert buttons.BY_HAND.replace("`", "") in (await take(boss, result)).replace("`", "")
    assert (seeds / "gate.txt").read_bytes() == RED


async def test_the_list_has_all_documents_with_who_changed_them(here: members.Server) -> None:
    _, channel, boss, _ = here
    await take(boss, await boss.slash(channel, "documents replace", attachment=("gate.txt", RED)))
    result = await boss.slash(channel, "documents list")
    assert shown(result).embeds[0].title == "2 documents"
    lines = said(result).splitlines()
    assert lines[0] == "`drinks/tea.md` · 47 bytes"
    assert lines[1].startswith(f"`gate.txt` · 31 bytes · replaced by <@{boss.id}> (boss) <t:")


async def test_a_long_list_has_pages(here: members.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.render.reply.DESCRIPTION_LIMIT", 40)
    _, channel, boss, _ = here
    result = await boss.slash(channel, "documents list")
    assert said(result) == "`drinks/tea.md` · 47 bytes"
    assert said(await boss.click(shown(result), label="Next")) == "`gate.txt` · 33 bytes"


async def test_what_was_done_is_noted(here: members.Server, simcord_bot: SeedBot) -> None:
    guild, channel, boss, _ = here
    log = guild.create_text_channel("log")
    await boss.slash(channel, "settings log", channel=log)
    await take(boss, await boss.slash(channel, "documents add", attachment=("a.md", TEA)))
    assert log.last_message is not None
    assert "(boss) added the document `a.md`" in described(log.last_message.embeds[0])
    changes = await simcord_bot.services.records.changes(guild.id)
    assert changes[0].deed == "added the document `a.md`"


async def test_a_collection_has_room_for_so_much(
    here: members.Server, simcord_bot: SeedBot
) -> None:
    limits = LimitSettings(documents_per_collection=2)
    services = simcord_bot.services
    object.__setattr__(services, "config", services.config.model_copy(update={"limits": limits}))
    _, channel, boss, _ = here
    result = await boss.slash(channel, "documents add", attachment=("a.md", TEA))
    assert "has 2 documents, and 2 is the most" in said(result)


async def test_what_is_kept_too_long_is_forgotten_without_a_change(
    here: members.Server, simcord_bot: SeedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, channel, boss, _ = here
    await take(boss, await boss.slash(channel, "documents add", attachment=("a.md", TEA)))
    kept = simcord_bot.services.config.records.kept
    assert [Path(path).suffix for path in tree(kept)] == [".json"]
    monkeypatch.setattr(keeping, "DAY_SECONDS", 0.0)
    cog = simcord_bot.get_cog("DocumentCommands")
    assert isinstance(cog, DocumentCommands)
    await cog.cog_unload()
    await cog.cog_load()
    for _ in range(100):
        if not tree(kept):
            break
        await asyncio.sleep(0.05)
    assert tree(kept) == {}
