"""What all buttons have in common: whatever they need stands in their ids, so they never expire."""

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any, ClassVar, Self, TypeVar, cast

import discord

from bot.conversation.delivery import Interaction, tell
from bot.errors import explain
from bot.limits import Kind, asker_of
from bot.services import Services, services_of

Button = TypeVar("Button", bound="LastingButton")
Plain = discord.ui.Button[discord.ui.View]
SECONDARY = discord.ButtonStyle.secondary
# What a document is named by, as `document_key` makes it and as it was made up to version 0.2.
KEY = r"(?P<key>/[A-Za-z0-9_-]{22}|[0-9a-f]{12})"


class LastingButton(discord.ui.DynamicItem[Plain], template=r"(?!)"):
    """A button whose `template` says what its id holds; a restart doesn't matter to it."""

    kind: ClassVar[Kind] = Kind.LOOK

    def __init__(self, button: Plain) -> None:
        """Take a button with an id that fits the template."""
        super().__init__(button)
        match = self.template.fullmatch(self.custom_id)
        self.values: dict[str, str] = match.groupdict("") if match else {}

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        _match: re.Match[str],
    ) -> Self:
        """Make the button again from what a click brings."""
        return cls(cast("Plain", item))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button is for, if that may be, or say why not."""
        try:
            services = services_of(interaction)
            services.limits.check(asker_of(interaction), self.kind)
            await services.admission.check(interaction, interaction.client)
            await self.on_click(interaction, services)
        except Exception as error:  # noqa: BLE001 - a click must never be left without a word
            await tell(interaction, explain(error))

    async def on_click(self, interaction: Interaction, services: Services) -> None:
        """Do what the button is for."""
        raise NotImplementedError


def is_private(interaction: Interaction) -> bool:
    """Whether who clicked alone sees the message that the button is on."""
    return interaction.message is not None and interaction.message.flags.ephemeral


def kept(message: discord.Message, gone: Callable[[str], bool]) -> discord.ui.View:
    """Return the buttons of a message, each in its row, but for those whose ids are `gone`."""
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(message.components):
        for child in row.children if isinstance(row, discord.ActionRow) else ():
            if isinstance(child, discord.Button) and not gone(child.custom_id or ""):
                button = Plain.from_component(child)
                # Without a row of its own it would move up, to where there is room.
                button.row = number
                view.add_item(button)
    # The items are known by their ids; the view itself must not listen beside them.
    view.stop()
    return view


def distinct(buttons: Sequence[Button]) -> Collection[Button]:
    """Return the buttons without those that lead where another does.

    Discord takes no message with two of one name.
    """
    return {button.custom_id: button for button in buttons}.values()
