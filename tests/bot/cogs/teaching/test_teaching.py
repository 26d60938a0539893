"""Moderators teach what members wrote: a document of its own, cited with a link to the message."""

import json
from pathlib import Path

import discord
import pytest
from discord.app_commands import Command, ContextMenu
from simcord import Env
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.client import SeedBot
from bot.cogs import teaching as cogs
from bot.cogs.teaching import Teach
from bot.errors import RecordsFailed
from bot.records import Lesson, Lessons, Privacy
from bot.teaching import documents, lessons
from tests.support import members
from tests.support.shown import described
from tests.support.teaching import ANSWER, FILE, QUESTION, fields, opened, sent, teach
from tests.support.uploads import said, tree

pytestmark = pytest.mark.simcord(settle_timeout=120.0, check_errors=False)


async def test_a_reply_is_taught_and_cited_with_its_message(
    here: members.Server, seeds: Path, simcord_bot: SeedBot
) -> None:
    guild, channel, boss, ann = here
    assert simcord_bot.user is not None
    # Without the message-content intent it is read for the mention.
    asked = await boss.send(channel, f"{simcord_bot.user.mention} {QUESTION}")
    reply = await ann.send(channel, ANSWER, reply_to=asked)
    form = await opened(boss, channel, reply)
    assert fields(form)["The question"]["value"] == QUESTION
    assert fields(form)["The answer"]["value"] == ANSWER
    assert "The collection" not in fields(form)
    done = await sent(boss, form)
    assert done.startswith(f"**{QUESTION}**\n`{FILE}`\n\nIt is in the index, with 1 passage.")
    text = (seeds / FILE).read_text()
    today = reply.created_at.date().isoformat()
    assert text == (
        f'---\nauthor: "ann"\ntaught_by: "boss"\ndate: {today}\nlink: "{reply.jump_url}"\n---\n\n'
        f"# {QUESTION}\n\n{ANSWER}\n"
    )
    kept = json.loads((seeds / "learned" / ".origins.json").read_bytes())
    assert [each["link"] for each in kept["files"].values()] == [reply.jump_url]
    answered = await ann.slash(channel, "ask", question=QUESTION)
    assert answered.response is not None
    shown = described(answered.response.embeds[0])
    assert shown.startswith(
        f"> **{ANSWER}**\n**[1]** [{FILE}]({reply.jump_url}) · line 10 · {QUESTION}"
    )
    changes = await simcord_bot.services.records.changes(guild.id)
    assert changes[0].deed == f"taught the document `{FILE}` from {reply.jump_url}"


async def test_who_wrote_and_who_taught_is_no_answer(here: members.Server) -> None:
    _, channel, boss, ann = here
    await teach(boss, channel, await ann.send(channel, ANSWER))
    for question in ("Who taught this?", "Who is the author?", "What is the link?"):
        result = await ann.slash(channel, "ask", question=question)
        assert result.response is not None
        assert "taught_by" not in described(result.response.embeds[0])


async def test_what_discord_writes_for_names_is_taught_as_members_see_it(
    here: members.Server, seeds: Path
) -> None:
    _, channel, boss, ann = here
    text = f"Ask {boss.mention} in {channel.mention} <:gate:12345> @everyone, ||the code is 4711||."
    await teach(boss, channel, await ann.send(channel, text))
    taught = (seeds / FILE).read_text().split(f"# {QUESTION}\n\n")[1]
    assert taught == "Ask @boss in #general :gate:  , the code is 4711.\n"


async def test_of_a_channel_that_not_all_see_the_question_does_not_say_the_name(
    here: members.Server, simcord_bot: SeedBot, simcord_env: Env
) -> None:
    guild, channel, boss, ann = here
    hidden = guild.create_text_channel("secret-plans")
    seeing = discord.Permissions(view_channel=True).value
    for rule in (
        Overwrite(guild.id, OverwriteType.ROLE, deny=seeing),
        Overwrite(boss.id, OverwriteType.MEMBER, allow=seeing),
    ):
        simcord_env.backend.set_overwrite(hidden.id, rule)
    await simcord_env.settle()
    assert simcord_bot.user is not None
    asked = await boss.send(
        channel, f"{simcord_bot.user.mention} Who may read {hidden.mention} and {channel.mention}?"
    )
    form = await opened(boss, channel, await ann.send(channel, ANSWER, reply_to=asked))
    assert fields(form)["The question"]["value"] == "Who may read #channel and #general?"


