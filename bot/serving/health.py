"""Whether the bot is well, and its metrics, told on a port that this machine alone can reach.

It has a thread and an event loop of its own, so it answers while the bot's loop hangs, and says so.
"""

import asyncio
import json
import logging
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, parse_headers
from io import BytesIO
from typing import Any, Protocol, Self

from bot.serving.hooks import FOLDER, Hooks
from bot.serving.loopback import NAMES, listen
from bot.serving.metrics import CONTENT_TYPE, Metrics
from index import Library

log = logging.getLogger(__name__)

CALLED = "`metrics_port` under [service], or `--metrics-port`; 0: none"
# How long a connection may last, whatever comes over it.
PATIENCE_SECONDS = 5.0
# The most that are open at a time; the oldest gives way to the next.
CONNECTIONS = 32
HEAD_BYTES = 8192
HEAD_END = b"\r\n\r\n"
BEAT_SECONDS = 1.0
HANGS_SECONDS = 10.0
# So many collections with one and the same problem are named.
NAMED = 3


# Answers a request, of which the first is the head and the other gives the body.
Reply = Callable[[bytes, asyncio.StreamReader], Awaitable[bytes]]


class Connected(Protocol):
    """A client of Discord."""

    def missing(self) -> str:
        """What of the gateway isn't there, in words; empty if all is."""


class Following(Protocol):
    """What keeps the index in step with the documents."""

    def report(self) -> dict[str, Any]:
        """Return how it does."""


class Fetching(Following, Protocol):
    """What keeps documents fresh that come from elsewhere."""

    def want(self, name: str) -> bool:
        """Fetch a source as soon as can be; False where none has the name."""


@dataclass(slots=True)
class Health:
    """What the bot has so far; filled in as it starts, read by the endpoint's thread.

    `beaten` is when the bot's event loop last turned, by the monotonic clock; None: not yet.
    """

    library: Library | None = None
    client: Connected | None = None
    watcher: Following | None = None
    fetching: Fetching | None = None
    leaving: bool = False
    beaten: float | None = None

    async def beat(self) -> None:
        """Show that the event loop turns, for as long as it does."""
        while True:
            self.beaten = time.monotonic()
            await asyncio.sleep(BEAT_SECONDS)

    @property
    def reason(self) -> str:
        """Why the bot can't answer now; empty if it can."""
        if self.leaving:
            return "the bot is shutting down"
        if self.library is None:
            return "the index is being opened"
        missing = "not connected to Discord" if self.client is None else self.client.missing()
        if missing:
            return missing
        still = 0.0 if self.beaten is None else time.monotonic() - self.beaten
        if still > HANGS_SECONDS:
            return f"the event loop hangs for {still:.0f} seconds now"
        return ""

    def want(self, name: str) -> HTTPStatus:
        """Have a source fetched, if this process is the one that does; say what comes of it."""
        if self.fetching is None or self.library is None or not self.library.leading:
            return HTTPStatus.SERVICE_UNAVAILABLE
        return HTTPStatus.ACCEPTED if self.fetching.want(name) else HTTPStatus.NOT_FOUND

    def report(self) -> tuple[HTTPStatus, dict[str, Any]]:
        """Return the status and what else is to be said.

        `problem` is why an older generation answers than the current one: members are served, the
        owner has something to do; so it is where the `watcher` has a problem or isn't alive.
        `generation` is the newest of the `indexes` that are open, and `builder` whether this
        process is the one that follows the documents, of all that share the index.
        """
        reason, library = self.reason, self.library
        if reason or library is None:
            return HTTPStatus.SERVICE_UNAVAILABLE, {"status": "unavailable", "reason": reason}
        states = [index.state for index in library.opened().values()]
        problems: dict[str, list[str]] = {}
        for name, text in library.problems.items():
            problems.setdefault(text, []).append(name)
        return HTTPStatus.OK, {
            "status": "ok",
            "indexes": len(states),
            "generation": max((state.generation for state in states), default=""),
            "passages": sum(state.manifest.passages for state in states),
            "problem": "; ".join(_named(text, names) for text, names in problems.items()),
            "builder": library.leading,
            "watcher": self.watcher and self.watcher.report(),
            "sources": self.fetching and self.fetching.report(),
        }


