"""The buttons below a change of a document that waits for a word, and below a collection's list."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import discord

from bot import moderators, render
from bot.buttons.button import SECONDARY, LastingButton, Plain
from bot.buttons.pager import turning
from bot.conversation.delivery import FAILURES, Interaction, acknowledge, deliver, tell
from bot.errors import BotError, Busy, NotTaken, Restarting, explain
from bot.limits import Kind
from bot.render.markup import code, inline, plain
from bot.services import Services
from bot.uploads import Author, Place, Plan
from index import IndexLocked, SeedIndexError

MEGABYTE = 1_000_000
# What is noted of a document's path, and told of a failure.
DEED_CHARS, REASON = 100, 700
FORGOTTEN = (
    "I no longer know what that was about: I was restarted, it was decided, or ten minutes are "
    "over. Please begin again."
)
LEFT = "All documents are as they were."
INDEXING = "I'm taking it into the index."
LATER = "Another build is running. What changed is taken in by itself after it."
BY_HAND = "It isn't in the index yet, since another build is running: use `/rebuild` after it."
RESTARTING = "I'm restarting, and take what changed into the index after that."
DEEDS = {
    "add": "added",
    "replace": "replaced",
    "remove": "removed",
    "undo": "took back the change of",
}


class TakeButton(LastingButton, template=r"document:take:(?P<plan>[0-9a-f]{16})"):
    """Makes a change, for the member who asked for it and still may."""

    kind = Kind.QUESTION

    async def on_click(self, interaction: Interaction, services: Services) -> None:
        """Change the document, take that into the index, and say what came of it."""
        await acknowledge(interaction, thinking=False)
        plan = services.uploads.waiting.take(self.values["plan"], interaction.user.id)
        if plan is None:
            await tell(interaction, FORGOTTEN)
            return
        try:
            collection = plan.place.collection
            # Who names none may come to manage another one alone.
            if await moderators.check(interaction, services, collection) != collection:
                raise NotTaken(FORGOTTEN)
            author = Author(interaction.user.id, plain(str(interaction.user)))
            await asyncio.to_thread(services.uploads.take, plan, author)
        except (BotError, SeedIndexError) as error:
            await deliver(interaction, render.note(explain(error)), None)
            return
        deed = f"{DEEDS[plan.kind]} the document {code(plan.path, DEED_CHARS)}"
        unnamed = f"{DEEDS[plan.kind]} a document"
        collection = plan.place.collection
        await moderators.note(interaction, services, deed, collection, unnamed=unnamed)
        with suppress(*FAILURES):
            await deliver(interaction, render.taken(plan, INDEXING), None)
        outcome = await take_in(services, plan)
        await deliver(interaction, render.taken(plan, outcome), None)


class LeaveButton(LastingButton, template=r"document:leave:(?P<plan>[0-9a-f]{16})"):
    """Forgets a change."""

    async def on_click(self, interaction: Interaction, services: Services) -> None:
        """Forget it, and say so."""
        await acknowledge(interaction, thinking=False)
        services.uploads.waiting.take(self.values["plan"], interaction.user.id)
        await deliver(interaction, render.note(LEFT), None)


class DocumentsPager(
    LastingButton,
    template=r"documents:(?P<name>previous|next):(?P<page>\d+):(?P<collection>[a-z0-9@_-]*)",
):
    """Turns the page of a collection's list."""

    async def on_click(self, interaction: Interaction, services: Services) -> None:
        """Show the page in the place of the one before."""
        await acknowledge(interaction, thinking=False)
        collection = await moderators.check(interaction, services, self.values["collection"])
        await show_documents(interaction, services, collection, int(self.values["page"]))


async def place_of(interaction: Interaction, services: Services, collection: str) -> Place:
    """Return the place of a collection's documents, with what a member may put there.

    Raises:
        SeedIndexError: there is no such collection.
    """
    limits = services.config.limits
    place = place_in(services, collection)
    if await services.owners.is_owner(interaction.user.id):
        return place
    most_bytes = int(limits.megabytes_per_collection * MEGABYTE)
    return replace(place, most=limits.documents_per_collection, most_bytes=most_bytes)


def place_in(services: Services, collection: str) -> Place:
    """Return the place of a collection's documents, with no limit to what is put there.

    Raises:
        SeedIndexError: there is no such collection.
    """
    settings = services.answers.library.settings_of(collection)
    return Place(collection, settings, tuple(each.folder for each in services.config.collections))


async def show_plan(interaction: Interaction, services: Services, plan: Plan) -> None:
    """Show what a change would do, with the buttons that decide on it."""
    name = services.uploads.waiting.put(interaction.user.id, plan)
    view = discord.ui.View(timeout=None)
    style = discord.ButtonStyle.danger if plan.before else discord.ButtonStyle.success
    take = Plain(label="Take it", style=style, custom_id=f"document:take:{name}")
    leave = Plain(label="Leave it", style=SECONDARY, custom_id=f"document:leave:{name}")
    view.add_item(TakeButton(take))
    view.add_item(LeaveButton(leave))
    await deliver(interaction, render.planned(plan, services.config.records.days), view)


async def show_documents(
    interaction: Interaction, services: Services, collection: str, page: int = 0
) -> None:
    """Put a page of the list of a collection's documents in the interaction's message.

    Raises:
        NotTaken: they can't be looked at.
        Busy, Restarting, TooSlow, SeedIndexError: as `AnswerService.run`.
    """
    place = await place_of(interaction, services, collection)

    def rendered() -> render.Reply:
        return render.listed(services.uploads.documents(place), collection)

    reply = await services.answers.run(interaction.guild_id or 0, rendered)
    count = len(reply.pages)
    page = min(page, count - 1)
    view = turning(
        DocumentsPager, lambda side, to: f"documents:{side}:{to}:{collection}", page, count
    )
    if view is not None:
        reply = replace(reply, embed=render.turned(reply.embed, reply.pages, page))
    await deliver(interaction, reply, view)


async def take_in(services: Services, plan: Plan) -> str:
    """Take a change into the index; say what came of it."""
    watched = plan.place.settings.watch
    try:
        report = await services.answers.rebuild(
            plan.place.collection, lambda _stage, _done, _all: None, everything=False
        )
    except (Busy, IndexLocked):
        return LATER if watched else BY_HAND
    except Restarting:
        return RESTARTING if watched else BY_HAND
    except SeedIndexError as error:
        return f"The index stays as it was. {inline(explain(error), REASON)}"
    return await asyncio.to_thread(render.indexed, plan, report)
