"""`python -m bot serve`, from its start to its end."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.access.standing import all_of
from bot.programs.programs import opened
from bot.programs.requests import ListAll
from bot.serving.loopback import listen
from bot.settings import BotConfig
from index import Index, IndexSettings, Library
from index.model.onnx_embedder import OnnxEmbedder
from tests.bot.programs.conftest import TOKEN
from tests.support.builder import Builder

ROOT = Path(__file__).parents[3]
WORDS = {"SEEDBOT_API_TOKEN": TOKEN}


async def test_what_another_process_builds_is_read_and_its_lease_is_left_alone(
    tmp_path: Path, begun: Path, embedder: OnnxEmbedder
) -> None:
    settings = IndexSettings(seeds=str(tmp_path / "seeds"), store=str(tmp_path / "store"))
    settings.seeds_path.mkdir()
    shutil.copytree(begun, settings.store_path)
    builder = Library(settings, embedder=embedder, builder=Builder(embedder))
    with opened(BotConfig(index=settings), all_of) as programs:
        assert (await programs.list_all(ListAll()))["total"] == 0
        (settings.seeds_path / "tea.md").write_text("# Tea\n\nTea is green.\n")
        builder.rebuild("")
        async with asyncio.timeout(20):
            while (await programs.list_all(ListAll()))["total"] != 1:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.02)
        # What looked after that would have taken the lease in the same turn.
        assert builder.leads()
    builder.close()


def test_a_program_is_answered_until_the_process_is_told_to_end(
    seeds_index: Index, tmp_path: Path
) -> None:
    settings = seeds_index.settings
    config = f"[index]\nseeds = '{settings.seeds}'\nstore = '{settings.store}'\n"
    (tmp_path / "config.toml").write_text(config)
    serving = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve", "--port", "0"],
        cwd=tmp_path,
        env={**os.environ, **WORDS, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with ExitStack() as stack:
        stack.callback(serving.kill)
        assert serving.stderr
        port = next(
            found[1] for line in serving.stderr if (found := re.search(r"127\.0\.0\.1:(\d+)", line))
        )
        with socket.create_connection(("127.0.0.1", int(port))) as stranger:
            stranger.sendall(b"GARBAGE\r\n\r\n")
            assert b"400 Bad Request" in stranger.recv(100)
        connection = stack.enter_context(
            closing(HTTPConnection("127.0.0.1", int(port), timeout=60))
        )
        asked = json.dumps({"question": "Who directed All of Us Strangers?"})
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        connection.request("POST", "/ask", asked, headers)
        answer = json.load(connection.getresponse())
        assert "Andrew Haigh" in answer["citations"][0]["bold"]
        # A connection that is kept open holds nobody up.
        serving.send_signal(signal.SIGTERM)
        _, log = serving.communicate(timeout=20)
        assert serving.returncode == 0
        assert "told to end" in log
        assert TOKEN not in log
        assert "Traceback" not in log


@pytest.mark.parametrize(
    ("arguments", "token", "said"),
    [
        (("serve",), "", "no token: set SEEDBOT_API_TOKEN"),
        (("serve", "--as", "role:x"), TOKEN, "say server:ID, role:ID or channel:ID"),
        (("serve", "--all", "--as", "role:1"), TOKEN, "say either --all or --as"),
        (("mcp", "--all", "--as", "role:1"), "", "say either --all or --as"),
    ],
)
def test_what_stops_it_is_told_in_a_line(arguments: tuple[str, ...], token: str, said: str) -> None:
    result = CliRunner().invoke(main, arguments, env={"SEEDBOT_API_TOKEN": token})
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_port_that_is_taken_may_be_free_later() -> None:
    with listen(0, "in a test") as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(main, ["serve", "--port", port], env=WORDS)
    assert result.exit_code == 75
    assert f"port {port} (`port` under [programs], or `--port`) can't be used" in result.stderr