def _named(problem: str, collections: list[str]) -> str:
    """Say which collections have a problem."""
    few, more = collections[:NAMED], len(collections) - NAMED
    others = f" and {more} more" if more > 0 else ""
    return f"{', '.join(few)}{others}: {problem}" if any(few) else problem


class Endpoint:
    """Serves `/metrics` and `/health` while it is entered; with port 0 it does nothing."""

    def __init__(
        self, port: int, metrics: Metrics, health: Health, secret: str | None = None
    ) -> None:
        """Take the port; who knows the `secret`, if there is one, may have sources fetched.

        Raises:
            StartError: the port may not be had, or (NotNow) not at the moment.
        """
        self._metrics = metrics
        self._health = health
        self._hooks = Hooks(secret, health.want) if secret else None
        self._listening: socket.socket | None = None
        self._serving: _Serving | None = None
        if port:
            self._listening = listen(port, CALLED)

    def __enter__(self) -> Self:
        """Begin to answer."""
        if self._listening:
            self._serving = _Serving(self._listening, self._reply)
            log.info("http://%s:%d has /health and /metrics", *self._listening.getsockname())
        return self

    def __exit__(self, *_error: object) -> None:
        """End; nobody who still holds a connection is waited for."""
        if self._serving:
            self._serving.end()

    async def _reply(self, head: bytes, incoming: asyncio.StreamReader) -> bytes:
        """Answer a request by what stands before its body, and for some by that."""
        line, _, rest = head.partition(b"\r\n")
        try:
            method, target, _ = line.decode("ascii").split(" ")
            headers = parse_headers(BytesIO(rest))
        except (ValueError, HTTPException):
            return _response(HTTPStatus.BAD_REQUEST)
        # These come from elsewhere, through a proxy, and are known by their secret.
        if self._hooks and method == "POST" and target.startswith(FOLDER):
            name = target.removeprefix(FOLDER)
            return _response(*await self._hooks.answer(name, headers, incoming))
        names = headers.get_all("Host", [])
        if len(names) != 1 or not NAMES.fullmatch(names[0]):
            return _response(HTTPStatus.MISDIRECTED_REQUEST)
        if method not in {"GET", "HEAD"}:
            return _response(HTTPStatus.METHOD_NOT_ALLOWED, allow="GET, HEAD")
        path = target.partition("?")[0]
        status, kind, body = HTTPStatus.OK, "application/json", b""
        if path == "/metrics":
            kind, body = CONTENT_TYPE, self._metrics.text()
        elif path == "/health":
            status, report = self._health.report()
            body = json.dumps(report).encode() + b"\n"
        else:
            return _response(HTTPStatus.NOT_FOUND, b"There is /health and /metrics.\n")
        return _response(status, body, kind, bodiless=method == "HEAD")


class _Serving:
    """One request a connection, in a thread of its own, within bounds of time, number and size."""

    def __init__(self, listening: socket.socket, reply: Reply) -> None:
        self._listening = listening
        self._reply = reply
        self._open: dict[asyncio.Task[Any], None] = {}
        self._loop = asyncio.new_event_loop()
        self._ending = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="health", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Take nothing new and drop who is connected."""
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._answer, sock=self._listening, limit=HEAD_BYTES)
        await self._ending.wait()
        server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not (task := asyncio.current_task()):
            return
        self._open[task] = None
        if len(self._open) > CONNECTIONS:
            oldest = next(iter(self._open))
            del self._open[oldest]
            oldest.cancel()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                try:
                    head = await reader.readuntil(HEAD_END)
                    reply = await self._reply(head, reader)
                except asyncio.LimitOverrunError:
                    reply = _response(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                writer.write(reply)
                writer.close()
                await writer.wait_closed()
        except (TimeoutError, EOFError, OSError):
            pass  # it hung up, or took too long
        except Exception:
            log.exception("a request for health or metrics failed")
        finally:
            self._open.pop(task, None)
            writer.transport.abort()


def _response(
    status: HTTPStatus,
    body: bytes = b"",
    kind: str = "text/plain",
    *,
    bodiless: bool = False,
    allow: str = "",
) -> bytes:
    """Return a response after which the connection ends."""
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    if allow:
        lines.append(f"Allow: {allow}")
    head = "\r\n".join([*lines, "", ""]).encode()
    return head if bodiless else head + body
