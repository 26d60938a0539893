"""Sending a `Reply`, whatever the place allows and the network does.

discord.py waits out short rate limits and tries again after most server errors. What it leaves is
done here: broken connections are tried again, refusals are told in a word, and since a request
whose reply was lost may have taken effect, nothing is sent that Discord would not recognise the
second time. An edit can be repeated, an acknowledgement is refused as a second one, and a new
message has a nonce. All that the bot says leaves by this module, and by `fitted`, which brings it
within Discord's limits.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import aiohttp
import discord

from bot.conversation.permissions import Allowed, allowed
from bot.conversation.refusals import (
    ACKNOWLEDGED_BEFORE,
    OVER,
    UNKNOWN_MESSAGE,
    refused,
)
from bot.errors import Refused
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
FAILURES = (Refused, discord.HTTPException, discord.RateLimited, *OUTAGES)

# Where an interaction keeps whether "thinking" waits for its reply.
THINKING = "thinking"
NOBODY = discord.AllowedMentions.none()
HERE = "here"


async def acknowledge(
    interaction: Interaction, *, private: bool = False, thinking: bool = True
) -> None:
    """Tell Discord, within its three seconds, that a reply will come.

    Where that fails, `deliver` and `tell` still reach the member.
    """
    interaction.extras[THINKING] = thinking
    try:
        await persist(lambda: interaction.response.defer(ephemeral=private, thinking=thinking))
    except FAILURES as error:
        # It may also have been acknowledged by an attempt that seemed to fail.
        log.info("an acknowledgement failed: %s", error or type(error).__name__)


async def follow_up(interaction: Interaction, reply: Reply, view: discord.ui.View | None) -> bool:
    """Put `reply` in the place of an acknowledged interaction's "thinking".

    Returns whether Discord still took it: it doesn't 15 minutes after the interaction, or if it
    was acknowledged too late. A member who has dismissed the "thinking" is not told again.

    Raises:
        Refused: Discord refuses the message itself.
        DiscordServerError, ClientError, OSError: it is down, or the connection broken.
    """
    return await change(interaction, embed=reply.embed, view=view)


async def change(
    interaction: Interaction,
    **content: Any,  # noqa: ANN401 - discord.py's options
) -> bool:
    """Change an interaction's message; return whether Discord still took it.

    Raises:
        Refused, DiscordServerError, ClientError, OSError: as `follow_up`.
    """
    taken, _ = await _edit(interaction, **content)
    return taken


async def deliver(
    interaction: Interaction, reply: Reply, view: discord.ui.View | None
) -> discord.Message | None:
    """Put `reply` where `follow_up` does, or send it privately where that is over.

    Returns the message, where it stands in the interaction's place.

    Raises:
        Refused: Discord refuses the message itself.
    """
    try:
        # What is changed keeps the files that it has, where it is given none.
        files = {"attachments": reply.files} if reply.files else {}
        taken, sent = await _edit(interaction, embed=reply.embed, view=view, **files)
        if not taken:
            late = {"files": reply.files} if reply.files else {}
            await _send_late(interaction, embed=reply.embed, **late)
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


async def take_away(interaction: Interaction) -> None:
    """Delete the message of an acknowledged click; that it is gone already is as good.

    Raises:
        Refused, DiscordServerError, ClientError, OSError: as `follow_up`.
    """
    try:
        await persist(interaction.delete_original_response)
    except Refused as error:
        if error.code != UNKNOWN_MESSAGE:
            raise


async def announce(to: discord.abc.Messageable, cause: int, reply: Reply) -> None:
    """Send what nobody waits for, once for each `cause`.

    Raises:
        Refused: they take no direct messages, or the bot may not write there.
        DiscordServerError, ClientError, OSError: as `follow_up`.
    """
    may = writable(to, "there")
    options: dict[str, Any] = {"embed": reply.embed} if may.embeds else {"content": reply.text}
    await send(to, cause, **options)


async def whisper(message: discord.Message, text: str) -> None:
    """Say one sentence to a message's author alone.

    Raises:
        Refused: they take no direct messages.
        DiscordServerError, ClientError, OSError: as `follow_up`.
    """
    await send(message.author, message.id, content=told(text))


async def open_thread(message: discord.Message, name: str) -> discord.Thread | None:
    """Open a thread at a message, where the bot may write in it.

    Raises:
        HTTPException, RateLimited, ClientException, OSError: Discord refuses, or there is one.
    """
    if not allowed(message.channel).threads:
        return None
    return await message.create_thread(name=_thread_name(name))


async def open_thread_in(channel: discord.TextChannel, name: str) -> discord.Thread:
    """Open a thread of a channel's own, which all can see who see that.

    Raises:
        HTTPException, RateLimited, OSError: Discord refuses.
    """
    news = channel.type is discord.ChannelType.news
    kind = discord.ChannelType.news_thread if news else discord.ChannelType.public_thread
    return await channel.create_thread(name=_thread_name(name), type=kind)


async def open_post(
    forum: discord.ForumChannel,
    name: str,
    pinged: discord.AllowedMentions,
    **content: Any,  # noqa: ANN401 - discord.py's options
) -> discord.Thread:
    """Open a post in a forum, with a tag where it wants one.

    Raises:
        HTTPException, RateLimited, OSError: Discord refuses.
    """
    tags = forum.available_tags[:1] if forum.flags.require_tag else []
    content = fitted(content, pinged)
    posted = await forum.create_thread(name=_thread_name(name), applied_tags=tags, **content)
    return posted.thread


async def show_form(interaction: Interaction, form: discord.ui.Modal) -> None:
    """Answer an interaction with a form; it must not be acknowledged before.

    Raises:
        Refused, DiscordServerError, ClientError, OSError: as `follow_up`.
    """
    await persist(lambda: interaction.response.send_modal(form))


def writable(channel: discord.abc.Messageable, where: str) -> Allowed:
    """Return what the bot may do in a channel.

    Raises:
        Refused: it may not write there.
    """
    may = allowed(channel)
    if not may.write:
        message = f"I may not write {where}: {may.reason}."
        raise Refused(message)
    return may


async def persist(attempt: Callable[[], Awaitable[T]], where: str = HERE) -> T:
    """Make an attempt, again and again while the connection breaks or Discord is down.

    It is never cut short by a timeout: cancelled while it waits out a rate limit of the whole
    bot, discord.py would hold back every request from then on.

    Raises:
        Refused: Discord says no; the word for it names `where`.
        DiscordServerError, ClientError, OSError: as `follow_up`.
    """
    for seconds in RETRY_SECONDS:
        try:
            with _refusals(where):
                return await attempt()
        except OUTAGES as error:
            log.info("once more in %g s: %s", seconds, error or type(error).__name__)
        await asyncio.sleep(seconds)
    with _refusals(where):
        return await attempt()


@contextmanager
def _refusals(where: str) -> Iterator[None]:
    """Turn Discord's refusals into the bot's own errors."""
    try:
        yield
    except discord.DiscordServerError:
        raise
    except (discord.HTTPException, discord.RateLimited) as error:
        raise refused(error, where) from error


async def _edit(
    interaction: Interaction,
    **content: Any,  # noqa: ANN401 - discord.py's options
) -> tuple[bool, discord.Message | None]:
    """Edit an interaction's reply; return whether Discord still takes one, and the message."""
    try:
        sent = await persist(lambda: interaction.edit_original_response(**fitted(content)))
    except Refused as error:
        if error.code != UNKNOWN_MESSAGE and error.code not in OVER:
            raise
        return error.code == UNKNOWN_MESSAGE, None
    return True, sent


