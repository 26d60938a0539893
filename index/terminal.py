"""What every terminal command shares: a progress bar, and failures told in one line."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
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
    "ask": "asking questions",
    "fit": "fitting weights",
}

output = Console(highlight=False, soft_wrap=True)
messages = Console(stderr=True, highlight=False, soft_wrap=True)

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
        try:
            return super().invoke(ctx)
        except SeedIndexError as error:
            fail(str(error))
        except BrokenPipeError:
            sys.stderr.close()
            ctx.exit(1)


def fail(message: str, code: int = BAD_INPUT) -> None:
    """End with one line on standard error.

    Raises:
        SystemExit: always.
    """
    show_error(message)
    raise SystemExit(code)


def show_error(message: str) -> None:
    """Tell a failure in one line."""
    messages.print(Text.assemble(("error: ", "bold red"), " ".join(message.split())))


def show_note(text: str) -> None:
    """Tell what one should know of what went well."""
    messages.print(Text.assemble(("note ", "yellow"), text))


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
        messages.print(Text.assemble(("skipped ", "yellow"), f"{file.path}: {file.reason}"))
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
