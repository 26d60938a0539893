"""Sending a `Reply`, whatever the place allows and the network does.

discord.py waits out rate limits and tries again after most server errors. What it leaves is done
here: broken connections are tried again, and since a request whose reply was lost may have taken
effect, nothing is sent that Discord would not recognise the second time. An edit can be repeated,
an acknowledgement is refused as a second one, and a new message has a nonce. All that the bot says
leaves by this module, and by `_fitted`, which brings it within Discord's limits.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
import discord

from bot.render import Reply, told
from bot.render.fitting import THREAD_LIMIT, clip
from bot.render.markup import plain
from bot.render.outgoing import outgoing

log = logging.getLogger(__name__)

T = TypeVar("T")
Interaction = discord.Interaction[discord.Client]

# The waits before the attempts after the first; an acknowledgement counts for three seconds.
RETRY_SECONDS = (0.5, 2.0, 5.0)
# No way to Discord for now, as opposed to its refusals.
OUTAGES = (discord.DiscordServerError, aiohttp.ClientError, OSError)
FAILURES = (discord.HTTPException, *OUTAGES)

# Codes of Discord's refusals.
UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
UNKNOWN_WEBHOOK = 10015
UNKNOWN_INTERACTION = 10062
ACKNOWLEDGED_BEFORE = 40060
TOKEN_IS_OVER = 50027
OVER = {UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, TOKEN_IS_OVER}

# Where an interaction keeps whether "thinking" waits for its reply.
THINKING = "thinking"
NOBODY = discord.AllowedMentions.none()


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the bot may do in a channel."""

    write: bool
    embeds: bool
    history: bool


def allowed(channel: discord.abc.Messageable) -> Allowed:
    """Return what the bot may do in `channel`; in a direct message, everything."""
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return Allowed(write=True, embeds=True, history=True)
    permissions = channel.permissions_for(channel.guild.me)
    threads = isinstance(channel, discord.Thread)
    write = permissions.send_messages_in_threads if threads else permissions.send_messages
    return Allowed(write, permissions.embed_links, permissions.read_message_history)


async def acknowledge(
    interaction: Interaction, *, private: bool = False, thinking: bool = True
) -> None:
    """Tell Discord, within its three seconds, that a reply will come.

    Where that fails, `deliver` and `tell` still reach the member.
    """
    interaction.extras[THINKING] = thinking
    try:
        await _persist(lambda: interaction.response.defer(ephemeral=private, thinking=thinking))
    except FAILURES as error:
        # It may also have been acknowledged by an attempt that seemed to fail.
        log.info("an acknowledgement failed: %s", error or type(error).__name__)


async def follow_up(interaction: Interaction, reply: Reply, view: discord.ui.View | None) -> bool:
    """Put `reply` in the place of an acknowledged interaction's "thinking".

    Returns whether Discord still took it: it doesn't 15 minutes after the interaction, or if it
    was acknowledged too late. A member who has dismissed the "thinking" is not told again.

    Raises:
        HTTPException: Discord refuses the message itself, or is down.
        ClientError, OSError: the connection is broken.
    """
    return await change(interaction, embed=reply.embed, view=view)


async def change(
    interaction: Interaction,
    **content: Any,  # noqa: ANN401 - discord.py's options
) -> bool:
    """Change an interaction's message; return whether Discord still took it.

    Raises:
        HTTPException, ClientError, OSError: as `follow_up`.
    """
    taken, _ = await _edit(interaction, **content)
    return taken


async def deliver(
    interaction: Interaction, reply: Reply, view: discord.ui.View | None
) -> discord.Message | None:
    """Put `reply` where `follow_up` does, or send it privately where that is over.

    Returns the message, where it stands in the interaction's place.

    Raises:
        HTTPException: Discord refuses the message itself.
    """
    try:
        taken, sent = await _edit(interaction, embed=reply.embed, view=view)
        if not taken:
            await _send_late(interaction, embed=reply.embed)
    except OUTAGES as error:
        log.warning("a reply could not be delivered: %s", error or type(error).__name__)
        return None
    return sent


async def tell(interaction: Interaction, text: str, *, marked: bool = False) -> None:
    """Say one sentence, in private unless a public "thinking" is waiting for it.

    It is shown as it reads, or, if it is `marked` up, as Discord shows that.
    """
    text = text if marked else told(text)
    thinking = interaction.extras.get(THINKING)
    try:
        if thinking:
            delivered, _ = await _edit(interaction, content=text, embed=None, view=None)
        else:
            delivered = await _say(interaction, text, acknowledged=thinking is not None)
        if not delivered:
            await _send_late(interaction, content=text)
    except FAILURES as error:
        log.warning("a reply could not be delivered: %s", error or type(error).__name__)


async def whisper(message: discord.Message, text: str) -> None:
    """Say one sentence to a message's author alone.

    Raises:
        HTTPException, ClientError, OSError: they take no direct messages, or as `follow_up`.
    """
    await _send(message.author, message.id, content=told(text))


async def open_thread(message: discord.Message, name: str) -> discord.Thread:
    """Open a thread at a message.

    Raises:
        HTTPException, ClientException, OSError: Discord refuses, or there is one already.
    """
    name = clip(" ".join(plain(name).split()), THREAD_LIMIT)
    return await message.create_thread(name=name or "…")


