"""Members ask without a command, change their minds, and say what they think of the answers."""

import pytest
from simcord import Env

from bot.client import SeedBot
from bot.cogs.ask import MENU
from bot.records import Records, ServerSettings
from bot.servers import Servers
from bot.services import Services
from bot.settings import BotConfig, DiscordSettings, LimitSettings
from tests.support import members
from tests.support.shown import described

QUESTION = "Who directed All of Us Strangers?"
OTHER = "How long is the film?"


@pytest.fixture
def config(config: BotConfig) -> BotConfig:
    """The message-content intent is there, and nobody is waited for."""
    settings = DiscordSettings(message_content=True, unasked_seconds=0.0, unasked_sure=0.9)
    return config.model_copy(update={"discord": settings})


def mention(bot: SeedBot, text: str) -> str:
    """A message to the bot."""
    assert bot.user is not None
    return f"<@{bot.user.id}> {text}"


async def test_a_message_is_answered_from_its_menu(simcord_env: Env) -> None:
    _, channel, _, ann = members.server(simcord_env)
    bob = simcord_env.guild.add_member(simcord_env.create_user("bob"))
    asked = await ann.send(channel, QUESTION)
    result = await bob.context_menu(channel, MENU, asked)
    assert result.response is not None
    assert "Andrew Haigh" in described(result.response.embeds[0])


