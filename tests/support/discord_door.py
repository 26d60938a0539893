"""As much of Discord on real sockets as a bot needs to come up, be asked directly, and leave."""

import asyncio
import json
import threading
from collections.abc import Coroutine
from itertools import count
from typing import Any, Self

from aiohttp import WSMsgType, web

BOT = {"id": "1000", "username": "seedbot", "discriminator": "0", "avatar": None, "bot": True}
MEMBER = {"id": "2000", "username": "maria", "discriminator": "0", "avatar": None}
APPLICATION = {
    "id": "1000",
    "name": "seedbot",
    "description": "",
    "icon": None,
    "flags": 0,
    "bot_public": True,
    "bot_require_code_grant": False,
    "verify_key": "",
    "team": None,
    "owner": MEMBER,
}
CHANNEL = "3000"
PATIENCE = 5.0


class DiscordServer:
    """A REST interface and a gateway.

    `down` and `gateway_down` make them answer 503; with a `close_code` the gateway ends every
    connection as soon as the bot says who it is.
    """

    def __init__(self, port: int = 0) -> None:
        """Listen on `port`, or on a free one, once entered."""
        self.port = port
        self.down = False
        self.gateway_down = False
        self.close_code = 0
        self.posted: list[dict[str, Any]] = []
        self._sockets: set[web.WebSocketResponse] = set()
        self._numbers = count(5000)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def rest(self) -> str:
        """The address of the REST interface."""
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def gateway(self) -> str:
        """The address of the gateway."""
        return f"ws://127.0.0.1:{self.port}/gateway"

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        self._wait(self._listen())
        return self

    def __exit__(self, *_error: object) -> None:
        """Hang up."""
        self._wait(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def ask(self, question: str) -> None:
        """Say something to the bot in a direct message."""
        message = self._message(MEMBER, question)
        self._wait(self._dispatch("MESSAGE_CREATE", message))

    def hang_up(self) -> None:
        """Close every connection to the gateway."""

        async def close() -> None:
            for socket in list(self._sockets):
                await socket.close(code=4000)

        self._wait(close())

    def _wait(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    async def _listen(self) -> None:
        application = web.Application()
        application.router.add_get("/gateway", self._serve_gateway)
        application.router.add_route("*", "/api/{path:.*}", self._serve_rest)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _serve_rest(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        known: dict[str, object] = {
            "users/@me": BOT,
            "oauth2/applications/@me": APPLICATION,
            "applications/1000/commands": [],
            f"channels/{CHANNEL}/typing": {},
            f"channels/{CHANNEL}/messages": self._message(BOT, ""),
        }
        if self.down:
            return _json({"message": "upstream is away", "code": 0}, 503)
        if path not in known:
            return _json({"message": f"no {path} here", "code": 0}, 404)
        if path.endswith("/messages") and request.method == "POST":
            self.posted.append(await request.json())
        return _json(known[path])

    async def _serve_gateway(self, request: web.Request) -> web.StreamResponse:
        if self.gateway_down:
            return _json({}, 503)
        socket = web.WebSocketResponse(timeout=0.1)
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 40_000}})
        async for said in socket:
            if said.type is not WSMsgType.TEXT:
                break
            operation = json.loads(said.data)["op"]
            if operation == 1:
                await socket.send_json({"op": 11})
            elif operation == 2 and self.close_code:
                await socket.close(code=self.close_code)
            elif operation == 2:
                self._sockets.add(socket)
                ready = {"v": 10, "user": BOT, "session_id": "s", "guilds": []}
                ready |= {"resume_gateway_url": self.gateway}
                await self._dispatch("READY", ready | {"application": {"id": "1000", "flags": 0}})
            elif operation == 6:
                self._sockets.add(socket)
                await self._dispatch("RESUMED", {})
        self._sockets.discard(socket)
        return socket

    async def _dispatch(self, event: str, data: dict[str, Any]) -> None:
        for socket in list(self._sockets):
            await socket.send_json({"op": 0, "t": event, "s": next(self._numbers), "d": data})

    def _message(self, author: dict[str, Any], content: str) -> dict[str, Any]:
        lists = ("mentions", "mention_roles", "attachments", "embeds")
        return {key: list[str]() for key in lists} | {
            "id": str(next(self._numbers)),
            "channel_id": CHANNEL,
            "author": author,
            "content": content,
            "timestamp": "2026-01-01T00:00:00+00:00",
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "pinned": False,
            "type": 0,
        }


def _json(value: object, status: int = 200) -> web.Response:
    # With a charset in the type discord.py would take it for text.
    body = json.dumps(value).encode()
    return web.Response(body=body, status=status, content_type="application/json")
