"""Whatever Discord refuses, and why, a member has the answer or the reason, in one message."""

import datetime as dt
import logging
from collections.abc import Iterator

import pytest

from bot.client import SeedBot
from bot.conversation import replying
from tests.support.discord_server import faults
from tests.support.discord_server.faults import Fault
from tests.support.discord_server.payloads import Payload
from tests.support.discord_server.server import DiscordServer, at_rest, until
from tests.support.shown import unescaped

QUESTION = "Who directed All of Us Strangers?"
ANSWER = "Andrew Haigh"
MINUTES = faults.rate_limited(200.0)
# A refusal of the channel, and the word for it.
SHUT = [
    (faults.NO_PERMISSION, "I may not write in {place}: I lack a permission."),
    (faults.NO_ACCESS, "I may not write in {place}: I have no access."),
    (faults.UNKNOWN_CHANNEL, "I may not write in {place}: the channel is gone."),
    (faults.ARCHIVED, "I may not write in {place}: the thread is archived."),
    (faults.refused(400, 160005, "Thread is locked"), "{place}: the thread is locked."),
    (faults.refused(400, 20016, "Slowmode"), "{place}: slow mode holds me back."),
    (faults.refused(400, 30033, "Maximum of members"), "{place}: the thread is full."),
    (faults.AUTOMOD, "My reply can't be shown in {place}: AutoMod blocked it."),
    (faults.HARMFUL_LINK, "My reply can't be shown in {place}: Discord takes a link"),
    (faults.refused(403, 99999, "Of another day"), "let me write in {place} (its error 99999)."),
    (faults.refused(400, 0, "400: Bad Request"), "let me write in {place} (its error 400)."),
    (MINUTES, "Discord lets me write in {place} again only in 4 minutes."),
]


@pytest.fixture
def ann(server: DiscordServer) -> Payload:
    """A member."""
    return server.member("ann")


@pytest.fixture(autouse=True)
def nothing_is_unforeseen(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """What Discord refuses is no fault of the bot's."""
    yield
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]


def text(message: Payload) -> str:
    """What a message says, as Discord shows it."""
    embeds = [each.get("description") or "" for each in message["embeds"]]
    return unescaped("\n".join([message["content"], *embeds]))


@pytest.mark.parametrize(("fault", "word"), SHUT, ids=[word for _, word in SHUT])
async def test_a_mention_that_may_not_be_answered_there_is_answered_privately_with_the_reason(
    server: DiscordServer, ann: Payload, fault: Fault, word: str
) -> None:
    server.faults.put("message", fault)
    await server.mention(ann, QUESTION)
    await until(lambda: server.written_to(ann))
    await at_rest()
    [reply] = server.written_to(ann)
    assert word.format(place=f"<#{server.channel['id']}>") in reply["content"]
    assert ANSWER in text(reply)
    assert not server.written()


@pytest.mark.parametrize("fault", [faults.AUTOMOD, faults.HARMFUL_LINK, faults.NO_SUCH_REPLY])
async def test_what_is_taken_nowhere_leaves_a_word_at_least(
    server: DiscordServer, ann: Payload, fault: Fault
) -> None:
    server.faults.put("message", fault, fault)
    await server.mention(ann, QUESTION)
    await until(lambda: server.written_to(ann))
    await at_rest()
    [word] = server.written_to(ann)
    assert word["content"].startswith("My reply can't be shown in")
    assert not word["embeds"]
    assert not server.written()


async def test_who_takes_no_direct_messages_has_the_word_where_another_message_is_taken(
    server: DiscordServer, ann: Payload
) -> None:
    server.faults.put("message", faults.AUTOMOD, faults.NO_DIRECT_MESSAGES)
    await server.mention(ann, QUESTION)
    await until(server.written)
    await at_rest()
    [word] = server.written()
    assert word["content"].endswith("AutoMod blocked it.")
    assert not server.written_to(ann)


async def test_a_direct_message_whose_answer_is_refused_has_the_reason(
    server: DiscordServer, ann: Payload
) -> None:
    server.faults.put("message", faults.HARMFUL_LINK)
    await server.write_directly(ann, QUESTION)
    await until(lambda: server.written_to(ann))
    await at_rest()
    [word] = server.written_to(ann)
    assert "Discord takes a link in it" in word["content"]