async def test_an_edited_question_is_answered_again_in_place(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, _, ann = members.server(simcord_env)
    asked = await ann.send(channel, mention(simcord_bot, OTHER))
    answer = channel.last_message
    assert answer is not None
    assert answer.embeds[0].title == OTHER
    await ann.edit(asked, mention(simcord_bot, QUESTION))
    again = channel.last_message
    assert again is not None
    assert again.id == answer.id
    assert again.embeds[0].title == QUESTION
    assert "Andrew Haigh" in described(again.embeds[0])
    record = await simcord_bot.services.records.answer_to(asked.id)
    assert record is not None
    assert record.message == answer.id


async def test_a_deleted_question_takes_its_answer_along(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, _, ann = members.server(simcord_env)
    other = await ann.send(channel, "Good morning.")
    asked = await ann.send(channel, mention(simcord_bot, QUESTION))
    assert len(channel.history()) == 3
    await ann.delete(asked)
    assert [each.id for each in channel.history()] == [other.id]
    assert await simcord_bot.services.records.answer_to(asked.id) is None


@pytest.mark.simcord(check_errors=False)
async def test_only_who_asked_can_delete_an_answer(simcord_env: Env, simcord_bot: SeedBot) -> None:
    guild, channel, _, ann = members.server(simcord_env)
    bob = guild.add_member(simcord_env.create_user("bob"))
    asked = await ann.send(channel, mention(simcord_bot, QUESTION))
    answer = channel.last_message
    assert answer is not None
    refused = await bob.click(answer, custom_id=f"delete:{ann.id}")
    assert refused.response is not None
    assert refused.response.content.startswith("Only who asked")
    await ann.click(answer, custom_id=f"delete:{ann.id}")
    assert [each.id for each in channel.history()] == [asked.id]


async def test_feedback_is_kept_once_a_member_and_shown_to_moderators(
    simcord_env: Env, simcord_bot: SeedBot, config: BotConfig
) -> None:
    guild, channel, boss, ann = members.server(simcord_env)
    asked = await ann.slash(channel, "ask", question=QUESTION)
    assert asked.response is not None
    for member, verdict in ((ann, "unhelpful"), (ann, "helpful"), (boss, "source")):
        click = await member.click(asked.response, custom_id=f"feedback:{verdict}")
        assert click.response is not None
        assert click.response.content == "Thank you, that is noted."
    shown = await boss.slash(channel, "settings show")
    assert shown.response is not None
    assert "**Answers were** helpful 1, wrong source 1" in described(shown.response.embeds[0])
    # It outlives the bot, and the question's text isn't in it.
    await simcord_bot.services.records.close()
    again = Records(config.records)
    assert await again.feedback(guild.id) == {"helpful": 1, "source": 1}
    record = await again.answer_in(asked.response.id)
    assert record is not None
    assert record.outcome == "answer"
    assert record.generation == simcord_bot.services.answers.library.index("").generation
    assert record.text is None
    await again.close()


async def test_more_like_this_shows_other_passages(simcord_env: Env) -> None:
    _, channel, _, ann = members.server(simcord_env)
    asked = await ann.slash(channel, "ask", question=QUESTION)
    assert asked.response is not None
    near = await ann.click(asked.response, label="More like this")
    assert near.response is not None
    assert near.ephemeral
    text = described(near.response.embeds[0])
    assert text.count("**[") == 3
    assert near.response.embeds[0].title == "More like this"


async def test_an_answer_to_a_mention_opens_a_thread_where_no_mention_is_needed(
    simcord_env: Env, simcord_bot: SeedBot
) -> None:
    _, channel, boss, ann = members.server(simcord_env)
    switched = await boss.slash(channel, "settings threads", channel=channel, switch="on")
    assert switched.response is not None
    assert "now open a thread" in switched.response.content
    await ann.send(channel, mention(simcord_bot, QUESTION))
    (thread,) = channel.threads
    assert thread.name == QUESTION
    first = thread.last_message
    assert first is not None
    assert "Andrew Haigh" in described(first.embeds[0])
    await ann.send(thread, "and who produced it?")
    second = thread.last_message
    assert second is not None
    assert described(second.embeds[0]).startswith(
        "-# Understood as: and who produced it? — Who directed All of Us Strangers?"
    )


async def test_a_help_channel_is_answered_unasked_only_when_sure_and_nobody_else_did(
    simcord_env: Env,
) -> None:
    guild, channel, boss, ann = members.server(simcord_env)
    bob = guild.add_member(simcord_env.create_user("bob"))
    await ann.send(channel, QUESTION)
    assert len(channel.history()) == 1
    await boss.slash(channel, "settings answers", channel=channel, switch="on")
    count = len(channel.history())
    await ann.send(channel, QUESTION)
    answer = channel.last_message
    assert answer is not None
    assert described(answer.embeds[0]).startswith("-# I wasn't asked, but I'm sure of this.")
    assert "Andrew Haigh" in described(answer.embeds[0])
    count = len(channel.history())
    for text in (
        "Andrew Haigh directed All of Us Strangers.",  # no question
        "How do I boil an egg?",  # not in the documents
        f"{bob.mention} who directed All of Us Strangers?",  # to somebody else
    ):
        await ann.send(channel, text)
        count += 1
        assert len(channel.history()) == count
    await boss.slash(channel, "settings answers", channel=channel, switch="off")
    count = len(channel.history())
    await ann.send(channel, QUESTION)
    assert len(channel.history()) == count + 1


async def test_a_source_is_read_page_by_page_from_a_line_or_a_heading(simcord_env: Env) -> None:
    _, channel, _, ann = members.server(simcord_env)
    offered = await ann.autocomplete(channel, "source", "document", "film artcle")
    assert offered[0]["value"] == "003_film_article.txt"
    headings = await ann.autocomplete(
        channel, "source", "heading", "recepton", document="003_film_article.txt"
    )
    assert "Reception" in [each["value"] for each in headings]
    first = await ann.slash(channel, "source", document="003_film_article.txt")
    assert first.response is not None
    assert "= All of Us Strangers =" in described(first.response.embeds[0])
    turned = await ann.click(first.response, label="Next")
    assert turned.response is not None
    footer = turned.response.embeds[0].footer.text or ""
    assert "page 2 of" in footer
    there = await ann.slash(channel, "source", document="003_film_article.txt", heading="Reception")
    assert there.response is not None
    assert "Reception" in described(there.response.embeds[0])
    nothing = await ann.slash(channel, "source", document="none.txt")
    assert nothing.response is not None
    assert "There is no document 'none.txt'" in nothing.response.content


class TestWithLimits:
    """A bot that answers each member once a minute."""

    @pytest.fixture
    def config(self, config: BotConfig) -> BotConfig:
        """Limits of one."""
        limits = LimitSettings(member_per_minute=1)
        return config.model_copy(update={"limits": limits})

    @pytest.mark.simcord(check_errors=False)
    async def test_who_asks_too_often_is_told_in_private(
        self, simcord_env: Env, simcord_bot: SeedBot
    ) -> None:
        """A mention can't be answered so that one member alone sees it, so it is a message."""
        _, channel, _, ann = members.server(simcord_env)
        bob = simcord_env.guild.add_member(simcord_env.create_user("bob"))
        assert (await ann.slash(channel, "ask", question=QUESTION)).response is not None
        refused = await ann.slash(channel, "ask", question=QUESTION)
        assert refused.response is not None
        assert refused.ephemeral
        assert "You have asked once within a minute" in refused.response.content
        count = len(channel.history())
        await ann.send(channel, mention(simcord_bot, QUESTION))
        assert len(channel.history()) == count + 1
        whispered = ann.user.dm_channel.last_message
        assert whispered is not None
        assert "please ask again in" in whispered.content
        assert (await bob.slash(channel, "ask", question=QUESTION)).response is not None


async def test_settings_are_for_managers_and_survive(
    simcord_env: Env, services: Services, config: BotConfig
) -> None:
    guild, channel, boss, ann = members.server(simcord_env)
    assert "settings" not in ann.available_commands(channel)
    helpers = guild.create_role("helpers")
    role = await boss.slash(channel, "settings role", role=helpers)
    assert role.response is not None
    assert "may rebuild, roll back and change documents now" in role.response.content
    restarted = Servers(config.discord, services.records)
    assert (await restarted.rules(guild.id)).rebuild_role == helpers.id


class TestWithAFixedRole:
    """A bot whose config fixes which role may rebuild: none."""

    @pytest.fixture
    def config(self, config: BotConfig) -> BotConfig:
        """Fixed."""
        return config.model_copy(update={"discord": DiscordSettings(fixed=["rebuild_role"])})

    @pytest.mark.simcord(check_errors=False)
    async def test_what_a_server_has_set_gives_way_to_what_the_config_fixes(
        self, simcord_env: Env, services: Services
    ) -> None:
        """The records may be older than the config."""
        guild, channel, boss, _ = members.server(simcord_env)
        helpers = guild.create_role("helpers")
        await services.records.save_server(guild.id, ServerSettings(rebuild_role=helpers.id))
        assert (await services.servers.rules(guild.id)).rebuild_role == 0
        refused = await boss.slash(channel, "settings role", role=helpers)
        assert refused.response is not None
        assert "The owner of this bot has fixed that" in refused.response.content
