"""`/index`: what the index holds and what became of each file, and the way back."""

from discord import app_commands
from discord.ext import commands

from bot import moderators, render
from bot.buttons import show_report
from bot.conversation.delivery import Interaction, acknowledge, deliver
from bot.limits import KIND, Kind
from bot.services import Services
from index import FetchState, Library, SeedIndexError, moment, state_of

COLLECTION = "Which collection, where you manage several"
UNTIL = "It stays so until files change or somebody rebuilds."


@app_commands.guild_only()
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
class IndexCommands(
    commands.GroupCog, group_name="index", group_description="The index that I answer from"
):
    """Shows the index to moderators and rolls it back."""

    def __init__(self, services: Services) -> None:
        """Show the index that answers."""
        self.services = services
        group = self.app_command
        if group is not None:
            group.default_permissions = moderators.visible_to(services.config)

    @app_commands.command(name="status", description="What answers now, and what has changed since")
    @app_commands.describe(collection=COLLECTION)
    async def status(self, interaction: Interaction, collection: str = "") -> None:
        """Show the generation that answers and what a rebuild would take in."""
        await acknowledge(interaction, private=True)
        collection = await moderators.check(interaction, self.services, collection)
        answers, server = self.services.answers, interaction.guild_id or 0
        state = await answers.state(collection, server)
        try:
            changes = (await answers.changes(collection, state.manifest, server)).summary
        except SeedIndexError as error:
            changes = str(error)
        builder = _builder(answers.library)
        sources = await answers.run(server, self._sources, collection)
        reply = await answers.run(
            server, render.status, state, changes, builder, collection, sources
        )
        await deliver(interaction, reply, None)

    def _sources(self, collection: str) -> dict[str, FetchState]:
        """How the sources do that documents of a collection come from."""
        library = self.services.answers.library
        folder = library.settings_of(collection).folder
        sources = self.services.config.sources
        return {
            each.name: state_of(library.settings, each) for each in sources if each.feeds(folder)
        }

    @app_commands.command(name="report", description="What the last build made of every file")
    @app_commands.describe(collection=COLLECTION)
    async def report(self, interaction: Interaction, collection: str = "") -> None:
        """Show the build report that is kept with the index."""
        await acknowledge(interaction, private=True)
        await show_report(interaction, self.services, collection)

    @app_commands.command(
        name="rollback",
        description="Answer from the index before this one",
        extras={KIND: Kind.QUESTION},
    )
    @app_commands.describe(collection=COLLECTION)
    async def rollback(self, interaction: Interaction, collection: str = "") -> None:
        """Go back one generation."""
        await acknowledge(interaction, private=True)
        collection = await moderators.check(interaction, self.services, collection)
        generation = await self.services.answers.roll_back(collection, interaction.guild_id or 0)
        built = f"of {moment(generation):%Y-%m-%d %H:%M:%S} UTC"
        whose = f"`{collection}`" if collection else "the index"
        text = f"I answer from {whose} {built} again. {UNTIL}"
        await deliver(interaction, render.note(text), None)
        deed = f"rolled back to {whose} {built}"
        unnamed = f"rolled back a collection to its index {built}"
        await moderators.note(interaction, self.services, deed, collection, unnamed=unnamed)

    @status.autocomplete("collection")
    @report.autocomplete("collection")
    @rollback.autocomplete("collection")
    async def collections(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the collections that the member manages."""
        return await moderators.choices(interaction, self.services, typed)


def _builder(library: Library) -> str:
    """Say who rebuilds by itself when the documents change."""
    if not library.settings.watch:
        return "nobody, since `watch` is off"
    return "this process" if library.leading else "another process of this bot"