async def _say(interaction: Interaction, text: str, *, acknowledged: bool) -> bool:
    """Say something in a message of its own; return False if Discord takes none any more."""
    content = fitted({"content": text, "ephemeral": True})
    try:
        if acknowledged:
            with _refusals(HERE):
                await interaction.followup.send(**content)
        else:
            await persist(lambda: interaction.response.send_message(**content))
    except Refused as error:
        if error.code not in {ACKNOWLEDGED_BEFORE, *OVER}:
            raise
        return error.code == ACKNOWLEDGED_BEFORE
    return True


async def _send_late(interaction: Interaction, **content: Any) -> None:  # noqa: ANN401 - discord.py's options
    """Send to a member directly what Discord no longer takes as the reply to an interaction."""
    try:
        await send(interaction.user, interaction.id, **content)
    except Refused as error:
        log.warning("a late reply could not be delivered: %s", error)


async def send(
    to: discord.abc.Messageable,
    cause: int,
    *,
    pinged: discord.AllowedMentions = NOBODY,
    **content: Any,  # noqa: ANN401 - discord.py's options
) -> discord.Message:
    """Send the one message that `cause`, the id of a message or an interaction, gets.

    Discord makes no second message with the same nonce within some minutes.
    """
    number = getattr(to, "id", 0)
    where = "to you" if isinstance(to, discord.abc.User) else f"in <#{number}>"
    return await persist(lambda: to.send(nonce=cause, **fitted(content, pinged)), where)


def _thread_name(name: str) -> str:
    return clip(" ".join(plain(name).split()), THREAD_LIMIT) or "…"


def fitted(content: dict[str, Any], pinged: discord.AllowedMentions = NOBODY) -> dict[str, Any]:
    """What is sent: within the limits, and pinging nobody else."""
    return {**outgoing(content), "allowed_mentions": pinged}
