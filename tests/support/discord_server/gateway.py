"""Discord's gateway: sessions, heartbeats, events, resumes, and the faults of a connection."""

import asyncio
from collections import deque

from aiohttp import web

from tests.support.discord_server import payloads
from tests.support.discord_server.faults import break_off
from tests.support.discord_server.payloads import Payload

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
UNKNOWN_ERROR = 4000
# So many events are kept for a resume.
KEPT = 500


class Gateway:
    """One bot's connection; events that it misses wait for the resume."""

    def __init__(self, bot: Payload, guild: Payload) -> None:
        """Begin without a connection; `url` is set once there is a port."""
        self.url = ""
        self.heartbeat_seconds = 40.0
        self.identified = 0
        self.resumed = 0
        self.refusal = 0  # the close code for who says who it is; 0: it is welcome
        self.repeated = 0  # how many events before the last that was seen a resume brings again
        self._bot = bot
        self._guild = guild
        self._session = ""
        self.sequence = 0
        self._events: deque[Payload] = deque(maxlen=KEPT)
        self._socket: web.WebSocketResponse | None = None
        self._transport: asyncio.Transport | None = None
        self._silent = False

    async def connected(self, request: web.Request) -> web.WebSocketResponse:
        """Speak with a client until it or a fault ends the connection."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._socket, self._transport, self._silent = None, request.transport, False
        interval = int(1000 * self.heartbeat_seconds)
        await socket.send_json({"op": HELLO, "d": {"heartbeat_interval": interval}})
        async for message in socket:
            said = message.json()
            if said["op"] == IDENTIFY:
                await self._identify(socket)
            elif said["op"] == RESUME:
                await self._resume(socket, said["d"])
            elif said["op"] == HEARTBEAT and not (self._silent and socket is self._socket):
                await socket.send_json({"op": ACK})
        if socket is self._socket:
            self._socket = None
        return socket

    async def dispatch(self, event: str, data: Payload) -> None:
        """Send an event, or keep it for when the bot is back."""
        self.sequence += 1
        made = {"op": DISPATCH, "t": event, "s": self.sequence, "d": data}
        self._events.append(made)
        if self._socket is not None and not self._silent:
            await self._socket.send_json(made)

    async def hang_up(self) -> None:
        """Close the connection in good order."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close(code=UNKNOWN_ERROR)

    async def cut(self) -> None:
        """Reset the connection."""
        self._socket = None
        break_off(self._transport)

    async def fall_silent(self) -> None:
        """Leave the connection open and send nothing more on it."""
        self._silent = True

    async def reconnect(self) -> None:
        """Ask the bot to connect and resume, as Discord does when it moves its servers."""
        await self._say({"op": RECONNECT, "d": None})

    async def invalidate(self, *, resumable: bool) -> None:
        """Call the session invalid; one that isn't resumable is forgotten with its events."""
        if not resumable:
            self._session = ""
        await self._say({"op": INVALID, "d": resumable})

    async def _say(self, payload: Payload) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.send_json(payload)

    async def _identify(self, socket: web.WebSocketResponse) -> None:
        if self.refusal:
            await socket.close(code=self.refusal)
            return
        self._session = payloads.snowflake()
        self.sequence = 0
        self._events.clear()
        self._socket = socket
        self.identified += 1
        ready = {
            "v": 10,
            "user": self._bot,
            "guilds": [{"id": self._guild["id"], "unavailable": True}],
            "session_id": self._session,
            "resume_gateway_url": self.url,
            "application": {"id": self._bot["id"], "flags": 0},
        }
        await self.dispatch("READY", ready)
        await self.dispatch("GUILD_CREATE", self._guild)

    async def _resume(self, socket: web.WebSocketResponse, wanted: Payload) -> None:
        if wanted["session_id"] != self._session:
            await socket.send_json({"op": INVALID, "d": False})
            return
        self.resumed += 1
        for event in list(self._events):
            if event["s"] > wanted["seq"] - self.repeated and event["t"] != "READY":
                await socket.send_json(event)
        self._socket = socket
        await self.dispatch("RESUMED", {})
