"""With JSON lines, standard error holds nothing else, whoever writes there and why."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
BEGIN = """
import logging, sys, threading, warnings
from bot.serving import logs
from bot.settings import LoggingSettings
logs.configure(LoggingSettings(json_lines=True, level=sys.argv[1]))
"""
TALK = """
class Odd:
    def __repr__(self): return "odd"
    def __del__(self): raise KeyError("unraisable")

def fails(): raise ValueError("in a thread")

try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("some.library").exception("two\\nlines")
warnings.warn("old stuff", DeprecationWarning)
logging.getLogger("some.library").error("%d", "no number")
logging.getLogger("some.library").error("käse %s", object, extra={"thing": object()})
print("printed", "past the logs", file=sys.stderr)
Odd()
thread = threading.Thread(target=fails, name="worker")
thread.start()
thread.join()
raise RuntimeError("at the end")
"""


def said(script: str, level: str = "info", code: int = 1) -> list[dict[str, Any]]:
    """Run a script with JSON logs; return its lines of standard error."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-W", "always", "-c", BEGIN + script, level],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert not done.stdout
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_exceptions_warnings_and_prints_are_json_as_well() -> None:
    lines = said(TALK)
    assert all(line.keys() >= {"event", "level", "logger", "timestamp"} for line in lines)
    events = [line["event"] for line in lines]
    assert "two\nlines" in events
    assert any("old stuff" in event for event in events)
    assert any("käse" in event for event in events)
    assert "printed past the logs" in events
    traces = [line["exception"] for line in lines if "exception" in line]
    for last in (
        "ZeroDivisionError: division by zero",
        "KeyError: 'unraisable'",
        "ValueError: in a thread",
        "RuntimeError: at the end",
    ):
        assert sum(trace.endswith(last) for trace in traces) == 1


@pytest.mark.parametrize("level", ["debug", "error"])
def test_what_is_told_past_the_logs_is_never_lost(level: str) -> None:
    lines = said("print('error: no token', file=sys.stderr)\nraise SystemExit(2)", level, 2)
    assert [line["event"] for line in lines] == ["error: no token"]


def test_the_end_of_a_command_is_json_as_well(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[logging]\njson_lines = true\n")
    script = f"from bot.__main__ import main; main(['--config', {str(config)!r}, 'run'])"
    environment = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment,
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert json.loads(line)["event"].startswith("error: no token: set DISCORD_TOKEN")


HOSTILE = "\x1b[31mred \x9b2J \u202egpj.exe \u200b \U000e0041 käse\nsecond line"
TELL = f"""
words = {HOSTILE!r}
logging.getLogger("some.library").warning("%s", words)
try:
    raise ValueError(words)
except ValueError:
    logging.getLogger("some.library").exception("failed")
import warnings; warnings.warn(words)
raise RuntimeError(words)
"""


@pytest.mark.parametrize("json_lines", [True, False])
def test_what_is_logged_is_shown_and_not_obeyed(*, json_lines: bool) -> None:
    begin = BEGIN.replace("json_lines=True", f"json_lines={json_lines}")
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-W", "always", "-c", begin + TELL, "info"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
        timeout=60,
        check=False,
    )
    shown = done.stderr
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e\U000e0041]", shown)
    assert shown.count("käse") >= 4
    if json_lines:
        lines = [json.loads(line) for line in shown.splitlines()]
        assert lines[0]["event"] == HOSTILE
        assert lines[-1]["exception"].endswith(f"RuntimeError: {HOSTILE}")
    else:
        first = shown.splitlines()[0]
        assert "␛[31mred" in first
        assert "<U+202E>gpj.exe" in first
        # No record looks like two.
        assert "␊second line" in first
