"""`python -m bot serve`: the HTTP API, from taking the port to leaving in good order."""

import asyncio
import logging
import socket

from aiohttp import web

from bot.access.standing import Eyes
from bot.programs.programs import Programs, opened
from bot.programs.web import Api
from bot.serving.leaving import when_told
from bot.serving.loopback import listen
from bot.settings import BotConfig

log = logging.getLogger(__name__)

CALLED = "`port` under [programs], or `--port`"
# How long a connection may do nothing, or take to say what it asks.
IDLE_SECONDS = 30.0


def serve(config: BotConfig, port: int, token: str, eyes: Eyes) -> None:
    """Answer programs on a port of this machine until the process is told to end.

    Raises:
        StartError: the port may not be had, or (NotNow) not at the moment.
    """
    # What goes wrong with a request is logged where it is answered; that one is no HTTP at all,
    # which this would tell in a traceback, anybody on this machine can send as often as they like.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    with listen(port, CALLED) as listening, opened(config, eyes) as programs:
        api = Api(programs, token, config.programs.requests_per_minute)
        seconds = config.service.shutdown_seconds
        asyncio.run(_serve_until_told(programs, api.application(), listening, seconds))


async def _serve_until_told(
    programs: Programs, app: web.Application, listening: socket.socket, seconds: float
) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is under way within some seconds."""
    left = asyncio.Event()

    async def leave() -> None:
        await programs.drain(seconds)
        left.set()

    when_told(seconds, leave)
    warming = asyncio.create_task(programs.warm())
    runner = web.AppRunner(
        app, access_log=None, keepalive_timeout=IDLE_SECONDS, shutdown_timeout=1.0
    )
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        log.info("http://%s:%d answers programs", *listening.getsockname())
        await left.wait()
    finally:
        warming.cancel()
        await runner.cleanup()
