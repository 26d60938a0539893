"""The discord.py client: intents, commands, persistent buttons, and the way out."""

import logging

import discord

from bot.buttons import BUTTONS
from bot.cogs import make_cogs
from bot.errors import StartError
from bot.services import Services, ServicesClient
from bot.tree import Tree

log = logging.getLogger(__name__)

REQUEST_TIMEOUT, TOO_MANY_REQUESTS, FORBIDDEN = 408, 429, 403
TOO_MANY_COMMANDS_TODAY = 30034
# What is limited for longer is done otherwise or not at all; discord.py takes no less.
LONGEST_LIMIT_SECONDS = 30.0

NO_CONTENT = (
    "off, since messages that don't mention the bot can't be read: answers unasked in help "
    "channels and forums, and follow-ups without a mention in threads. To have them, set "
    "`message_content = true` under [discord] and switch on the Message Content Intent in "
    "Discord's developer portal; all else works"
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

    def __init__(self, services: Services) -> None:
        """Set up the client; `start` connects it."""
        super().__init__(
            command_prefix=(),
            tree_cls=Tree,
            intents=intents(message_content=services.config.discord.message_content),
            help_command=None,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=LONGEST_LIMIT_SECONDS,
            activity=discord.Activity(type=discord.ActivityType.listening, name="/ask"),
        )
        self.services = services
        services.access.connect(self)

    async def setup_hook(self) -> None:
        """Register commands and buttons.

        Raises:
            StartError: Discord refuses the commands.
            RecordsFailed: the records can't be opened.
        """
        await self.services.records.open()
        for cog in make_cogs(self, self.services):
            await self.add_cog(cog)
        self.add_dynamic_items(*BUTTONS)
        number = self.services.config.discord.guild
        guild = discord.Object(number) if number else None
        if guild is not None:
            self.tree.copy_global_to(guild=guild)
            self.tree.clear_commands(guild=None)
        if guild is not None:
            await self._register(
                guild,
                f"Discord won't register commands in server {number} (`guild` under [discord]): "
                "is the number right, and was the bot invited there with applications.commands?",
            )
        # With a server of its own, this takes back what was once registered everywhere.
        await self._register(
            None,
            "Discord won't register the bot's commands: look whether DISCORD_TOKEN is of the "
            "application that you mean, at https://discord.com/developers/applications",
        )

    async def _register(self, guild: discord.Object | None, refused: str) -> None:
        """Register the commands.

        Raises:
            StartError: `refused`, and what Discord said.
        """
        try:
            await self.tree.sync(guild=guild)
        except discord.HTTPException as error:
            if not is_refusal(error):
                raise
            message = f"{refused} ({error.text or error})"
            raise StartError(message) from error

    async def close(self) -> None:
        """Leave Discord and close the records."""
        await super().close()
        await self.services.records.close()

    async def on_ready(self) -> None:
        """Say that the bot is there."""
        log.info("connected as %s, in %d servers", self.user, len(self.guilds))
        if not self.intents.message_content:
            log.info(NO_CONTENT)

    def connected(self) -> bool:
        """Whether the gateway is there; from any thread."""
        return self.is_ready() and self.ws.open

    async def on_message(self, message: discord.Message, /) -> None:
        """Leave messages to the cogs: there are no prefix commands."""
