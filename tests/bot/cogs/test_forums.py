"""Posts in a forum are answered unasked: the first message of each, if the bot is sure."""

import asyncio

import pytest

from bot.client import SeedBot
from bot.settings import BotConfig, DiscordSettings
from tests.support.discord_server.payloads import Payload
from tests.support.discord_server.server import DiscordServer, at_rest, until

QUESTION = "Who directed All of Us Strangers?"


@pytest.fixture
def config(config: BotConfig) -> BotConfig:
    """A bot that may read messages, and answers at once."""
    settings = DiscordSettings(message_content=True, unasked_seconds=0.3)
    return config.model_copy(update={"discord": settings})


@pytest.fixture
async def forum(connected: tuple[DiscordServer, SeedBot]) -> Payload:
    """A forum in which the bot answers unasked."""
    server, bot = connected
    forum = await server.open_forum("help")
    guild = int(server.guild["id"])
    await bot.services.servers.switch(guild, "answer_channels", int(forum["id"]), on=True)
    return forum


async def test_a_post_is_answered_by_its_title_and_only_its_first_message(
    server: DiscordServer, forum: Payload
) -> None:
    ann = server.member("ann")
    thread = await server.post(ann, forum, QUESTION, "I can't find it anywhere, thanks!")
    await until(lambda: server.written(thread))
    await at_rest()
    [answer] = server.written(thread)
    assert "Andrew Haigh" in answer["embeds"][0]["description"]
    assert "/settings answers" in answer["embeds"][0]["description"]
    await server.say(ann, thread, "Where were the nightclub scenes shot?")
    await asyncio.sleep(0.5)
    await at_rest()
    assert len(server.written(thread)) == 1


async def test_a_post_is_answered_by_its_text_where_the_title_asks_nothing(
    server: DiscordServer, forum: Payload
) -> None:
    thread = await server.post(server.member("ann"), forum, "All of Us Strangers", QUESTION)
    await until(lambda: server.written(thread))
    assert "Andrew Haigh" in server.written(thread)[0]["embeds"][0]["description"]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (QUESTION, ""),
        (QUESTION, "see title"),
        ("Director of All of Us Strangers", ""),
        ("Director of All of Us Strangers", "title says it all, I can't find it"),
    ],
)
async def test_a_post_is_answered_by_its_title_where_its_text_asks_nothing(
    server: DiscordServer, forum: Payload, title: str, text: str
) -> None:
    """So it is where the first message is a picture."""
    thread = await server.post(server.member("ann"), forum, title, text)
    await until(lambda: server.written(thread))
    [answer] = server.written(thread)
    assert "Andrew Haigh" in answer["embeds"][0]["description"]


async def test_a_mention_in_a_post_asks_what_its_title_does(server: DiscordServer) -> None:
    talk = await server.open_forum("talk")
    thread = await server.post(server.member("ann"), talk, QUESTION, "I need this for a quiz.")
    await server.say(
        server.member("bob"),
        thread,
        f"<@{server.bot['id']}> can you help?",
        mentions=[server.bot],
    )
    await until(lambda: server.written(thread))
    [answer] = server.written(thread)
    assert answer["embeds"][0]["title"] == QUESTION


async def test_a_post_that_the_documents_do_not_answer_or_a_person_did_is_left_alone(
    server: DiscordServer, forum: Payload
) -> None:
    ann, bob = server.member("ann"), server.member("bob")
    off = await server.post(ann, forum, "How long do I boil an egg?", "Soft, please.")
    mixed = await server.post(ann, forum, "All of Us Strangers", "how do I boil an egg")
    helped = await server.post(ann, forum, QUESTION, "Does anybody know?")
    await server.say(bob, helped, "Look at the poster!")
    elsewhere = await server.open_forum("talk")
    other = await server.post(ann, elsewhere, QUESTION, "Just asking.")
    await asyncio.sleep(1)
    await at_rest()
    assert not [each for thread in (off, mixed, helped, other) for each in server.written(thread)]
