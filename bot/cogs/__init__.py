"""One module a group of commands; `COGS` lists them all."""

from bot.cogs.ask import Ask
from bot.cogs.help import Help
from bot.cogs.index import IndexCommands
from bot.cogs.lookup import Lookup
from bot.cogs.rebuild import Rebuild

COGS = (Ask, Lookup, Rebuild, IndexCommands, Help)
