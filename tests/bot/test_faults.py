"""Whatever Discord or the network does, a question gets one answer, or one clear word."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from bot.client import SeedBot
from bot.conversation import delivery, history
from tests.support.discord_server import faults
from tests.support.discord_server.faults import Fault
from tests.support.discord_server.payloads import Payload
from tests.support.discord_server.rest import Exchange
from tests.support.discord_server.server import DiscordServer, at_rest, until
from tests.support.shown import unescaped

QUESTION = "Who directed All of Us Strangers?"
ANSWER = "Andrew Haigh"
# What discord.py gets over by itself or the bot by trying again.
PASSING = {
    "rate limit": faults.rate_limited(0.1),
    "rate limit of the whole bot": faults.rate_limited(0.1, everywhere=True),
    "server error": faults.server_error(500),
    "unavailable": faults.server_error(503),
    "slow": faults.slow(0.3),
    "reset": faults.reset(),
    "reset after the deed": faults.reset(arrives=True),
    "server error after the deed": faults.server_error(502, arrives=True),
}
passing = pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())


@pytest.fixture
def ann(server: DiscordServer) -> Payload:
    """A member."""
    return server.member("ann")


async def at_once(_bot: SeedBot, _shard: int | None, *, initial: bool = False) -> None:
    """Wait for nothing before a new session."""


def text(message: Payload) -> str:
    """What a message says, as Discord shows it."""
    embeds = [each.get("description") or "" for each in message["embeds"]]
    return unescaped("\n".join([message["content"], *embeds]))


async def shown(exchange: Exchange) -> str:
    """The one reply that an interaction's member has in the end."""
    await until(lambda: exchange.replies)
    await at_rest()
    [reply] = exchange.replies
    return text(reply)


async def answered(server: DiscordServer) -> Exchange:
    """A question that was answered without any fault."""
    exchange = await server.slash(server.member("bob"), "ask", question=QUESTION)
    assert ANSWER in await shown(exchange)
    server.rest.requests.clear()
    return exchange


async def only(server: DiscordServer, to: Payload | None = None) -> str:
    """The one message that the bot has written in the channel, or to a member."""
    await until(lambda: server.written() or (to and server.written_to(to)))
    await at_rest()
    [message] = server.written_to(to) if to else server.written()
    assert len(server.written()) == (0 if to else 1)
    return text(message)


@passing
@pytest.mark.parametrize("route", ["callback", "original"])
async def test_a_command_is_answered_once_through_a_passing_fault(
    server: DiscordServer, ann: Payload, route: str, fault: Fault
) -> None:
    server.faults.put(route, fault)
    exchange = await server.slash(ann, "ask", question=QUESTION)
    assert ANSWER in await shown(exchange)
    assert not server.faults.left
    assert exchange.acknowledged is not None


@passing
async def test_a_mention_is_answered_once_through_a_passing_fault(
    server: DiscordServer, ann: Payload, fault: Fault
) -> None:
    server.faults.put("message", fault)
    asked = await server.mention(ann, QUESTION)
    assert ANSWER in await only(server)
    assert server.written()[0]["message_reference"]["message_id"] == asked["id"]
    assert not server.faults.left


@passing
@pytest.mark.parametrize("route", ["callback", "original"])
async def test_a_click_shows_its_passage_once_through_a_passing_fault(
    server: DiscordServer, ann: Payload, route: str, fault: Fault
) -> None:
    reply = (await answered(server)).replies[0]
    server.faults.put(route, fault)
    exchange = await server.click(ann, reply, "Show passage 1")
    assert ANSWER in await shown(exchange)
    assert not server.faults.left


@pytest.mark.parametrize(
    ("route", "fault"),
    [
        ("callback", faults.UNKNOWN_INTERACTION),
        ("original", faults.TOKEN_IS_OVER),
        ("original", faults.UNKNOWN_WEBHOOK),
        ("original", faults.UNKNOWN_INTERACTION),
    ],
)
async def test_an_answer_that_comes_too_late_for_discord_is_sent_privately(
    server: DiscordServer, ann: Payload, route: str, fault: Fault
) -> None:
    server.faults.put(route, fault)
    exchange = await server.slash(ann, "ask", question=QUESTION)
    assert ANSWER in await only(server, to=ann)
    assert not exchange.replies


