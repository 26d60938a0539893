"""Buttons that go on working after a restart: all they need stands in their ids and message."""

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self, cast

import discord

from bot import render
from bot.delivery import Interaction, acknowledge, deliver, tell
from bot.errors import explain
from bot.pages import page_of, pages
from index import Citation, Span, moment

if TYPE_CHECKING:
    from bot.client import SeedBot

LOOKUP_COUNT = 10
# Escaping may double a page's length.
PAGE_CHARS = 1700
CHOICE_CHARS = 100
THANKS = "Thank you, that is noted."
TOO_OLD = "I no longer keep anything about that answer, but thank you."
NOT_YOURS = "Only who asked, and those who manage messages, can delete this answer."
GONE = "That document is gone from the index since this was answered, so I can't show the passage."


def passages(citations: Sequence[Citation]) -> discord.ui.View | None:
    """Return a row with one button a citation, or nothing where there is none."""
    if not citations:
        return None
    view = discord.ui.View(timeout=None)
    for citation in citations:
        view.add_item(PassageButton(citation))
    return view


def below_answer(citations: Sequence[Citation], member: int) -> discord.ui.View:
    """Return the buttons below an answer to `member`: its passages, and what one may do with it."""
    view = passages(citations) or discord.ui.View(timeout=None)
    for verdict in render.VERDICTS:
        view.add_item(FeedbackButton(verdict))
    if citations:
        view.add_item(RelatedButton(citations[0]))
    view.add_item(DeleteButton(member))
    return view


def pager(citation: Citation, page: int, count: int, source: str | None) -> discord.ui.View:
    """Return the buttons below one page of a lookup."""
    view = discord.ui.View(timeout=None)
    key = render.document_key(source) if source else "all"
    view.add_item(PageButton("previous", page - 1, key, disabled=page == 0))
    view.add_item(PageButton("next", page + 1, key, disabled=page + 1 >= count))
    view.add_item(PassageButton(citation, label="In its context"))
    return view


class PassageButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"passage:(?P<key>[0-9a-f]{12}):(?P<sha>[0-9a-f]{8}):(?P<start>\d+):(?P<end>\d+)",
):
    """Shows the whole passage with its neighbours, to the one who asks."""

    def __init__(self, citation: Citation, label: str | None = None) -> None:
        """Make the button of a citation."""
        key = render.document_key(citation.path)
        span = citation.bold_span
        name = f"passage:{key}:{citation.sha256[:8]}:{span.start}:{span.end}"
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label=label or f"Show passage {citation.number}",
            style=discord.ButtonStyle.secondary,
            custom_id=name,
        )
        super().__init__(button)
        self.key, self.sha, self.span = key, citation.sha256[:8], span

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
    ) -> Self:
        """Make the button again from what a click brings."""
        self = cls.__new__(cls)
        discord.ui.DynamicItem.__init__(self, cast("discord.ui.Button[discord.ui.View]", item))
        self.key, self.sha = match["key"], match["sha"]
        self.span = Span(int(match["start"]), int(match["end"]))
        return self

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the passage, or say why it can't be shown."""
        try:
            await acknowledge(interaction, private=True)
            bot = cast("SeedBot", interaction.client)
            path = bot.document(self.key) or ""
            view = await bot.service.passage(path, self.span, self.sha)
            if view is None:
                await tell(interaction, GONE)
                return
            await deliver(interaction, render.passage(view), None)
        except Exception as error:  # noqa: BLE001 - a click must never be left without a word
            await tell(interaction, explain(error))


class PageButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"lookup:(?P<name>previous|next):(?P<page>\d+):(?P<key>[0-9a-f]{12}|all)",
):
    """Turns the page of a lookup; the query is read back from the message."""

    def __init__(self, name: str, page: int, key: str, *, disabled: bool = False) -> None:
        """Make the button that leads to `page` (from 0)."""
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label=name.capitalize(),
            style=discord.ButtonStyle.primary,
            custom_id=f"lookup:{name}:{max(page, 0)}:{key}",
            disabled=disabled,
        )
        super().__init__(button)
        self.page, self.key = page, key

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
    ) -> Self:
        """Make the button again from what a click brings."""
        return cls(match["name"], int(match["page"]), match["key"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the page in the place of the one before."""
        try:
            await acknowledge(interaction, thinking=False)
            message = interaction.message
            query = message.embeds[0].author.name if message and message.embeds else None
            source = (
                None
                if self.key == "all"
                else cast("SeedBot", interaction.client).document(self.key)
            )
            if not query or (source is None and self.key != "all"):
                await tell(interaction, "That list is out of date; please use /lookup again.")
                return
            await show_page(interaction, query, source, self.page)
        except Exception as error:  # noqa: BLE001 - a click must never be left without a word
            await tell(interaction, explain(error))


class FeedbackButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"feedback:(?P<verdict>helpful|unhelpful|source)",
):
    """Keeps what a member thinks of an answer."""

    def __init__(self, verdict: str) -> None:
        """Make the button of a verdict."""
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            emoji=render.VERDICTS[verdict],
            label="Wrong source" if verdict == "source" else None,
            style=discord.ButtonStyle.secondary,
            custom_id=f"feedback:{verdict}",
            row=1,
        )
        super().__init__(button)
        self.verdict = verdict

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
    ) -> Self:
        """Make the button again from what a click brings."""
        return cls(match["verdict"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Keep the verdict, and say so."""
        try:
            await acknowledge(interaction, private=True)
            bot = cast("SeedBot", interaction.client)
            message = interaction.message.id if interaction.message else 0
            member = interaction.user.id
            kept = await bot.records.save_feedback(message, member, self.verdict)
            await tell(interaction, THANKS if kept else TOO_OLD)
        except Exception as error:  # noqa: BLE001 - a click must never be left without a word
            await tell(interaction, explain(error))


class DeleteButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"delete:(?P<member>\d+)",
):
    """Takes an answer back, for the one who asked and for those who manage messages."""

    def __init__(self, member: int) -> None:
        """Make the button of an answer to `member`."""
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            emoji="🗑️",
            style=discord.ButtonStyle.secondary,
            custom_id=f"delete:{member}",
            row=1,
        )
        super().__init__(button)
        self.member = member

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
    ) -> Self:
        """Make the button again from what a click brings."""
        return cls(int(match["member"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Delete the answer, or say who may."""
        try:
            if interaction.user.id != self.member and not interaction.permissions.manage_messages:
                await tell(interaction, NOT_YOURS)
                return
            await acknowledge(interaction, thinking=False)
            await interaction.delete_original_response()
            bot = cast("SeedBot", interaction.client)
            if interaction.message is not None:
                await bot.records.forget_answer(interaction.message.id)
        except Exception as error:  # noqa: BLE001 - a click must never be left without a word
            await tell(interaction, explain(error))


class RelatedButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"related:(?P<key>[0-9a-f]{12}):(?P<start>\d+):(?P<end>\d+)",
):
    """Shows what is near a quote, to the one who asks."""

    def __init__(self, citation: Citation) -> None:
        """Make the button of a citation."""
        key, span = render.document_key(citation.path), citation.bold_span
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label="More like this",
            style=discord.ButtonStyle.secondary,
            custom_id=f"related:{key}:{span.start}:{span.end}",
            row=1,
        )
        super().__init__(button)
        self.key, self.span = key, span

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
    ) -> Self:
        """Make the button again from what a click brings."""
        self = cls.__new__(cls)
        discord.ui.DynamicItem.__init__(self, cast("discord.ui.Button[discord.ui.View]", item))
        self.key, self.span = match["key"], Span(int(match["start"]), int(match["end"]))
        return self

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the passages."""
        try:
            await acknowledge(interaction, private=True)
            bot = cast("SeedBot", interaction.client)
            path = bot.document(self.key)
            if path is None:
                await tell(interaction, GONE)
                return
            found = await bot.service.related(path, self.span, interaction.guild_id or 0)
            reply = render.related(found)
            await deliver(interaction, reply, passages(reply.citations))
        except Exception as error:  # noqa: BLE001 - a click must never be left without a word
            await tell(interaction, explain(error))


class SourceButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"source:(?P<name>previous|next):(?P<page>\d+):(?P<key>[0-9a-f]{12})",
):
    """Turns the page of a document."""

    def __init__(self, name: str, page: int, key: str, *, disabled: bool = False) -> None:
        """Make the button that leads to `page` (from 0)."""
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label=name.capitalize(),
            style=discord.ButtonStyle.primary,
            custom_id=f"source:{name}:{max(page, 0)}:{key}",
            disabled=disabled,
        )
        super().__init__(button)
        self.page, self.key = page, key

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
    ) -> Self:
        """Make the button again from what a click brings."""
        return cls(match["name"], int(match["page"]), match["key"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the page in the place of the one before."""
        try:
            await acknowledge(interaction, thinking=False)
            path = cast("SeedBot", interaction.client).document(self.key)
            if path is None:
                await tell(interaction, GONE)
                return
            await show_source(interaction, path, number=self.page)
        except Exception as error:  # noqa: BLE001 - a click must never be left without a word
            await tell(interaction, explain(error))


async def show_source(
    interaction: Interaction, path: str, *, number: int = 0, line: int = 0
) -> None:
    """Put a page of a document, or the one that a line is on, in the interaction's message."""
    index = cast("SeedBot", interaction.client).service.index
    source = next((each for each in index.sources() if each.path == path), None)
    text = index.text(path)
    if source is None or text is None:
        await tell(interaction, GONE)
        return
    found = pages(text, PAGE_CHARS)
    number = page_of(found, line) if line else min(number, len(found) - 1)
    lined = source.extent.endswith(("line", "lines"))
    reply = render.source_page(path, source.title, found, number, lined=lined)
    view = discord.ui.View(timeout=None)
    key = render.document_key(path)
    view.add_item(SourceButton("previous", number - 1, key, disabled=number == 0))
    view.add_item(SourceButton("next", number + 1, key, disabled=number + 1 >= len(found)))
    await deliver(interaction, reply, view)


async def show_page(interaction: Interaction, query: str, source: str | None, page: int) -> None:
    """Put a page of a lookup in the place of the interaction's message."""
    bot = cast("SeedBot", interaction.client)
    started = time.perf_counter()
    found = await bot.service.lookup(query, LOOKUP_COUNT, source)
    page = min(page, max(0, len(found) - 1))
    seconds = time.perf_counter() - started
    built = moment(found[0][1].generation) if found else bot.service.index.created_at
    reply = render.lookup_page(query, found, page, seconds, built)
    view = pager(found[page][1], page, len(found), source) if found else None
    await deliver(interaction, reply, view)


BUTTONS = (PassageButton, PageButton, FeedbackButton, DeleteButton, RelatedButton, SourceButton)
