"""The passages themselves: `/lookup` and `/sources`."""

from discord import app_commands
from discord.ext import commands

from bot.buttons import show_list, show_lookup
from bot.conversation.delivery import Interaction, acknowledge, tell
from bot.limits import KIND, Kind
from bot.services import Services

MAX_QUERY = 200


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
        path = source and self.services.documents.path(source)
        if source and not path:
            await tell(interaction, f"There is no document {source[:100]!r}; /sources lists them.")
            return
        query = " ".join(query.split())
        self.services.answers.index.question(query)
        private = await self.services.servers.is_private(interaction.guild_id or 0)
        await acknowledge(interaction, private=private)
        await show_lookup(interaction, self.services, query, path or None, 0)

    @lookup.autocomplete("source")
    async def source_choices(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the documents whose path or title is nearest to what was typed."""
        return await self.services.documents.choices(typed, interaction.guild_id or 0)

    @app_commands.command(name="sources", description="List the documents that I answer from")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def sources(self, interaction: Interaction) -> None:
        """List the documents."""
        await acknowledge(interaction, private=True)
        await show_list(interaction, self.services, "sources")
