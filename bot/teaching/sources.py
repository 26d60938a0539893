"""The message that is taught: what is kept of it, and what is said of it in the document."""

from dataclasses import dataclass
from datetime import date

import discord

from bot.render.markup import plain


@dataclass(frozen=True, slots=True)
class Source:
    """The message that is taught: where it stands, and when it was edited, in seconds, 0 if never.

    `parent` is the channel of the thread that it stands in, 0 where that is none; `member` who
    wrote it.
    """

    message: int
    server: int
    channel: int
    parent: int
    edited: float
    author: str
    day: date
    link: str
    member: int = 0

    @classmethod
    def of(cls, message: discord.Message) -> "Source":
        """Return a message of a server as a source."""
        channel = message.channel
        return cls(
            message=message.id,
            server=message.guild.id if message.guild else 0,
            channel=channel.id,
            parent=channel.parent_id if isinstance(channel, discord.Thread) else 0,
            edited=edited_at(message),
            author=plain(message.author.display_name),
            day=(message.edited_at or message.created_at).date(),
            link=message.jump_url,
            member=message.author.id,
        )


def edited_at(message: discord.Message) -> float:
    """Return when a message was edited last, in seconds since 1970; 0 if never.

    What Discord adds to it, as the preview of a link, is no edit.
    """
    return message.edited_at.timestamp() if message.edited_at else 0.0
