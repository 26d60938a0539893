"""All that members and moderators can do with the bot, one after the other, on a large index."""

from collections.abc import Callable

import discord
from simcord import ChannelHandle, Env, MemberActor

from bot.buttons.button import SECONDARY, Plain
from bot.buttons.pager import MoreButton
from bot.cogs.ask import MENU
from index import document_key
from tests.support import members
from tests.support.large_index import LargeIndex

QUESTION = "Who directed All of Us Strangers?"
# The most that Discord lets through.
LONG = "heading things " * 400


async def use_everything(env: Env, index: LargeIndex, note: Callable[[str], None]) -> None:
    """Use all of it; `note` is told beforehand of what comes."""
    _, channel, boss, ann = members.alone(env)
    await _use_commands(channel, boss, index, note)
    await _write(channel, boss, ann, env, note)
    await _use_suggestions(channel, ann, index, note)
    await _use_buttons(channel, ann, env, index, note)


async def _use_commands(
    channel: ChannelHandle,
    boss: MemberActor,
    index: LargeIndex,
    note: Callable[[str], None],
) -> None:
    for command, options in (
        ("ask", {"question": QUESTION}),
        ("lookup", {"query": "music"}),
        ("sources", {}),
        ("source", {"document": index.path}),
        ("source", {"document": index.path, "heading": index.last_heading}),
        ("source", {"document": index.path, "line": 10_000_000}),
        ("help", {}),
        ("index status", {}),
        ("index report", {}),
        ("index rollback", {}),
        ("rebuild", {"everything": True}),
        ("documents list", {}),
        ("settings show", {}),
    ):
        note(f"/{command} {' '.join(options)}")
        result = await boss.slash(channel, command, **options)
        assert result.response is not None, command
        assert result.response.embeds, (command, result.response.content)


async def _write(
    channel: ChannelHandle,
    boss: MemberActor,
    ann: MemberActor,
    env: Env,
    note: Callable[[str], None],
) -> None:
    for text in (QUESTION, LONG[:990]):
        note(f"a mention with {len(text)} characters")
        assert env.bot.user is not None
        asked = await ann.send(channel, f"{env.bot.user.mention} {text}")
    note("the menu of a message")
    await boss.context_menu(channel, MENU, asked)


async def _use_suggestions(
    channel: ChannelHandle, ann: MemberActor, index: LargeIndex, note: Callable[[str], None]
) -> None:
    for typed in ("", "chapter 77", LONG):
        note(f"suggestions for {len(typed)} characters")
        await ann.autocomplete(channel, "lookup", "source", typed, query="music")
        await ann.autocomplete(channel, "source", "document", typed)
        await ann.autocomplete(channel, "source", "heading", typed, document=index.path)


async def _use_buttons(
    channel: ChannelHandle,
    ann: MemberActor,
    env: Env,
    index: LargeIndex,
    note: Callable[[str], None],
) -> None:
    asked = await ann.slash(channel, "ask", question=QUESTION)
    assert asked.response is not None
    for label in ("Show passage 1", "More like this"):
        note(f"the button {label}")
        assert (await ann.click(asked.response, label=label)).response is not None
    note("a button of feedback")
    await ann.click(asked.response, custom_id="feedback:helpful")
    looked_up = await ann.slash(channel, "lookup", query="music")
    read = await ann.slash(channel, "source", document=index.path)
    for name, result in (("lookup", looked_up), ("document", read)):
        note(f"the next page of a {name}")
        assert result.response is not None
        assert (await ann.click(result.response, label="Next")).response is not None
    note("the rest of a list")
    place = env.bot.get_channel(channel.id)
    assert isinstance(place, discord.TextChannel)
    end = len(index.text) - 1
    name = f"more:{document_key(index.path)}:{end}"
    view = discord.ui.View(timeout=None)
    view.add_item(MoreButton(Plain(label="9 more", style=SECONDARY, custom_id=name)))
    sent = await place.send("A list", view=view)
    assert (await ann.click(sent, custom_id=name)).response is not None
