"""In its own threads, and where members reply to it, the bot speaks if it has anything to say."""

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.client import SeedBot
from bot.settings import BotConfig, DiscordSettings, LimitSettings
from tests.support import members
from tests.support.shown import described

QUESTION = "Who directed All of Us Strangers?"
TALK = [
    "thanks!",
    "np, glad it works now",
    "brb dinner",
    "ok, will do",
    "have a nice day",
    "🙂",
    "<:ok:12345>",
    "see you tomorrow",
    "vielen Dank, jetzt geht es",
    "merci beaucoup",
    "I went to the cinema with my sister yesterday and we talked all evening. " * 20,
]
ASKED = [
    "Where were the nightclub scenes shot",
    "and who produced it?",
    "how do I boil an egg",
    "kann man hunde mitbringen",
    "tell me about the cast",
    "login not working since update",
    "thanks! and how long is it?",
]


@pytest.fixture
def config(config: BotConfig) -> BotConfig:
    """A bot that may read messages, and answers as many as there are."""
    settings = DiscordSettings(message_content=True)
    limits = LimitSettings(member_per_minute=0)
    return config.model_copy(update={"discord": settings, "limits": limits})


async def opened(env: Env, bot: SeedBot) -> tuple[ChannelHandle, MemberActor, MemberActor]:
    """A thread that the bot has opened, and two who write there."""
    _, channel, boss, ann = members.server(env)
    await boss.slash(channel, "settings threads", channel=channel, switch="on")
    assert bot.user is not None
    await ann.send(channel, f"{bot.user.mention} {QUESTION}")
    (thread,) = channel.threads
    return thread, boss, ann


async def is_answered(bot: SeedBot, channel: ChannelHandle, by: MemberActor, text: str) -> bool:
    """Whether a message is followed by one of the bot's."""
    await by.send(channel, text)
    assert channel.last_message is not None
    return channel.last_message.author == bot.user


async def test_talk_in_its_own_thread_is_left_alone(simcord_env: Env, simcord_bot: SeedBot) -> None:
    thread, boss, ann = await opened(simcord_env, simcord_bot)
    talk = [*TALK, f"<@{ann.id}> enjoy", f"<@{ann.id}> who produced it?"]
    answered = [each for each in talk if await is_answered(simcord_bot, thread, boss, each)]
    assert answered == []
    said = await ann.send(thread, "I have it on disc")
    await boss.send(thread, "who produced it?", reply_to=said)
    await ann.send(thread, attachments=[("cat.png", b"\x89PNG")])
    assert thread.last_message is not None
    assert thread.last_message.author != simcord_bot.user
    # Nor is it seen to type.
    typing = [each for each in simcord_env.http_requests if each.path.endswith("/typing")]
    assert len(typing) == 1


async def test_whatever_is_asked_in_its_own_thread_is_answered_or_told(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    thread, boss, ann = await opened(simcord_env, simcord_bot)
    assert simcord_bot.user is not None
    named = [
        f"{simcord_bot.user.mention} eggs and bacon",
        f"<@{ann.id}> {simcord_bot.user.mention} eggs",
    ]
    asked = [*ASKED, *named]
    silent = [each for each in asked if not await is_answered(simcord_bot, thread, boss, each)]
    assert silent == []


async def test_a_statement_that_the_documents_surely_answer_is_answered_in_its_own_thread(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    thread, _, ann = await opened(simcord_env, simcord_bot)
    assert await is_answered(simcord_bot, thread, ann, "director of All of Us Strangers")
    assert thread.last_message is not None
    assert "Andrew Haigh" in described(thread.last_message.embeds[0])


async def test_thanks_in_reply_to_an_answer_get_none(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, _, ann = members.server(simcord_env)
    assert simcord_bot.user is not None
    await ann.send(channel, f"{simcord_bot.user.mention} {QUESTION}")
    answer = channel.last_message
    assert answer is not None
    for text in (
        "thank you!",
        "Danke!",
        "👍",
        "that helped a lot",
        f"{simcord_bot.user.mention} thx",
    ):
        await ann.send(channel, text, reply_to=answer)
        assert channel.last_message is not None
        assert channel.last_message.author != simcord_bot.user
    await ann.send(channel, "and how long is it?", reply_to=answer)
    assert channel.last_message is not None
    assert channel.last_message.author == simcord_bot.user


async def test_thanks_in_a_direct_message_get_none(simcord_env: Env, simcord_bot: SeedBot) -> None:
    ann = simcord_env.create_user("ann")
    await ann.send_dm(QUESTION)
    for text in ("thanks!", "vielen Dank"):
        await ann.send_dm(text)
        last = ann.dm_channel.last_message
        assert last is not None
        assert last.author != simcord_bot.user


class TestWithLimits:
    """A bot that answers each member once a minute."""

    @pytest.fixture
    def config(self, config: BotConfig) -> BotConfig:
        """The limit."""
        return config.model_copy(update={"limits": LimitSettings(member_per_minute=2)})

    @pytest.mark.simcord(check_errors=False)
    async def test_who_talks_too_much_is_not_told_to_ask_less(
        self, simcord_env: Env, simcord_bot: SeedBot
    ) -> None:
        """Only who asks is."""
        thread, _, ann = await opened(simcord_env, simcord_bot)
        for text in TALK:
            await ann.send(thread, text)
        assert ann.user.dm_channel.history() == []
        await ann.send(thread, "how long is the film?")
        assert len(ann.user.dm_channel.history()) == 1

    async def test_what_asks_nothing_does_not_count(
        self, simcord_env: Env, simcord_bot: SeedBot
    ) -> None:
        """Pictures and thanks leave room for a question."""
        thread, _, ann = await opened(simcord_env, simcord_bot)
        for _ in range(3):
            await ann.send(thread, attachments=[("cat.png", b"\x89PNG")])
            await ann.send(thread, "thanks!")
        assert await is_answered(simcord_bot, thread, ann, "how long is the film?")
