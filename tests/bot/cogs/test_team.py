"""*Ask the team*: below what is no answer, once for each question, where a server has a team."""

import discord
import pytest
from simcord import ChannelHandle, Env, MemberActor, ResponseMessage, RoleHandle
from simcord.backend.models import Overwrite
from simcord.enums import ChannelType, OverwriteType

from bot import limits
from bot.buttons import team as buttons
from bot.client import SeedBot
from bot.errors import NotAllowed
from bot.records import Handed
from tests.support import members
from tests.support.shown import described
from tests.support.uploads import said

QUESTION = "What does a ticket for the film cost?"
UNKNOWN = "qwertz asdfgh yxcvbn?"

pytestmark = pytest.mark.simcord(settle_timeout=120.0, check_errors=False)


@pytest.fixture
def here(simcord_env: Env) -> members.Server:
    """The server with its moderator."""
    return members.alone(simcord_env)


@pytest.fixture
def helpers(here: members.Server) -> RoleHandle:
    """A role of the server's, which anybody may mention."""
    return here.guild.create_role("helpers", mentionable=True)


def labels(message: ResponseMessage | None) -> list[str]:
    """What stands on the buttons below a message."""
    assert message is not None
    return [each.get("label", "") for row in message.components for each in row["components"]]


async def ask(
    member: MemberActor, channel: ChannelHandle, question: str = QUESTION, *, private: bool = False
) -> ResponseMessage:
    """Ask, and return the reply."""
    result = await member.slash(channel, "ask", question=question, private=private)
    assert result.response is not None
    return result.response


async def test_a_question_is_asked_in_the_teams_channel(
    here: members.Server, helpers: RoleHandle
) -> None:
    guild, channel, boss, ann = here
    team = guild.create_text_channel("team")
    done = await boss.slash(channel, "settings team", role=helpers, channel=team)
    assert done.response is not None
    assert done.response.content == (
        "Below a reply that is no answer, members find the button *Ask the team* now. For each "
        f"question I open a thread in {team.mention} and ping {helpers.mention}."
    )
    reply = await ask(ann, channel)
    assert "Ask the team" in labels(reply)
    asked = await boss.click(reply, label="Ask the team")
    [thread] = team.threads
    assert said(asked) == f"The team was asked: <#{thread.id}>"
    assert thread.name == QUESTION
    message = thread.last_message
    assert message is not None
    assert message.content == (
        f"{helpers.mention} <@{ann.id}> asked this in {reply.message.jump_url}, passed on by "
        f"<@{boss.id}>. The documents don't say. What came closest:"
    )
    assert [role.id for role in message.role_mentions] == [helpers.id]
    assert message.embeds[0].title == QUESTION
    assert "**[1]**" in described(message.embeds[0])
    assert labels(reply)[-1] == buttons.DONE
    assert reply.components[-1]["components"][0]["url"].endswith(f"/{guild.id}/{thread.id}")
    assert "Helpful" in labels(reply)
    assert buttons.LABEL not in labels(reply)


async def test_without_a_channel_it_is_asked_at_the_reply(
    here: members.Server, helpers: RoleHandle
) -> None:
    _, channel, boss, ann = here
    await boss.slash(channel, "settings team", role=helpers)
    reply = await ask(ann, channel, UNKNOWN)
    await ann.click(reply, label=buttons.LABEL)
    [thread] = channel.threads
    assert thread.id == reply.id
    message = thread.last_message
    assert message is not None
    assert message.content == (
        f"{helpers.mention} <@{ann.id}> asked this in {reply.message.jump_url}. The documents say "
        "nothing about it."
    )
    assert message.embeds[0].description is None
    # In the thread, it is asked where the question is.
    inside = await ask(ann, thread)
    await ann.click(inside, label=buttons.LABEL)
    assert thread.last_message is not None
    assert thread.last_message.content.startswith(helpers.mention)
    assert len(channel.threads) == 1


async def test_in_a_forum_it_is_a_post(here: members.Server, helpers: RoleHandle) -> None:
    guild, channel, boss, ann = here
    forum = guild.create_forum_channel("team")
    await boss.slash(channel, "settings team", role=helpers, channel=forum)
    await ann.click(await ask(ann, channel), label=buttons.LABEL)
    [post] = forum.threads
    assert post.name == QUESTION
    assert post.last_message is not None
    assert [role.id for role in post.last_message.role_mentions] == [helpers.id]


