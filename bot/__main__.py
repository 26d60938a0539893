"""`python -m bot`: settings, then the index, then one question, a chat, or Discord.

Whoever restarts `run` goes by its exit code; the other commands end with 0 or 2.

| code | why the bot ended | to start it again |
| --- | --- | --- |
| 0 | it was told to | as one likes |
| 1 | a fault of its own, which a traceback shows | worth a try |
| 2 | config, token, records that are no database: a person has to mend it | of no use |
| 75 | what may pass: no good index, records or port that another holds, a full disk | later |
"""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import click

from bot.access.standing import Eyes, all_of, as_option, eyes
from bot.errors import BotError, NotNow, RecordsBroken, StartError
from bot.programs import forms
from bot.serving import logs
from bot.settings import BotConfig, api_token, discord_token
from bot.shards import ONE, VARIABLE, Shards
from bot.terminal import console
from index import (
    Index,
    Library,
    OneLineErrors,
    SeedIndexError,
    SettingsError,
    config_option,
    fail,
    fetch_new,
    hide,
    lacking_an_index,
    load_config,
    messages,
    progress_bar,
)

BAD_INPUT = 2
TRY_LATER = 75  # EX_TEMPFAIL of sysexits.h
MISTAKES = (SettingsError, StartError, RecordsBroken)