async def test_a_thread_asks_with_its_title(here: members.Server, simcord_env: Env) -> None:
    _, channel, boss, ann = here
    asked = await ann.send(channel, "It is about the gate.")
    simcord_env.backend.create_thread(channel.id, QUESTION, ann.id, message_id=asked.id)
    await simcord_env.settle()
    [thread] = channel.threads
    answer = await ann.send(thread, ANSWER)
    form = await opened(boss, thread, answer)
    assert fields(form)["The question"]["value"] == QUESTION


@pytest.mark.parametrize(
    ("question", "answer", "reason"),
    [
        ("?!", ANSWER, documents.NO_QUESTION),
        (QUESTION, "Yes", documents.TOO_SHORT),
        (QUESTION, "Thank you!", documents.TOO_SHORT),
        (QUESTION, "<:yes:12345>", documents.TOO_SHORT),
    ],
)
async def test_what_says_nothing_is_refused(
    here: members.Server, seeds: Path, question: str, answer: str, reason: str
) -> None:
    _, channel, boss, ann = here
    before = tree(seeds)
    form = await opened(boss, channel, await ann.send(channel, ANSWER))
    assert await sent(boss, form, question, answer) == reason
    assert tree(seeds) == before


async def test_only_what_members_write_and_let_be_taken_is_taught(
    here: members.Server, simcord_bot: SeedBot
) -> None:
    guild, channel, boss, ann = here
    answered = await ann.slash(channel, "ask", question="How is green tea steeped?")
    assert answered.response is not None
    refused = await opened(boss, channel, answered.response.message)
    assert said(refused) == cogs.NOT_MINE
    silent = await ann.send(channel, "🙂")
    assert said(await opened(boss, channel, silent)) == cogs.WORDLESS
    open_still = await opened(boss, channel, await ann.send(channel, ANSWER))
    await Privacy(simcord_bot.services.records).leave_out(ann.id)
    assert await sent(boss, open_still, QUESTION) == cogs.LEFT_OUT
    unwanted = await opened(boss, channel, await ann.send(channel, ANSWER))
    assert said(unwanted) == cogs.LEFT_OUT
    hook = guild.create_webhook(channel, "Proxied")
    assert fields(await opened(boss, channel, await hook.send(ANSWER)))


async def test_only_managers_teach_and_forget(
    here: members.Server, simcord_bot: SeedBot, seeds: Path, simcord_env: Env
) -> None:
    guild, channel, boss, ann = here
    before = tree(seeds)
    message = await ann.send(channel, ANSWER)
    form = await opened(boss, channel, message)
    simcord_env.backend.remove_member_role(guild.id, boss.id, guild.roles["staff"].id)
    assert "Manage Server" in await sent(boss, form, QUESTION)
    cog = simcord_bot.get_cog("Teach")
    assert isinstance(cog, Teach)
    for command in (cog.menu, simcord_bot.tree.get_command("forget")):
        assert isinstance(command, Command | ContextMenu)
        command.default_permissions = None
    await simcord_bot.tree.sync()
    assert "Manage Server" in said(await opened(ann, channel, message))
    assert "Manage Server" in said(await ann.slash(channel, "forget", taught=FILE))
    assert await ann.autocomplete(channel, "forget", "taught", "gate") == []
    assert tree(seeds) == before


async def test_a_message_that_changes_while_the_form_is_open_is_not_taught(
    here: members.Server, seeds: Path
) -> None:
    _, channel, boss, ann = here
    before = tree(seeds)
    first, second = await ann.send(channel, ANSWER), await ann.send(channel, ANSWER)
    forms = [await opened(boss, channel, each) for each in (first, second)]
    await ann.edit(first, "The code is a secret.")
    await ann.delete(second)
    assert await sent(boss, forms[0], QUESTION) == lessons.EDITED
    assert await sent(boss, forms[1], QUESTION) == lessons.GONE
    assert tree(seeds) == before