async def test_a_private_question_is_shown_only_after_a_second_click(
    here: members.Server,
) -> None:
    guild, channel, boss, ann = here
    team = guild.create_text_channel("team")
    await boss.slash(channel, "settings team", channel=team)
    reply = await ask(ann, channel, private=True)
    word = await ann.click(reply, label=buttons.LABEL)
    assert said(word) == buttons.TELLS.format("", buttons.AGREED)
    assert team.threads == []
    await ann.click(reply, label=buttons.AGREED)
    [thread] = team.threads
    assert thread.last_message is not None
    assert thread.last_message.content.startswith(f"<@{ann.id}> asked this in <#{channel.id}>. ")
    assert labels(reply)[-1] == buttons.DONE


async def test_there_is_a_button_only_where_the_team_can_be_asked(
    here: members.Server, helpers: RoleHandle, simcord_env: Env
) -> None:
    guild, channel, boss, ann = here
    assert buttons.LABEL not in labels(await ask(ann, channel))
    await boss.slash(channel, "settings team", role=helpers)
    assert buttons.LABEL not in labels(await ask(ann, channel, "Who directed All of Us Strangers?"))
    direct = await ann.user.slash("ask", question=QUESTION)
    assert buttons.LABEL not in labels(direct.response)
    voice = guild.create_voice_channel("voice")
    assert buttons.LABEL not in labels(await ask(ann, voice))
    simcord_env.backend.get_guild(guild.id).roles[helpers.id].mentionable = False
    assert buttons.LABEL in labels(await ask(ann, channel))  # the bot may mention all


async def test_what_the_bot_lacks_is_told_by_name(
    here: members.Server, simcord_bot: SeedBot, simcord_env: Env
) -> None:
    guild, channel, boss, ann = here
    team = guild.create_text_channel("team")
    await boss.slash(channel, "settings team", channel=team)
    first, second = await ask(ann, channel), await ask(ann, channel)
    simcord_env.inject_error("POST", "/channels/*/threads", status=403, code=50013, message="no")
    assert "I couldn't open a thread for that: no." in said(
        await ann.click(first, label=buttons.LABEL)
    )
    bot_user = simcord_bot.user
    assert bot_user is not None
    lacked = discord.Permissions(create_public_threads=True, send_messages_in_threads=True)
    simcord_env.backend.set_overwrite(
        team.id, Overwrite(bot_user.id, OverwriteType.MEMBER, deny=lacked.value)
    )
    await simcord_env.settle()
    assert said(await ann.click(second, label=buttons.LABEL)) == (
        "I can't ask the team: I lack **Create Public Threads**, **Send Messages In Threads** in "
        f"{team.mention}."
    )
    assert buttons.LABEL not in labels(await ask(ann, channel))
    assert team.threads == []


async def test_a_question_is_passed_on_once_whoever_clicks(
    here: members.Server, simcord_bot: SeedBot
) -> None:
    guild, channel, boss, ann = here
    team = guild.create_text_channel("team")
    await boss.slash(channel, "settings team", channel=team)
    reply = await ask(ann, channel)
    handed = Handed(simcord_bot.services.records)
    # Another process, or the first of two clicks, is at it.
    assert await handed.claim(reply.id, guild.id)
    assert said(await boss.click(reply, label=buttons.LABEL)) == buttons.AT_IT
    await handed.done(reply.id, team.id)
    assert said(await boss.click(reply, label=buttons.LABEL)) == buttons.ALREADY.format(
        team.mention
    )
    assert labels(reply)[-1] == buttons.DONE
    assert team.threads == []


async def test_a_member_calls_people_only_so_often(
    here: members.Server,
) -> None:
    guild, channel, boss, ann = here
    await boss.slash(channel, "settings team", channel=guild.create_text_channel("team"))
    for _ in range(limits.CALLS["member"]):
        await ann.click(await ask(ann, channel), label=buttons.LABEL)
    last = await ask(ann, channel)
    assert said(await ann.click(last, label=buttons.LABEL)).startswith(
        "You have asked the team 3 times within an hour, which is as often as I answer; please ask "
        "again in "
    )
    assert "The team was asked:" in said(await boss.click(last, label=buttons.LABEL))


async def test_who_is_asked_is_shown_and_forgotten_with_role_and_channel(
    here: members.Server, helpers: RoleHandle, simcord_bot: SeedBot, simcord_env: Env
) -> None:
    guild, channel, boss, _ = here
    team = guild.create_text_channel("team")
    everybody = await boss.slash(channel, "settings team", role=guild.default_role)
    assert "everybody's" in said(everybody)
    await boss.slash(channel, "settings team", role=helpers, channel=team)
    shown = described((await boss.slash(channel, "settings show")).response.embeds[0])  # type: ignore[union-attr]
    assert f"**Whom members may ask instead** {helpers.mention}" in shown
    assert f"**Where that is asked** {team.mention}" in shown
    simcord_env.backend.delete_role(guild.id, helpers.id)
    simcord_env.backend.delete_channel(team.id)
    await simcord_env.settle()
    rules = await simcord_bot.services.servers.rules(guild.id)
    assert (rules.team_role, rules.team_channel) == (0, 0)


