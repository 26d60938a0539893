"""Documents and failures of any length and of any signs leave nobody without a word.

simcord refuses what is too long for Discord, and fails the test where that is not caught.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from simcord import Env, InteractionResult, ResponseMessage

from bot.buttons import passages
from bot.buttons.passages import GONE
from bot.client import SeedBot
from bot.serving.service import AnswerService
from bot.settings import BotConfig
from index import AnswerSettings, Index, IndexSettings, Library, SeedIndexError, Span, open_index
from index.model.onnx_embedder import OnnxEmbedder
from tests.support import members
from tests.support.builder import Builder
from tests.support.limits import check_content, check_embed, units
from tests.support.shown import described, unescaped

DEEP = "/".join(["`](d" * 50] * 10)
NAMES = {
    f"{DEEP}/harbour ||<t_0_R>|| @everyone discord.gg.md": "harbour",
    "gate🎭" * 27 + ".md": "gate",
    "```tower`.md": "tower",
}
HEADING = "**H** " + "🎭e\u0301||" * 3000
FAILURE = "seeds: no document to index (" + "`a`: <@1>; " * 320 + "); put files there"


@pytest.fixture
def index(tmp_path: Path, embedder: OnnxEmbedder) -> Index:
    """Documents whose names and headings are as long as their file system allows."""
    seeds = tmp_path / "seeds"
    for name, thing in NAMES.items():
        file = seeds / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {HEADING}\n\nThe colour of the {thing} is \u202egreen ||`today`||.\n")
    (seeds / f"{'x' * 240}.txt").write_bytes(b"\0\1\2")
    settings = IndexSettings(seeds=str(seeds), store=str(tmp_path / "store"))
    base = AnswerSettings(base_url="https://example.org/" + "b" * 60)
    return open_index(settings, base, embedder=embedder, builder=Builder(embedder))


@pytest.fixture
def service(index: Index, config: BotConfig) -> Iterator[AnswerService]:
    """The index behind the real threads."""
    service = AnswerService(Library.of_one(index), config.service, config.logging)
    yield service
    service.close()


def said(result: InteractionResult) -> ResponseMessage:
    """What an interaction was answered with, which Discord would have taken."""
    messages = [*([result.response] if result.response else []), *result.followups]
    assert messages
    for message in messages:
        if message.embeds:
            check_embed(message.embeds[0])
        else:
            check_content(message.content)
    return messages[-1]


@pytest.mark.simcord(settle_timeout=120.0)
async def test_all_commands_answer_whatever_documents_are_called(simcord_env: Env) -> None:
    _, channel, boss, _ = members.alone(simcord_env)
    for name, thing in NAMES.items():
        asked = await boss.slash(channel, "ask", question=f"What colour is the {thing}?")
        text = described(said(asked).embeds[0])
        assert "green" in text
        assert "\u202e" not in text
        for label in ("Show passage 1", "More like this"):
            said(await boss.click(said(asked), label=label))
        offered = await boss.autocomplete(channel, "source", "document", thing)
        assert offered
        assert all(0 < units(each["name"]) <= 100 for each in offered)
        assert all(0 < units(str(each["value"])) <= 100 for each in offered)
        shown = await boss.slash(channel, "source", document=str(offered[0]["value"]))
        assert name.startswith(unescaped(said(shown).embeds[0].title or "-").removesuffix("…"))
        looked = await boss.slash(
            channel, "lookup", query=f"{thing} colour", source=str(offered[0]["value"])
        )
        assert thing in described(said(looked).embeds[0])
        await boss.autocomplete(
            channel, "source", "heading", "H", document=str(offered[0]["value"])
        )
        missing = await boss.slash(
            channel, "source", document=str(offered[0]["value"]), heading="`x`||" * 1000
        )
        assert "There is no heading" in said(missing).content
    for command in ("sources", "index report", "index status", "settings show", "rebuild"):
        said(await boss.slash(channel, command))


@pytest.mark.simcord(check_errors=False)
async def test_a_failure_of_any_length_is_told_by_every_way_out(
    simcord_env: Env, simcord_bot: SeedBot, index: Index
) -> None:
    _, channel, boss, ann = members.alone(simcord_env)
    assert simcord_bot.user is not None
    asked = await boss.slash(channel, "ask", question="What colour is the gate?")
    answer = said(asked)
    failing = SeedIndexError(FAILURE)
    methods = ("answer", "lookup", "near", "passage", "rebuild", "changes", "read")
    with patch.multiple(index, **{name: _raising(failing) for name in methods}):
        results = [
            await boss.slash(channel, "ask", question="What colour is the tower?"),
            await boss.slash(channel, "lookup", query="gate"),
            await boss.slash(channel, "source", document="```tower`.md"),
            await boss.slash(channel, "rebuild"),
            await boss.click(answer, label="Show passage 1"),
            await boss.click(answer, label="More like this"),
        ]
        for result in results:
            text = said(result).content
            assert unescaped(text).startswith("Seeds: no document to index (`a`: <@1>;")
            assert text.endswith("put files there")
            assert "\\<\\@1\\>" in text
        status = await boss.slash(channel, "index status")
        assert "put files there" in described(said(status).embeds[0])
        await ann.send(channel, f"{simcord_bot.user.mention} What colour is the harbour?")
        assert channel.last_message is not None
        told = described(channel.last_message.embeds[0])
        assert told.startswith("Seeds: no document to index")
        assert told.endswith("put files there")


def _raising(error: Exception):  # type: ignore[no-untyped-def] # noqa: ANN202 - in a method's place
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


async def test_a_servers_damaged_settings_leave_no_mention_unanswered(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    guild, channel, boss, ann = members.server(simcord_env)
    records = simcord_bot.services.records
    await records.run("INSERT INTO servers VALUES (?, '{broken')", guild.id)
    assert simcord_bot.user is not None
    await ann.send(channel, f"{simcord_bot.user.mention} What colour is the gate?")
    assert channel.last_message is not None
    assert "green" in described(channel.last_message.embeds[0])
    shown = described(said(await boss.slash(channel, "settings show")).embeds[0])
    assert shown.startswith("⚠️ What was set here can't be read any more")
    await boss.slash(channel, "settings threads", channel=channel, switch="on")
    shown = described(said(await boss.slash(channel, "settings show")).embeds[0])
    assert "can't be read" not in shown
    assert f"<#{channel.id}>" in shown


async def test_a_thread_takes_as_much_of_the_question_as_its_name_holds(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    guild, channel, _, ann = members.server(simcord_env)
    await simcord_bot.services.servers.switch(guild.id, "thread_channels", channel.id, on=True)
    assert simcord_bot.user is not None
    question = f"{simcord_bot.user.mention} What colour is the gate? {'🎭' * 300}"
    await ann.send(channel, question)
    (thread,) = channel.threads
    assert thread.name
    assert thread.name.startswith("What colour is the gate?")
    assert 90 < units(thread.name) <= 100


async def test_buttons_of_before_lead_where_they_led(
    simcord_env: Env, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the ids that they had up to version 0.2."""
    monkeypatch.setattr(passages, "SHA_DIGITS", 8)
    monkeypatch.setattr(
        passages, "document_key", lambda path: hashlib.sha256(path.encode()).hexdigest()[:12]
    )
    _, channel, boss, _ = members.server(simcord_env)
    asked = await boss.slash(channel, "ask", question="What colour is the tower?")
    click = await boss.click(said(asked), label="Show passage 1")
    assert "tower" in described(said(click).embeds[0])
    assert "another name" not in described(said(click).embeds[0])
    said(await boss.click(said(asked), label="More like this"))
    monkeypatch.setattr(passages, "document_key", lambda _: "0123456789ab")
    asked = await boss.slash(channel, "ask", question="What colour is the tower?")
    click = await boss.click(said(asked), label="More like this")
    assert unescaped(said(click).content) == GONE


async def test_a_passage_is_found_by_its_files_hash_only_where_one_file_has_that(
    index: Index,
) -> None:
    hashes = sorted(index.manifest.documents.values())
    assert len(hashes) == 3
    for sha in hashes:
        # What stands under no name that is known is the file of that hash, under another name.
        view = index.passage("", Span(0, 9), sha[:24])
        assert view is not None
        assert view.renamed
        assert index.manifest.documents[view.path] == sha
    seeds = index.settings.seeds_path
    digit, number = hashes[0][0], 0
    while hashlib.sha256(f"Note {number}.\n".encode()).hexdigest()[0] != digit:
        number += 1
    (seeds / "note.txt").write_text(f"Note {number}.\n")
    index.rebuild()
    assert index.passage("", Span(0, 9), digit) is None
