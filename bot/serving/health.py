"""Whether the bot is well, and its metrics, told on a port that this machine alone can reach."""

import json
import logging
import sys
import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol, Self

from bot.errors import StartError
from bot.serving.metrics import CONTENT_TYPE, Metrics
from index import Index

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
# How long a client may take to say what it wants.
PATIENCE_SECONDS = 5.0


class Connected(Protocol):
    """A client of Discord."""

    def connected(self) -> bool:
        """Whether the gateway is there."""


class Following(Protocol):
    """What keeps the index in step with the documents."""

    def report(self) -> dict[str, Any]:
        """Return how it does."""


@dataclass(slots=True)
class Health:
    """What the bot has so far; filled in as it starts, read by the endpoint's threads."""

    index: Index | None = None
    client: Connected | None = None
    watcher: Following | None = None
    leaving: bool = False

    @property
    def reason(self) -> str:
        """Why the bot can't answer now; empty if it can."""
        if self.leaving:
            return "the bot is shutting down"
        if self.index is None:
            return "the index is being opened"
        if self.client is None or not self.client.connected():
            return "not connected to Discord"
        return ""

    def report(self) -> tuple[HTTPStatus, dict[str, Any]]:
        """Return the status and what else is to be said.

        `problem` is why an older generation answers than the current one: members are served, the
        owner has something to do; so it is where the `watcher` has a problem or isn't alive.
        """
        reason, index = self.reason, self.index
        if reason or index is None:
            return HTTPStatus.SERVICE_UNAVAILABLE, {"status": "unavailable", "reason": reason}
        state = index.state
        return HTTPStatus.OK, {
            "status": "ok",
            "generation": state.generation,
            "passages": state.manifest.passages,
            "problem": state.problem,
            "watcher": self.watcher and self.watcher.report(),
        }


class Endpoint:
    """Serves `/metrics` and `/health` while it is entered; with port 0 it does nothing."""

    def __init__(self, port: int, metrics: Metrics, health: Health) -> None:
        """Take the port.

        Raises:
            StartError: the port can't be had.
        """
        self._server: _Server | None = None
        if not port:
            return
        try:
            self._server = _Server(port, metrics, health)
        except OSError as error:
            message = (
                f"port {port} (`metrics_port` under [service]) can't be used: {error.strerror}; "
                "end what uses it, or set another one (0: none)"
            )
            raise StartError(message) from None

    def __enter__(self) -> Self:
        """Begin to answer."""
        if self._server:
            port = self._server.server_port
            threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()
            log.info("http://%s:%d has /health and /metrics", HOST, port)
        return self

    def __exit__(self, *_error: object) -> None:
        """End; nobody who still holds a connection is waited for."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, metrics: Metrics, health: Health) -> None:
        self.metrics = metrics
        self.health = health
        super().__init__((HOST, port), _Handler)

    def handle_error(self, *_arguments: object) -> None:
        """Leave a client that hung up alone."""
        error = sys.exception()
        if not isinstance(error, OSError):
            log.error("a request for health or metrics failed", exc_info=error)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = PATIENCE_SECONDS

    def do_GET(self) -> None:
        """Answer by path."""
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._send(HTTPStatus.OK, CONTENT_TYPE, self.server.metrics.text())
        elif path == "/health":
            status, report = self.server.health.report()
            self._send(status, "application/json", json.dumps(report).encode() + b"\n")
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", b"There is /health and /metrics.\n")

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Stay silent: it is asked every few seconds."""
