"""Whatever is asked of the bot, and however, is within the limits; a flood gets one word."""

import pytest
from discord import app_commands
from simcord import Env, InteractionResult

from bot import limits
from bot.buttons import BUTTONS
from bot.client import SeedBot
from bot.cogs.ask import MENU
from bot.cogs.messages import HINT
from bot.settings import BotConfig, LimitSettings
from tests.support import members
from tests.support.shown import described

QUESTION = "Who directed All of Us Strangers?"
DOCUMENT = "003_film_article.txt"
TOO_MANY = "within a minute, which is as often as I answer"


@pytest.fixture
def config(config: BotConfig) -> BotConfig:
    """A bot that answers each member twice a minute."""
    return config.model_copy(update={"limits": LimitSettings(member_per_minute=2)})


def mention(bot: SeedBot, text: str) -> str:
    """A message to the bot."""
    assert bot.user is not None
    return f"<@{bot.user.id}> {text}"


def counted(bot: SeedBot, kind: str) -> int:
    """How many of a kind were refused."""
    text = bot.services.answers.metrics.text().decode()
    (line,) = [
        each
        for each in text.splitlines()
        if each.startswith(f'seedbot_limited_total{{kind="{kind}"')
    ]
    return int(float(line.split()[1]))


def is_refused(result: InteractionResult) -> bool:
    """Whether a click was one too many."""
    words = [result.response, *result.followups]
    return any(TOO_MANY in each.content for each in words if each)


FILE = ("tea.md", b"# Tea\n")
COMMANDS: dict[str, dict[str, object]] = {
    "ask": {"question": QUESTION},
    "lookup": {"query": "music"},
    "rebuild": {},
    "index rollback": {},
    "sources": {},
    "source": {"document": DOCUMENT},
    "help": {},
    "privacy": {},
    "index status": {},
    "index report": {},
    "documents add": {"attachment": FILE},
    "documents replace": {"attachment": FILE},
    "documents remove": {"document": DOCUMENT},
    "documents undo": {},
    "documents list": {},
    "settings show": {},
    "settings role": {},
    "settings changes": {},
    "settings log": {},
    "settings team": {},
    "forget": {"taught": DOCUMENT},
    "settings private": {"switch": "off"},
    "settings weekly": {},
    "gaps": {},
    "stats": {},
}
WHOLE = {
    *("ask", "lookup", "rebuild", "index rollback", "documents add", "documents replace"),
    *("gaps", "stats"),
}
# They need a channel, which the test has.
WITH_CHANNEL = {"settings answers", "settings questions", "settings threads"}


@pytest.mark.usefixtures("simcord_env")
async def test_every_command_is_tried_here(simcord_bot: SeedBot) -> None:
    known = {
        command.qualified_name
        for command in simcord_bot.tree.walk_commands()
        if isinstance(command, app_commands.Command)
    }
    assert known == set(COMMANDS) | WITH_CHANNEL