async def test_a_passage_that_comes_too_late_for_discord_is_sent_privately(
    server: DiscordServer, ann: Payload
) -> None:
    reply = (await answered(server)).replies[0]
    server.faults.put("original", faults.TOKEN_IS_OVER)
    exchange = await server.click(ann, reply, "Show passage 1")
    assert ANSWER in await only(server, to=ann)
    assert not exchange.replies


async def test_an_error_that_comes_too_late_for_discord_is_sent_privately(
    server: DiscordServer, ann: Payload
) -> None:
    server.faults.put("callback", faults.UNKNOWN_INTERACTION)
    await server.slash(ann, "ask", question="   ")
    assert "question is empty" in await only(server, to=ann)


async def test_who_dismisses_the_thinking_is_not_told_elsewhere(
    server: DiscordServer, ann: Payload
) -> None:
    server.faults.put("original", faults.UNKNOWN_MESSAGE)
    exchange = await server.slash(ann, "ask", question=QUESTION)
    await until(lambda: not server.faults.left)
    await at_rest()
    assert not server.written_to(ann)
    assert exchange.edits == 0


async def test_an_answer_that_discord_refuses_becomes_one_clear_word(
    server: DiscordServer, ann: Payload
) -> None:
    server.faults.put("original", faults.NO_ACCESS)
    exchange = await server.slash(ann, "ask", question=QUESTION)
    assert await shown(exchange) == "I may not write here: I have no access."


@pytest.mark.parametrize(
    "fault", [faults.NO_PERMISSION, faults.NO_ACCESS, faults.UNKNOWN_CHANNEL], ids=str
)
async def test_where_discord_lets_no_reply_through_its_author_gets_it_privately(
    server: DiscordServer, ann: Payload, fault: Fault
) -> None:
    server.faults.put("message", fault)
    await server.mention(ann, QUESTION)
    reply = await only(server, to=ann)
    assert ANSWER in reply
    assert reply.startswith(f"I may not write in <#{server.channel['id']}>")


