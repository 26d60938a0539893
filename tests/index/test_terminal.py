"""What is printed is shown, never obeyed, whoever wrote it."""

import io
import logging
import re
import sys

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.progress import Progress, TextColumn
from rich.table import Table
from rich.text import Text

from index import terminal
from index.domain import Skipped
from index.terminal import OneLineErrors, SafeConsole, ToMessages, visible

HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07\x1b]8;;https://evil.example\x1b\\link\x9b2J\x7f\b\r"
    "\u202egpj.exe\u2066\u200f\u061c\u200b\ufeff\U000e0041\x00[bold]b[/] :smile:"
)
OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0041]"
)


def console(width: int = 80) -> tuple[SafeConsole, io.StringIO]:
    """A console with colours, and what it has written."""
    written = io.StringIO()
    options = {"highlight": False, "soft_wrap": True, "markup": False, "emoji": False}
    made = SafeConsole(file=written, force_terminal=True, width=width, **options)  # type: ignore[arg-type]
    return made, written


def without_colours(text: str) -> str:
    """What is left of an output when its colours are taken out, and rich moves no cursor."""
    return re.sub(r"\x1b\[[\d;]*[mK]|\x1b\[\?25[lh]|\x1b\[\d*[AG]|\r", "", text)


@pytest.mark.parametrize("style", [None, "bold red"])
def test_words_that_are_printed_are_not_obeyed(style: str | None) -> None:
    for printed in (HOSTILE, Text(HOSTILE), Text.assemble((HOSTILE, "green"))):
        made, written = console()
        made.print(printed, style=style)
        shown = without_colours(written.getvalue())
        assert not OBEYED.search(shown)
        for word in ("red", "title", "␛[31m", "<U+009B>2J", "<U+202E>gpj", "[bold]b[/]", ":smile:"):
            assert word in shown


def test_neither_a_table_nor_a_progress_bar_lets_anything_through() -> None:
    grid = Table(title=HOSTILE)
    grid.add_column(HOSTILE)
    grid.add_row(Text(HOSTILE))
    made, written = console(400)
    made.print(grid)
    with Progress(TextColumn("{task.description}", markup=False), console=made) as progress:
        progress.add_task(HOSTILE)
    assert "gpj.exe" in written.getvalue()
    assert not OBEYED.search(without_colours(written.getvalue()))


@given(st.text())
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert not OBEYED.search(visible(text))
    kept = OBEYED.sub("", text)
    if kept == text and text.isprintable():
        assert visible(text) == text


@pytest.mark.parametrize("text", ["می‌خواهم", "👩🏽‍🚀", "שלום", "a\tb\nc", "naïve", "\u00adsoft"])
def test_joiners_and_letters_from_right_to_left_are_ordinary(text: str) -> None:
    assert visible(text) == text


def test_a_skipped_file_takes_one_line_whatever_it_is_called(
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = "a\nskipped b\x1b[2J\u2028c"
    terminal.show_skipped((Skipped(name, "damaged\r\nerror: x"),), notes=(Skipped(name, "n"),))
    terminal.show_error(f"{name} is wrong")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert not any(OBEYED.search(line) for line in lines)


def test_records_and_uncaught_failures_go_the_same_way(
    capsys: pytest.CaptureFixture[str],
) -> None:
    record = logging.LogRecord("x", logging.WARNING, "", 0, "%s", (HOSTILE,), None)
    ToMessages().emit(record)
    terminal.uncaught(ValueError, ValueError(HOSTILE), None)
    shown = capsys.readouterr().err
    assert shown.count("gpj.exe") == 2
    assert "ValueError: " in shown
    assert not OBEYED.search(shown)


def test_a_command_leaves_nobody_else_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)

    @click.group(cls=OneLineErrors)
    def group() -> None: ...

    @group.command()
    def hooked() -> None:
        click.echo(sys.excepthook is terminal.uncaught)

    assert CliRunner().invoke(group, ["hooked"]).output == "True\n"
