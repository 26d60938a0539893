"""What was taught goes when its message is changed or deleted, also while the bot was away."""

import asyncio
from pathlib import Path

import pytest
from simcord import Env
from simcord.backend import serializers

from bot.client import SeedBot
from bot.cogs import withdrawing
from bot.cogs.withdrawing import Withdrawing
from bot.errors import NotTaken
from bot.uploads import Uploads
from bot.uploads.uploads import BUSY
from tests.support import members
from tests.support.shown import described
from tests.support.teaching import ANSWER, FILE, QUESTION, teach

pytestmark = pytest.mark.simcord(settle_timeout=120.0, check_errors=False)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages are looked at one right after the other, as often as the bot is connected."""
    monkeypatch.setattr(withdrawing, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(withdrawing, "REST_SECONDS", 0.0)


async def told(bot: SeedBot, here: members.Server) -> str:
    """What was noted last."""
    changes = await bot.services.records.changes(here.guild.id)
    return changes[0].deed


async def look(bot: SeedBot) -> None:
    """Look at all that was taught, as is done once a day."""
    cog = bot.get_cog("Withdrawing")
    assert isinstance(cog, Withdrawing)
    await cog.look()


async def test_an_edited_message_withdraws_it(
    here: members.Server, seeds: Path, simcord_bot: SeedBot
) -> None:
    guild, channel, boss, ann = here
    log = guild.create_text_channel("log")
    await boss.slash(channel, "settings log", channel=log)
    message = await ann.send(channel, ANSWER)
    await teach(boss, channel, message)
    await ann.edit(message, "The code is a secret.")
    assert not (seeds / FILE).exists()
    assert await told(simcord_bot, here) == (
        f"withdrew the document `{FILE}`, since the message that it was taught from was changed; "
        "*Teach this* in its menu teaches what it says now"
    )
    assert log.last_message is not None
    assert "(TestBot) withdrew the document" in described(log.last_message.embeds[0])
    asked = await ann.slash(channel, "ask", question=QUESTION)
    assert asked.response is not None
    assert "4711" not in described(asked.response.embeds[0])
    assert "It is in the index" in await teach(boss, channel, message)


async def test_a_preview_that_discord_adds_withdraws_nothing(
    here: members.Server, seeds: Path, simcord_env: Env
) -> None:
    _, channel, boss, ann = here
    message = await ann.send(channel, f"{ANSWER} https://example.org")
    await ann.edit(message, f"{ANSWER} See https://example.org")
    await teach(boss, channel, message)
    preview = {"embeds": [{"type": "link", "url": "https://example.org"}]}
    stored = simcord_env.backend.get_message(channel.id, message.id)
    payload = {**serializers.message_payload(simcord_env.backend, stored), **preview}
    simcord_env.backend.emit("MESSAGE_UPDATE", payload)
    await simcord_env.settle()
    assert (seeds / FILE).exists()


async def test_a_deleted_message_withdraws_it_and_one_changed_by_hand_stays(
    here: members.Server, seeds: Path, simcord_bot: SeedBot
) -> None:
    _, channel, boss, ann = here
    first, second = await ann.send(channel, ANSWER), await ann.send(channel, ANSWER)
    for message in (first, second):
        await teach(boss, channel, message)
    mended = seeds / FILE.replace(".md", "-2.md")
    mended.write_text("# Gate\n\nThe code is 4712.\n")
    await ann.delete(first)
    assert not (seeds / FILE).exists()
    await ann.delete(second)
    assert mended.exists()
    assert "somebody changed the document since" in await told(simcord_bot, here)
    assert await simcord_bot.get_cog("Withdrawing").teaching.lessons.of_messages([second.id]) == []  # type: ignore[union-attr]


async def test_a_deleted_channel_or_thread_withdraws_what_was_taught_there(
    here: members.Server, seeds: Path, simcord_env: Env
) -> None:
    guild, channel, boss, ann = here
    other = guild.create_text_channel("other")
    for place, name in ((channel, "one"), (other, "two")):
        simcord_env.backend.create_thread(place.id, name, ann.id)
    await simcord_env.settle()
    threads = [channel.threads[0], other.threads[0]]
    for thread in threads:
        await teach(boss, thread, await ann.send(thread, ANSWER))
    simcord_env.backend.delete_channel(threads[0].id)
    await simcord_env.settle()
    assert [each.name for each in (seeds / "learned").glob("*.md")] == [
        FILE.replace("learned/", "").replace(".md", "-2.md")
    ]
    simcord_env.backend.delete_channel(other.id)
    await simcord_env.settle()
    assert [*(seeds / "learned").glob("*.md")] == []


async def test_what_happened_while_the_bot_was_away_is_found_out(
    here: members.Server, seeds: Path, simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, boss, ann = here
    kept, changed, gone = [await ann.send(channel, ANSWER) for _ in range(3)]
    for message in (kept, changed, gone):
        await teach(boss, channel, message)
    await look(simcord_bot)
    assert len([*(seeds / "learned").glob("*.md")]) == 3
    cog = simcord_bot.get_cog("Withdrawing")
    assert isinstance(cog, Withdrawing)
    await simcord_bot.remove_cog("Withdrawing")
    await ann.edit(changed, "The code is a secret.")
    await ann.delete(gone)
    assert len([*(seeds / "learned").glob("*.md")]) == 3
    await simcord_bot.add_cog(cog)
    simcord_bot.dispatch("ready")
    await simcord_env.settle()
    # It is a task of its own, for which nobody waits.
    await vars(cog)["_looking"]
    assert (seeds / FILE).exists()
    assert len([*(seeds / "learned").glob("*.md")]) == 1


async def test_what_was_put_back_goes_again_if_its_message_is_gone(
    here: members.Server, seeds: Path, simcord_bot: SeedBot
) -> None:
    _, channel, boss, ann = here
    message = await ann.send(channel, ANSWER)
    await teach(boss, channel, message)
    await ann.delete(message)
    undone = await boss.slash(channel, "documents undo")
    assert undone.response is not None
    await boss.click(undone.response, label="Take it")
    assert (seeds / FILE).exists()
    await look(simcord_bot)
    assert not (seeds / FILE).exists()


async def test_what_can_not_be_looked_at_stays(
    here: members.Server, seeds: Path, simcord_bot: SeedBot, simcord_env: Env
) -> None:
    _, channel, boss, ann = here
    await teach(boss, channel, await ann.send(channel, ANSWER))
    for status in (403, 500, 404):
        simcord_env.inject_error("GET", "/channels/*/messages/*", status=status)
        await look(simcord_bot)
    assert (seeds / FILE).exists()


async def test_what_can_not_be_withdrawn_is_told_once_and_tried_again_soon(
    here: members.Server, seeds: Path, simcord_bot: SeedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, channel, boss, ann = here
    message = await ann.send(channel, ANSWER)
    await teach(boss, channel, message)
    with monkeypatch.context() as patch:
        patch.setattr(Uploads, "take", _busy)
        await ann.delete(message)
        assert "could not withdraw" in await told(simcord_bot, here)
        again = vars(simcord_bot.get_cog("Withdrawing"))["_next"]
        assert again.when() - asyncio.get_running_loop().time() <= withdrawing.AGAIN_SECONDS
        await look(simcord_bot)
        changes = await simcord_bot.services.records.changes(here.guild.id)
        assert sum("could not" in each.deed for each in changes) == 1
        assert (seeds / FILE).exists()
    await look(simcord_bot)
    assert not (seeds / FILE).exists()


def _busy(*_: object) -> None:
    raise NotTaken(BUSY)