@pytest.mark.simcord(settle_timeout=120.0, check_errors=False)
@pytest.mark.parametrize("command", [*COMMANDS, *sorted(WITH_CHANNEL)])
async def test_every_command_is_within_the_limits(
    command: str, simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, boss, _ = members.server(simcord_env)
    options: dict[str, object] = {**COMMANDS.get(command, {})}
    if command in WITH_CHANNEL:
        options = {"channel": channel, "switch": "off"}
    most = 2 if command in WHOLE else 2 * limits.TIMES[limits.Kind.LOOK]
    for number in range(most + 2):
        result = await boss.slash(channel, command, **options)
        assert result.response is not None
        refused = TOO_MANY in result.response.content
        assert refused == (number >= most)
        assert result.ephemeral or not refused
    kind = "question" if command in WHOLE else "look"
    assert counted(simcord_bot, kind) == 2


@pytest.mark.simcord(check_errors=False)
async def test_a_menu_is_within_the_limits(simcord_env: Env) -> None:
    _, channel, boss, ann = members.server(simcord_env)
    asked = await ann.send(channel, QUESTION)
    results = [await boss.context_menu(channel, MENU, asked) for _ in range(4)]
    refused = [TOO_MANY in each.response.content for each in results if each.response]
    assert refused == [False, False, True, True]


@pytest.mark.simcord(check_errors=False)
async def test_suggestions_are_within_the_limits_without_a_word(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, _, ann = members.server(simcord_env)
    most = 2 * limits.TIMES[limits.Kind.TYPING]
    offered = [
        await ann.autocomplete(channel, "source", "document", "film") for _ in range(most + 3)
    ]
    assert [bool(each) for each in offered] == [True] * most + [False] * 3
    assert await ann.autocomplete(channel, "lookup", "source", "film", query="music") == []
    assert counted(simcord_bot, "typing") == 4
    shown = await ann.slash(channel, "source", document=DOCUMENT)
    assert shown.response is not None
    assert "All of Us Strangers" in described(shown.response.embeds[0])


@pytest.mark.simcord(check_errors=False)
@pytest.mark.parametrize(
    ("command", "label", "most"),
    [
        ("ask", "Show passage 1", 12),
        ("ask", "More like this", 2),
        ("ask", "Helpful", 12),
        ("ask", "Delete", 12),
        ("lookup", "In its context", 12),
    ],
)
async def test_buttons_are_within_the_limits(
    command: str, label: str, most: int, simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, boss, ann = members.server(simcord_env)
    shown = await boss.slash(channel, command, **COMMANDS[command])
    assert shown.response is not None
    for number in range(most + 2):
        click = await ann.click(shown.response, label=label)
        assert is_refused(click) == (number >= most), number
    assert counted(simcord_bot, "question" if label == "More like this" else "look") == 2


@pytest.mark.simcord(check_errors=False)
@pytest.mark.parametrize(("command", "most"), [("source", 11), ("lookup", 12)])
async def test_turning_pages_is_within_the_limits(
    command: str, most: int, simcord_env: Env
) -> None:
    """`/source` is a look itself."""
    _, channel, _, ann = members.server(simcord_env)
    shown = await ann.slash(channel, command, **COMMANDS[command])
    for number in range(most + 2):
        assert shown.response is not None
        label = "Previous" if number % 2 and number < most else "Next"
        page = channel.last_message if command == "lookup" else shown.response
        assert page is not None
        click = await ann.click(page, label=label)
        assert is_refused(click) == (number >= most), number


def test_no_button_has_a_way_of_its_own() -> None:
    """The base counts a click in its callback; a button says what to do in `on_click`."""
    for button in BUTTONS:
        assert "callback" not in vars(button)


@pytest.mark.simcord(check_errors=False)
@pytest.mark.parametrize("text", [QUESTION, ""])
async def test_a_flood_of_messages_gets_one_word(
    text: str, simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, _, ann = members.server(simcord_env)
    for _ in range(50):
        await ann.send(channel, mention(simcord_bot, text))
    answers = [each for each in channel.history() if each.author == simcord_bot.user]
    assert len(answers) == 2
    if not text:
        assert all(described(each.embeds[0]) == HINT for each in answers)
    whispers = ann.user.dm_channel.history()
    assert [TOO_MANY in each.content for each in whispers] == [True]
    assert not any(each.reactions for each in channel.history())
    assert counted(simcord_bot, "question") == 48
    assert counted(simcord_bot, "word") == 47


@pytest.mark.simcord(check_errors=False)
async def test_a_flood_in_direct_messages_gets_one_word(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, _, _, ann = members.server(simcord_env)
    for _ in range(20):
        await ann.send_dm(QUESTION)
    written = [each for each in ann.user.dm_channel.history() if each.author == simcord_bot.user]
    assert [TOO_MANY in each.content for each in written] == [False, False, True]


@pytest.mark.simcord(check_errors=False)
async def test_a_question_that_is_edited_again_and_again_is_within_the_limits(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, _, ann = members.server(simcord_env)
    asked = await ann.send(channel, mention(simcord_bot, QUESTION))
    titles = []
    for number in range(6):
        await ann.edit(asked, mention(simcord_bot, f"How long is the film, part {number}?"))
        assert channel.last_message is not None
        titles.append(channel.last_message.embeds[0].title)
    assert titles == ["How long is the film, part 0?"] * 6
    assert counted(simcord_bot, "question") == 5


class TestWithAChannelsLimit:
    """A bot that answers a channel three times a minute."""

    @pytest.fixture
    def config(self, config: BotConfig) -> BotConfig:
        """The limit."""
        return config.model_copy(update={"limits": LimitSettings(channel_per_minute=3)})

    @pytest.mark.simcord(check_errors=False)
    async def test_a_flood_by_many_members_writes_to_a_few_of_them(
        self, simcord_env: Env, simcord_bot: SeedBot
    ) -> None:
        """Nor is anything written to the others in another way."""
        guild, channel, _, _ = members.server(simcord_env)
        crowd = [guild.add_member(simcord_env.create_user(f"m{number}")) for number in range(20)]
        for each in crowd:
            await each.send(channel, mention(simcord_bot, QUESTION))
        answers = [each for each in channel.history() if each.author == simcord_bot.user]
        assert len(answers) == 3
        told = [entry for entry in simcord_env.http_requests if entry.path == "/users/@me/channels"]
        assert len(told) == limits.WORDS["channel"]
        other = guild.create_text_channel("other")
        await crowd[0].send(other, mention(simcord_bot, QUESTION))
        assert len(other.history()) == 2
