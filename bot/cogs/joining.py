"""Servers that the bot comes into and leaves, and what goes with a channel or a role of theirs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection

import discord
from discord.ext import commands

from bot import admission, render
from bot.conversation.delivery import FAILURES, announce, persist
from bot.conversation.permissions import listed
from bot.errors import RecordsFailed
from bot.limits import Asker
from bot.services import Services

log = logging.getLogger(__name__)

# What all that the bot can do takes, as it has it in a server as a whole.
WANTED = (
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "create_public_threads",
    "embed_links",
    "read_message_history",
)
UNKNOWN_SERVER = 10004
# Among so many of the last invitations of bots is the bot's own.
INVITATIONS = 5


class Joining(commands.Cog):
    """Greets who invited the bot, leaves where it may not be, and forgets what is gone."""

    def __init__(self, bot: commands.Bot, services: Services) -> None:
        """See to the servers that `bot` is in."""
        self.bot = bot
        self.services = services
        self._greeted: set[int] = set()
        self._refused: set[int] = set()
        # One server after the other: Discord takes a bot that does much at once for a nuisance.
        self._leaving = asyncio.Lock()

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Say what to do first, once: to who invited the bot, the owner, or in the server."""
        if not self._may_stay(guild):
            await self._leave(guild)
            return
        if guild.id in self._greeted:
            return
        self._greeted.add(guild.id)
        log.info("joined server %s", guild.id)
        await self.on_ready()
        text = self.bot.intents.message_content
        await self._tell(guild, render.welcome(guild.name, listed(_missing(guild)), reads=text))

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Leave a server that isn't the bot's, now that it is there again."""
        if not self._may_stay(guild):
            await self._leave(guild)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget a server that the bot has left; one that isn't listed, when its days are over.

        A number that was mistyped in the config would else cost a server all that it has set.
        """
        self._greeted.discard(guild.id)
        self._refused.discard(guild.id)
        log.info("left server %s", guild.id)
        if not self._may_stay(guild):
            await self._note_present()
            return
        try:
            await self.services.servers.forget(guild.id)
        except RecordsFailed as error:
            log.warning("server %s is not forgotten: %s", guild.id, error)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Note which servers the bot has left while it wasn't there; leave those not its own."""
        await self._note_present()
        for guild in list(self.bot.guilds):
            if not (guild.unavailable or self._may_stay(guild)):
                await self._leave(guild)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Take a channel out of the settings, and forget what was asked there."""
        await self._gone(channel.guild, {channel.id})
        await self._forget_asked(channel.guild.id, channel.id)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Forget what was asked in a thread."""
        await self._forget_asked(payload.guild_id, payload.thread_id)

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """Take a role out of the settings."""
        await self._gone(role.guild, set(), {role.id})

    async def _note_present(self) -> None:
        """Note which servers the bot is in: of others, what is kept has its days."""
        try:
            present = [guild.id for guild in self.bot.guilds]
            await self.services.records.keep_servers(present, self.services.shards)
        except RecordsFailed as error:
            log.warning("servers that were left are not told apart: %s", error)

    def _may_stay(self, guild: discord.Guild) -> bool:
        return admission.listed(self.services.config.discord, guild.id)

    async def _leave(self, guild: discord.Guild) -> None:
        """Leave a server, and say why, once, where that is taken."""
        async with self._leaving:
            if self.bot.get_guild(guild.id) is None:
                return
            if guild.id not in self._refused:
                self._refused.add(guild.id)
                # Of very many servers, those after the first are left without a word.
                if self.services.limits.may_be_told(Asker(0, 0, guild.id)):
                    await self._tell(guild, render.farewell(guild.name))
            try:
                await persist(guild.leave)
            except FAILURES as error:
                if getattr(error, "code", 0) != UNKNOWN_SERVER:  # else it has been left
                    log.warning("server %s can't be left: %s", guild.id, error)
            else:
                log.info("server %s is none of `servers` under [discord]: leaving it", guild.id)

    async def _tell(self, guild: discord.Guild, reply: render.Reply) -> None:
        """Say something to who answers for a server, or in there."""
        async for host in self._hosts(guild):
            try:
                await announce(host, guild.id, reply)
            except FAILURES as error:
                log.info("server %s: a message was not taken: %s", guild.id, error)
            else:
                return
        log.info("server %s: nobody could be told", guild.id)

    async def _gone(
        self, guild: discord.Guild, channels: set[int], roles: Collection[int] = ()
    ) -> None:
        try:
            await self.services.servers.forget_gone(guild.id, channels, roles)
        except RecordsFailed as error:
            log.warning("server %s: the settings name what is gone: %s", guild.id, error)

    async def _forget_asked(self, server: int, channel: int) -> None:
        try:
            await self.services.records.forget_channel(server, channel)
        except RecordsFailed as error:
            log.warning("server %s: what was asked in a channel is kept: %s", server, error)

    async def _hosts(self, guild: discord.Guild) -> AsyncIterator[discord.abc.Messageable]:
        """Yield whom to greet, the best one first."""
        for find in (self._inviter, self._owner):
            try:
                if host := await find(guild):
                    yield host
            except FAILURES as error:
                log.info("server %s: whom to greet can't be told: %s", guild.id, error)
        if guild.system_channel is not None:
            yield guild.system_channel

    async def _inviter(self, guild: discord.Guild) -> discord.abc.Messageable | None:
        if not guild.me.guild_permissions.view_audit_log:
            return None
        added = guild.audit_logs(limit=INVITATIONS, action=discord.AuditLogAction.bot_add)
        found = [
            entry.user async for entry in added if getattr(entry.target, "id", 0) == guild.me.id
        ]
        return found[0] if found else None

    async def _owner(self, guild: discord.Guild) -> discord.abc.Messageable | None:
        if not guild.owner_id:
            return None
        return guild.owner or await self.bot.fetch_user(guild.owner_id)


def _missing(guild: discord.Guild) -> list[str]:
    return [name for name in WANTED if not getattr(guild.me.guild_permissions, name)]
