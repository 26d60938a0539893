"""Every failed command ends here and becomes one clear reply."""

import discord
from discord import app_commands

from bot.conversation.delivery import Interaction, tell
from bot.errors import NotAllowed, explain


class Tree(app_commands.CommandTree[discord.Client]):
    """The command tree."""

    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """Tell the member what went wrong, in private."""
        cause = getattr(error, "original", error)
        if isinstance(cause, discord.NotFound | discord.Forbidden):
            await tell(
                interaction, f"Discord didn't let me do that: {cause.text or 'no reason given'}"
            )
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
