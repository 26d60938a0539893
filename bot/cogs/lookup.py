"""The passages themselves: `/lookup` and `/sources`."""

from discord import app_commands
from discord.ext import commands

from bot.buttons import show_lookup, show_sources
from bot.conversation.delivery import Interaction, acknowledge, tell
from bot.documents import choices, path_of
from bot.limits import KIND, Kind
from bot.services import Services
from index import check_question

MAX_QUERY = 200
# What was typed isn't repeated: it may be a name that not all here may know.
NO_SUCH = "There is no such document that I may show here; /sources lists those that you may read."


class Lookup(commands.Cog):
    """Shows passages and documents as they are."""

    def __init__(self, services: Services) -> None:
        """Look up in what answers."""
        self.services = services

    @app_commands.command(
        name="lookup",
        description="Show the passages nearest to some words",
        extras={KIND: Kind.QUESTION},
    )
    @app_commands.describe(query="Words to look for", source="Search one document alone")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def lookup(
        self,
        interaction: Interaction,
        query: app_commands.Range[str, 1, MAX_QUERY],
        source: str | None = None,
    ) -> None:
        """Show the first passage, with buttons to the others."""
        query = " ".join(query.split())
        check_question(query)
        private = await self.services.servers.is_private(interaction.guild_id or 0)
        await acknowledge(interaction, private=private)
        reading = await self.services.reading(interaction, private=private)
        path = path_of(reading.shelf, source) if source else None
        if source and not path:
            await tell(interaction, NO_SUCH)
            return
        await show_lookup(interaction, self.services, reading, query, path)

    @lookup.autocomplete("source")
    async def source_choices(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the documents whose path or title is nearest to what was typed."""
        private = await self.services.servers.is_private(interaction.guild_id or 0)
        direct = interaction.guild_id is None
        return await choices(self.services, interaction, typed, private=private or direct)

    @app_commands.command(name="sources", description="List the documents that I answer from")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def sources(self, interaction: Interaction) -> None:
        """List the documents."""
        await acknowledge(interaction, private=True)
        await show_sources(interaction, self.services)
