"""What is written in channels becomes documents, and follows what happens there."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import discord
import pytest

from bot.client import SeedBot
from bot.gathering import Gathering
from bot.gathering.collecting import Collecting
from bot.gathering.staged import EMPTY
from bot.services import Services
from bot.shards import Shards
from index.fetching.fetching import state_of
from index.fetching.state import FetchState
from index.reading import origins
from tests.support.discord_server.server import until
from tests.support.village import SOLVED, Village

pytestmark = pytest.mark.simcord(check_errors=False)

QUESTION, TITLE = "It shows #3 whatever I do.", "How do I reset the label?"
ANSWER = "Hold both buttons for ten seconds."
VIEW, HISTORY = 1 << 10, 1 << 16


def state(services: Services) -> FetchState:
    """How the source does."""
    return state_of(services.answers.library.settings, services.config.gathered[0])


async def test_a_post_becomes_a_file_with_who_speaks_in_its_headings(
    gathering: Gathering, village: Village, services: Services
) -> None:
    thread = await village.post(
        village.ann,
        TITLE,
        QUESTION,
        (village.bob, ANSWER),
        (village.bob, "Then let go."),
        (village.ann, "That worked!"),
        (village.cleo, "Same here."),
    )
    await gathering.turn()
    path = f"help/how-do-i-reset-the-label-{thread.id}.md"
    assert village.files() == {
        path: f"# {TITLE}\n\n{QUESTION}\n\n## A member\n\n{ANSWER}\n\nThen let go.\n\n"
        "## The one who asked\n\nThat worked!\n\n## Another member\n\nSame here.\n"
    }
    found = origins.read(village.folder / "seeds" / "village")
    assert found is not None
    assert found.files[path].link == f"https://discord.com/channels/901/{thread.id}"
    assert (state(services).documents, state(services).problem) == (1, "")


async def test_announcements_and_pins_are_files_of_their_own_and_talk_is_none(
    gathering: Gathering, village: Village
) -> None:
    news = await village.say(village.ann, village.news, "# Open day\nOn **Sunday** at nine.")
    pinned = await village.say(village.bob, village.hall, "The key is under the pot.")
    await village.say(village.cleo, village.hall, "Lovely weather.")
    await village.pin(pinned, pinned=True)
    await gathering.turn()
    day = f"{news.created_at.day} {news.created_at:%B %Y}"
    assert village.files() == {
        f"news/{news.created_at:%Y-%m-%d}-{news.id}.md": f"# news, {day}\n\n**Open day**\n"
        "On **Sunday** at nine.\n",
        f"hall/{pinned.created_at:%Y-%m-%d}-{pinned.id}.md": f"# Pinned in hall, {day}\n\n"
        "The key is under the pot.\n",
    }
    found = origins.read(village.folder / "seeds" / "village")
    assert found is not None
    links = {each.link for each in found.files.values()}
    assert f"https://discord.com/channels/901/{village.news.id}/{news.id}" in links


async def test_programs_are_heard_in_announcements_alone_and_the_bot_nowhere(
    gathering: Gathering, village: Village
) -> None:
    backend = village.env.backend
    me = backend.bot_user.id
    for channel in (village.news, village.hall):
        hook = village.guild.create_webhook(channel, "feed")
        embed = discord.Embed(title="Release", description=f"It is out in {channel.name}.")
        message = await hook.send(f"By a program in {channel.name}.", embed=embed)
        own = backend.create_message(channel.id, me, "What the bot itself says.")
        if channel is village.hall:
            for number in (message.id, own.id):
                backend.set_pinned(channel.id, number, pinned=True, actor_id=me)
    await village.post(village.ann, TITLE, QUESTION, (village.bob, ANSWER))
    await gathering.turn()
    assert "By a program in news.\n\nRelease\n\nIt is out in news.\n" in village.text()
    assert "in hall" not in village.text()
    assert "itself" not in village.text()


async def test_what_a_followed_channel_took_back_is_no_announcement(
    gathering: Gathering, village: Village
) -> None:
    word = "[Original Message Deleted]"
    taken = discord.MessageFlags(source_message_deleted=True).value
    village.env.backend.create_message(village.news.id, village.bob.id, word, flags=taken)
    await village.say(village.ann, village.news, "Open on Sunday.")
    await gathering.turn()
    assert "Sunday" in village.text()
    assert word not in village.text()


async def test_a_question_that_nobody_replied_to_is_no_document_and_a_guide_is(
    gathering: Gathering, village: Village
) -> None:
    alone = await village.post(village.ann, TITLE, QUESTION, (village.ann, "Anyone?"))
    await village.post(village.bob, "Guide to the lamps", "Each has a switch at its foot.")
    await gathering.turn()
    assert [path.rpartition("-")[0] for path in village.files()] == ["help/guide-to-the-lamps"]
    await village.say(village.bob, alone, ANSWER)
    await gathering.turn()
    assert ANSWER in village.text()


async def test_what_is_edited_deleted_unpinned_or_taken_back_is_followed(
    gathering: Gathering, village: Village
) -> None:
    first = await village.post(village.ann, TITLE, QUESTION, (village.bob, ANSWER))
    second = await village.post(village.bob, "Guide to lamps", "Each has a switch.")
    reply = await village.say(village.cleo, first, "Or pull the plug.")
    news = await village.say(village.ann, village.news, "Open on Sunday.")
    pinned = await village.say(village.bob, village.hall, "The key is under the pot.")
    await village.pin(pinned, pinned=True)
    await gathering.turn()
    assert len(village.files()) == 4
    await village.cleo.edit(reply, "Or **press** the plug.")
    await village.ann.edit(news, "Open on Monday.")
    await gathering.turn()
    assert "Or **press** the plug." in village.text()
    assert "Monday" in village.text()
    assert "pull" not in village.text()
    assert "Sunday" not in village.text()
    await village.cleo.delete(reply)
    await village.ann.delete(news)
    await village.pin(pinned, pinned=False)
    village.env.backend.delete_channel(second.id)
    await village.settle()
    await gathering.turn()
    assert [*village.files().values()] == [f"# {TITLE}\n\n{QUESTION}\n\n## A member\n\n{ANSWER}\n"]
    village.env.backend.delete_channel(first.id)
    await village.settle()
    await gathering.turn()
    assert village.files() == {EMPTY[0]: EMPTY[1].decode()}


async def test_solved_posts_come_first_then_those_that_are_over_then_the_newest(
    gathering: Gathering, village: Village, services: Services
) -> None:
    kept = gathering.sources[0]
    kept.source = kept.source.model_copy(update={"max_files": 2})
    solved = await village.post(village.ann, "Solved?", "a", (village.bob, "b"), tags=[SOLVED])
    over = await village.post(village.ann, "Over?", "a", (village.bob, "b"))
    await village.post(village.ann, "New?", "a", (village.bob, "b"))
    await village.change(over, archived=True)
    await gathering.turn()
    assert {path.rpartition("-")[2] for path in village.files()} == {
        f"{solved.id}.md",
        f"{over.id}.md",
    }
    [left] = state(services).skipped
    assert left.reason.startswith("1 left out: see `max_files`")


async def test_a_moved_tag_and_another_title_are_followed(
    gathering: Gathering, village: Village
) -> None:
    thread = await village.post(village.ann, TITLE, QUESTION, (village.bob, ANSWER))
    await gathering.turn()
    village.env.backend.edit_channel(thread.id, {"name": "Labels"})
    await village.settle()
    await gathering.turn()
    [(path, text)] = village.files().items()
    assert path == f"help/labels-{thread.id}.md"
    assert text.startswith("# Labels\n")


async def test_what_not_all_can_read_any_more_is_withdrawn_and_gathered_when_they_can(
    gathering: Gathering, village: Village, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    await village.post(village.ann, TITLE, QUESTION, (village.bob, ANSWER))
    await gathering.turn()
    assert ANSWER in village.text()
    await village.rule(village.hall, village.muted, deny=VIEW)
    await gathering.turn()
    assert village.files() == {EMPTY[0]: EMPTY[1].decode()}
    told = f"not every member of the server can read channel {village.hall.id}: let @everyone"
    assert state(services).problem.startswith(told)
    await gathering.turn()
    assert caplog.text.count(told) == 1
    await village.rule(village.hall, village.muted, allow=VIEW)
    await gathering.turn()
    assert ANSWER in village.text()
    assert state(services).problem == ""


async def test_without_the_intent_nothing_is_gathered_and_what_was_is_withdrawn(
    gathering: Gathering, village: Village, services: Services
) -> None:
    await village.post(village.ann, TITLE, QUESTION, (village.bob, ANSWER))
    await gathering.turn()
    assert isinstance(village.env.bot, SeedBot)
    village.env.bot._connection._intents.message_content = False  # noqa: SLF001 - as a restart does
    await gathering.turn()
    assert village.files() == {EMPTY[0]: EMPTY[1].decode()}
    assert "Message Content Intent" in state(services).problem


async def test_a_channel_that_is_gone_takes_its_documents_with_it(
    gathering: Gathering, village: Village, services: Services
) -> None:
    await village.post(village.ann, TITLE, QUESTION, (village.bob, ANSWER))
    await gathering.turn()
    village.env.backend.delete_channel(village.news.id)
    await village.settle()
    await gathering.turn()
    assert village.files() == {EMPTY[0]: EMPTY[1].decode()}
    assert f"channel {village.news.id} is in no server" in state(services).problem


async def test_nothing_is_written_where_nothing_was_and_nothing_may_be(
    gathering: Gathering, village: Village, services: Services
) -> None:
    await village.rule(village.forum, village.muted, deny=HISTORY)
    await gathering.turn()
    assert not (village.folder / "seeds" / "village").exists()
    assert state(services).problem.startswith("not every member")


async def test_where_discord_is_down_what_was_gathered_stays_and_it_is_told(
    gathering: Gathering, village: Village, services: Services, tmp_path: Path
) -> None:
    thread = await village.post(village.ann, TITLE, QUESTION, (village.bob, ANSWER))
    await gathering.turn()
    village.env.inject_error("GET", f"/channels/{thread.id}/messages", status=503)
    gathering.look_again()
    await gathering.turn()
    assert ANSWER in village.text()
    assert state(services).problem.startswith("Discord can't be read now: 503")
    assert tmp_path == village.folder


async def test_permissions_that_change_while_it_is_read_are_noticed_before_it_is_written(
    gathering: Gathering, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    await village.post(village.ann, TITLE, QUESTION, (village.bob, ANSWER))
    history = discord.Thread.history

    def closing(self: discord.Thread, **options: int) -> object:
        everyone = self.guild.default_role
        assert self.parent is not None
        denied = {"id": str(everyone.id), "type": 0, "allow": "0", "deny": str(VIEW)}
        self.parent._fill_overwrites({"permission_overwrites": [denied]})  # type: ignore[arg-type] # noqa: SLF001
        return history(self, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(discord.Thread, "history", closing)
    await gathering.turn()
    await gathering.turn()
    assert village.text() == ""


def restarted(services: Services, village: Village) -> Gathering:
    """What gathers after a restart."""
    settings = services.answers.library.settings
    again = Gathering(services.config, settings, services.privacy)
    assert isinstance(village.env.bot, SeedBot)
    again.connect(village.env.bot)
    return again


async def test_what_was_deleted_while_the_bot_was_away_is_gone_when_it_is_back(
    gathering: Gathering, village: Village, services: Services
) -> None:
    news = await village.say(village.ann, village.news, "Open on Sunday.")
    await gathering.turn()
    assert "Sunday" in village.text()
    await village.ann.delete(news)
    await restarted(services, village).turn()
    assert village.files() == {EMPTY[0]: EMPTY[1].decode()}


async def test_what_changes_while_all_of_it_is_read_is_followed_and_nothing_said_is_kept(
    gathering: Gathering, village: Village, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await village.post(village.ann, TITLE, QUESTION, (village.bob, ANSWER))
    guide = await village.post(village.bob, "Guide to lamps", "Each has a switch.")
    reply = await village.say(village.cleo, thread, "Or pull the plug.")
    read = Collecting.post
    done: list[int] = []

    async def meanwhile(
        self: Collecting, post: discord.Thread, forum: discord.ForumChannel
    ) -> object:
        page = await read(self, post, forum)
        if post.id == thread.id and not done:
            done.append(post.id)
            await village.cleo.edit(reply, "Or wait.")
            await gathering.leave_out(village.bob.id, out=True)
        return page

    monkeypatch.setattr(Collecting, "post", meanwhile)
    await gathering.turn()
    assert done
    await gathering.turn()
    assert [*village.files().values()] == [f"# {TITLE}\n\n{QUESTION}\n\n## A member\n\nOr wait.\n"]
    assert guide.id not in gathering.sources[0].pages
    assert state(services).problem == ""


async def test_what_is_unpinned_or_deleted_during_the_first_look_is_followed(
    gathering: Gathering, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned = await village.say(village.ann, village.hall, "The hall is open on Sundays.")
    await village.pin(pinned, pinned=True)
    post = await village.post(village.bob, "Guide to lamps", "Each has a switch.")
    read = Collecting.post
    done: list[int] = []

    async def meanwhile(
        self: Collecting, thread: discord.Thread, forum: discord.ForumChannel
    ) -> object:
        page = await read(self, thread, forum)
        if not done:
            done.append(thread.id)
            await village.ann.edit(pinned, "The hall is closed.")
        return page

    monkeypatch.setattr(Collecting, "post", meanwhile)
    await gathering.turn()
    await gathering.turn()
    assert done == [post.id]
    assert "closed" in village.text()
    assert "Sundays" not in village.text()


async def test_a_look_that_has_no_time_left_ends_with_what_it_has(
    gathering: Gathering, village: Village, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    kept = gathering.sources[0]
    kept.source = kept.source.model_copy(update={"timeout_seconds": 1e-9})
    await village.post(village.ann, TITLE, QUESTION, (village.bob, ANSWER))
    await village.say(village.ann, village.news, "Open on Sunday.")
    await gathering.turn()
    gathering.look_again()
    await gathering.turn()
    assert [path.partition("/")[0] for path in village.files()] == ["news"]
    [left] = state(services).skipped
    assert left.reason.startswith("1 left out")
    assert caplog.text.count("posts and messages 1 left out") == 1


async def test_what_is_over_the_megabytes_is_left_out_and_the_rest_followed(
    gathering: Gathering, village: Village, services: Services
) -> None:
    kept = gathering.sources[0]
    kept.source = kept.source.model_copy(update={"max_mb": 0.0001})
    first = await village.say(village.ann, village.news, "Open on Sunday. " * 4)
    await village.say(village.ann, village.news, "Closed on Monday. " * 3)
    await gathering.turn()
    assert "Monday" in village.text()
    assert "Sunday" not in village.text()
    assert len(state(services).skipped) == 1
    await village.ann.delete(first)
    await gathering.turn()
    assert not state(services).skipped


async def test_what_is_older_than_the_days_is_left_out_but_for_what_is_pinned(
    gathering: Gathering, village: Village
) -> None:
    kept = gathering.sources[0]
    kept.source = kept.source.model_copy(update={"days": 7})
    backend = village.env.backend
    old = discord.utils.time_snowflake(backend_now(village) - timedelta(days=30))
    thread = await village.post(village.ann, TITLE, QUESTION, (village.bob, ANSWER))
    backend.get_channel(thread.id).last_message_id = old
    pinned = await village.say(village.bob, village.hall, "The key is under the pot.")
    await village.pin(pinned, pinned=True)
    await gathering.turn()
    assert [path.partition("/")[0] for path in village.files()] == ["hall"]


def backend_now(village: Village) -> datetime:
    """The time in the simulation, or here where that is later."""
    return min(village.env.now(), datetime.now(UTC))


async def test_a_title_is_no_path_and_names_nobody(gathering: Gathering, village: Village) -> None:
    thread = await village.post(
        village.ann, "../../@Bob\\ <!-- `x`", "Look.", (village.bob, f"{village.bob.id} it is")
    )
    await gathering.turn()
    [(path, text)] = village.files().items()
    assert path == f"help/a-member-x-{thread.id}.md"
    assert text == "# ../../a member\\ <!-- 'x'\n\nLook.\n\n## A member\n\na member it is\n"


async def test_messages_that_are_cleared_away_together_are_gone(
    gathering: Gathering, village: Village
) -> None:
    said = [await village.say(village.ann, village.news, f"Day {each}.") for each in range(3)]
    await gathering.turn()
    village.env.backend.bulk_delete_messages(village.news.id, [each.id for each in said[:2]])
    await village.settle()
    await gathering.turn()
    [text] = village.files().values()
    assert text.endswith("\n\nDay 2.\n")


@pytest.mark.parametrize("shards", [Shards(range(1, 2), 2)])
async def test_a_process_that_is_not_told_of_the_server_leaves_it_to_the_one_that_is(
    services: Services, village: Village
) -> None:
    away = services.config.gathered[0].model_copy(update={"channels": [1, 2]})
    config = services.config.model_copy(update={"sources": (away,)})
    gathering = Gathering(
        config, services.answers.library.settings, services.privacy, services.shards
    )
    bot = SeedBot(services)
    await village.start(bot)
    gathering.connect(bot)
    await gathering.turn()
    assert state(services).tried is None
    await village.env.shutdown()
    await services.records.close()


async def test_it_goes_on_by_itself_until_it_is_told_to_end(
    gathering: Gathering, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.gathering.gathering.TURN_SECONDS", 0.02)
    running = asyncio.create_task(gathering.run())
    news = await village.say(village.ann, village.news, "Open on Sunday.")
    await until(lambda: "Sunday" in village.text())
    await village.ann.edit(news, "Open on Monday.")
    await until(lambda: "Monday" in village.text())
    await village.rule(village.news, village.muted, deny=VIEW)
    await until(lambda: "Monday" not in village.text())
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize(
    "name", ["Zoë", "# Owner", "a|b`c", "## A member", "<!--", "]( https://x.y )", "901"]
)
async def test_whatever_somebody_is_called_it_is_in_no_file(
    gathering: Gathering, village: Village, name: str
) -> None:
    user = village.env.create_user("zoe.user", global_name=name)
    zoe = village.guild.add_member(user, nick=f"{name} nick")
    await village.post(
        village.ann,
        f"Ask @{name} or @zoe.user",
        f"<@{zoe.id}>, @zoe.user, @{name}: {zoe.id}",
        (zoe, "Gladly."),
        (village.bob, f"@{name}! <@!{village.cleo.id}>"),
    )
    await village.say(zoe, village.news, f"By <@{zoe.id}> (@{name}), for @ann")
    await gathering.turn()
    folder = village.folder / "seeds" / "village"
    kept = "".join(each.read_text() for each in folder.rglob("*") if each.is_file())
    kept += "".join(each.as_posix() for each in folder.rglob("*"))
    assert "Gladly." in kept
    for each in (zoe, village.ann, village.bob, village.cleo):
        assert str(each.id) not in kept
    assert "zoe.user" not in kept
    assert f"@{name}" not in kept
    assert "@ann" in kept  # who isn't there is nobody that is known
