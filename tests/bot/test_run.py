"""The bot waits for Discord, tells what stops it in one clear line, and leaves in good order."""

import errno
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from itertools import islice
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import cast

import aiohttp
import discord
import pytest
from anyio.from_thread import BlockingPortal
from click.testing import CliRunner

from bot import run
from bot.__main__ import main
from bot.client import is_refusal
from bot.errors import NotNow, RecordsBroken, RecordsFailed, StartError
from bot.records import database
from bot.run import serve, waits
from bot.settings import (
    TOKEN_VARIABLE,
    BotConfig,
    DiscordSettings,
    ServiceSettings,
)
from index import Index, IndexLocked, IndexSettings, Library, SettingsError
from index.errors import IndexCorrupt, SourcesMissing
from tests.support.chat_endpoint import ChatEndpoint, sends
from tests.support.discord_server import faults
from tests.support.discord_server.payloads import Payload
from tests.support.discord_server.server import DiscordServer, in_thread
from tests.support.process import BotProcess, free_port, health, until


@dataclass(frozen=True)
class Scene:
    """A Discord of our own with one member, and what a bot needs to come up on it."""

    server: DiscordServer
    portal: BlockingPortal
    maria: Payload
    folder: Path
    index: IndexSettings

    def bot(self, more: str = "") -> BotProcess:
        """Start the bot; `more` goes into its config."""
        index = f"[index]\nseeds = '{self.index.seeds}'\nstore = '{self.index.store}'\n"
        return BotProcess(self.folder, self.server, index + more)

    def ask(self, question: str) -> None:
        """Ask the bot in a direct message."""
        self.portal.call(self.server.write_directly, self.maria, question)

    def replies(self) -> list[Payload]:
        """What the bot has written to the member."""
        return self.server.written_to(self.maria)


@pytest.fixture
def scene(seeds_index: Index, tmp_path: Path) -> Iterator[Scene]:
    """The stage set, the bot not there yet."""
    with in_thread() as (server, portal):
        yield Scene(server, portal, server.member("maria"), tmp_path, seeds_index.settings)


