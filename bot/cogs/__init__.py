"""One module a group of commands; `COGS` lists them all."""

from bot.cogs.ask import Ask
from bot.cogs.help import Help
from bot.cogs.index import IndexCommands
from bot.cogs.lookup import Lookup
from bot.cogs.messages import Messages
from bot.cogs.reading import Reading
from bot.cogs.rebuild import Rebuild
from bot.cogs.settings import Settings
from bot.cogs.unasked import Unasked

COGS = (Ask, Messages, Unasked, Lookup, Reading, Rebuild, IndexCommands, Settings, Help)
