"""What the bot may do in a channel, and by which of Discord's permissions."""

from collections.abc import Iterable
from dataclasses import dataclass

import discord

TIMED_OUT = "I'm timed out in this server"
LOCKED = "the thread is locked"
# Whoever wants to write there has to be let in.
VOICE = (discord.VoiceChannel, discord.StageChannel)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the bot may do in a channel; `reason` says why it may not write, if it may not.

    `threads` says whether it may open threads there and write in them.
    """

    write: bool
    embeds: bool
    history: bool
    threads: bool = False
    reason: str = ""


def allowed(channel: discord.abc.Messageable) -> Allowed:
    """Return what the bot may do in `channel`; in a direct message, everything but threads."""
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return Allowed(write=True, embeds=True, history=True)
    if (me := channel.guild.me) is None:
        return Allowed(write=False, embeds=False, history=False, reason="I'm not in this server")
    has = granted(channel)
    lacked = [name for name in writing(channel) if not getattr(has, name)]
    reason = ""
    if me.is_timed_out():
        reason = TIMED_OUT
    elif lacked:
        reason = f"I lack {listed(lacked)} there"
    elif isinstance(channel, discord.Thread) and channel.locked and not has.manage_threads:
        reason = LOCKED
    return Allowed(
        write=not reason,
        embeds=has.embed_links,
        history=has.read_message_history,
        threads=has.create_public_threads and has.send_messages_in_threads,
        reason=reason,
    )


def granted(channel: discord.abc.GuildChannel | discord.Thread) -> discord.Permissions:
    """Return the bot's permissions in a channel of a server that it is in."""
    try:
        return channel.permissions_for(channel.guild.me)
    except discord.ClientException:
        # A thread whose channel isn't known says nothing; Discord will.
        return discord.Permissions.all()


def writing(channel: discord.abc.GuildChannel | discord.Thread) -> list[str]:
    """Return the permissions, by discord.py's names, that writing there takes.

    What a forum holds are threads.
    """
    threads = isinstance(channel, discord.Thread | discord.ForumChannel)
    write = "send_messages_in_threads" if threads else "send_messages"
    return ["view_channel", *(["connect"] if isinstance(channel, VOICE) else []), write]


def listed(permissions: Iterable[str]) -> str:
    """Return permissions by the names that Discord shows."""
    return ", ".join(f"**{name.replace('_', ' ').title()}**" for name in permissions)