async def test_what_the_owner_has_fixed_stays(
    here: members.Server, helpers: RoleHandle, simcord_bot: SeedBot
) -> None:
    guild, _, _, _ = here
    servers = simcord_bot.services.servers
    fixed = simcord_bot.services.config.discord.model_copy(update={"fixed": ["team_channel"]})
    object.__setattr__(servers, "_settings", fixed)
    await servers.set_team(guild.id, helpers.id, 0)
    with pytest.raises(NotAllowed, match="team_channel"):
        await servers.set_team(guild.id, helpers.id, 1)
    assert (await servers.rules(guild.id)).team_role == helpers.id


async def test_of_a_private_thread_nothing_is_shown_unasked_and_nobody_let_in(
    here: members.Server, helpers: RoleHandle, simcord_env: Env
) -> None:
    guild, channel, boss, ann = here
    simcord_env.backend.create_thread(
        channel.id, "between us", ann.id, type=ChannelType.PRIVATE_THREAD
    )
    await simcord_env.settle()
    [thread] = channel.threads
    await boss.slash(channel, "settings team", role=helpers)
    assert buttons.LABEL not in labels(await ask(ann, thread))
    team = guild.create_text_channel("team")
    await boss.slash(channel, "settings team", role=helpers, channel=team)
    reply = await ask(ann, thread)
    assert "Not everybody sees this" in said(await ann.click(reply, label=buttons.LABEL))
    assert team.threads == []
    await ann.click(reply, label=buttons.AGREED)
    assert len(team.threads) == 1


async def test_a_thread_in_which_nothing_could_be_said_does_not_stay(
    here: members.Server, simcord_env: Env
) -> None:
    guild, channel, boss, ann = here
    team = guild.create_text_channel("team")
    await boss.slash(channel, "settings team", channel=team)
    reply = await ask(ann, channel)
    simcord_env.inject_error("POST", "/channels/*/messages", status=400, code=200000)
    assert "AutoMod blocked it" in said(await ann.click(reply, label=buttons.LABEL))
    assert team.threads == []
    assert "The team was asked:" in said(await ann.click(reply, label=buttons.LABEL))


async def test_of_a_channel_that_the_teams_readers_do_not_see_nothing_is_shown_unasked(
    here: members.Server, simcord_env: Env
) -> None:
    guild, channel, boss, ann = here
    team = guild.create_text_channel("team")
    await boss.slash(channel, "settings team", channel=team)
    hidden = guild.create_text_channel("board")
    assert guild.me is not None
    seeing = discord.Permissions(view_channel=True, read_message_history=True).value
    for rule in (
        Overwrite(guild.id, OverwriteType.ROLE, deny=seeing),
        Overwrite(ann.id, OverwriteType.MEMBER, allow=seeing),
        Overwrite(guild.me.id, OverwriteType.MEMBER, allow=seeing),
    ):
        simcord_env.backend.set_overwrite(hidden.id, rule)
    reply = await ask(ann, hidden)
    assert "Not everybody sees this" in said(await ann.click(reply, label=buttons.LABEL))
    assert team.threads == []
    await ann.click(reply, label=buttons.AGREED)
    assert len(team.threads) == 1


async def test_a_reply_without_an_embed_hands_over_what_it_answers(
    here: members.Server, simcord_bot: SeedBot, simcord_env: Env
) -> None:
    guild, channel, boss, ann = here
    team = guild.create_text_channel("team")
    await boss.slash(channel, "settings team", channel=team)
    assert guild.me is not None
    assert simcord_bot.user is not None
    plain = discord.Permissions(embed_links=True).value
    rule = Overwrite(guild.me.id, OverwriteType.MEMBER, deny=plain)
    simcord_env.backend.set_overwrite(channel.id, rule)
    await simcord_env.settle()
    await ann.send(channel, f"{simcord_bot.user.mention} {QUESTION}")
    reply = channel.last_message
    assert reply is not None
    assert not reply.embeds
    await ann.click(reply, label=buttons.LABEL)
    [thread] = team.threads
    assert thread.name == QUESTION
    assert thread.last_message is not None
    assert thread.last_message.embeds[0].title == QUESTION
