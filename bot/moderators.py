"""Who may change the index: those who manage the server, and the role that may rebuild."""

import discord

from bot.conversation.delivery import Interaction
from bot.errors import NotAllowed
from bot.servers import Servers
from bot.settings import BotConfig


def visible_to(config: BotConfig) -> discord.Permissions | None:
    """Return whom Discord shows the commands to; None is everyone.

    With a role of its own they have to be visible to those who only have that.
    """
    return None if config.discord.rebuild_role else discord.Permissions(manage_guild=True)


async def check(interaction: Interaction, servers: Servers) -> None:
    """Let moderators through; what Discord shows to whom is no protection.

    Raises:
        NotAllowed: the member is none.
        RecordsFailed: the records can't be read.
    """
    role = (await servers.rules(interaction.guild_id or 0)).rebuild_role
    member = interaction.user
    has_role = isinstance(member, discord.Member) and member.get_role(role) is not None
    if not (interaction.permissions.manage_guild or has_role):
        message = "that needs the permission Manage Server"
        message += " or the role that may rebuild." if role else "."
        raise NotAllowed(message)
