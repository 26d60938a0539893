"""`/privacy`: what is kept about a member, and whether what they write is gathered."""

from typing import Literal

from discord import app_commands
from discord.ext import commands

from bot import render
from bot.conversation.delivery import Interaction, acknowledge, deliver
from bot.services import Services

Choice = Literal["leave mine out", "take mine in"]


class PrivacyCommand(commands.Cog):
    """Shows members what is kept about them, and leaves their messages out."""

    def __init__(self, services: Services) -> None:
        """Tell it by the records."""
        self.services = services

    @app_commands.command(
        name="privacy", description="What I keep about you, and whether I may quote you"
    )
    @app_commands.describe(
        messages="Whether what you write in channels may be among the documents that I answer from"
    )
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def privacy(self, interaction: Interaction, messages: Choice | None = None) -> None:
        """Say it to the member alone; what they choose holds everywhere, and at once."""
        await acknowledge(interaction, private=True)
        member, services = interaction.user.id, self.services
        pages = await services.gathering.pages_of(member)
        if messages is not None:
            await services.gathering.leave_out(member, out=messages == "leave mine out")
        kept = await services.privacy.kept(member)
        config = services.config
        reply = render.privacy(kept, config.records, pages, chosen=messages is not None)
        await deliver(interaction, reply, None)