async def respond(
    message: discord.Message,
    reply: Reply,
    view: discord.ui.View | None,
    thread: discord.Thread | None = None,
) -> discord.Message | None:
    """Reply to a message, in `thread` if there is one, and return the reply.

    Where the bot may not write, the message's author is told privately; then, and where nothing
    can be delivered, there is no reply to return.
    """
    channel = message.channel
    try:
        try:
            return await _reply(message, reply, view, thread)
        except _Closed:
            text = f"I may not write in <#{channel.id}>, so here is my reply."
            await _send(message.author, message.id, content=text, embed=reply.embed)
    except FAILURES as error:
        reason = error or type(error).__name__
        log.warning("a reply could not be delivered in channel %s: %s", channel.id, reason)
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
    """Put another reply in the place of one that was sent before; None where that can't be."""
    place = client.get_partial_messageable(channel).get_partial_message(message)
    content: dict[str, Any] = {"embed": reply.embed} if embeds else {"content": reply.text}
    try:
        return await _persist(lambda: place.edit(view=view, **_fitted(content)))
    except FAILURES as error:
        log.warning("an answer in channel %s could not be changed: %s", channel, error)
        return None


async def take_back(client: discord.Client, channel: int, message: int) -> None:
    """Delete a message of the bot's own."""
    place = client.get_partial_messageable(channel).get_partial_message(message)
    try:
        await _persist(place.delete)
    except FAILURES as error:
        if not (isinstance(error, discord.HTTPException) and error.code == UNKNOWN_MESSAGE):
            log.warning("an answer in channel %s could not be deleted: %s", channel, error)


class _Closed(Exception):
    """The bot may not write there."""


async def _reply(
    message: discord.Message,
    reply: Reply,
    view: discord.ui.View | None,
    thread: discord.Thread | None,
) -> discord.Message:
    """Reply where a message stands, or in a thread.

    Raises:
        _Closed: a guild doesn't let the bot.
    """
    channel = thread or message.channel
    may = allowed(channel)
    if not may.write:
        raise _Closed
    options: dict[str, Any] = {"embed": reply.embed} if may.embeds else {"content": reply.text}
    if view is not None:
        options["view"] = view
    if may.history and thread is None:
        options["reference"] = message.to_reference(fail_if_not_exists=False)
    try:
        return await _send(channel, message.id, mention_author=False, **options)
    except discord.HTTPException as error:
        # What is known of permissions and channels may be older than the refusal.
        closed = isinstance(error, discord.Forbidden) or error.code == UNKNOWN_CHANNEL
        if message.guild is None or not closed:
            raise
        raise _Closed from error


async def _persist(attempt: Callable[[], Awaitable[T]]) -> T:
    """Make an attempt, again and again while the connection breaks or Discord is down.

    It is never cut short by a timeout: cancelled while it waits out a rate limit of the whole
    bot, discord.py would hold back every request from then on.
    """
    for seconds in RETRY_SECONDS:
        try:
            return await attempt()
        except OUTAGES as error:
            log.info("once more in %g s: %s", seconds, error or type(error).__name__)
        await asyncio.sleep(seconds)
    return await attempt()


async def _edit(
    interaction: Interaction,
    **content: Any,  # noqa: ANN401 - discord.py's options
) -> tuple[bool, discord.Message | None]:
    """Edit an interaction's reply; return whether Discord still takes one, and the message."""
    try:
        sent = await _persist(lambda: interaction.edit_original_response(**_fitted(content)))
    except discord.HTTPException as error:
        if error.code != UNKNOWN_MESSAGE and error.code not in OVER:
            raise
        return error.code == UNKNOWN_MESSAGE, None
    return True, sent


async def _say(interaction: Interaction, text: str, *, acknowledged: bool) -> bool:
    """Say something in a message of its own; return False if Discord takes none any more."""
    content = _fitted({"content": text, "ephemeral": True})
    try:
        if acknowledged:
            await interaction.followup.send(**content)
        else:
            await _persist(lambda: interaction.response.send_message(**content))
    except discord.HTTPException as error:
        if error.code not in {ACKNOWLEDGED_BEFORE, *OVER}:
            raise
        return error.code == ACKNOWLEDGED_BEFORE
    return True


async def _send_late(interaction: Interaction, **content: Any) -> None:  # noqa: ANN401 - discord.py's options
    """Send to a member directly what Discord no longer takes as the reply to an interaction."""
    try:
        await _send(interaction.user, interaction.id, **content)
    except discord.HTTPException as error:
        log.warning("a late reply could not be delivered: %s", error)


async def _send(
    to: discord.abc.Messageable,
    cause: int,
    **content: Any,  # noqa: ANN401 - discord.py's options
) -> discord.Message:
    """Send the one message that `cause`, the id of a message or an interaction, gets.

    Discord makes no second message with the same nonce within some minutes.
    """
    return await _persist(lambda: to.send(nonce=cause, **_fitted(content)))


def _fitted(content: dict[str, Any]) -> dict[str, Any]:
    """What is sent: within the limits, and pinging nobody."""
    return {**outgoing(content), "allowed_mentions": NOBODY}
