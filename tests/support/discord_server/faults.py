"""What can go wrong with one request, and the queue of it that each route has."""

import asyncio
import json
import socket
import struct
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Fault:
    """Replaces the reply to one request; with `arrives` the request takes effect all the same.

    With neither `status` nor `reset` the reply is only late, by `seconds`.
    """

    status: int = 0
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    reset: bool = False
    arrives: bool = False


def refused(status: int, code: int, text: str) -> Fault:
    """One of Discord's own errors."""
    return Fault(status, {"code": code, "message": text})


def rate_limited(seconds: float, *, everywhere: bool = False) -> Fault:
    """Too many requests, of this route or of the bot altogether."""
    body = {"message": "You are being rate limited.", "retry_after": seconds, "global": everywhere}
    headers = {"Via": "1.1 google", "Retry-After": str(seconds)}
    return Fault(429, body, headers | ({"X-RateLimit-Global": "true"} if everywhere else {}))


def server_error(status: int, *, arrives: bool = False) -> Fault:
    """Discord, or what stands before it, breaks down."""
    return Fault(status, {"message": f"{status}: error", "code": 0}, arrives=arrives)


def slow(seconds: float) -> Fault:
    """The reply takes its time."""
    return Fault(seconds=seconds)


def reset(*, arrives: bool = False) -> Fault:
    """The connection is reset in the place of a reply."""
    return Fault(reset=True, arrives=arrives)


NO_ACCESS = refused(403, 50001, "Missing Access")
NO_PERMISSION = refused(403, 50013, "Missing Permissions")
UNKNOWN_CHANNEL = refused(404, 10003, "Unknown Channel")
UNKNOWN_GUILD = refused(404, 10004, "Unknown Guild")
UNKNOWN_MEMBER = refused(404, 10007, "Unknown Member")
UNKNOWN_MESSAGE = refused(404, 10008, "Unknown Message")
UNKNOWN_USER = refused(404, 10013, "Unknown User")
UNKNOWN_INTERACTION = refused(404, 10062, "Unknown interaction")
UNKNOWN_WEBHOOK = refused(404, 10015, "Unknown Webhook")
TOKEN_IS_OVER = refused(401, 50027, "Invalid Webhook Token")
NO_DIRECT_MESSAGES = refused(403, 50007, "Cannot send messages to this user")
ACKNOWLEDGED_BEFORE = refused(400, 40060, "Interaction has already been acknowledged.")
ARCHIVED = refused(400, 50083, "Thread is archived")
AUTOMOD = refused(400, 200000, "Message was blocked by automatic moderation")
HARMFUL_LINK = refused(400, 240000, "Message contains harmful links")
POST_IS_YOUNG = refused(400, 40058, "Cannot message this thread until after the post author has")
NO_SUCH_REPLY = refused(400, 50035, "Invalid Form Body")


def replied(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """A reply in JSON; its type has no charset, with which discord.py would take it for text."""
    return web.Response(
        body=json.dumps(body).encode(),
        status=status,
        headers=headers,
        content_type="application/json",
    )


def failed(fault: Fault) -> web.Response:
    """The reply of a fault."""
    return replied(dict(fault.body), fault.status, fault.headers)


def break_off(transport: asyncio.Transport | None) -> None:
    """Reset a connection: the other side gets RST, not an orderly end."""
    if transport is not None:
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


class Faults:
    """A queue of faults for each route, by the route's name.

    `lasting` has those that every request of a route meets until they are taken out.
    """

    def __init__(self) -> None:
        """Begin without faults."""
        self.lasting: dict[str, Fault] = {}
        self._waiting: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def put(self, route: str, *faults: Fault) -> None:
        """Let the next requests of a route meet these faults, one each."""
        self._waiting[route].extend(faults)

    def clear(self) -> None:
        """Take back what nothing has met yet."""
        self._waiting.clear()

    @property
    def left(self) -> list[str]:
        """The routes with faults that nothing has met yet."""
        return [route for route, faults in self._waiting.items() if faults]

    def middleware(self) -> Any:  # noqa: ANN401 - aiohttp's decorator has no type of its own
        """Return what stands before every handler."""

        @web.middleware
        async def meet(request: web.Request, handler: Handler) -> web.StreamResponse:
            route = request.match_info.route.name or ""
            waiting = self._waiting[route]
            fault = waiting.popleft() if waiting else self.lasting.get(route)
            if fault is None:
                return await handler(request)
            await asyncio.sleep(fault.seconds)
            late = not (fault.status or fault.reset)
            reply = await handler(request) if fault.arrives or late else None
            if fault.reset:
                await request.read()
                break_off(request.transport)
                return web.Response()
            return reply if late and reply is not None else failed(fault)

        return meet
