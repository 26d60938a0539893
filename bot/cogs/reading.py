"""`/source`: a document itself, page by page."""

from discord import app_commands
from discord.ext import commands

from bot.buttons import show_source
from bot.conversation.delivery import Interaction, acknowledge, tell
from bot.services import Services

MAX_LINE = 10_000_000


class Reading(commands.Cog):
    """Shows documents as they are."""

    def __init__(self, services: Services) -> None:
        """Show the documents of what answers."""
        self.services = services

    @app_commands.command(name="source", description="Read a document, page by page")
    @app_commands.describe(
        document="Which one", heading="Begin at this heading", line="Begin around this line"
    )
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def source(
        self,
        interaction: Interaction,
        document: str,
        heading: str | None = None,
        line: app_commands.Range[int, 1, MAX_LINE] = 1,
    ) -> None:
        """Show the page of a document that a heading or a line is on."""
        path = self.services.documents.path(document)
        if path is None:
            name = document[:100]
            await tell(interaction, f"There is no document {name!r}; /sources lists them.")
            return
        await acknowledge(interaction, private=True)
        if heading:
            answers = self.services.answers
            headings = await answers.run(interaction.guild_id or 0, answers.index.headings, path)
            line = next((at for label, at in headings if label == heading), 0)
            if not line:
                await tell(interaction, f"There is no heading {heading[:100]!r} in {path}.")
                return
        await show_source(interaction, self.services, path, line=line)

    @source.autocomplete("document")
    async def documents(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the documents whose path or title is nearest to what was typed."""
        return await self.services.documents.choices(typed, interaction.guild_id or 0)

    @source.autocomplete("heading")
    async def headings(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the headings of the document that was chosen, nearest to what was typed."""
        name = str(interaction.namespace.document or "")
        server = interaction.guild_id or 0
        return await self.services.documents.heading_choices(name, typed, server)
