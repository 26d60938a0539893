"""What leads from a quote into the documents: its passage, and what is near it."""

from collections.abc import Sequence

import discord

from bot import render
from bot.buttons.button import KEY, SECONDARY, LastingButton, Plain, distinct
from bot.conversation.delivery import Interaction, acknowledge, deliver, tell
from bot.documents import keyed
from bot.limits import Kind
from bot.services import Services
from index import Citation, Span, document_key

# Of a file's hash: few enough for a button's id, and too many to find another file that has them.
SHA_DIGITS = 24
GONE = (
    "That document is gone from the index since this was answered, you may not read it, or the "
    "button is of an older version of me and fits two documents, so I can't show the passage."
)


class PassageButton(
    LastingButton,
    template=rf"passage:{KEY}:(?P<sha>[0-9a-f]{{8,24}}):(?P<start>\d+):(?P<end>\d+)",
):
    """Shows the whole passage with its neighbours, to the one who asks."""

    async def on_click(self, interaction: Interaction, services: Services) -> None:
        """Show the passage, or say why it can't be shown."""
        await acknowledge(interaction, private=True)
        shelf = (await services.reading(interaction, private=True)).shelf
        path = keyed(shelf, self.values["key"]) or ""
        view = await services.answers.passage(
            shelf, path, _span(self), self.values["sha"], interaction.guild_id or 0
        )
        if view is None:
            await tell(interaction, GONE)
            return
        await deliver(interaction, render.passage(view), None)


class RelatedButton(LastingButton, template=rf"related:{KEY}:(?P<start>\d+):(?P<end>\d+)"):
    """Shows what is near a quote, to the one who asks."""

    kind = Kind.QUESTION

    async def on_click(self, interaction: Interaction, services: Services) -> None:
        """Show the passages."""
        await acknowledge(interaction, private=True)
        shelf = (await services.reading(interaction, private=True)).shelf
        path = keyed(shelf, self.values["key"])
        if path is None:
            await tell(interaction, GONE)
            return
        server = interaction.guild_id or 0
        citations = await services.answers.related(shelf, path, _span(self), server)
        await deliver(interaction, render.related(citations), passages(citations))


def passage_button(citation: Citation, label: str = "") -> PassageButton:
    """Return the button of a citation."""
    key, span = document_key(citation.path), citation.bold_span
    name = f"passage:{key}:{citation.sha256[:SHA_DIGITS]}:{span.start}:{span.end}"
    label = label or f"Show passage {citation.number}"
    return PassageButton(Plain(label=label, style=SECONDARY, custom_id=name))


def related_button(citation: Citation, row: int) -> RelatedButton:
    """Return the button that shows what is near a citation."""
    key, span = document_key(citation.path), citation.bold_span
    name = f"related:{key}:{span.start}:{span.end}"
    return RelatedButton(Plain(label="More like this", style=SECONDARY, custom_id=name, row=row))


def passages(citations: Sequence[Citation]) -> discord.ui.View | None:
    """Return a row with one button a citation, or nothing where there is none."""
    if not citations:
        return None
    view = discord.ui.View(timeout=None)
    for button in distinct([passage_button(each) for each in citations]):
        view.add_item(button)
    return view


def _span(button: LastingButton) -> Span:
    return Span(int(button.values["start"]), int(button.values["end"]))
