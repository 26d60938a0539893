"""`/rebuild`: a new index from the documents as they are now."""

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot import render
from bot.delivery import Interaction, allowed, follow_up
from bot.errors import NotAllowed
from index import STAGES

if TYPE_CHECKING:
    from bot.client import SeedBot

SHOWN_EVERY_SECONDS = 2.0


class Rebuild(commands.Cog):
    """Rebuilds the index, for those who may."""

    def __init__(self, bot: "SeedBot") -> None:
        """Rebuild with `bot`'s service."""
        self.bot = bot
        if not bot.config.discord.rebuild_role:
            # With a role of its own the command has to be visible to those who only have that.
            self.rebuild.default_permissions = discord.Permissions(manage_guild=True)

    @app_commands.command(name="rebuild", description="Index the documents again")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.guild_only()
    async def rebuild(self, interaction: Interaction) -> None:
        """Rebuild, showing how far it is, while the old index goes on answering."""
        self._check(interaction)
        await interaction.response.defer(thinking=True, ephemeral=True)
        step = ("read", 0, 1)

        def progress(stage: str, done: int, total: int) -> None:
            nonlocal step
            step = (stage, done, total)

        build = self.bot.service.rebuild(progress)
        shown = time.monotonic()
        while not build.done():
            await asyncio.wait({build}, timeout=SHOWN_EVERY_SECONDS)
            if not build.done() and time.monotonic() - shown >= SHOWN_EVERY_SECONDS:
                shown = time.monotonic()
                stage, done, total = step
                text = (
                    f"Rebuilding: {STAGES.get(stage, stage)}, {done} of {total}. I go on answering."
                )
                with contextlib.suppress(discord.HTTPException):
                    await follow_up(interaction, render.note(text), None)
        reply = render.built(await build)
        delivered = await follow_up(interaction, reply, None)
        channel = interaction.channel
        if not delivered and isinstance(channel, discord.abc.Messageable):
            may = allowed(channel)
            if may.write:
                await channel.send(
                    **({"embed": reply.embed} if may.embeds else {"content": reply.text})
                )

    def _check(self, interaction: Interaction) -> None:
        """Let those through who manage the server or have the configured role.

        Raises:
            NotAllowed: the member has neither.
        """
        role = self.bot.config.discord.rebuild_role
        member = interaction.user
        has_role = isinstance(member, discord.Member) and member.get_role(role) is not None
        if not (interaction.permissions.manage_guild or has_role):
            message = "rebuilding needs the permission Manage Server"
            message += " or the role named in the config." if role else "."
            raise NotAllowed(message)
