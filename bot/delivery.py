"""Sending a `Reply`, whatever the place allows."""

import logging
from dataclasses import dataclass
from typing import Any

import discord

from bot.render import Reply

log = logging.getLogger(__name__)

# Unauthorized for a token that is over, not found for a message that is gone.
GONE = {401, 404}

Interaction = discord.Interaction[discord.Client]


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


async def follow_up(interaction: Interaction, reply: Reply, view: discord.ui.View | None) -> bool:
    """Put `reply` in the place of a deferred interaction's "thinking".

    Returns whether that was still possible: a member can dismiss it, and after 15 minutes Discord
    takes no more.

    Raises:
        HTTPException: Discord refuses the message itself.
    """
    try:
        await interaction.edit_original_response(
            embed=reply.embed, view=view, allowed_mentions=discord.AllowedMentions.none()
        )
    except discord.HTTPException as error:
        if error.status not in GONE:
            raise
        return False
    return True


async def tell(interaction: Interaction, text: str) -> None:
    """Say one sentence, in private unless a public "thinking" is waiting for it."""
    none = discord.AllowedMentions.none()
    deferred = discord.InteractionResponseType.deferred_channel_message
    try:
        if not interaction.response.is_done():
            await interaction.response.send_message(text, ephemeral=True, allowed_mentions=none)
        elif interaction.response.type is deferred:
            await interaction.edit_original_response(
                content=text, embed=None, view=None, allowed_mentions=none
            )
        else:
            await interaction.followup.send(text, ephemeral=True, allowed_mentions=none)
    except discord.HTTPException as error:
        log.warning("a reply could not be delivered: %s", error)


async def respond(message: discord.Message, reply: Reply, view: discord.ui.View | None) -> None:
    """Reply to a message; where the bot may not write, its author is told privately."""
    may = allowed(message.channel)
    none = discord.AllowedMentions.none()
    try:
        if not may.write:
            await message.author.send(
                f"I may not write in {message.channel.mention}, so here is my reply.",  # type: ignore[union-attr]
                embed=reply.embed,
                allowed_mentions=none,
            )
            return
        options: dict[str, Any] = {"embed": reply.embed} if may.embeds else {"content": reply.text}
        if view is not None:
            options["view"] = view
        if may.history:
            options["reference"] = message.to_reference(fail_if_not_exists=False)
        await message.channel.send(**options, mention_author=False, allowed_mentions=none)
    except discord.HTTPException as error:
        log.warning("a reply could not be delivered in channel %s: %s", message.channel.id, error)