async def test_a_question_edited_to_one_whose_answer_is_refused_keeps_no_answer_to_the_first(
    server: DiscordServer, ann: Payload
) -> None:
    asked = await server.mention(ann, "Who wrote the music?")
    await until(server.written)
    await at_rest()
    server.faults.put("edit", faults.AUTOMOD)
    now = dt.datetime.now(dt.UTC).isoformat()
    edited = asked | {"content": f"<@{server.bot['id']}> {QUESTION}", "edited_timestamp": now}
    await server.gateway.dispatch("MESSAGE_UPDATE", edited)
    await until(lambda: server.rest.requests.count("edit") == 2)
    await at_rest()
    [reply] = server.written()
    assert text(reply).strip() == "My reply can't be shown here: AutoMod blocked it."


async def test_a_post_that_is_still_being_uploaded_is_waited_for(
    server: DiscordServer, ann: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replying, "YOUNG_SECONDS", (0.01,) * 3)
    server.faults.put("message", *[faults.POST_IS_YOUNG] * 3)
    await server.mention(ann, QUESTION)
    await until(server.written)
    await at_rest()
    [reply] = server.written()
    assert ANSWER in text(reply)
    assert not server.written_to(ann)
    server.faults.put("message", *[faults.POST_IS_YOUNG] * 4)
    await server.mention(ann, QUESTION)
    await until(lambda: server.written_to(ann))
    [reply] = server.written_to(ann)
    assert "the post's first message is still being uploaded. Here" in reply["content"]


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (faults.AUTOMOD, "My reply can't be shown here: AutoMod blocked it."),
        (faults.ARCHIVED, "I may not write here: the thread is archived."),
        (faults.NO_SUCH_REPLY, "My reply can't be shown here: Discord finds a mistake in it."),
        (faults.refused(403, 99999, ""), "Discord didn't let me write here (its error 99999)."),
    ],
    ids=str,
)
async def test_a_command_whose_answer_is_refused_has_the_reason(
    server: DiscordServer, ann: Payload, fault: Fault, word: str
) -> None:
    server.faults.put("original", fault)
    exchange = await server.slash(ann, "ask", question=QUESTION)
    await until(lambda: exchange.replies)
    await at_rest()
    [reply] = exchange.replies
    assert text(reply).strip() == word


@pytest.mark.parametrize(
    "fault",
    [
        MINUTES,
        faults.NO_PERMISSION,
        faults.refused(400, 200001, "Title was blocked by automatic moderation"),
        faults.refused(400, 160006, "Maximum number of active threads reached"),
    ],
    ids=str,
)
async def test_a_thread_that_discord_refuses_costs_no_answer(
    connected: tuple[DiscordServer, SeedBot], fault: Fault
) -> None:
    server, bot = connected
    guild, channel = int(server.guild["id"]), int(server.channel["id"])
    await bot.services.servers.switch(guild, "thread_channels", channel, on=True)
    server.faults.put("thread", fault)
    await server.mention(server.member("ann"), QUESTION)
    await until(server.written)
    await at_rest()
    [reply] = server.written()
    assert ANSWER in text(reply)
    assert server.rest.requests.count("thread") == 1


async def test_an_answer_whose_thread_is_closed_at_once_stands_in_the_channel(
    connected: tuple[DiscordServer, SeedBot],
) -> None:
    server, bot = connected
    guild, channel = int(server.guild["id"]), int(server.channel["id"])
    await bot.services.servers.switch(guild, "thread_channels", channel, on=True)
    server.faults.put("message", faults.ARCHIVED)
    ann = server.member("ann")
    await server.mention(ann, QUESTION)
    await until(server.written)
    await at_rest()
    [reply] = server.written()
    assert ANSWER in text(reply)
    assert not server.written_to(ann)


async def test_an_answer_that_is_deleted_twice_needs_no_word(
    server: DiscordServer, ann: Payload
) -> None:
    exchange = await server.slash(ann, "ask", question=QUESTION)
    await until(lambda: exchange.replies)
    [reply] = exchange.replies
    server.faults.put("delete-original", faults.UNKNOWN_MESSAGE)
    click = await server.click(ann, reply, f"delete:{ann['id']}")
    await until(lambda: not server.faults.left)
    await at_rest()
    assert not click.follow_ups
