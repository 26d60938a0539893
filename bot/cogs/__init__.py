"""One module a group of commands; `make_cogs` knows them all."""

from discord.ext import commands

from bot.cogs.ask import Ask
from bot.cogs.documents import DocumentCommands
from bot.cogs.gaps import Gaps
from bot.cogs.gathering import GatheringEvents
from bot.cogs.help import Help
from bot.cogs.index import IndexCommands
from bot.cogs.joining import Joining
from bot.cogs.lookup import Lookup
from bot.cogs.messages import Messages
from bot.cogs.privacy import PrivacyCommand
from bot.cogs.reading import Reading
from bot.cogs.rebuild import Rebuild
from bot.cogs.settings import Settings
from bot.cogs.teaching import Teach
from bot.cogs.unasked import Unasked
from bot.cogs.withdrawing import Withdrawing
from bot.conversation.lives import Lives
from bot.services import Services
from bot.teaching import Teaching


def make_cogs(bot: commands.Bot, services: Services) -> tuple[commands.Cog, ...]:
    """Return all that `bot` can be asked, answered with `services`."""
    lives = Lives()
    teaching = Teaching(bot, services)
    return (
        Ask(bot, services),
        Messages(bot, services, lives),
        Unasked(bot, services, lives),
        Lookup(services),
        Reading(services),
        Rebuild(services),
        IndexCommands(services),
        DocumentCommands(services),
        Teach(bot, services, teaching),
        Withdrawing(bot, services, teaching),
        Settings(bot, services),
        Gaps(services),
        Joining(bot, services),
        GatheringEvents(bot, services),
        PrivacyCommand(services),
        Help(services),
    )
