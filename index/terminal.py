"""What every terminal command shares: a progress bar, and failures told in one line."""

import io
import logging
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.segment import Segment
from rich.text import Text

from index.domain import Progress as Report
from index.domain import Skipped
from index.errors import SeedIndexError

BAD_INPUT = 2

STAGES = {
    "read": "reading documents",
    "export": "exporting the model",
    "embed": "embedding passages",
    "write": "writing the index",
    "send": "sending to the search engine",
    "ask": "asking questions",
    "fit": "fitting weights",
}

# What is no text and yet does something: characters that a terminal obeys; marks that show what
# stands around them in another order; and those of no width, which hide what they are part of. The
# joiners, which Persian and emoji are written with, are not among them.
HIDDEN = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
PICTURES = 0x2400  # Unicode has a picture of each of the first control characters


class SafeConsole(Console):
    """A console that shows what is printed and obeys none of it, wherever the words come from."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield what is to be written; all that is printed comes through here."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            yield segment if control else Segment(visible(text), style)


def visible(text: str) -> str:
    """Return `text` with signs in the place of what a terminal would obey or not show."""
    return HIDDEN.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    number = ord(found[0])
    if number < ord(" "):
        return chr(PICTURES + number)
    return f"<U+{number:04X}>"


def on_one_line(text: str) -> str:
    """Return `text` on one line, so that it can't pass for more than one."""
    return " ".join(text.split())


output = SafeConsole(highlight=False, soft_wrap=True, markup=False, emoji=False)
messages = SafeConsole(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)

config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The config file; without it config.toml of this folder, if there is one.",
)


class OneLineErrors(click.Group):
    """A group of commands that turns a failure into one line and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run the command."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        # What is told past these consoles, in whatever words, would reach the terminal as it is.
        logging.basicConfig(level=logging.WARNING, handlers=[ToMessages()])
        logging.captureWarnings(capture=True)
        sys.excepthook = uncaught
        try:
            return super().invoke(ctx)
        except SeedIndexError as error:
            fail(str(error))
        except BrokenPipeError:
            sys.stderr.close()
            ctx.exit(1)


class ToMessages(logging.Handler):
    """Tells of log records where no other logs are set up."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record."""
        messages.print(Text(self.format(record)))


def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print what nobody caught."""
    messages.print(Text("".join(traceback.format_exception(kind, error, trace))))


def fail(message: str, code: int = BAD_INPUT) -> None:
    """End with one line on standard error.

    Raises:
        SystemExit: always.
    """
    show_error(message)
    raise SystemExit(code)


def show_error(message: str) -> None:
    """Tell a failure in one line."""
    messages.print(Text.assemble(("error: ", "bold red"), on_one_line(message)))


def show_note(text: str) -> None:
    """Tell what one should know of what went well."""
    messages.print(Text.assemble(("note ", "yellow"), on_one_line(text)))


@contextmanager
def progress_bar() -> Iterator[Report]:
    """Show the stages of a build on standard error while the block runs."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
        console=messages,
        transient=True,
    ) as progress:
        task = progress.add_task("loading the model", total=None)
        current = ""

        def report(stage: str, done: int, total: int) -> None:
            nonlocal current
            if stage != current:
                # How fast one stage went says nothing of the next.
                progress.reset(task, description=STAGES.get(stage, stage))
                current = stage
            progress.update(task, completed=done, total=total)

        yield report


class Rate(ProgressColumn):
    """How many of what is counted are done in a second."""

    def render(self, task: Task) -> Text:
        """Show the rate, once there is one."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", "progress.data.speed")


def show_skipped(skipped: tuple[Skipped, ...], *, notes: tuple[Skipped, ...]) -> None:
    """List the files that were left out, and those whose reading had to guess."""
    for file in skipped:
        about = on_one_line(f"{file.path}: {file.reason}")
        messages.print(Text.assemble(("skipped ", "yellow"), about))
    for file in notes:
        show_note(f"{file.path}: {file.reason}")


def ago(moment: datetime) -> str:
    """Return how long ago `moment` was, in the largest unit that fits."""
    seconds = max(0, int((datetime.now(UTC) - moment).total_seconds()))
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"
