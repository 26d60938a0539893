"""What a question is: a message's words, or those of what it holds, forwards and replies to."""

import discord
import pytest
from simcord import Env
from simcord.results import ResponseMessage

from bot.client import SeedBot
from bot.cogs.ask import MENU
from bot.cogs.messages import HINT
from bot.settings import BotConfig, DiscordSettings
from tests.support import members
from tests.support.discord_server import payloads
from tests.support.discord_server.server import DiscordServer, at_rest, until
from tests.support.shown import described, unescaped

QUESTION = "Who directed All of Us Strangers?"
ANSWER = "Andrew Haigh"
PICTURE = ("error.png", b"\x89PNG\r\n\x1a\n")


@pytest.fixture
def config(config: BotConfig) -> BotConfig:
    """A bot that may read messages."""
    settings = DiscordSettings(message_content=True, unasked_seconds=0.0)
    return config.model_copy(update={"discord": settings})


def mention(bot: SeedBot, text: str = "") -> str:
    """A message to the bot."""
    assert bot.user is not None
    return f"<@{bot.user.id}> {text}".strip()


def said(message: discord.Message | ResponseMessage | None) -> str:
    """What a message of the bot's says, with its title."""
    assert message is not None
    return "\n".join(
        [message.content, *(f"{each.title}\n{described(each)}" for each in message.embeds)]
    )


async def test_a_forwarded_message_asks_with_what_it_forwards(simcord_env: Env) -> None:
    _, channel, boss, ann = members.server(simcord_env)
    asked = await ann.send(channel, QUESTION)
    forwarded = await ann.forward(asked, channel)
    shown = await boss.context_menu(channel, MENU, forwarded)
    assert ANSWER in said(shown.response)
    await ann.send_dm("hello")
    await ann.forward(asked, ann.user.dm_channel)
    assert ANSWER in said(ann.user.dm_channel.last_message)


@pytest.mark.parametrize(
    "embed",
    [
        discord.Embed(title="New ticket", description=QUESTION),
        discord.Embed(title=QUESTION, description="I looked everywhere."),
        discord.Embed(title="Ticket 12").add_field(name="Question", value=QUESTION),
    ],
)
async def test_the_menu_answers_what_an_embed_asks(simcord_env: Env, embed: discord.Embed) -> None:
    guild, channel, _, ann = members.server(simcord_env)
    ticket = await guild.create_webhook(channel, "tickets").send(embed=embed)
    shown = await ann.context_menu(channel, MENU, ticket)
    assert ANSWER in said(shown.response)
    assert shown.response is not None
    assert shown.response.embeds[0].title == QUESTION


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("message.txt", QUESTION.encode()),
        ("log.txt", f"{'x = 1 and so it goes. ' * 200}\n{QUESTION}\nThanks a lot.".encode()),
        ("notes.md", QUESTION.encode("utf-16")),
    ],
)
async def test_a_file_of_text_is_the_question_where_the_message_has_none(
    simcord_env: Env, simcord_bot: SeedBot, name: str, data: bytes
) -> None:
    _, channel, _, ann = members.server(simcord_env)
    asked = await ann.send(channel, mention(simcord_bot), attachments=[(name, data)])
    assert ANSWER in said(channel.last_message)
    shown = await ann.context_menu(channel, MENU, asked)
    assert ANSWER in said(shown.response)


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("message.txt", b"a word and another, " * 5000, "message.txt is too large (97 KB)"),
        ("message.txt", b"a word and another, " * 200, "ask it in fewer words"),
        ("message.txt", b"\x00\x01\x02binary\x00", "holds no text"),
        (*PICTURE, "I can't read pictures"),
        ("clip.mp4", b"....", "I can't read videos"),
        ("app.zip", b"PK..", "I can't read such files"),
    ],
)
async def test_what_holds_no_question_gets_one_word(
    simcord_env: Env, simcord_bot: SeedBot, name: str, data: bytes, word: str
) -> None:
    _, channel, _, ann = members.server(simcord_env)
    await ann.send(channel, mention(simcord_bot, "can you help?"), attachments=[(name, data)])
    assert word in said(channel.last_message)
    assert len(channel.history()) == 2


