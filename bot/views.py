"""Buttons that go on working after a restart: all they need stands in their ids and message."""

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self, cast

import discord

from bot import render
from bot.delivery import Interaction, follow_up, tell
from bot.errors import explain
from index import Citation, Span, moment

if TYPE_CHECKING:
    from bot.client import SeedBot

LOOKUP_COUNT = 10
GONE = "That document is gone from the index since this was answered, so I can't show the passage."


def passages(citations: Sequence[Citation]) -> discord.ui.View | None:
    """Return a row with one button a citation, or nothing where there is none."""
    if not citations:
        return None
    view = discord.ui.View(timeout=None)
    for citation in citations:
        view.add_item(PassageButton(citation))
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
            await interaction.response.defer(ephemeral=True, thinking=True)
            bot = cast("SeedBot", interaction.client)
            path = bot.document(self.key) or ""
            view = await bot.service.passage(path, self.span, self.sha)
            if view is None:
                await tell(interaction, GONE)
                return
            await interaction.followup.send(embed=render.passage(view).embed, ephemeral=True)
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
            await interaction.response.defer()
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
    await follow_up(interaction, reply, view)
