"""Discord's place for attachments on a real socket, with what the simulated Discord keeps there."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import cast
from urllib.parse import unquote

import pytest
from simcord import Env

from tests.support.loopback import LoopbackServer

Give = Callable[[str], bytes | None]


class Cdn(LoopbackServer):
    """Gives the file of an address by `give`; answers the first of `statuses` instead, if any."""

    def __init__(self) -> None:
        """Listen on a free port of this machine."""
        super().__init__(_Handler)
        self.give: Give = lambda _url: None
        self.statuses: list[int] = []
        self.asked: list[str] = []

    def stand_in(self, env: Env, monkeypatch: pytest.MonkeyPatch) -> None:
        """Give what the members of a simulated Discord attach."""
        monkeypatch.setattr("simcord.backend.cdn.CDN_BASE", self.base)
        self.give = env.backend.cdn.get


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Give the file."""
        cdn = cast("Cdn", self.server)
        url = f"{cdn.base}{unquote(self.path)}"
        cdn.asked.append(url)
        data = cdn.give(url)
        if cdn.statuses or data is None:
            self.send_error(cdn.statuses.pop(0) if cdn.statuses else 404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""
