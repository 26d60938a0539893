"""What turns pages: of a lookup, of a document, and of an answer that is longer than a message."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import discord

from bot import moderators, render
from bot.buttons.button import KEY, SECONDARY, LastingButton, Plain, is_private, kept
from bot.buttons.passages import GONE, passage_button
from bot.conversation.delivery import Interaction, acknowledge, change, deliver, tell
from bot.documents import keyed
from bot.records import AnswerRecord
from bot.render.pages import page_of, pages
from bot.services import Reading, Services
from index import Citation, Shelf, document_key, moment

Pager = TypeVar("Pager", bound=LastingButton)

LOOKUP_COUNT = 10
# Escaping may double a page's length.
PAGE_CHARS = 1700
PAGER_ROW = 3
NOT_NOW = "What that answer quotes isn't for all any more who can read it here; please ask again."
FORGOTTEN = "I no longer have the other pages of that answer; please ask again."
OUT_OF_DATE = "That list is out of date; please use /lookup again."


class LookupPager(
    LastingButton,
    template=rf"lookup:(?P<name>previous|next):(?P<page>\d+):(?:{KEY}|all)",
):
    """Turns the page of a lookup; the query is read back from the message."""

    async def on_click(self, interaction: Interaction, services: Services) -> None:
        """Show the page in the place of the one before."""
        await acknowledge(interaction, thinking=False)
        embeds = interaction.message.embeds if interaction.message else []
        query = embeds[0].author.name if embeds else None
        key = self.values["key"]
        reading = await services.reading(interaction, private=is_private(interaction))
        source = keyed(reading.shelf, key) if key else None
        if not query or (key and source is None):
            await tell(interaction, OUT_OF_DATE)
            return
        number = int(self.values["page"])
        await show_lookup(interaction, services, reading, query, source, number)


class SourcePager(
    LastingButton,
    template=rf"source:(?P<name>previous|next):(?P<page>\d+):{KEY}",
):
    """Turns the page of a document."""

    async def on_click(self, interaction: Interaction, services: Services) -> None:
        """Show the page in the place of the one before."""
        await acknowledge(interaction, thinking=False)
        shelf = (await services.reading(interaction, private=True)).shelf
        path = keyed(shelf, self.values["key"])
        if path is None:
            await tell(interaction, GONE)
            return
        await show_source(interaction, services, shelf, path, number=int(self.values["page"]))


class MoreButton(LastingButton, template=rf"more:{KEY}:(?P<start>\d+)"):
    """Shows the document where a list goes on, to the one who asks."""

    async def on_click(self, interaction: Interaction, services: Services) -> None:
        """Show the page."""
        await acknowledge(interaction, private=True)
        shelf = (await services.reading(interaction, private=True)).shelf
        path = keyed(shelf, self.values["key"])
        if path is None:
            await tell(interaction, GONE)
            return
        await show_source(interaction, services, shelf, path, start=int(self.values["start"]))


class ListPager(
    LastingButton,
    template=r"list:(?P<name>previous|next):(?P<page>\d+):(?P<list>sources|report)"
    r"(?::(?P<collection>[a-z0-9@_-]*))?",
):
    """Turns the page of a list, which the indexes that answer now are asked for again.

    The list is a private message, so whoever was shown it is the one who turns it; whether they
    still may is looked at again.
    """

    async def on_click(self, interaction: Interaction, services: Services) -> None:
        """Show the page in the place of the one before."""
        await acknowledge(interaction, thinking=False)
        number = int(self.values["page"])
        if self.values["list"] == "sources":
            await show_sources(interaction, services, number)
        else:
            await show_report(interaction, services, self.values["collection"], number)


class AnswerPager(LastingButton, template=r"answer:(?P<name>previous|next):(?P<page>\d+)"):
    """Turns the page of an answer; its pages are kept in the records."""

    async def on_click(self, interaction: Interaction, services: Services) -> None:
        """Show the page in the place of the one before."""
        await acknowledge(interaction, thinking=False)
        message, page = interaction.message, int(self.values["page"])
        record = await services.records.answer_in(message.id) if message else None
        if message is None or record is None or page >= len(record.pages):
            await tell(interaction, FORGOTTEN)
            return
        if not await _may_read(interaction, services, record):
            await tell(interaction, NOT_NOW)
            return
        view = kept(message, lambda name: name.startswith("answer:"))
        for pager in answer_pager(page, len(record.pages)):
            view.add_item(pager)
        if not message.embeds:
            await change(interaction, content=record.pages[page], view=view)
            return
        embed = render.turned(message.embeds[0], record.pages, page)
        await change(interaction, embed=embed, view=view)


def answer_pager(page: int, count: int) -> list[AnswerPager]:
    """Return the buttons that turn from `page` (from 0) of an answer's `count` pages."""
    return _pair(
        AnswerPager, lambda name, number: f"answer:{name}:{number}", page, count, PAGER_ROW
    )


def more_button(citation: Citation, row: int) -> MoreButton:
    """Return the button that shows what of a citation's list isn't quoted."""
    start = citation.rows[-1].span.end if citation.rows else citation.span.start
    name = f"more:{document_key(citation.path)}:{start}"
    return MoreButton(
        Plain(label=f"{citation.more} more", style=SECONDARY, custom_id=name, row=row)
    )


