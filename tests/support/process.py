"""The bot in a process of its own, its log read line by line."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self

from tests.support.discord_server.server import DiscordServer

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0
MAIN = """
import sys, discord, yarl
discord.http.Route.BASE = sys.argv[1]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(sys.argv[2])
from bot.__main__ import main
main(["--config", sys.argv[3], "run", *sys.argv[4:]], prog_name="python -m bot")
"""


def until(holds: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait until it does."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def health(port: int) -> tuple[int, dict[str, Any]]:
    """Ask for the bot's health."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/health")
    response = connection.getresponse()
    return response.status, json.load(response)


class BotProcess:
    """`python -m bot run` against a Discord of our own, with JSON lines."""

    def __init__(
        self, folder: Path, server: DiscordServer, config: str, *options: str, name: str = "log"
    ) -> None:
        """Start it with the text of a config file; its log is named by `name`."""
        addresses = server.address, server.gateway.url
        file = folder / f"{name}.toml"
        file.write_text(f"{config}\n[logging]\njson_lines = true\n")
        self._log = folder / f"{name}.jsonl"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-c", MAIN, *addresses, file, *options],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), "DISCORD_TOKEN": "a.b.c"},
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def __enter__(self) -> Self:
        """Nothing more to do."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave nothing running."""
        self.process.kill()
        self.process.wait()

    def lines(self) -> list[dict[str, Any]]:
        """Return the log so far; a line that isn't JSON fails."""
        whole = self._log.read_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def says(self, words: str) -> bool:
        """Whether a line of the log holds these words."""
        return any(words in line["event"] for line in self.lines())

    def wait_for(self, words: str) -> None:
        """Wait until a line of the log holds these words."""
        until(lambda: self.says(words) or self.process.poll() is not None)
        assert self.says(words), self.lines()

    def end(self) -> int:
        """Wait for its end; return the exit code."""
        return self.process.wait(PATIENCE)
