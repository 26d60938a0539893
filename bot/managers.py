"""Whose the bot is and who manages the index of a server, as far as that decides who sees what."""

import logging

import discord

from bot.errors import RecordsFailed
from bot.owners import Owners
from bot.servers import Servers

log = logging.getLogger(__name__)


class Managers:
    """Tells those who manage something; what can't be told is no."""

    def __init__(self, owners: Owners, servers: Servers) -> None:
        """Go by the bot's owners and by the rules of each server."""
        self._owners = owners
        self._servers = servers

    async def owns(self, user: discord.abc.User) -> bool:
        """Whether somebody is an owner of the bot."""
        return await self._owners.is_owner(user.id)

    async def manages(self, member: discord.Member) -> bool:
        """Whether a member may rebuild in their server: by permission, or by the role for that."""
        if is_manager(member):
            return True
        try:
            role = (await self._servers.rules(member.guild.id)).rebuild_role
        except RecordsFailed as error:
            log.warning("%s", error)
            return False
        return member.get_role(role) is not None


def is_manager(user: discord.abc.User) -> bool:
    """Whether somebody may manage the server that they write in, by what they are there.

    What the rules of a channel say of that is nothing: who sets those could make managers.
    """
    return isinstance(user, discord.Member) and user.guild_permissions.manage_guild
