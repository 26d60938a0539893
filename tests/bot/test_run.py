"""What stops the bot from starting is one clear line."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import discord
import pytest

from bot.errors import StartError, Unreachable
from bot.run import serve
from bot.settings import BotConfig
from index import Index


class Unauthorized(BaseHTTPRequestHandler):
    """Answers every request as Discord answers a wrong token."""

    def do_GET(self) -> None:
        """Refuse."""
        body = json.dumps({"message": "401: Unauthorized", "code": 0}).encode()
        self.send_response(401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""


@pytest.fixture
def refusing() -> Iterator[str]:
    """The address of a server that refuses every token."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Unauthorized) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_refused_token_is_told(
    refusing: str, seeds_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", refusing)
    with pytest.raises(StartError, match="Discord refuses the token in DISCORD_TOKEN"):
        serve(seeds_index, BotConfig(), "wrong.token.here")


def test_discord_out_of_reach_is_told(seeds_index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", "http://127.0.0.1:1")
    with pytest.raises(Unreachable, match="Discord can't be reached"):
        serve(seeds_index, BotConfig(), "some.token.here")
