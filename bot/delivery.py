"""Sending a `Reply`, whatever the place allows."""

import contextlib
import logging
from dataclasses import dataclass

import discord

from bot.render import Reply

log = logging.getLogger(__name__)

Interaction = discord.Interaction[discord.Client]


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the bot may do in a channel."""

    write: bool
    embeds: bool
    history: bool


def allowed(channel: discord.abc.MessageableChannel, me: discord.ClientUser | None) -> Allowed:
    """Return what the bot may do in `channel`; in a direct message, everything."""
    guild = channel.guild if isinstance(channel, discord.abc.GuildChannel | discord.Thread) else None
    if guild is None or me is None or guild.me is None:
        return Allowed(write=True, embeds=True, history=True)
    permissions = channel.permissions_for(guild.me)
    threads = isinstance(channel, discord.Thread)
    write = permissions.send_messages_in_threads if threads else permissions.send_messages
    return Allowed(write, permissions.embed_links, permissions.read_message_history)


async def follow_up(interaction: Interaction, reply: Reply, view: discord.ui.View | None) -> None:
    """Put `reply` in the place of a deferred interaction's "thinking"."""
    with contextlib.suppress(discord.NotFound):  # the member dismissed it, or its token is over
        await interaction.edit_original_response(
            embed=reply.embed, view=view, allowed_mentions=discord.AllowedMentions.none()
        )


async def tell(interaction: Interaction, text: str) -> None:
    """Say one sentence to the member alone, whether or not the interaction was answered."""
    none = discord.AllowedMentions.none()
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True, allowed_mentions=none)
        else:
            await interaction.response.send_message(text, ephemeral=True, allowed_mentions=none)
    except discord.HTTPException as error:
        log.warning("a reply could not be delivered: %s", error)


async def respond(message: discord.Message, reply: Reply, view: discord.ui.View | None) -> None:
    """Reply to a message; where the bot may not write, its author is told privately."""
    may = allowed(message.channel, message.guild and message.guild.me._user)
    none = discord.AllowedMentions.none()
    reference = message.to_reference(fail_if_not_exists=False) if may.history else None
    try:
        if not may.write:
            await message.author.send(
                f"I may not write in {message.channel.mention}, so here is my reply.",  # type: ignore[union-attr]
                embed=reply.embed,
                allowed_mentions=none,
            )
            return
        options = {"view": view} if view else {}
        if may.embeds:
            await message.channel.send(
                embed=reply.embed,
                reference=reference,
                mention_author=False,
                allowed_mentions=none,
                **options,
            )
        else:
            await message.channel.send(
                reply.text,
                reference=reference,
                mention_author=False,
                allowed_mentions=none,
                suppress_embeds=True,
                **options,
            )
    except discord.HTTPException as error:
        log.warning("a reply could not be delivered in channel %s: %s", message.channel.id, error)