async def test_a_file_that_cannot_be_read_gets_one_word(
    simcord_env: Env, simcord_bot: SeedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(_: discord.Attachment) -> bytes:
        raise TimeoutError

    monkeypatch.setattr(discord.Attachment, "read", lost)
    _, channel, _, ann = members.server(simcord_env)
    await ann.send(channel, mention(simcord_bot), attachments=[("message.txt", b"Who?")])
    assert "I couldn't read message.txt" in said(channel.last_message)


async def test_a_picture_beside_a_question_is_left_aside(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, _, ann = members.server(simcord_env)
    files = [PICTURE, ("log.txt", b"How long is the film?")]
    await ann.send(channel, mention(simcord_bot, QUESTION), attachments=files)
    assert ANSWER in said(channel.last_message)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "^",
        "👆",
        "can you help?",
        "kannst du mal helfen",
        "pls answer this one",
        "ayuda",
        "any takers on this, lads?",
        "could you look at this for her?",
    ],
)
async def test_a_reply_that_only_points_asks_what_it_replies_to(
    simcord_env: Env, simcord_bot: SeedBot, text: str
) -> None:
    guild, channel, _, ann = members.server(simcord_env)
    bob = guild.add_member(simcord_env.create_user("bob"))
    asked = await ann.send(channel, QUESTION)
    pointed = await bob.send(channel, "^", reply_to=asked)
    for original in (asked, pointed):
        await bob.send(channel, mention(simcord_bot, text), reply_to=original)
        assert ANSWER in said(channel.last_message)
        assert said(channel.last_message).startswith(f"\n{QUESTION}\n> ")


