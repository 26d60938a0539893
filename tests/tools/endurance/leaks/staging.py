"""The bot in a world: started, watched, and ended."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from random import Random

import discord
import pytest
from simcord import Env

from bot.client import SeedBot
from bot.services import Services
from bot.serving.service import AnswerService
from bot.settings import BotConfig, DiscordSettings, LimitSettings, RecordSettings
from tests.support.libraries import tell_of_members_and_bots
from tests.tools.endurance.leaks.documents import Marked, Shelves
from tests.tools.endurance.leaks.eyes import Eyes
from tests.tools.endurance.leaks.outlet import Outlet
from tests.tools.endurance.leaks.stage import Stage
from tests.tools.endurance.leaks.world import draw

NO_LIMITS = LimitSettings(
    member_per_minute=0, channel_per_minute=0, server_per_minute=0, documents_per_collection=0
)
# A while goes by before the bot answers what it wasn't asked, in which much may change.
UNASKED = 60.0


class _Listener(logging.Handler):
    def __init__(self, outlet: Outlet) -> None:
        super().__init__()
        self._outlet = outlet

    def emit(self, record: logging.LogRecord) -> None:
        self._outlet.logged(record)


@asynccontextmanager
async def staged(
    base: Shelves, made: Mapping[str, Marked], folder: Path, chance: Random, tally: Counter[str]
) -> AsyncIterator[Stage]:
    """Draw a world and run the bot in it, with indexes of its own in `folder`."""
    shelves = base.copy(folder)
    env = Env(discord.Client(intents=discord.Intents.none()), check_errors=False)
    drawn = draw(env, chance)
    config = BotConfig(
        collections=drawn.collections,
        discord=DiscordSettings(
            message_content=True,
            unasked_seconds=UNASKED,
            direct_messages=chance.choice(("open", "members")),
            owners=list(drawn.owners),
        ),
        limits=NO_LIMITS,
        records=RecordSettings(file=str(folder / "records.sqlite")),
    )
    library = shelves.library(drawn.collections)
    answers = AnswerService(library, config.service, config.logging)
    env.bot = bot = SeedBot(Services.configured(config, answers))
    names = frozenset(library.names())
    keepers = dict.fromkeys((place.guild.id for place in drawn.places), 0)
    eyes = Eyes(lambda: drawn.plain(names, keepers))
    outlet = Outlet(env.backend, eyes, library, made)
    stage = Stage(env, drawn, bot, shelves, made, eyes, outlet, chance, tally, keepers)
    with pytest.MonkeyPatch.context() as patch, listening(outlet):
        tell_of_members_and_bots(env, patch)
        patch.setattr("bot.conversation.attachments._fetch", stage.fetch)
        outlet.watch(patch)
        try:
            await asyncio.to_thread(library.open, names)
            await env.start()
            await show_all_commands(bot)
            stage.open_elsewhere()
            await stage.begin()
            with env.time_context():
                yield stage
            outlet.measured(answers.metrics.text().decode())
        finally:
            await env.shutdown()
            await bot.services.records.close()
            answers.close()


@contextmanager
def listening(outlet: Outlet) -> Iterator[None]:
    """Have the outlet look at what is logged."""
    listener = _Listener(outlet)
    logging.getLogger().addHandler(listener)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(listener)


async def show_all_commands(bot: SeedBot) -> None:
    """Let everybody see each command: what Discord shows to whom is no protection."""
    for command in bot.tree.get_commands():
        if not isinstance(command, discord.app_commands.ContextMenu):
            command.default_permissions = None
    await bot.tree.sync()