async def test_a_message_is_taught_once_and_two_of_one_question_beside_each_other(
    here: members.Server, seeds: Path
) -> None:
    _, channel, boss, ann = here
    first, second = await ann.send(channel, ANSWER), await ann.send(channel, "It is 4711, I think.")
    twice = [await opened(boss, channel, first) for _ in range(2)]
    await sent(boss, twice[0], QUESTION)
    assert f"taught already, as {FILE}" in await sent(boss, twice[1], QUESTION)
    await teach(boss, channel, second)
    assert set(tree(seeds)) == {
        "tea.md", FILE, FILE.replace(".md", "-2.md"), "learned/.origins.json",
    }  # fmt: skip


async def test_what_was_taught_is_forgotten_and_may_be_put_back(
    here: members.Server, seeds: Path, simcord_bot: SeedBot
) -> None:
    guild, channel, boss, ann = here
    message = await ann.send(channel, ANSWER)
    await teach(boss, channel, message)
    [choice] = await boss.autocomplete(channel, "forget", "taught", "garden")
    assert choice["name"] == FILE
    gone = await boss.slash(channel, "forget", taught=choice["value"])
    assert said(gone) == (
        f"`{FILE}`\n\nNothing is answered from it any more. `/documents undo` brings it back."
    )
    assert not (seeds / FILE).exists()
    assert await boss.autocomplete(channel, "forget", "taught", "garden") == []
    changes = await simcord_bot.services.records.changes(guild.id)
    assert changes[0].deed == f"made me forget the document `{FILE}`"
    again = await boss.slash(channel, "forget", taught="learned/tea.md")
    assert said(again) == cogs.UNKNOWN
    await teach(boss, channel, message)
    assert (seeds / FILE).exists()


async def test_another_message_by_the_same_name_is_no_return_of_what_was_forgotten(
    here: members.Server, seeds: Path, simcord_bot: SeedBot
) -> None:
    guild, channel, boss, ann = here
    first = await ann.send(channel, ANSWER)
    await teach(boss, channel, first)
    [choice] = await boss.autocomplete(channel, "forget", "taught", "garden")
    await boss.slash(channel, "forget", taught=choice["value"])
    second = await ann.send(channel, "It is 4712 now, says the gardener.")
    await teach(boss, channel, second)
    assert "4712" in (seeds / FILE).read_text()
    again = await boss.slash(channel, "forget", taught=choice["value"])
    assert said(again) == f"What was taught as {FILE} isn't there any more."
    assert (await teach(boss, channel, first)).startswith(f"**{QUESTION}**")
    await ann.delete(first)
    assert [path.name for path in (seeds / "learned").glob("*.md")] == [Path(FILE).name]
    changes = await simcord_bot.services.records.changes(guild.id)
    assert not any("left the document" in each.deed for each in changes)


async def test_what_was_taught_twice_and_put_back_goes_with_its_message(
    here: members.Server, seeds: Path
) -> None:
    _, channel, boss, ann = here
    message = await ann.send(channel, ANSWER)
    await teach(boss, channel, message)
    await boss.slash(channel, "forget", taught=FILE)
    await teach(boss, channel, message, question="How is the garden gate opened?")
    for _ in range(2):
        undone = await boss.slash(channel, "documents undo")
        assert undone.response is not None
        await boss.click(undone.response, label="Take it")
    assert [*(seeds / "learned").glob("*.md")] == [seeds / FILE]
    await ann.delete(message)
    assert [*(seeds / "learned").glob("*.md")] == []


async def test_what_is_gone_is_told_so_where_the_records_fail_after_it(
    here: members.Server, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, channel, boss, ann = here
    await teach(boss, channel, await ann.send(channel, ANSWER))

    async def full(_self: Lessons, _lesson: Lesson) -> None:
        message = "records.db: the disk is full"
        raise RecordsFailed(message)

    monkeypatch.setattr(Lessons, "save", full)
    gone = await boss.slash(channel, "forget", taught=FILE)
    assert "Nothing is answered from it any more" in said(gone)
    assert not (seeds / FILE).exists()