def refuses(scene: Scene, index: Index, config: BotConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Serve, and be told that the token is none."""
    scene.server.lead_here(monkeypatch.setattr)
    with pytest.raises(StartError, match="Discord refuses the token in DISCORD_TOKEN"):
        serve(lambda: Library.of_one(index), config, "some.token.here")


def test_a_refused_token_is_told(
    scene: Scene, seeds_index: Index, config: BotConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.server.faults.lasting["me"] = faults.refused(401, 0, "401: Unauthorized")
    refuses(scene, seeds_index, config, monkeypatch)


def test_a_token_that_is_taken_back_ends_the_bot(
    scene: Scene, seeds_index: Index, config: BotConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.server.gateway.refusal = 4004
    refuses(scene, seeds_index, config, monkeypatch)


def test_a_bot_in_too_many_servers_for_one_connection_is_told_what_to_do(
    scene: Scene, seeds_index: Index, config: BotConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.server.lead_here(monkeypatch.setattr)
    scene.server.gateway.refusal = 4011
    with pytest.raises(StartError, match=r"2,500.*sharding.*--shards auto.*--shards 0-3"):
        serve(lambda: Library.of_one(seeds_index), config, "some.token.here")


@pytest.mark.parametrize(
    "case",
    [
        (0, "commands", "^Discord won't register the bot's commands: .*Missing Access"),
        (7, "guild-commands", "^Discord won't register commands in server 7 .*Missing Access"),
        (7, "commands", "^Discord won't register the bot's commands: .*Missing Access"),
    ],
)
def test_commands_that_discord_refuses_are_told_with_the_place_and_the_reason(
    scene: Scene,
    seeds_index: Index,
    config: BotConfig,
    monkeypatch: pytest.MonkeyPatch,
    case: tuple[int, str, str],
) -> None:
    guild, route, told = case
    settings = DiscordSettings(servers=[guild] if guild else [])
    config = config.model_copy(update={"discord": settings})
    scene.server.lead_here(monkeypatch.setattr)
    scene.server.faults.lasting[route] = faults.NO_ACCESS
    with pytest.raises(StartError, match=told):
        serve(lambda: Library.of_one(seeds_index), config, "some.token.here")


def test_commands_that_are_limited_for_minutes_are_tried_again(
    scene: Scene,
) -> None:
    scene.server.faults.put("commands", faults.rate_limited(200.0))
    with scene.bot() as bot:
        bot.wait_for("Discord can't be reached (Too many requests")
        bot.wait_for("connected as seedbot")


def test_waiting_doubles_to_a_minute_and_leaves_room_for_chance() -> None:
    longest = [1, 2, 4, 8, 16, 32, 60, 60, 60]
    seen = [list(islice(waits(), len(longest))) for _ in range(50)]
    for number, most in enumerate(longest):
        column = [each[number] for each in seen]
        assert most / 2 <= min(column) < max(column) <= most


def test_a_port_in_use_is_told_before_the_index_is_opened() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = BotConfig(service=ServiceSettings(metrics_port=port))
        with pytest.raises(NotNow, match=rf"port {port} \(`metrics_port`.*in use"):
            serve(pytest.fail, config, "some.token.here")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SettingsError("an unknown key"), 2),
        (StartError("Discord refuses the token"), 2),
        (RecordsBroken("no database"), 2),
        (NotNow("the port is in use"), 75),
        (RecordsFailed("another process holds the records"), 75),
        (IndexLocked("another build is running"), 75),
        (IndexCorrupt("vectors.bin is damaged"), 75),
        (SourcesMissing("no seeds folder"), 75),
        (OSError(errno.EMFILE, "Too many open files"), 75),
        (ZeroDivisionError(), 1),
    ],
)
def test_the_exit_code_says_whether_a_restart_may_help(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fails(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr(run, "serve", fails)
    monkeypatch.setenv(TOKEN_VARIABLE, "some.token.here")
    file = tmp_path / "config.toml"
    file.touch()
    # What a mistake of the bot's own ends with is Python's.
    done = CliRunner().invoke(main, ["--config", str(file), "run"])
    assert done.exit_code == code
    assert code == 1 or str(error) in done.stderr


def test_the_unit_restarts_what_a_restart_may_mend() -> None:
    unit = (Path(__file__).parents[2] / ".deploy" / "seedbot.service").read_text()
    assert "\nRestart=on-failure\n" in unit
    assert "\nRestartPreventExitStatus=2\n" in unit


def test_records_that_another_process_holds_end_the_bot_for_now(
    scene: Scene, seeds_index: Index, config: BotConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCKED_SECONDS", 0.1)
    scene.server.lead_here(monkeypatch.setattr)
    with closing(sqlite3.connect(config.records.file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(RecordsFailed, match="another process holds the bot's records"):
            serve(lambda: Library.of_one(seeds_index), config, "some.token.here")


@pytest.mark.parametrize(
    ("status", "code", "refused"),
    [
        (401, 0, True),
        (403, 50001, True),
        (400, 50035, True),
        (403, 0, False),
        (408, 0, False),
        (429, 0, False),
        (400, 30034, False),
        (502, 0, False),
    ],
)
def test_what_discord_wants_later_is_no_refusal(status: int, code: int, *, refused: bool) -> None:
    response = cast("aiohttp.ClientResponse", SimpleNamespace(status=status, reason=""))
    kind = discord.DiscordServerError if status >= 500 else discord.HTTPException
    assert is_refusal(kind(response, {"code": code, "message": ""})) is refused


def test_what_the_system_lacks_to_shut_readers_in_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, config: BotConfig
) -> None:
    monkeypatch.setattr("bot.run.lacking", lambda: ["there is no Landlock here"])

    def no_index() -> Library:
        message = "there is no index"
        raise StartError(message)

    with pytest.raises(StartError, match="no index"):
        serve(no_index, config, "some.token.here")
    assert caplog.messages.count("there is no Landlock here") == 1


def test_the_bot_waits_for_discord_and_tells_its_health(scene: Scene) -> None:
    port = free_port()
    scene.server.faults.lasting |= dict.fromkeys(("me", "socket"), faults.server_error(503))
    with scene.bot(f"[service]\nmetrics_port = {port}\n") as bot:
        bot.wait_for("Discord can't be reached (503 Service Unavailable")
        assert health(port) == (
            503,
            {"status": "unavailable", "reason": "not connected to Discord"},
        )
        del scene.server.faults.lasting["me"]
        bot.wait_for("Discord can't be reached (503, message='Invalid response status'")
        del scene.server.faults.lasting["socket"]
        bot.wait_for("connected as seedbot")
        status, told = health(port)
        assert (status, told["status"], told["problem"]) == (200, "ok", "")
        scene.server.faults.lasting["socket"] = faults.server_error(503)
        scene.portal.call(scene.server.gateway.hang_up)
        until(lambda: health(port)[0] == 503)
        bot.wait_for("Discord: Attempting a reconnect in")
        assert "exception" not in str(bot.lines())
        bot.process.send_signal(signal.SIGTERM)
        assert bot.end() == 0


def test_a_bot_that_still_waits_for_discord_leaves_at_once(scene: Scene) -> None:
    scene.server.faults.lasting["me"] = faults.server_error(503)
    with scene.bot() as bot:
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


def with_writer(endpoint: ChatEndpoint, seconds: float) -> str:
    """The writer and some time to leave, for a config."""
    writer = endpoint.settings
    return (
        f"[writer]\nurl = '{writer.url}'\nmodel = 'scribe'\n"
        f"[service]\nshutdown_seconds = {seconds}\n"
    )


def test_a_bot_told_to_end_answers_who_asked_and_refuses_who_asks(
    scene: Scene, endpoint: ChatEndpoint, writing: Event
) -> None:
    with scene.bot(with_writer(endpoint, 60.0)) as bot:
        bot.wait_for("connected as seedbot")
        scene.ask("Who directed All of Us Strangers?")
        until(lambda: endpoint.bodies)
        bot.process.send_signal(signal.SIGTERM)
        bot.wait_for("told to end")
        scene.ask("Who wrote All of Us Strangers?")
        until(scene.replies)
        assert "I'm restarting, please ask again in a minute." in str(scene.replies())
        writing.set()
        assert bot.end() == 0
        assert len(scene.replies()) == 2
        assert "Andrew Haigh" in str(scene.replies()[1])
        assert "exception" not in str(bot.lines())


def test_what_takes_longer_than_the_limit_is_given_up(
    scene: Scene, endpoint: ChatEndpoint, writing: Event
) -> None:
    with scene.bot(with_writer(endpoint, 0.5)) as bot:
        bot.wait_for("connected as seedbot")
        scene.ask("Who directed All of Us Strangers?")
        until(lambda: endpoint.bodies)
        bot.process.send_signal(signal.SIGTERM)
        # The thread still waits for the writer.
        assert bot.end() == 0
        assert not writing.is_set()
        assert bot.says("gave up after 0.5 seconds; replies still under way: 1")
        assert "exception" not in str(bot.lines())


def test_a_second_signal_ends_the_bot_at_once(
    scene: Scene, endpoint: ChatEndpoint, writing: Event
) -> None:
    with scene.bot(with_writer(endpoint, 60.0)) as bot:
        bot.wait_for("connected as seedbot")
        scene.ask("Who directed All of Us Strangers?")
        until(lambda: endpoint.bodies)
        bot.process.send_signal(signal.SIGTERM)
        bot.wait_for("told to end")
        bot.process.send_signal(signal.SIGTERM)
        assert bot.end() == -signal.SIGTERM
        assert not writing.is_set()
