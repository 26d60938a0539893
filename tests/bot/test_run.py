"""The bot waits for Discord, tells what stops it in one clear line, and leaves in good order."""

import json
import signal
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from threading import Event

import discord
import pytest
import yarl

from bot.errors import StartError
from bot.run import serve, waits
from bot.settings import BotConfig, ServiceSettings
from index import Index
from tests.support.chat_endpoint import ChatEndpoint, sends
from tests.support.discord_door import DiscordServer
from tests.support.process import BotProcess, until


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
        serve(lambda: seeds_index, BotConfig(), "wrong.token.here")


def test_waiting_doubles_to_a_minute_and_leaves_room_for_chance() -> None:
    longest = [1, 2, 4, 8, 16, 32, 60, 60, 60]
    seen = [list(islice(waits(), len(longest))) for _ in range(50)]
    for number, most in enumerate(longest):
        column = [each[number] for each in seen]
        assert most / 2 <= min(column) < max(column) <= most


def test_a_token_that_is_taken_back_ends_the_bot(
    seeds_index: Index, config: BotConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DiscordServer() as server:
        server.close_code = 4004
        monkeypatch.setattr(discord.http.Route, "BASE", server.rest)
        gateway = yarl.URL(server.gateway)
        monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
        with pytest.raises(StartError, match="Discord refuses the token in DISCORD_TOKEN"):
            serve(lambda: seeds_index, config, "some.token.here")


def test_a_port_in_use_is_told_before_the_index_is_opened() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = BotConfig(service=ServiceSettings(metrics_port=port))
        with pytest.raises(StartError, match=rf"port {port} \(`metrics_port`.*in use"):
            serve(pytest.fail, config, "some.token.here")


@pytest.fixture
def text(seeds_index: Index) -> str:
    """A config that names the index of the tests."""
    settings = seeds_index.settings
    return f"[index]\nseeds = '{settings.seeds}'\nstore = '{settings.store}'\n"


@pytest.fixture
def server() -> Iterator[DiscordServer]:
    """A Discord of our own."""
    with DiscordServer() as server:
        yield server


def health(port: int) -> tuple[int, dict[str, object]]:
    """Ask for the bot's health."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/health")
    response = connection.getresponse()
    return response.status, json.load(response)


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_the_bot_waits_for_discord_and_tells_its_health(
    server: DiscordServer, text: str, tmp_path: Path
) -> None:
    port = free_port()
    server.down = server.gateway_down = True
    config = f"{text}[service]\nmetrics_port = {port}\n"
    with BotProcess(tmp_path, server.rest, server.gateway, config) as bot:
        bot.wait_for("Discord can't be reached (503 Service Unavailable")
        assert health(port) == (
            503,
            {"status": "unavailable", "reason": "not connected to Discord"},
        )
        server.down = False
        bot.wait_for("Discord can't be reached (503, message='Invalid response status'")
        server.gateway_down = False
        bot.wait_for("connected as seedbot")
        status, told = health(port)
        assert (status, told["status"], told["problem"]) == (200, "ok", "")
        server.gateway_down = True
        server.hang_up()
        until(lambda: health(port)[0] == 503)
        bot.wait_for("Discord: Attempting a reconnect in")
        assert "exception" not in str(bot.lines())
        bot.process.send_signal(signal.SIGTERM)
        assert bot.end() == 0


def test_a_bot_that_still_waits_for_discord_leaves_at_once(
    server: DiscordServer, text: str, tmp_path: Path
) -> None:
    server.down = True
    with BotProcess(tmp_path, server.rest, server.gateway, text) as bot:
        bot.wait_for("Discord can't be reached")
        bot.process.send_signal(signal.SIGINT)
        assert bot.end() == 0
        assert "exception" not in str(bot.lines())


@pytest.fixture
def writing(endpoint: ChatEndpoint) -> Event:
    """Let the writer wait until this is set, so that a question stays under way."""
    go = Event()

    def waits_and_refuses(handler: BaseHTTPRequestHandler) -> None:
        go.wait(60)
        sends(b"", 503)(handler)

    endpoint.reply = waits_and_refuses
    return go


def with_writer(text: str, endpoint: ChatEndpoint, seconds: float) -> str:
    """A config with the writer, and some time to leave."""
    writer = endpoint.settings
    return (
        f"{text}[writer]\nurl = '{writer.url}'\nmodel = 'scribe'\n"
        f"[service]\nshutdown_seconds = {seconds}\n"
    )


def test_a_bot_told_to_end_answers_who_asked_and_refuses_who_asks(
    server: DiscordServer, text: str, tmp_path: Path, endpoint: ChatEndpoint, writing: Event
) -> None:
    config = with_writer(text, endpoint, 60.0)
    with BotProcess(tmp_path, server.rest, server.gateway, config) as bot:
        bot.wait_for("connected as seedbot")
        server.ask("Who directed All of Us Strangers?")
        until(lambda: endpoint.bodies)
        bot.process.send_signal(signal.SIGTERM)
        bot.wait_for("told to end")
        server.ask("Who wrote All of Us Strangers?")
        until(lambda: server.posted)
        assert "I'm restarting, please ask again in a minute." in str(server.posted)
        writing.set()
        assert bot.end() == 0
        assert len(server.posted) == 2
        assert "Andrew Haigh" in str(server.posted[1])
        assert "exception" not in str(bot.lines())


def test_what_takes_longer_than_the_limit_is_given_up(
    server: DiscordServer, text: str, tmp_path: Path, endpoint: ChatEndpoint, writing: Event
) -> None:
    with BotProcess(tmp_path, server.rest, server.gateway, with_writer(text, endpoint, 0.5)) as bot:
        bot.wait_for("connected as seedbot")
        server.ask("Who directed All of Us Strangers?")
        until(lambda: endpoint.bodies)
        bot.process.send_signal(signal.SIGTERM)
        # The thread still waits for the writer.
        assert bot.end() == 0
        assert not writing.is_set()
        assert bot.says("gave up after 0.5 seconds; replies still under way: 1")
        assert "exception" not in str(bot.lines())


def test_a_second_signal_ends_the_bot_at_once(
    server: DiscordServer, text: str, tmp_path: Path, endpoint: ChatEndpoint, writing: Event
) -> None:
    with BotProcess(
        tmp_path, server.rest, server.gateway, with_writer(text, endpoint, 60.0)
    ) as bot:
        bot.wait_for("connected as seedbot")
        server.ask("Who directed All of Us Strangers?")
        until(lambda: endpoint.bodies)
        bot.process.send_signal(signal.SIGTERM)
        bot.wait_for("told to end")
        bot.process.send_signal(signal.SIGTERM)
        assert bot.end() == -signal.SIGTERM
        assert not writing.is_set()
