"""Connecting to Discord, and what stops the bot from doing so."""

import asyncio
import signal

import aiohttp
import discord

from bot.client import SeedBot
from bot.errors import StartError, Unreachable
from bot.service import AnswerService
from bot.settings import TOKEN_VARIABLE, BotConfig
from bot.watcher import Watcher
from index import Index


def serve(index: Index, config: BotConfig, token: str) -> None:
    """Answer on Discord until the process is told to end.

    Raises:
        StartError: the token is refused.
        Unreachable: there is no way to Discord.
    """
    service = AnswerService(index, config.service, config.logging)
    watcher = Watcher(index)
    watcher.start()
    try:
        asyncio.run(_connected(SeedBot(service, config), token))
    except discord.LoginFailure:
        message = (
            f"Discord refuses the token in {TOKEN_VARIABLE}: copy it again from "
            "https://discord.com/developers/applications (Bot, Reset Token)"
        )
        raise StartError(message) from None
    except (aiohttp.ClientConnectionError, TimeoutError, discord.DiscordServerError) as error:
        message = f"Discord can't be reached: {error or type(error).__name__}; try again later"
        raise Unreachable(message) from error
    finally:
        watcher.close()
        service.close()


async def _connected(bot: SeedBot, token: str) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: task and task.cancel())
    async with bot:
        try:
            await bot.start(token)
        except asyncio.CancelledError:
            await bot.close()