async def test_a_reply_that_says_little_goes_on_and_one_that_asks_stands_alone(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    guild, channel, _, ann = members.server(simcord_env)
    bob = guild.add_member(simcord_env.create_user("bob"))
    asked = await ann.send(channel, QUESTION)
    await bob.send(channel, mention(simcord_bot, "and who produced it?"), reply_to=asked)
    assert f"Understood as: and who produced it? — {QUESTION}" in said(channel.last_message)
    told = await ann.send(channel, "The film was great.")
    await bob.send(channel, mention(simcord_bot, "^"), reply_to=told)
    assert "Understood" not in said(channel.last_message)
    await bob.send(channel, mention(simcord_bot, "How do I boil an egg?"), reply_to=asked)
    assert "This is not in the documents" in said(channel.last_message)


async def test_a_reply_to_a_picture_says_that_it_cannot_be_read(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, boss, ann = members.server(simcord_env)
    shot = await ann.send(channel, attachments=[PICTURE])
    await boss.send(channel, mention(simcord_bot, "can you help?"), reply_to=shot)
    assert "I can't read pictures" in said(channel.last_message)


async def test_names_stand_for_ids(simcord_env: Env, simcord_bot: SeedBot) -> None:
    guild, channel, _, ann = members.server(simcord_env)
    hidden = guild.create_text_channel(
        "plans", overwrites={guild.default_role: discord.PermissionOverwrite(view_channel=False)}
    )
    club, smile = guild.create_text_channel("film-club"), guild.create_emoji("smile")
    bob, role = guild.add_member(simcord_env.create_user("bob")), guild.create_role("crew")
    text = (
        f"@everyone <@{bob.id}> <@&{role.id}> {QUESTION} <:smile:{smile.id}> <a:wave:12345> "
        f"<#{club.id}> <#{hidden.id}> <t:1700000000:R> </ask:123> <id:browse> <@999> "
        "<t:9999999999999>"
    )
    shown = (
        f"@bob @crew {QUESTION} :smile: :wave: #film-club #channel "
        "14 November 2023, 22:13 UTC /ask Browse Channels @somebody"
    )
    await ann.send(channel, mention(simcord_bot, text))
    assert channel.last_message is not None
    assert unescaped(channel.last_message.embeds[0].title or "") == shown
    result = await ann.slash(channel, "ask", question=text)
    assert result.response is not None
    # Discord doesn't tell who is named in a command.
    title = shown.replace("@bob", "@somebody")
    assert unescaped(result.response.embeds[0].title or "") == title


async def test_of_a_long_message_the_sentences_that_ask_are_the_question(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, _, ann = members.server(simcord_env)
    story = "I have seen this film with my sister last week and we liked it very much. " * 18
    await ann.send(channel, mention(simcord_bot, f"{story}{QUESTION} {story[:300]}"))
    assert channel.last_message is not None
    assert channel.last_message.embeds[0].title == QUESTION
    await ann.send(channel, mention(simcord_bot, story))
    assert "ask it in fewer words" in said(channel.last_message)


@pytest.mark.parametrize("text", ["", "hello!", "🙂"])
async def test_a_mention_that_asks_nothing_gets_a_hint(
    simcord_env: Env, simcord_bot: SeedBot, text: str
) -> None:
    _, channel, _, ann = members.server(simcord_env)
    await ann.send(channel, mention(simcord_bot, text))
    assert HINT in said(channel.last_message)


async def message_with(server: DiscordServer, **more: object) -> str:
    """Mention the bot with more than text, and return what it says."""
    ann = server.member("ann")
    made = payloads.message(
        server.channel, ann, {"content": f"<@{server.bot['id']}>"}, mentions=[server.bot]
    )
    made |= {"member": payloads.member(), **more}
    server.rest.messages[made["id"]] = made
    await server.gateway.dispatch("MESSAGE_CREATE", made)
    await until(server.written)
    await at_rest()
    [reply] = server.written()
    return str(reply["embeds"][0]["description"])


async def test_a_poll_asks_its_question(server: DiscordServer) -> None:
    answers = [
        {"answer_id": number, "poll_media": {"text": text}}
        for number, text in enumerate(("Andrew Haigh", "Nobody"), 1)
    ]
    poll = {
        "question": {"text": QUESTION},
        "answers": answers,
        "expiry": "2030-01-01T00:00:00+00:00",
        "allow_multiselect": False,
        "layout_type": 1,
    }
    assert ANSWER in await message_with(server, poll=poll)


async def test_what_another_bot_has_laid_out_is_text(server: DiscordServer) -> None:
    """Components V2: a message without content, its text within containers."""
    container = {
        "type": 17,
        "id": 1,
        "spoiler": False,
        "components": [{"type": 10, "id": 2, "content": QUESTION}],
    }
    assert ANSWER in await message_with(server, components=[container], flags=1 << 15)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"sticker_items": [{"id": "1", "name": "wave", "format_type": 1}]}, "stickers"),
        (
            {
                "flags": 1 << 13,
                "attachments": [
                    {
                        "id": "1",
                        "filename": "voice-message.ogg",
                        "size": 9,
                        "url": "https://cdn.example/1",
                        "proxy_url": "https://cdn.example/1",
                        "content_type": "audio/ogg",
                    }
                ],
            },
            "voice messages",
        ),
    ],
)
async def test_a_sticker_or_a_voice_message_gets_one_word(
    server: DiscordServer, more: dict[str, object], word: str
) -> None:
    assert f"I can't read {word}" in (await message_with(server, **more)).replace("\\", "")


class TestWithoutReadingMessages:
    """A bot without the message-content intent."""

    @pytest.fixture
    def config(self, config: BotConfig) -> BotConfig:
        """The default."""
        return config.model_copy(update={"discord": DiscordSettings()})

    async def test_a_reply_to_what_it_cannot_read_names_the_menu(
        self, simcord_env: Env, simcord_bot: SeedBot
    ) -> None:
        """Discord shows the bot no text of messages that don't mention it."""
        _, channel, boss, ann = members.server(simcord_env)
        asked = await ann.send(channel, QUESTION)
        await boss.send(channel, mention(simcord_bot, "can you help?"), reply_to=asked)
        assert f"Choose “{MENU}” in its menu" in said(channel.last_message)
