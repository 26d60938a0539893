"""Who may change settings and the index, and what is noted of who did."""

import logging
import time

import discord

from bot import render
from bot.conversation.delivery import FAILURES, Interaction, announce
from bot.errors import NotAllowed, RecordsFailed
from bot.records import Change
from bot.render.markup import plain
from bot.servers import Servers
from bot.services import Services
from bot.settings import BotConfig

log = logging.getLogger(__name__)


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


def managed(interaction: Interaction) -> int:
    """Return the server's number, for one who manages it.

    Raises:
        NotAllowed: the member doesn't.
    """
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        message = "that needs the permission Manage Server."
        raise NotAllowed(message)
    return interaction.guild_id


async def note(interaction: Interaction, services: Services, deed: str) -> None:
    """Note what a moderator has done: in the log, the records, and the channel that has it shown.

    What is done stays done where that fails; the log has it in any case.
    """
    server, member = interaction.guild_id or 0, interaction.user
    change = Change(member.id, plain(str(member)), deed, time.time())
    log.info("server %s: %s (%s) %s", server, change.name, change.member, deed)
    try:
        await services.records.save_change(server, change)
        number = (await services.servers.rules(server)).log_channel
        channel = interaction.guild.get_channel(number) if interaction.guild else None
        if isinstance(channel, discord.abc.Messageable):
            await announce(channel, interaction.id, render.changes([change]))
    except (RecordsFailed, *FAILURES) as error:
        log.warning("server %s: a change is in the log alone: %s", server, error)