async def show_sources(interaction: Interaction, services: Services, page: int = 0) -> None:
    """Put a page of the list of documents that a member may read in the interaction's message."""
    shelf = (await services.reading(interaction, private=True)).shelf
    server = interaction.guild_id or 0
    reply = await services.answers.run(
        server, lambda: render.sources(shelf.sources(), shelf.created_at)
    )
    await _show_list(interaction, reply, "sources", page)


async def show_report(
    interaction: Interaction, services: Services, collection: str, page: int = 0
) -> None:
    """Put a page of what a collection's last build made of its files in the message.

    Raises:
        NotAllowed, RecordsFailed: as `moderators.check`.
    """
    collection = await moderators.check(interaction, services, collection)
    library, server = services.answers.library, interaction.guild_id or 0
    reply = await services.answers.run(
        server, lambda: render.report(library.index(collection).manifest)
    )
    await _show_list(interaction, reply, f"report:{collection}", page)


async def _show_list(interaction: Interaction, reply: render.Reply, name: str, page: int) -> None:
    """Put a page of a list in the interaction's message; its pages are turned by its `name`."""
    count = len(reply.pages)
    page = min(page, count - 1)
    view = turning(ListPager, lambda side, to: f"list:{side}:{to}:{name}", page, count)
    if view is not None:
        reply = replace(reply, embed=render.turned(reply.embed, reply.pages, page))
    await deliver(interaction, reply, view)


async def _may_read(interaction: Interaction, services: Services, record: AnswerRecord) -> bool:
    """Whether an answer that was given may still be shown where it stands."""
    if not services.answers.library.divided:
        return True
    reading = await services.reading(interaction, private=is_private(interaction))
    return bool(record.documents) and all(map(reading.shelf.source, record.documents))


async def show_source(  # noqa: PLR0913 - a page is named in one of three ways
    interaction: Interaction,
    services: Services,
    shelf: Shelf,
    path: str,
    *,
    number: int = 0,
    line: int = 0,
    start: int | None = None,
) -> None:
    """Put a page of a document in the interaction's message.

    It is the page of that number, or the one with a line, from 1, or with the character at `start`.
    """
    page = await services.answers.run(
        interaction.guild_id or 0, _page, shelf, path, number=number, line=line, start=start
    )
    if page is None:
        await tell(interaction, GONE)
        return
    reply, number, count = page
    key = document_key(path)
    view = turning(SourcePager, lambda name, to: f"source:{name}:{to}:{key}", number, count)
    await deliver(interaction, reply, view)


def _page(
    shelf: Shelf, path: str, *, number: int, line: int, start: int | None
) -> tuple[render.Reply, int, int] | None:
    """Render what `show_source` shows; return it, its number from 0, and how many pages there are.

    None if the document is gone.
    """
    document = shelf.read(path)
    if document is None:
        return None
    cut = pages(document.text, PAGE_CHARS)
    if start is not None:
        line = document.text.count("\n", 0, start) + 1
    number = page_of(cut, line) if line else min(number, len(cut) - 1)
    code = shelf.code(document, cut[number].span)
    return render.source_page(document, cut, number, code), number, len(cut)


async def show_lookup(  # noqa: PLR0913, PLR0917 - what is looked up, where, and its page
    interaction: Interaction,
    services: Services,
    reading: Reading,
    query: str,
    source: str | None,
    page: int = 0,
) -> None:
    """Put a page of a lookup in the place of the interaction's message."""
    started = time.perf_counter()
    server = interaction.guild_id or 0
    shelf = reading.shelf
    passages = await services.answers.lookup(shelf, query, LOOKUP_COUNT, source, server)
    page = min(page, max(0, len(passages) - 1))
    seconds = time.perf_counter() - started
    built = moment(passages[0][1].generation) if passages else shelf.created_at
    reply = render.lookup_page(query, passages, page, seconds, built)
    view = None
    if passages:
        key = document_key(source) if source else "all"
        view = discord.ui.View(timeout=None)
        for button in _pair(
            LookupPager, lambda name, to: f"lookup:{name}:{to}:{key}", page, len(passages)
        ):
            view.add_item(button)
        view.add_item(passage_button(passages[page][1], label="In its context"))
    await deliver(interaction, reply, view)


def _pair(
    pager: type[Pager],
    name_of: Callable[[str, int], str],
    page: int,
    count: int,
    row: int | None = None,
) -> list[Pager]:
    """The two buttons that turn pages, of which one leads nowhere at either end."""
    pair = []
    for name, to in (("previous", page - 1), ("next", page + 1)):
        button = Plain(
            label=name.capitalize(),
            style=discord.ButtonStyle.primary,
            custom_id=name_of(name, max(to, 0)),
            disabled=not 0 <= to < count,
            row=row,
        )
        pair.append(pager(button))
    return pair


def turning(
    pager: type[Pager], name_of: Callable[[str, int], str], page: int, count: int
) -> discord.ui.View | None:
    """Return a view with the two buttons, or nothing where there is one page alone."""
    if count == 1:
        return None
    view = discord.ui.View(timeout=None)
    for button in _pair(pager, name_of, page, count):
        view.add_item(button)
    return view
