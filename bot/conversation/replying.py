"""Replies to messages: sent once, changed, taken back, and what becomes of one that is refused."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

import discord

from bot.conversation.delivery import FAILURES, fitted, persist, send, writable
from bot.conversation.refusals import HELD_BACK, POST_IS_YOUNG, UNKNOWN_MESSAGE
from bot.errors import Refused
from bot.render import Reply, note

log = logging.getLogger(__name__)

# The waits before another attempt while the author of a post uploads its first message.
YOUNG_SECONDS = (1.0, 4.0, 15.0, 40.0)


async def respond(
    message: discord.Message,
    reply: Reply,
    view: discord.ui.View | None,
    thread: discord.Thread | None = None,
    *,
    asked: bool = True,
) -> discord.Message | None:
    """Reply to a message, in `thread` if there is one, and return the reply.

    Where Discord doesn't take it, the message's author is told why, if they `asked` the bot; then,
    and where nothing can be delivered, there is no reply to return.
    """
    try:
        if thread is not None:
            try:
                return await _reply(message, reply, view, thread)
            except Refused as refusal:
                log.info("a reply goes without its thread: %s", refusal)
        try:
            return await _reply(message, reply, view, None)
        except Refused as refusal:
            if asked:
                await _reply_otherwise(message, reply, refusal)
            else:
                log.info("no reply in channel %s: %s", message.channel.id, refusal)
    except FAILURES as error:
        log.warning(
            "a reply could not be delivered in channel %s: %s",
            *(message.channel.id, error or type(error).__name__),
        )
    return None


async def edit(  # noqa: PLR0913 - a place, and what it shows
    client: discord.Client,
    channel: int,
    message: int,
    reply: Reply,
    view: discord.ui.View | None,
    *,
    embeds: bool = True,
) -> discord.Message | None:
    """Put another reply in the place of one that was sent before, and return it.

    None where that can't be; where it is the reply that Discord refuses, the reason stands there.
    """
    place = client.get_partial_messageable(channel).get_partial_message(message)

    def attempt(reply: Reply) -> Awaitable[discord.Message]:
        content: dict[str, Any] = {"embed": reply.embed} if embeds else {"content": reply.text}
        return persist(lambda: place.edit(view=view, **fitted(content)))

    try:
        try:
            return await attempt(reply)
        except Refused as refusal:
            if refusal.code not in HELD_BACK:
                raise
            view = None
            await attempt(note(str(refusal)))
    except FAILURES as error:
        log.warning("an answer in channel %s could not be changed: %s", channel, error)
    return None


async def take_back(client: discord.Client, channel: int, message: int) -> None:
    """Delete a message of the bot's own."""
    place = client.get_partial_messageable(channel).get_partial_message(message)
    try:
        await persist(place.delete)
    except FAILURES as error:
        if not (isinstance(error, Refused) and error.code == UNKNOWN_MESSAGE):
            log.warning("an answer in channel %s could not be deleted: %s", channel, error)


async def _reply(
    message: discord.Message,
    reply: Reply,
    view: discord.ui.View | None,
    thread: discord.Thread | None,
) -> discord.Message:
    """Reply where a message stands, or in a thread.

    Raises:
        Refused: the bot may not write there, or not this.
        DiscordServerError, ClientError, OSError: as `follow_up`.
    """
    channel = thread or message.channel
    may = writable(channel, f"in <#{channel.id}>")
    options: dict[str, Any] = {"embed": reply.embed} if may.embeds else {"content": reply.text}
    if view is not None:
        options["view"] = view
    if may.history and thread is None:
        options["reference"] = message.to_reference(fail_if_not_exists=False)
    for seconds in YOUNG_SECONDS:
        try:
            return await send(channel, message.id, mention_author=False, **options)
        except Refused as refusal:
            if refusal.code != POST_IS_YOUNG:
                raise
        await asyncio.sleep(seconds)
    return await send(channel, message.id, mention_author=False, **options)


async def _reply_otherwise(message: discord.Message, reply: Reply, refusal: Refused) -> None:
    """Bring a reply, or at least a word, to a member where `refusal` is for it, in this order.

    Privately with the reply, privately without it, and, where another message would be taken, in
    the message's channel.

    Raises:
        Refused: none is taken.
        DiscordServerError, ClientError, OSError: as `follow_up`.
    """
    word: dict[str, Any] = {"content": str(refusal)}
    last = refusal
    if message.guild is not None:
        full = {"content": f"{refusal} Here is my reply.", "embed": reply.embed}
        for content in (full, word):
            try:
                await send(message.author, message.id, **content)
            except Refused as error:
                last = error
            else:
                return
            if last.code not in HELD_BACK:
                break
    if refusal.code not in HELD_BACK:
        raise last
    await send(message.channel, message.id, **word)
