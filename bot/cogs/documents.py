"""`/documents`: what managers of a collection add to it, change in it, and take out of it."""

import asyncio
import logging
from collections.abc import Callable

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot import moderators
from bot.buttons import place_of, show_documents, show_plan
from bot.conversation.attachments import download, name_of
from bot.conversation.delivery import Interaction, acknowledge
from bot.documents import CHOICE_SECONDS, closest, offered
from bot.errors import BotError
from bot.limits import KIND, Kind
from bot.patience import within
from bot.services import Services
from bot.uploads import Place, Plan
from index import SeedIndexError

log = logging.getLogger(__name__)

# So many files are fetched at one time, each of which is held in memory.
FETCHED = 2
MOST_NAME, MOST_FOLDER = 1000, 300
DAY_SECONDS = 86_400.0
COLLECTION = "Which collection; you may leave it out if you manage one alone"
DOCUMENT = "Which one"

Named = app_commands.Range[str, 1, MOST_NAME]


@app_commands.guild_only()
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
class DocumentCommands(
    commands.GroupCog, group_name="documents", group_description="The documents of a collection"
):
    """Changes the documents of a collection, for those who manage it; what changes is shown first.

    What is done then is done by the buttons below that.
    """

    def __init__(self, services: Services) -> None:
        """Change what `services.uploads` may."""
        self.services = services
        self._fetching = asyncio.Semaphore(FETCHED)
        self._next: asyncio.TimerHandle | None = None
        group = self.app_command
        if group is not None:
            group.default_permissions = moderators.visible_to(services.config)

    async def cog_load(self) -> None:
        """Begin to forget once a day what is kept no longer."""
        self._tidy()

    async def cog_unload(self) -> None:
        """Leave it at that."""
        if self._next is not None:
            self._next.cancel()

    @app_commands.command(name="add", description="Add a document", extras={KIND: Kind.QUESTION})
    @app_commands.describe(
        attachment="The file", folder="In which folder of the collection", collection=COLLECTION
    )
    async def add(
        self,
        interaction: Interaction,
        attachment: discord.Attachment,
        folder: app_commands.Range[str, 0, MOST_FOLDER] = "",
        collection: str = "",
    ) -> None:
        """Show what adding a document would do."""
        place = await self._begin(interaction, collection)
        uploads, name = self.services.uploads, name_of(attachment)
        await self._show_fetched(
            interaction, place, attachment, lambda data: uploads.plan_add(place, name, data, folder)
        )

    @app_commands.command(
        name="replace",
        description="Put another file in the place of a document",
        extras={KIND: Kind.QUESTION},
    )
    @app_commands.describe(
        attachment="The file",
        document="Which document; you may leave it out if it is called as the file is",
        collection=COLLECTION,
    )
    async def replace(
        self,
        interaction: Interaction,
        attachment: discord.Attachment,
        document: app_commands.Range[str, 0, MOST_NAME] = "",
        collection: str = "",
    ) -> None:
        """Show what replacing a document would do."""
        place = await self._begin(interaction, collection)
        uploads, name = self.services.uploads, name_of(attachment)
        await self._show_fetched(
            interaction,
            place,
            attachment,
            lambda data: uploads.plan_replace(place, name, data, document),
        )

    @app_commands.command(name="remove", description="Remove a document")
    @app_commands.describe(document="Which document", collection=COLLECTION)
    async def remove(self, interaction: Interaction, document: Named, collection: str = "") -> None:
        """Show what removing a document would do."""
        place = await self._begin(interaction, collection)
        uploads = self.services.uploads
        await self._show(interaction, lambda: uploads.plan_remove(place, document))

    @app_commands.command(name="undo", description="Take back the last change of a collection")
    @app_commands.describe(collection=COLLECTION)
    async def undo(self, interaction: Interaction, collection: str = "") -> None:
        """Show what taking back the last change would do."""
        place = await self._begin(interaction, collection)
        await self._show(interaction, lambda: self.services.uploads.plan_undo(place))

    @app_commands.command(name="list", description="List the documents of a collection")
    @app_commands.describe(collection=COLLECTION)
    async def listing(self, interaction: Interaction, collection: str = "") -> None:
        """List the documents, with who changed them last."""
        place = await self._begin(interaction, collection)
        await show_documents(interaction, self.services, place.collection)

    @add.autocomplete("collection")
    @replace.autocomplete("collection")
    @remove.autocomplete("collection")
    @undo.autocomplete("collection")
    @listing.autocomplete("collection")
    async def collections(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Offer the collections that the member manages."""
        return await moderators.choices(interaction, self.services, typed)

    @replace.autocomplete("document")
    @remove.autocomplete("document")
    async def documents(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Offer the documents of the collection that was chosen, nearest to what was typed."""
        chosen = str(interaction.namespace.collection or "")

        async def look() -> list[str]:
            collection = await moderators.check(interaction, self.services, chosen)
            place = await place_of(interaction, self.services, collection)
            return await self.services.answers.run(
                interaction.guild_id or 0,
                lambda: closest(typed, {path: path for path, _ in place.documents()}),
            )

        try:
            paths = await within(CHOICE_SECONDS, look())
        except (BotError, SeedIndexError, TimeoutError) as error:
            log.info("no documents are offered: %s", error or "out of time")
            return []
        return offered(paths)

    def _tidy(self) -> None:
        loop = asyncio.get_running_loop()
        loop.run_in_executor(None, self.services.uploads.tidy)
        self._next = loop.call_later(DAY_SECONDS, self._tidy)

    async def _begin(self, interaction: Interaction, collection: str) -> Place:
        """Acknowledge a command, for a member who manages the collection; return where it is.

        Raises:
            NotAllowed: the member doesn't, or has to name one of several.
            RecordsFailed: the records can't be read.
        """
        await acknowledge(interaction, private=True)
        collection = await moderators.check(interaction, self.services, collection)
        return await place_of(interaction, self.services, collection)

    async def _show_fetched(
        self,
        interaction: Interaction,
        place: Place,
        attachment: discord.Attachment,
        plan: Callable[[bytes], Plan],
    ) -> None:
        """Fetch a file that is no larger than a document may be, plan what it is for, and show it.

        To read it takes seconds, which questions must not wait for: it has a thread of its own.

        Raises:
            NotTaken: it is too large, or what it is for can't be done.
            Refused: Discord doesn't give it.
            SeedIndexError: the rules for names can't be read.
        """
        place.check_size(name_of(attachment), attachment.size)
        async with self._fetching:
            data = await download(attachment, place.largest)
            planned = await asyncio.to_thread(plan, data)
        await show_plan(interaction, self.services, planned)

    async def _show(self, interaction: Interaction, plan: Callable[[], Plan]) -> None:
        """Plan a change in a thread, and show it.

        Raises:
            NotTaken: it can't be made.
            Busy, Restarting, TooSlow, SeedIndexError: as `AnswerService.run`.
        """
        planned = await self.services.answers.run(interaction.guild_id or 0, plan)
        await show_plan(interaction, self.services, planned)
