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


async def follow_up(
    interaction: Interaction, reply: Reply, view: discord.ui.View | None
) -> discord.Message | None:
    """Put `reply` in the place of a deferred interaction's "thinking", and return the message.

    None where that isn't possible any more: a member can dismiss it, and after 15 minutes Discord
    takes nothing.

    Raises:
        HTTPException: Discord refuses the message itself.
    """
    try:
        return await interaction.edit_original_response(
            embed=reply.embed, view=view, allowed_mentions=discord.AllowedMentions.none()
        )
    except discord.HTTPException as error:
        if error.status not in GONE:
            raise
        return None


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


async def respond(
    message: discord.Message,
    reply: Reply,
    view: discord.ui.View | None,
    thread: discord.Thread | None = None,
) -> discord.Message | None:
    """Reply to a message, in `thread` if there is one, and return the reply.

    Where the bot may not write, the message's author is told privately. None where nothing could
    be delivered.
    """
    channel = thread or message.channel
    may = allowed(channel)
    none = discord.AllowedMentions.none()
    try:
        if not may.write:
            await message.author.send(
                f"I may not write in {message.channel.mention}, so here is my reply.",  # type: ignore[union-attr]
                embed=reply.embed,
                allowed_mentions=none,
            )
            return None
        options: dict[str, Any] = {"embed": reply.embed} if may.embeds else {"content": reply.text}
        if view is not None:
            options["view"] = view
        if may.history and thread is None:
            options["reference"] = message.to_reference(fail_if_not_exists=False)
        return await channel.send(**options, mention_author=False, allowed_mentions=none)
    except discord.HTTPException as error:
        log.warning("a reply could not be delivered in channel %s: %s", channel.id, error)
        return None


async def edit(
    client: discord.Client, channel: int, message: int, reply: Reply, view: discord.ui.View | None
) -> discord.Message | None:
    """Put another reply in the place of one that was sent before; None where it is gone."""
    none = discord.AllowedMentions.none()
    try:
        place = client.get_partial_messageable(channel).get_partial_message(message)
        return await place.edit(embed=reply.embed, view=view, allowed_mentions=none)
    except discord.HTTPException as error:
        log.warning("an answer in channel %s could not be changed: %s", channel, error)
        return None


async def take_back(client: discord.Client, channel: int, message: int) -> None:
    """Delete a message of the bot's own."""
    try:
        await client.get_partial_messageable(channel).get_partial_message(message).delete()
    except discord.HTTPException as error:
        if error.status not in GONE:
            log.warning("an answer in channel %s could not be deleted: %s", channel, error)
