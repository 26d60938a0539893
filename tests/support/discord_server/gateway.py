"""Discord's gateway: sessions, heartbeats, events, resumes, and the faults of a connection."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field

from aiohttp import web

from tests.support.discord_server import payloads
from tests.support.discord_server.faults import break_off
from tests.support.discord_server.payloads import Payload

DISPATCH, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 2, 6, 7, 9, 10, 11
UNKNOWN_ERROR = 4000
# So many events are kept for a resume.
KEPT = 500


@dataclass(eq=False)
class Session:
    """What one shard has been told, and its connection, if it has one."""

    name: str = ""
    sequence: int = 0
    events: deque[Payload] = field(default_factory=lambda: deque(maxlen=KEPT))
    socket: web.WebSocketResponse | None = None
    transport: asyncio.Transport | None = None
    silent: bool = False

    async def dispatch(self, event: str, data: Payload) -> None:
        """Send an event, or keep it for when the bot is back."""
        self.sequence += 1
        made = {"op": DISPATCH, "t": event, "s": self.sequence, "d": data}
        self.events.append(made)
        if self.socket is not None and not self.silent:
            await self.socket.send_json(made)


class Gateway:
    """One bot's connections, a shard each; events that one misses wait for its resume."""

    def __init__(self, bot: Payload, guild: Payload) -> None:
        """Begin without a connection; `url` is set once there is a port."""
        self.url = ""
        self.heartbeat_seconds = 40.0
        self.pause_seconds = 0.0  # who identifies so soon after another has to do it again
        self.identified = 0
        self.hurried = 0  # how often somebody did
        self.resumed = 0
        self.refusal = 0  # the close code for who says who it is; 0: it is welcome
        self.repeated = 0  # how many events before the last that was seen a resume brings again
        self.guilds = {guild["id"]: guild}
        self._bot = bot
        self._count = 1
        self._sessions = {0: Session()}
        self._last = 0.0

    @property
    def sequence(self) -> int:
        """The number of the last event for the first shard."""
        return self._sessions[0].sequence

    def shard_of(self, guild: str) -> int:
        """Return the number of the shard that a guild is on."""
        return (int(guild) >> 22) % self._count

    async def connected(self, request: web.Request) -> web.WebSocketResponse:
        """Speak with a client until it or a fault ends the connection."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        session: Session | None = None
        interval = int(1000 * self.heartbeat_seconds)
        await socket.send_json({"op": HELLO, "d": {"heartbeat_interval": interval}})
        async for message in socket:
            said = message.json()
            if said["op"] == IDENTIFY:
                session = await self._identify(socket, request, said["d"])
            elif said["op"] == RESUME:
                session = await self._resume(socket, request, said["d"])
            elif session is None or not (session.silent and socket is session.socket):
                await socket.send_json({"op": ACK})
        if session is not None and socket is session.socket:
            session.socket = None
        return socket

    async def dispatch(self, event: str, data: Payload) -> None:
        """Send an event to the shard that it is for: of no guild, to the first."""
        guild = data["id"] if event.startswith("GUILD_") else data.get("guild_id")
        shard = self.shard_of(guild) if guild else 0
        await self._sessions.setdefault(shard, Session()).dispatch(event, data)

    async def hang_up(self, shard: int = 0) -> None:
        """Close a shard's connection in good order."""
        session = self._sessions[shard]
        socket, session.socket = session.socket, None
        if socket is not None:
            await socket.close(code=UNKNOWN_ERROR)

    async def cut(self) -> None:
        """Reset the first shard's connection."""
        self._sessions[0].socket = None
        break_off(self._sessions[0].transport)

    async def fall_silent(self) -> None:
        """Leave the first shard's connection open and send nothing more on it."""
        self._sessions[0].silent = True

    async def reconnect(self) -> None:
        """Ask the first shard to connect and resume, as Discord does when it moves its servers."""
        await self._say({"op": RECONNECT, "d": None})

    async def invalidate(self, *, resumable: bool) -> None:
        """Call its session invalid; one that isn't resumable is forgotten with its events."""
        if not resumable:
            self._sessions[0].name = ""
        await self._say({"op": INVALID, "d": resumable})

    async def _say(self, payload: Payload) -> None:
        session = self._sessions[0]
        socket, session.socket = session.socket, None
        if socket is not None:
            await socket.send_json(payload)

    async def _identify(
        self, socket: web.WebSocketResponse, request: web.Request, said: Payload
    ) -> Session | None:
        if self.refusal:
            await socket.close(code=self.refusal)
            return None
        if time.monotonic() - self._last < self.pause_seconds:
            self.hurried += 1
            await socket.send_json({"op": INVALID, "d": False})
            return None
        self._last = time.monotonic()
        shard, self._count = said.get("shard", (0, 1))
        session = self._sessions[shard] = Session(payloads.snowflake())
        session.socket, session.transport = socket, request.transport
        self.identified += 1
        own = [each for each in self.guilds.values() if self.shard_of(each["id"]) == shard]
        ready = {
            "v": 10,
            "user": self._bot,
            "guilds": [{"id": each["id"], "unavailable": True} for each in own],
            "session_id": session.name,
            "resume_gateway_url": self.url,
            "shard": [shard, self._count],
            "application": {"id": self._bot["id"], "flags": 0},
        }
        await session.dispatch("READY", ready)
        for each in own:
            await session.dispatch("GUILD_CREATE", each)
        return session

    async def _resume(
        self, socket: web.WebSocketResponse, request: web.Request, wanted: Payload
    ) -> Session | None:
        known = [each for each in self._sessions.values() if each.name == wanted["session_id"]]
        if not known:
            await socket.send_json({"op": INVALID, "d": False})
            return None
        session = known[0]
        self.resumed += 1
        for event in list(session.events):
            if event["s"] > wanted["seq"] - self.repeated and event["t"] != "READY":
                await socket.send_json(event)
        session.socket, session.transport, session.silent = socket, request.transport, False
        await session.dispatch("RESUMED", {})
        return session
