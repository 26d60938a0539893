"""A life on Discord: getting there, however long that takes, and leaving in good order."""

import asyncio
import gc
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain, repeat

import aiohttp
import discord

from bot.client import bot_of, is_refusal
from bot.errors import StartError
from bot.services import Services
from bot.serving.fetching import Fetching
from bot.serving.health import Endpoint, Health
from bot.serving.leaving import when_told
from bot.serving.metrics import Metrics
from bot.serving.service import AnswerService
from bot.serving.watcher import Watcher
from bot.settings import TOKEN_VARIABLE, BotConfig, webhook_secret
from bot.shards import ONE, Shards
from bot.weekly import Weekly
from index import Library, lacking

log = logging.getLogger(__name__)

LONGEST_WAIT_SECONDS = 60.0
TOLD_CHARS = 200
NOT_SWITCHED_ON = (
    "`message_content` under [discord] is true, but the Message Content Intent is not switched on "
    "for this bot in Discord's developer portal (Bot): going on without it"
)
TOO_MANY_SERVERS = (
    "this bot is in so many servers (from 2,500 on) that Discord requires sharding, and it has one "
    "connection: start it with `--shards auto`, or in several processes, each with a part, such as "
    "`--shards 0-3/16`"
)
TOO_FEW_SHARDS = (
    "this bot is in so many servers that Discord requires more shards than that ({}): no shard may "
    "have 2,500 servers"
)
AUTHENTICATION_FAILED = 4004
SHARDING_REQUIRED = 4011
OUTAGES = (
    aiohttp.ClientError,
    OSError,
    discord.HTTPException,
    discord.RateLimited,
    discord.GatewayNotFound,
)


def serve(
    open_library: Callable[[], Library], config: BotConfig, token: str, shards: Shards = ONE
) -> None:
    """Open the indexes and answer on Discord until the process is told to end.

    Of a bot with several connections this process has the `shards`.

    Raises:
        StartError: the token is refused, or the port.
        RecordsFailed: the bot's records can't be opened.
        SeedIndexError: the index can't be opened.
    """
    for what in lacking():
        log.warning("%s", what)
    metrics, health = Metrics(), Health()
    with Endpoint(config.service.metrics_port, metrics, health, webhook_secret()):
        library = health.library = open_library()
        answers = AnswerService(library, config.service, config.logging, metrics)
        services = Services.configured(config, answers, shards)
        watcher = health.watcher = Watcher(library, metrics)
        fetching = health.fetching = Fetching(library, config.sources)
        watcher.start()
        fetching.start()
        # What is there by now stays: each full collection would hold the loop up to go through it.
        gc.collect()
        gc.freeze()
        try:
            asyncio.run(_serve_until_told(services, token, health))
        finally:
            fetching.close()
            watcher.close()
            answers.close()


async def _serve_until_told(services: Services, token: str, health: Health) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is under way; a second one kills."""
    seconds = services.config.service.shutdown_seconds
    serving = asyncio.create_task(_connect(services, token, health))
    others = [asyncio.create_task(each) for each in (health.beat(), services.gathering.run())]

    async def leave() -> None:
        health.leaving = True
        await services.answers.drain(seconds)
        serving.cancel()

    when_told(seconds, leave)
    with suppress(asyncio.CancelledError):
        await serving
    for each in others:
        each.cancel()


async def _connect(services: Services, token: str, health: Health) -> None:
    """Connect, as often as it takes; once connected, discord.py sees to it itself.

    Raises:
        StartError: Discord wants nothing of this bot.
    """
    weekly = Weekly(services)
    for seconds in waits():
        # A client that failed half way has its commands already, so each try has its own.
        async with bot_of(services) as client:
            health.client = client
            saying = asyncio.create_task(weekly.keep_saying(client))
            try:
                await client.start(token)
            except discord.PrivilegedIntentsRequired:
                log.warning(NOT_SWITCHED_ON)
                config = services.config
                without = config.discord.model_copy(update={"message_content": False})
                config = config.model_copy(update={"discord": without})
                services = replace(services, config=config)
                continue
            except Exception as error:  # noqa: BLE001 - `_outage` raises what time won't mend
                # Where the very first connection fails, discord.py trips over having none.
                first = isinstance(error, AttributeError) and client.ws is None
                cause = error.__context__ if first else None
                reason = _outage(cause if isinstance(cause, Exception) else error, services.shards)
            else:
                return
            finally:
                saying.cancel()
        log.warning("Discord can't be reached (%s); trying again in %.1f s", reason, seconds)
        await asyncio.sleep(seconds)


def _outage(error: Exception, shards: Shards = ONE) -> str:
    """Return in what way Discord is out of reach.

    Raises:
        StartError: Discord can be reached and refuses the bot.
        Exception: the error itself, if it is of another kind.
    """
    if isinstance(error, discord.LoginFailure) or (
        isinstance(error, discord.ConnectionClosed) and error.code == AUTHENTICATION_FAILED
    ):
        message = (
            f"Discord refuses the token in {TOKEN_VARIABLE}: copy it again from "
            "https://discord.com/developers/applications (Bot, Reset Token)"
        )
        raise StartError(message) from None
    if isinstance(error, discord.ConnectionClosed) and error.code == SHARDING_REQUIRED:
        message = TOO_MANY_SERVERS if shards == ONE else TOO_FEW_SHARDS.format(shards)
        raise StartError(message) from None
    refused = isinstance(error, discord.HTTPException) and is_refusal(error)
    if refused or isinstance(error, discord.ConnectionClosed):
        message = f"Discord doesn't take this bot: {error}"
        raise StartError(message) from error
    if not isinstance(error, OUTAGES):
        raise error
    return " ".join(str(error).split())[:TOLD_CHARS] or type(error).__name__


def waits() -> Iterator[float]:
    """Yield the seconds between tries: doubling up to a minute, each cut by up to a half.

    The chance in it keeps bots that lost Discord together from coming back together.
    """
    doubling = (2.0**power for power in range(6))
    for most in chain(doubling, repeat(LONGEST_WAIT_SECONDS)):
        yield random.uniform(most / 2, most)  # noqa: S311 - no secret
