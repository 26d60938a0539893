"""The discord.py client: intents, commands, persistent buttons, and the way out."""

import logging
import sys
from collections.abc import Sequence
from typing import Any

import discord
import yarl
from discord.ext import commands

from bot import moderators
from bot.buttons import BUTTONS
from bot.cogs import make_cogs
from bot.conversation.delivery import FAILURES, OUTAGES
from bot.errors import StartError
from bot.services import Services, ServicesClient
from bot.shards import ONE, Shards
from bot.tree import Tree

log = logging.getLogger(__name__)

REQUEST_TIMEOUT, TOO_MANY_REQUESTS, FORBIDDEN = 408, 429, 403
TOO_MANY_COMMANDS_TODAY = 30034
# What is limited for longer is done otherwise or not at all; discord.py takes no less.
LONGEST_LIMIT_SECONDS = 30.0
NOT_CONNECTED = "not connected to Discord"
# What a shard that can't be connected fails with, as far as it says something.
UNREACHABLE = (*OUTAGES, discord.HTTPException, discord.ConnectionClosed)

NO_CONTENT = (
    "off, since messages that don't mention the bot can't be read: answers unasked in help "
    "channels and forums, and follow-ups without a mention in threads. To have them, set "
    "`message_content = true` under [discord] and switch on the Message Content Intent in "
    "Discord's developer portal; all else works"
)
SHARED = (
    "several servers share one index: in each of them everybody is answered from all documents, "
    "and /rebuild and /index are for the bot's owners alone. [[collections]] in the config say who "
    "may read what: .github/docs/servers.md"
)
UNNAMED = (
    "collections are for roles or channels of servers that the config doesn't name: in direct "
    "messages, who has these sees the collections only where the server is on this process's "
    "shards. Name the server as `manager` of the collection, or all servers as `servers` under "
    "[discord]"
)


def intents(*, message_content: bool = False) -> discord.Intents:
    """Return what the bot listens to; nothing privileged unless `message_content`.

    Messages that mention the bot, reply to it with a mention, or come directly carry their
    content without that.
    """
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.guild_messages = True
    wanted.dm_messages = True
    wanted.message_content = message_content
    return wanted


def is_refusal(error: discord.HTTPException) -> bool:
    """Whether Discord wants something else, as opposed to wanting it later."""
    # What stands before Discord shuts an address out for a while, and says so without a code.
    shut_out = error.status == FORBIDDEN and not error.code
    later = error.status in {REQUEST_TIMEOUT, TOO_MANY_REQUESTS} or shut_out
    down = isinstance(error, discord.DiscordServerError)
    return not (down or later or error.code == TOO_MANY_COMMANDS_TODAY)


