"""The discord.py client: intents, commands, persistent buttons, and the way out."""

import asyncio
import logging
from collections.abc import Callable

import discord
from discord import app_commands
from discord.ext import commands

from bot.buttons import BUTTONS
from bot.choices import CHOICE_CHARS, closest
from bot.cogs import COGS
from bot.conversation.delivery import Interaction
from bot.errors import BotError, StartError
from bot.limits import Limits
from bot.records import Records
from bot.servers import Servers
from bot.serving.service import AnswerService
from bot.settings import BotConfig
from bot.tree import Tree
from index import SeedIndexError, document_key

log = logging.getLogger(__name__)

# Discord takes choices for three seconds.
CHOICE_SECONDS = 2.5
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


class SeedBot(commands.Bot):
    """Answers from an `AnswerService` that was started outside of it."""

    def __init__(self, service: AnswerService, config: BotConfig) -> None:
        """Set up the client; `start` connects it."""
        super().__init__(
            command_prefix=(),
            tree_cls=Tree,
            intents=intents(message_content=config.discord.message_content),
            help_command=None,
            allowed_mentions=discord.AllowedMentions.none(),
            activity=discord.Activity(type=discord.ActivityType.listening, name="/ask"),
        )
        self.service = service
        self.config = config
        self.records = Records(config.records)
        self.servers = Servers(config.discord, self.records)
        self.limits = Limits(config.limits)

    async def setup_hook(self) -> None:
        """Register commands and buttons.

        Raises:
            StartError: Discord refuses the commands for the configured server.
            RecordsFailed: the records can't be opened.
        """
        await self.records.open()
        for cog in COGS:
            await self.add_cog(cog(self))
        self.add_dynamic_items(*BUTTONS)
        number = self.config.discord.guild
        guild = discord.Object(number) if number else None
        if guild is not None:
            self.tree.copy_global_to(guild=guild)
            self.tree.clear_commands(guild=None)
        try:
            await self.tree.sync(guild=guild)
            if guild is not None:
                await self.tree.sync()  # takes back what was once registered everywhere
        except discord.DiscordServerError:
            raise
        except discord.HTTPException as error:
            message = (
                f"Discord won't register commands in server {number} (`guild` under [discord]): "
                "is the number right, and was the bot invited there with applications.commands?"
            )
            raise StartError(message) from error

    async def close(self) -> None:
        """Leave Discord and close the records."""
        await super().close()
        await self.records.close()

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

    def document(self, name: str) -> str | None:
        """Return the path of the document that a member or a button named, by path or key."""
        source = self.service.index.source(name)
        return source.path if source else None

    async def offered(
        self, interaction: Interaction, choices: Callable[[], list[str]]
    ) -> list[str]:
        """Return what autocompletion offers: nothing where that can't be had in time."""
        try:
            async with asyncio.timeout(CHOICE_SECONDS):
                return await self.service.run(interaction.guild_id or 0, choices)
        except (BotError, SeedIndexError, TimeoutError) as error:
            log.info("no choices are offered: %s", error or "out of time")
            return []

    async def document_choices(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Return the documents nearest to what a member has typed, for autocompletion."""
        index = self.service.index

        def nearest() -> list[str]:
            return closest(
                typed, {each.path: f"{each.path} {each.title}" for each in index.sources()}
            )

        choices = []
        for path in await self.offered(interaction, nearest):
            # A longer path than a choice may hold is named by its key.
            value = document_key(path) if len(path) > CHOICE_CHARS else path
            choices.append(app_commands.Choice(name=path[-CHOICE_CHARS:], value=value))
        return choices
