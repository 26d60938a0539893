"""`/rebuild`: a new index from the documents as they are now."""

import asyncio
import contextlib
import time

from discord import app_commands
from discord.ext import commands

from bot import moderators, render
from bot.conversation.delivery import FAILURES, Interaction, acknowledge, deliver, follow_up
from bot.limits import KIND, Kind
from bot.services import Services
from index import STAGES

SHOWN_EVERY_SECONDS = 2.0
# What is told where not all may know of a collection.
UNNAMED = "rebuilt a collection"
ANSWERING = "I go on answering."
WAITING = f"Rebuilding begins as soon as no other build is running. {ANSWERING}"
# What is noted of a build.
DEED_CHARS = 100


class Rebuild(commands.Cog):
    """Rebuilds the index, for those who may."""

    def __init__(self, services: Services) -> None:
        """Rebuild what answers."""
        self.services = services
        self.rebuild.default_permissions = moderators.visible_to(services.config)

    @app_commands.command(
        name="rebuild", description="Index the documents again", extras={KIND: Kind.QUESTION}
    )
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.guild_only()
    @app_commands.describe(
        everything="Also files that haven't changed since",
        collection="Which collection, where you manage several",
    )
    async def rebuild(
        self,
        interaction: Interaction,
        everything: bool = False,  # noqa: FBT001, FBT002 - an option of the command
        collection: str = "",
    ) -> None:
        """Rebuild, showing how far it is, while the old index goes on answering."""
        await acknowledge(interaction, private=True)
        collection = await moderators.check(interaction, self.services, collection)
        name = f"`{collection}`" if collection else "the index"
        step: tuple[str, int, int] | None = None

        def progress(stage: str, done: int, total: int) -> None:
            nonlocal step
            step = (stage, done, total)

        build = self.services.answers.rebuild(collection, progress, everything=everything)
        last_shown = time.monotonic()
        while not build.done():
            await asyncio.wait({build}, timeout=SHOWN_EVERY_SECONDS)
            if not build.done() and time.monotonic() - last_shown >= SHOWN_EVERY_SECONDS:
                last_shown = time.monotonic()
                text = WAITING
                if step is not None:
                    stage, done, total = step
                    text = f"Rebuilding: {STAGES.get(stage, stage)}, {done} of {total}. {ANSWERING}"
                with contextlib.suppress(*FAILURES):
                    await follow_up(interaction, render.note(text), None)
        try:
            report = await build
        except Exception as error:
            deed = f"rebuilt {name}, in vain: {type(error).__name__}"
            await moderators.note(interaction, self.services, deed, collection, unnamed=UNNAMED)
            raise
        # Not in the queue: what was built is told, however much there is to do.
        reply = await asyncio.to_thread(render.build_report, report)
        await deliver(interaction, reply, None)
        deed = f"rebuilt {name}: {report.summary[:DEED_CHARS]}"
        await moderators.note(interaction, self.services, deed, collection, unnamed=UNNAMED)

    @rebuild.autocomplete("collection")
    async def collections(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the collections that the member manages."""
        return await moderators.choices(interaction, self.services, typed)
