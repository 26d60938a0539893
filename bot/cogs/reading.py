"""`/source`: a document itself, page by page."""

from discord import app_commands
from discord.ext import commands

from bot.buttons import show_source
from bot.conversation.delivery import Interaction, acknowledge, tell
from bot.documents import choices, heading_choices, path_of
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
        await acknowledge(interaction, private=True)
        shelf = (await self.services.reading(interaction, private=True)).shelf
        path = path_of(shelf, document)
        if path is None:
            name = document[:100]
            await tell(interaction, f"There is no document {name!r}; /sources lists them.")
            return
        if heading:
            server = interaction.guild_id or 0
            headings = await self.services.answers.run(server, shelf.headings, path)
            line = next((at for label, at in headings if label == heading), 0)
            if not line:
                await tell(interaction, f"There is no heading {heading[:100]!r} in {path}.")
                return
        await show_source(interaction, self.services, shelf, path, line=line)

    @source.autocomplete("document")
    async def document_choices(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the documents whose path or title is nearest to what was typed."""
        return await choices(self.services, interaction, typed)

    @source.autocomplete("heading")
    async def headings_of(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the headings of the document that was chosen, nearest to what was typed."""
        name = str(interaction.namespace.document or "")
        return await heading_choices(self.services, interaction, name, typed)
