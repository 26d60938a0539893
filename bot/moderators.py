"""Who may change the index: those who manage the server, and the role that the config names."""

import discord

from bot.delivery import Interaction
from bot.errors import NotAllowed
from bot.settings import BotConfig


def visible_to(config: BotConfig) -> discord.Permissions | None:
    """Return whom Discord shows the commands to; None is everyone.

    With a role of its own they have to be visible to those who only have that.
    """
    return None if config.discord.rebuild_role else discord.Permissions(manage_guild=True)


def check(interaction: Interaction, config: BotConfig) -> None:
    """Let moderators through; what Discord shows to whom is no protection.

    Raises:
        NotAllowed: the member is none.
    """
    role = config.discord.rebuild_role
    member = interaction.user
    has_role = isinstance(member, discord.Member) and member.get_role(role) is not None
    if not (interaction.permissions.manage_guild or has_role):
        message = "that needs the permission Manage Server"
        message += " or the role named in the config." if role else "."
        raise NotAllowed(message)
