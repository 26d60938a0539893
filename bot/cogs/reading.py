"""`/source`: a document itself, page by page."""

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from bot.buttons import show_source
from bot.choices import CHOICE_CHARS, closest
from bot.conversation.delivery import Interaction, acknowledge, tell

if TYPE_CHECKING:
    from bot.client import SeedBot

MAX_LINE = 10_000_000


class Reading(commands.Cog):
    """Shows documents as they are."""

    def __init__(self, bot: "SeedBot") -> None:
        """Show the documents of `bot`'s index."""
        self.bot = bot

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
        path = self.bot.document(document)
        if path is None:
            name = document[:100]
            await tell(interaction, f"There is no document {name!r}; /sources lists them.")
            return
        await acknowledge(interaction, private=True)
        if heading:
            service = self.bot.service
            headings = await service.run(interaction.guild_id or 0, service.index.headings, path)
            line = next((at for label, at in headings if label == heading), 0)
            if not line:
                await tell(interaction, f"There is no heading {heading[:100]!r} in {path}.")
                return
        await show_source(interaction, path, line=line)

    @source.autocomplete("document")
    async def documents(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the documents whose path or title is nearest to what was typed."""
        return await self.bot.document_choices(interaction, typed)

    @source.autocomplete("heading")
    async def headings(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the headings of the document that was chosen, nearest to what was typed."""
        index = self.bot.service.index
        path = self.bot.document(str(interaction.namespace.document or "")) or ""

        def nearest() -> list[str]:
            labels = [label for label, _ in index.headings(path) if len(label) <= CHOICE_CHARS]
            return closest(typed, dict(zip(labels, labels, strict=True)))

        labels = await self.bot.offered(interaction, nearest)
        return [app_commands.Choice(name=label, value=label) for label in labels]
