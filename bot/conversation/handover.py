"""Asking the team what the documents don't say, where a server wants that: a thread for each."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import discord

from bot.conversation.delivery import (
    FAILURES,
    open_post,
    open_thread,
    open_thread_in,
    persist,
    send,
)
from bot.conversation.permissions import TIMED_OUT, granted, listed, writing
from bot.errors import RecordsFailed
from bot.render.handover import Asked
from bot.services import Services
from index import Answer, NoAnswer

log = logging.getLogger(__name__)

# Discord's word for a message at which somebody has opened a thread already.
THREAD_EXISTS = 160004
OPENING = ("view_channel", "create_public_threads", "send_messages_in_threads")
POSTING = ("view_channel", "send_messages", "send_messages_in_threads")
NO_THREADS = "I can't ask the team: no thread can be opened here, and this server names no channel."


@dataclass(frozen=True, slots=True)
class Team:
    """Whom to ask in a server: in a channel of its own, or where the question is; the role, if any.

    One of the two there is.
    """

    channel: discord.TextChannel | discord.ForumChannel | None
    role: discord.Role | None


async def team_of(services: Services, guild: discord.Guild) -> Team | None:
    """Return whom a server wants to be asked; None where it names nobody who is still there.

    Raises:
        RecordsFailed: the records can't be read.
    """
    rules = await services.servers.rules(guild.id)
    channel, role = guild.get_channel(rules.team_channel), guild.get_role(rules.team_role)
    if not isinstance(channel, discord.TextChannel | discord.ForumChannel):
        channel = None
    return Team(channel, role) if channel or role else None


async def offered(
    services: Services,
    guild: discord.Guild | None,
    channel: object,
    reply: Answer | NoAnswer,
) -> bool:
    """Whether the team could be asked what a reply in a channel leaves open."""
    if guild is None or not isinstance(reply, NoAnswer):
        return False
    try:
        team = await team_of(services, guild)
    except RecordsFailed as error:
        log.warning("the team can't be asked: %s", error)
        return False
    return team is not None and not lacking(team, channel)


def lacking(team: Team, here: object) -> str:
    """Say in a marked up sentence what the bot lacks to ask a team of what is asked `here`."""
    place = team.channel or here
    # Who is pinged in a private thread is let into it.
    if isinstance(place, discord.ForumChannel):
        needed = list(POSTING)
    elif isinstance(place, discord.TextChannel):
        needed = list(OPENING)
    elif isinstance(place, discord.Thread) and not place.is_private():
        needed = writing(place)
    else:
        return NO_THREADS
    # Where nobody is pinged, nobody would learn of it.
    if team.channel is None and team.role is not None and not team.role.mentionable:
        needed.append("mention_everyone")
    has = granted(place)
    lacked = [name for name in needed if not getattr(has, name)]
    if lacked:
        return f"I can't ask the team: I lack {listed(lacked)} in {place.mention}."
    return f"I can't ask the team: {TIMED_OUT}." if place.guild.me.is_timed_out() else ""


async def ask(
    team: Team, here: object, reply: discord.Message | None, cause: int, asked: Asked
) -> discord.Thread:
    """Open a thread for what was asked `here`, ping the role there, and return the thread.

    It is opened in the team's channel, or else at the `reply`, if others see that. What is asked
    in a thread is asked on there. `cause` is the interaction's id.

    Raises:
        Refused: Discord doesn't take it.
        HTTPException, RateLimited, ClientException, OSError: as `Message.create_thread`.
    """
    pinged = discord.AllowedMentions(
        everyone=False, users=False, replied_user=False, roles=[team.role] if team.role else False
    )
    if isinstance(team.channel, discord.ForumChannel):
        content = _content(team, team.channel, asked)
        return await open_post(team.channel, asked.question, pinged, **content)
    thread = await _opened(team, here, reply, asked.question)
    try:
        await send(thread, cause, pinged=pinged, **_content(team, thread, asked))
    except FAILURES:
        if thread != here:
            with suppress(*FAILURES):
                await thread.delete()
        raise
    return thread


def _content(
    team: Team, place: discord.abc.GuildChannel | discord.Thread, asked: Asked
) -> dict[str, Any]:
    head = f"{team.role.mention} {asked.head}" if team.role else asked.head
    if granted(place).embed_links:
        return {"content": head, "embed": asked.embed}
    return {"content": f"{head}\n\n{asked.text}"}


async def _opened(
    team: Team, here: object, reply: discord.Message | None, name: str
) -> discord.Thread:
    if isinstance(here, discord.Thread) and team.channel is None:
        return here
    place = team.channel or here
    if not isinstance(place, discord.TextChannel):
        raise TypeError(NO_THREADS)
    if team.channel is not None or reply is None:
        return await open_thread_in(place, name)
    try:
        if (thread := await open_thread(reply, name)) is not None:
            return thread
    except discord.HTTPException as error:
        if error.code != THREAD_EXISTS:
            raise
    found = await persist(lambda: place.guild.fetch_channel(reply.id))
    if not isinstance(found, discord.Thread):
        raise TypeError(NO_THREADS)
    return found
