"""A server of HTTP on a free port of this machine, for as long as it is entered."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class LoopbackServer(ThreadingHTTPServer):
    """Has each request answered by a `handler`, in a thread of its own."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        """Take the port; `base` is the address."""
        super().__init__(("127.0.0.1", 0), handler)
        self.base = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        """Begin to listen."""
        threading.Thread(target=self.serve_forever, args=[0.01], daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        """End."""
        self.shutdown()
        self.server_close()

    def handle_error(self, *_arguments: object) -> None:
        """Stay silent about a client that hung up."""
