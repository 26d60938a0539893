"""Every command begins here, by the limits, for those let in; a failed one gets a clear reply."""

from contextlib import suppress

import discord
from discord import app_commands

from bot.conversation.delivery import FAILURES, Interaction, tell
from bot.errors import NotAllowed, TooMany, explain
from bot.limits import KIND, Kind, asker_of
from bot.services import services_of


class Tree(app_commands.CommandTree[discord.Client]):
    """The command tree."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Let through whom and what may pass: of commands, of menus, and of suggestions."""
        typing = interaction.type is discord.InteractionType.autocomplete
        extras = interaction.command.extras if interaction.command else {}
        kind = Kind.TYPING if typing else extras.get(KIND, Kind.LOOK)
        services = services_of(interaction)
        try:
            services.limits.check(asker_of(interaction), kind)
            await services.admission.check(interaction, self.client)
        except (NotAllowed, TooMany) as error:
            if typing:
                with suppress(*FAILURES):
                    await interaction.response.autocomplete([])
            else:
                await tell(interaction, explain(error))
            return False
        return True

    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """Tell the member what went wrong, in private."""
        cause = getattr(error, "original", error)
        if isinstance(error, app_commands.TransformerError):
            await tell(interaction, f"I can't see {error.value}; choose another, or let me in.")
        elif isinstance(error, app_commands.CommandNotFound):
            await tell(
                interaction, "That command is gone; restart Discord to see the current ones."
            )
        elif isinstance(error, app_commands.NoPrivateMessage):
            await tell(interaction, "That command works in a server only.")
        elif isinstance(error, app_commands.CheckFailure):
            await tell(interaction, explain(NotAllowed("you may not use that command here")))
        else:
            await tell(interaction, explain(cause))
