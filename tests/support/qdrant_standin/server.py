"""The stand-in as a process: `python -m tests.support.qdrant_standin.server FOLDER [PORT …]`.

It says its ports in a line when it listens, and ends when its standard input does.

All is done in one thread. The engine's Python binding holds the interpreter's lock in all it does:
two threads answered 100 exact searches of 30,000 vectors in 0.30 s, one in 0.25 s, and while a
graph of 20,000 was built (1.9 s) no other thread ran at all. So whoever asks while a graph is built
waits here, which they needn't at a server.

A stand-in on Python's `http.server` fails at 20 parallel questions of an `AsyncQdrantClient`. The
client keeps no connection to 127.0.0.1 open: 20 questions are 20 connections at once, and
`socketserver` has room for 5 that it hasn't accepted yet. The kernel drops what is beyond; such a
question is answered after the second that TCP waits until it tries again, or its connection is
reset and the client raises `ResponseHandlingException: ReadError`. Of ten times 20 questions 17
failed, and a round took 1.05 s; of ten times 100 questions 404 failed. With `request_queue_size =
1024` and nothing else changed none failed, in 0.04 and 0.4 s a round. A graph that is built
meanwhile makes it worse, since nothing is accepted then: 79 of 200 failed, and none with the longer
queue. All else that was suspected does no harm: HTTP/1.0, which closes after each answer; answers
without their length, as long as it is HTTP/1.0 (with 1.1 the client waits until its timeout);
bodies in chunks, which the client never sends; an engine that threads share, as it lets in one at a
time.
"""

import asyncio
import json
import os
import sys
import threading
import time
import traceback
from importlib.metadata import version
from pathlib import Path

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from tests.support.qdrant_standin.asking import READS, ROUTES, Does
from tests.support.qdrant_standin.errors import Refused, from_engine
from tests.support.qdrant_standin.faults import Fault, Handler
from tests.support.qdrant_standin.shards import Collections

KEY_VARIABLE = "STANDIN_KEY"
BACKLOG = 1024  # connections that aren't accepted yet
LARGEST_BODY = 32 * 2**20  # a server's own default
QUIET_SECONDS = 0.2
OPEN = {"/", "/healthz", "/readyz", "/livez"}  # asked without a key
CONTROL = "/stand-in"
FAULTS = TypeAdapter(list[Fault])


class Standin:
    """The application: collections, faults, and the one key."""

    def __init__(self, folder: Path, key: str) -> None:
        """Open what is in the folder."""
        self._folder = folder
        self._key = key
        self._now = Collections(folder / "collections")
        self._behind: Collections | None = None
        self._faults: list[Fault] = []
        self._tidying: asyncio.TimerHandle | None = None

    def application(self) -> web.Application:
        """Return what to serve."""
        made = web.Application(
            client_max_size=LARGEST_BODY, middlewares=[self._faulty, self._guarded]
        )
        made.router.add_get("/", self._greet)
        for path in ("/healthz", "/readyz", "/livez"):
            made.router.add_get(path, self._well)
        made.router.add_put(f"{CONTROL}/faults", self._set_faults)
        made.router.add_post(f"{CONTROL}/forget/{{name}}", self._forget)
        for (method, path), does in ROUTES.items():
            made.router.add_route(method, path, self._handler(does))
        made.on_startup.append(self._begin)
        return made

    async def _begin(self, _app: web.Application) -> None:
        self._tidy_later()

    @web.middleware
    async def _faulty(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(CONTROL):
            for fault in self._faults:
                if fault.fits(request):
                    request["behind"] = fault.behind
                    return await fault.meet(request, handler)
        return await handler(request)

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("api-key", "")
        needed = self._key and request.path not in OPEN and not request.path.startswith(CONTROL)
        if needed and given != self._key:
            missing = "Must provide an API key or an Authorization bearer token"
            return web.Response(status=401, text="Invalid API key or JWT" if given else missing)
        return await handler(request)

    def _handler(self, does: Does) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            began = time.perf_counter()
            body = await request.read()
            name = request.match_info.get("name", "")
            before = self._now.updates()
            behind = does in READS and request.get("behind")
            state = self._behind if behind and self._behind else self._now
            try:
                told, status = {"result": does(state, name, body), "status": "ok"}, 200
            except Exception as error:  # noqa: BLE001 - whatever it is is answered, as by a server
                told, status = _refusal(error)
            if self._now.updates() != before:
                self._tidy_later()
            return web.json_response(told | {"time": time.perf_counter() - began}, status=status)

        return handle

    def _tidy_later(self) -> None:
        """Optimize once nothing has been changed for a moment; nothing else is done meanwhile."""
        if self._tidying is not None:
            self._tidying.cancel()
        loop = asyncio.get_running_loop()
        self._tidying = loop.call_later(QUIET_SECONDS, self._now.optimize)

    async def _greet(self, _request: web.Request) -> web.Response:
        # The client warns of a server that isn't of its own version, nearly.
        told = {"title": "a stand-in for qdrant", "version": version("qdrant-client")}
        return web.json_response(told)

    async def _well(self, _request: web.Request) -> web.Response:
        return web.Response(text="healthz check passed")

    async def _set_faults(self, request: web.Request) -> web.Response:
        self._faults = FAULTS.validate_json(await request.read())
        wanted = any(fault.behind for fault in self._faults)
        if self._behind is None and wanted:
            self._behind = self._now.copy(self._folder / "behind")
        elif self._behind is not None and not wanted:
            self._behind.close()
            self._behind = None
        return web.Response()

    async def _forget(self, request: web.Request) -> web.Response:
        self._now.forget(request.match_info["name"])
        return web.Response()


def _refusal(error: Exception) -> tuple[dict[str, object], int]:
    if isinstance(error, ValidationError):
        error = Refused(400, f"Format error in JSON body: {error}")
    if not isinstance(error, Refused):
        traceback.print_exception(error)
        error = from_engine(error)
    return {"status": {"error": error.says}}, error.status


async def serve(folder: Path, ports: list[int]) -> None:
    """Listen on these ports; 0 is a free one."""
    standin = Standin(folder, os.environ.get(KEY_VARIABLE, ""))
    runner = web.AppRunner(standin.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    for port in ports:
        await web.TCPSite(runner, "127.0.0.1", port, backlog=BACKLOG).start()
    sys.stdout.write(json.dumps([address[1] for address in runner.addresses]) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(serve(Path(sys.argv[1]), [int(port) for port in sys.argv[2:]] or [0]))