class SeedBot(ServicesClient):
    """Answers with services that were made outside of it."""

    def __init__(
        self,
        services: Services,
        **options: Any,  # noqa: ANN401 - discord.py's
    ) -> None:
        """Set up the client; `start` connects it."""
        super().__init__(
            command_prefix=(),
            tree_cls=Tree,
            intents=intents(message_content=services.config.discord.message_content),
            help_command=None,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=LONGEST_LIMIT_SECONDS,
            activity=discord.Activity(type=discord.ActivityType.listening, name="/ask"),
            **options,
        )
        self.services = services
        self._warned = False
        services.access.connect(self)
        services.gathering.connect(self)

    async def setup_hook(self) -> None:
        """Register commands and buttons; of several processes, the first tells Discord of them.

        Raises:
            StartError: Discord refuses the commands, in all of the config's servers if it has some.
            RecordsFailed: the records can't be opened.
        """
        await self.services.records.open()
        for cog in make_cogs(self, self.services):
            await self.add_cog(cog)
        self.add_dynamic_items(*BUTTONS)
        self.services.owners.ask_by(self.application_info)
        servers = list(dict.fromkeys(self.services.config.discord.servers))
        for number in servers:
            self.tree.copy_global_to(guild=discord.Object(number))
        if servers:
            self.tree.clear_commands(guild=None)
        if not self.services.shards.first:
            return
        self._warn_of_the_unnamed()
        await self._register_in(servers)
        # With servers of its own, this takes back what was once registered everywhere.
        try:
            await self.tree.sync()
        except discord.HTTPException as error:
            if not is_refusal(error):
                raise
            message = (
                "Discord won't register the bot's commands: look whether DISCORD_TOKEN is of the "
                "application that you mean, at https://discord.com/developers/applications "
                f"({error.text or error})"
            )
            raise StartError(message) from error

    async def _register_in(self, servers: Sequence[int]) -> None:
        """Register the commands in each server that takes them.

        Raises:
            StartError: none does.
        """
        refused: list[str] = []
        for number in servers:
            try:
                await self.tree.sync(guild=discord.Object(number))
            except discord.HTTPException as error:
                if not is_refusal(error):
                    raise
                refused.append(
                    f"Discord won't register commands in server {number} (`servers` under "
                    "[discord]): is the number right, and was the bot invited there with "
                    f"applications.commands? ({error.text or error})"
                )
        if servers and len(refused) == len(servers):
            raise StartError(refused[0])
        for each in refused:
            log.warning("%s", each)

    async def close(self) -> None:
        """Leave Discord and close the records."""
        await super().close()
        await self.services.records.close()

    async def on_ready(self) -> None:
        """Say that the bot is there, and what that means."""
        log.info("connected as %s%s, in %d servers", self.user, self._with, len(self.guilds))
        if not self.intents.message_content:
            log.info(NO_CONTENT)
        self._warn_of_sharing()
        rules = self.services.config.discord
        # Who writes directly is looked for in all servers, unless the config says in which.
        if rules.direct_messages == "members" and not rules.servers and self.services.shards.first:
            self.services.elsewhere.refresh()
        await self.services.owners.refresh()

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Register the commands in a server of the bot's that it wasn't in when it started."""
        self._warn_of_sharing()
        if guild.id not in self.services.config.discord.servers:
            return
        try:
            await self.tree.sync(guild=guild)
        except FAILURES as error:
            log.warning(
                "server %s: its commands can't be registered, which is tried again when the bot "
                "starts: %s",
                guild.id,
                error or type(error).__name__,
            )

    def _warn_of_sharing(self) -> None:
        if not self._warned and moderators.share_one_index(self, self.services):
            self._warned = True
            log.warning(SHARED)

    def _warn_of_the_unnamed(self) -> None:
        collections = self.services.config.collections
        named = self.services.config.discord.servers or any(
            each.servers or each.manager for each in collections
        )
        some = any(each.roles or each.channels for each in collections)
        if some and not named and not self.services.shards.whole:
            log.warning(UNNAMED)

    @property
    def _with(self) -> str:
        """What it is connected with, where that isn't a matter of course."""
        return ""

    def missing(self) -> str:
        """What of the gateway isn't there, in words; empty if it is; from any thread."""
        return "" if self.is_ready() and self.ws.open else NOT_CONNECTED

    async def on_message(self, message: discord.Message, /) -> None:
        """Leave messages to the cogs: there are no prefix commands."""


class ShardedBot(SeedBot, commands.AutoShardedBot):
    """The same with several connections, or with some of those that other processes have, too."""

    def __init__(self, services: Services) -> None:
        """Set up the client with the shards of the services."""
        ids, count = services.shards.ids, services.shards.count
        super().__init__(services, shard_ids=list(ids) or None, shard_count=count or None)
        self._tried: set[int] = set()

    async def launch_shard(
        self, gateway: yarl.URL, shard_id: int, *, initial: bool = False
    ) -> None:
        """Connect one; where that fails twice, say why.

        discord.py calls this again from within itself, for ever.

        Raises:
            HTTPException, ClientError, OSError, ConnectionClosed, GatewayNotFound: it does.
        """
        if shard_id in self._tried:
            error = sys.exception()
            raise error if isinstance(error, UNREACHABLE) else discord.GatewayNotFound
        self._tried.add(shard_id)
        await super().launch_shard(gateway, shard_id, initial=initial)

    @property
    def _with(self) -> str:
        ids = self.shard_ids or range(self.shard_count or 0)
        return f" with {Shards(range(ids[0], ids[-1] + 1), self.shard_count or 0)}" if ids else ""

    def missing(self) -> str:
        """Which of its shards aren't connected, in words; empty if all are; from any thread."""
        count = self.shard_count or 0
        found = {number: self.get_shard(number) for number in self.shard_ids or range(count)}
        gone = [str(number) for number, each in found.items() if each is None or each.is_closed()]
        if gone:
            return f"{NOT_CONNECTED}: shard{'s' * (len(gone) > 1)} {', '.join(gone)} of {count}"
        return "" if self.is_ready() else NOT_CONNECTED


def bot_of(services: Services) -> SeedBot:
    """Return a bot that has the shards of the services."""
    return SeedBot(services) if services.shards == ONE else ShardedBot(services)
