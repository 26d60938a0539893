"""A chat endpoint on a real socket, which does what a test tells it to."""

import contextlib
import json
import threading
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import Any, cast

from index import WriterSettings
from tests.support.loopback import LoopbackServer

Reply = Callable[[BaseHTTPRequestHandler], None]


def completion(text: object) -> bytes:
    """The body of a chat completion."""
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()


def sends(body: bytes, status: int = 200, /, **headers: str) -> Reply:
    """Reply with a whole response."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def says(text: object) -> Reply:
    """Reply as a model that wrote `text`."""
    return sends(completion(text))


def drips(at_once: bytes, slowly: bytes) -> Reply:
    """Reply with the second part byte by byte, so that the whole takes ten seconds."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(at_once)
        for byte in slowly:
            if cast("ChatEndpoint", handler.server).closing.wait(10 / len(slowly)):
                return
            handler.wfile.write(bytes([byte]))

    return reply


class ChatEndpoint(LoopbackServer):
    """Keeps what it was asked; replies with `reply`."""

    def __init__(self) -> None:
        """Listen on a free port of this machine."""
        super().__init__(_Handler)
        self.reply: Reply = says("NONE")
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[Message] = []
        self.closing = threading.Event()

    @property
    def settings(self) -> WriterSettings:
        """Writer settings that name this endpoint."""
        return WriterSettings(url=f"{self.base}/v1", model="scribe", timeout_seconds=10.0)

    def __exit__(self, *_error: object) -> None:
        """End every reply that is under way."""
        self.closing.set()
        super().__exit__()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Keep the request and reply."""
        endpoint = cast("ChatEndpoint", self.server)
        if self.path != "/v1/chat/completions":
            self.send_error(404)
            return
        length = int(self.headers["Content-Length"])
        endpoint.bodies.append(json.loads(self.rfile.read(length)))
        endpoint.headers.append(self.headers)
        self.close_connection = True
        with contextlib.suppress(OSError):
            endpoint.reply(self)

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""