class Commands(OneLineErrors):
    """Also turns the bot's own failures into one line."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BotError as error:
            fail(str(error))


@click.group(cls=Commands)
@config_option
@click.pass_context
def main(context: click.Context, config_file: Path | None) -> None:
    """Answer questions from the documents in the seeds folder, with verbatim, cited quotes."""
    hide()
    config = load_config(BotConfig, config_file)
    logs.configure(config.logging)
    context.obj = config


@main.command()
@click.argument("question")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an answer.")
@as_option("everything")
@click.pass_obj
def ask(config: BotConfig, question: str, who: tuple[str, ...], *, as_json: bool) -> None:
    """Answer QUESTION; `-` reads questions from standard input, one a line."""
    library = open_configured(config)
    shelf = library.open(_readable(config, library, who))
    questions: Iterable[str] = [question]
    if question == "-":
        questions = (line.rstrip("\r\n") for line in sys.stdin)
    for text in questions:
        started = time.perf_counter()
        try:
            reply = shelf.answer(text)
        except SeedIndexError as error:
            if question != "-":
                raise
            if as_json:
                console.print_json(forms.unanswered(text, error))
            else:
                messages.print(f"error: {error}", markup=False)
            continue
        seconds = time.perf_counter() - started
        if as_json:
            console.print_json(forms.answered(text, reply, seconds))
        else:
            console.show_answer(reply, seconds)


@main.command("console")
@as_option("everything")
@click.pass_obj
def console_command(config: BotConfig, who: tuple[str, ...]) -> None:
    """Chat in the terminal, with the same commands as in Discord."""
    library = open_configured(config)
    console.Chat(library, _readable(config, library, who)).run(console.typed_lines())


@main.command()
@click.option(
    "--shards",
    "part",
    envvar=VARIABLE,
    show_envvar=True,
    metavar="FIRST-LAST/COUNT",
    help="Which of a bot's shards this process has, counted from 0, as 0-3/16 or 5/16; with auto "
    "all that Discord wants. For bots in more than some 2,000 servers.",
)
@click.option(
    "--metrics-port",
    envvar="SEEDBOT_METRICS_PORT",
    show_envvar=True,
    type=click.IntRange(0, 2**16 - 1),
    help="Instead of `metrics_port` in the config: each process has its own.",
)
@click.pass_obj
def run(config: BotConfig, part: str | None, metrics_port: int | None) -> None:
    """Answer on Discord; the token comes from the variable DISCORD_TOKEN."""
    shards = Shards.parse(part) if part else ONE
    if metrics_port is not None:
        service = config.service.model_copy(update={"metrics_port": metrics_port})
        config = config.model_copy(update={"service": service})
    token = discord_token()
    # Imported here: discord.py takes half a second, and the other commands don't need it.
    from bot.run import serve  # noqa: PLC0415

    with _told_by_code():
        serve(lambda: open_configured(config), config, token, shards)


as_program = as_option("what is for everybody")
all_option = click.option(
    "--all", "everything", is_flag=True, help="Read everything, whoever it is for."
)


@main.command("serve")
@click.option(
    "--port",
    type=click.IntRange(0, 2**16 - 1),
    help="Instead of `port` under [programs] in the config; 0: any that is free, which is logged.",
)
@as_program
@all_option
@click.pass_obj
def serve_command(
    config: BotConfig, port: int | None, who: tuple[str, ...], *, everything: bool
) -> None:
    """Answer programs on this machine, over HTTP; SEEDBOT_API_TOKEN has what they must send."""
    token = api_token()
    see = _eyes(config, who, everything=everything)
    # Imported here: the other commands need no HTTP server.
    from bot.programs.serve import serve  # noqa: PLC0415

    with _told_by_code():
        serve(config, config.programs.port if port is None else port, token, see)


@main.command("mcp")
@as_program
@all_option
@click.pass_obj
def mcp_command(config: BotConfig, who: tuple[str, ...], *, everything: bool) -> None:
    """Be the tools of an agent or an editor that starts this (Model Context Protocol, stdio)."""
    see = _eyes(config, who, everything=everything)
    if find_spec("mcp") is None:
        message = "this needs one more library (mcp): pip install 'seedbot[mcp]'"
        raise StartError(message)
    from bot.programs.tools import serve  # noqa: PLC0415

    serve(config, see)


def open_configured(config: BotConfig) -> Library:
    """Open the indexes, build what there is none of, and make the first answer a warm one."""
    if config.index.shipped:
        messages.print(
            "There is no seeds folder here and no config.toml, so these are the example documents "
            "that came with the bot; name your own as `seeds` under [index] in config.toml.",
            style="dim",
        )
    # What there is an index for isn't waited for: the bot fetches it as it runs. One that was built
    # of another folder is none.
    elsewhere = not config.index.seeds_path.is_dir()
    waited = [
        each
        for each in config.sources
        if elsewhere or lacking_an_index(config.index, config.collections, each.place)
    ]
    fetch_new(config.index, waited, lambda text: messages.print(text, markup=False))
    library = Library(config.index, config.answers, config.collections, writer=config.writer)
    with progress_bar() as progress:
        library.prepare(progress)
        # All share one model, which is what takes a moment the first time.
        for index in islice(library.opened().values(), 1):
            index.lookup("Is everything ready?")
    for note in (*library.problems.values(), *map(_outdated, library.opened().values())):
        if note:
            messages.print(f"note: {note}", style="yellow", markup=False)
    return library


def _readable(config: BotConfig, library: Library, who: tuple[str, ...]) -> list[str]:
    """The names of the collections that somebody may see; all, if it is nobody."""
    see = eyes(config.collections, who) if who else all_of
    return see(library.names())


def _eyes(config: BotConfig, who: tuple[str, ...], *, everything: bool) -> Eyes:
    """What programs see: what is for everybody, if nothing is said.

    Raises:
        StartError: two things are said, or one in the wrong form.
    """
    if everything and who:
        message = "say either --all or --as"
        raise StartError(message)
    return all_of if everything else eyes(config.collections, who)


@contextmanager
def _told_by_code() -> Iterator[None]:
    """Turn what ends a service into one line and the exit code that says whether to try again."""
    try:
        yield
    except (BotError, SeedIndexError) as error:
        mistake = isinstance(error, MISTAKES) and not isinstance(error, NotNow)
        fail(str(error), BAD_INPUT if mistake else TRY_LATER)
    except OSError as error:
        fail(f"the system doesn't let the bot run: {error}", TRY_LATER)


def _outdated(index: Index) -> str:
    """Say what of the documents the index doesn't know yet, if anything."""
    try:
        changes = index.changes(index.manifest)
    except SeedIndexError as error:
        return str(error)
    if not changes.any:
        return ""
    return f"since the index was built: {changes.summary}; `python -m index build` takes it in"


if __name__ == "__main__":
    main(prog_name="python -m bot")