async def test_an_answer_that_reaches_nobody_is_one_line_in_the_log(
    server: DiscordServer, ann: Payload, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.put("message", faults.NO_PERMISSION, faults.NO_DIRECT_MESSAGES)
    await server.mention(ann, QUESTION)
    await until(lambda: not server.faults.left)
    server.faults.put("original", faults.TOKEN_IS_OVER)
    server.faults.put("message", faults.NO_DIRECT_MESSAGES)
    await server.slash(ann, "ask", question=QUESTION)
    await until(lambda: not server.faults.left)
    await at_rest()
    warned = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert ["could not be delivered" in each.getMessage() for each in warned] == [True, True]
    assert not any(each.exc_info for each in warned)


async def test_an_answer_to_what_could_not_be_acknowledged_is_sent_privately(
    server: DiscordServer, ann: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "RETRY_SECONDS", (0.0, 0.0))
    server.faults.put("callback", *[faults.reset()] * 3)
    await server.slash(ann, "ask", question=QUESTION)
    assert ANSWER in await only(server, to=ann)


@pytest.mark.parametrize("route", ["original", "message"])
async def test_a_connection_that_stays_broken_costs_one_answer_and_not_the_next(
    server: DiscordServer,
    ann: Payload,
    route: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(delivery, "RETRY_SECONDS", (0.0, 0.0))
    server.faults.put(route, *[faults.reset()] * 9)
    if route == "message":
        await server.mention(ann, QUESTION)
    else:
        await server.slash(ann, "ask", question=QUESTION)
    await until(lambda: "could not be delivered" in caplog.text)
    await at_rest()
    assert server.rest.requests.count(route) == 3
    assert not server.written()
    assert not any(each.exc_info for each in caplog.records)
    server.faults.clear()
    assert ANSWER in await shown(await server.slash(ann, "ask", question=QUESTION))


async def test_a_question_that_is_gone_without_a_word_is_answered_without_pointing_at_it(
    server: DiscordServer, ann: Payload
) -> None:
    """Of a deletion while the socket was down the bot isn't told."""
    server.faults.put("typing", faults.slow(0.2))
    asked = await server.mention(ann, QUESTION)
    del server.rest.messages[asked["id"]]
    assert ANSWER in await only(server)
    assert "message_reference" not in server.written()[0]


@pytest.mark.parametrize("fault", [faults.reset(), faults.NO_ACCESS], ids=["reset", "no access"])
async def test_a_failed_sign_of_typing_costs_no_answer(
    server: DiscordServer, ann: Payload, fault: Fault
) -> None:
    server.faults.put("typing", fault)
    await server.mention(ann, QUESTION)
    assert ANSWER in await only(server)


async def test_a_rate_limit_of_the_whole_bot_while_it_reads_back_is_survived(
    server: DiscordServer, ann: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read that is given up in the middle of it must not hold back every later request."""
    monkeypatch.setattr(history, "READ_SECONDS", 0.1)
    server.faults.put("read", faults.rate_limited(0.5, everywhere=True))
    first = await server.mention(server.member("bob"), QUESTION, times=0)
    second = await server.mention(ann, "and who produced it?", reply_to=first)
    await only(server)
    assert not server.faults.left
    assert server.written()[0]["message_reference"]["message_id"] == second["id"]


async def test_what_discord_tells_twice_is_answered_once(
    server: DiscordServer, ann: Payload
) -> None:
    await server.mention(ann, QUESTION, times=2)
    assert ANSWER in await only(server)
    exchange = await server.slash(ann, "ask", times=2, question=QUESTION)
    assert ANSWER in await shown(exchange)
    exchange = await server.click(ann, exchange.replies[0], "Show passage 1", times=2)
    assert ANSWER in await shown(exchange)
    exchange = await server.slash(ann, "ask", times=2, question="   ")
    assert "question is empty" in await shown(exchange)
    assert len(server.written()) == 1
    assert not server.written_to(ann)


async def ask_while(
    server: DiscordServer, ann: Payload, disturb: Callable[[], Awaitable[None]]
) -> None:
    """Ask in every way when something has just happened; each is answered once."""
    known = (await answered(server)).replies[0]
    await disturb()
    await server.mention(ann, QUESTION)
    exchanges = [
        await server.slash(ann, "ask", question=QUESTION),
        await server.click(ann, known, "Show passage 1"),
    ]
    assert ANSWER in await only(server)
    for exchange in exchanges:
        assert ANSWER in await shown(exchange)


@pytest.mark.parametrize("trouble", ["cut", "fall_silent", "reconnect", "invalidate"])
async def test_what_is_asked_while_the_socket_has_trouble_is_answered_after_the_resume(
    server: DiscordServer, ann: Payload, trouble: str
) -> None:
    more = {"resumable": True} if trouble == "invalidate" else {}
    await ask_while(server, ann, partial(getattr(server.gateway, trouble), **more))
    assert (server.gateway.identified, server.gateway.resumed) == (1, 1)


@pytest.mark.parametrize("at_resume", [False, True])
async def test_after_a_lost_session_the_bot_begins_a_new_one_and_answers(
    server: DiscordServer, ann: Payload, monkeypatch: pytest.MonkeyPatch, *, at_resume: bool
) -> None:
    # discord.py waits here for five seconds.
    monkeypatch.setattr(SeedBot, "before_identify_hook", at_once)

    async def lose() -> None:
        await server.gateway.invalidate(resumable=False)
        if at_resume:
            await server.gateway.cut()
        await until(lambda: server.gateway.identified == 2)
        await at_rest()

    await ask_while(server, ann, lose)
    assert server.gateway.resumed == 0


async def test_what_a_resume_brings_again_is_answered_once(
    server: DiscordServer, ann: Payload
) -> None:
    server.gateway.repeated = 20
    await server.mention(ann, QUESTION)
    exchange = await server.slash(ann, "ask", question=QUESTION)
    assert ANSWER in await only(server)
    assert ANSWER in await shown(exchange)
    await server.gateway.cut()
    await until(lambda: server.gateway.resumed)
    last = await server.slash(server.member("bob"), "help")
    await until(lambda: last.replies)
    await at_rest()
    assert len(server.written()) == 1
    assert len(exchange.replies) == 1
