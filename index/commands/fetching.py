"""`python -m index fetch`: documents from elsewhere, now."""

import os
from collections.abc import Iterator
from pathlib import Path

import click
from rich.text import Text

from index.config import IndexConfig
from index.errors import FetchFailed
from index.fetching.fetching import address_of, fetch, fetcher_of, state_of
from index.fetching.state import FetchState
from index.reading.origins import ORIGINS, read
from index.settings import IndexSettings
from index.sources import Fetchable, SourceSettings
from index.terminal import (
    BAD_INPUT,
    ago,
    fail,
    messages,
    output,
    show_error,
    show_note,
    show_skipped,
)

NONE = "there are no [[sources]] in the config file; config.example.toml shows some"
NOT_HERE = "the running bot fetches it: it is in Discord"
THEN = "`python -m index build` takes it in; a running bot does by itself"
# So much of a commit tells it from others.
VERSION_CHARS = 12


@click.command("fetch")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.pass_obj
def fetch_command(config: IndexConfig, names: tuple[str, ...]) -> None:
    """Fetch the documents of all `[[sources]]` of the config file, or of those of the NAMEs."""
    known = {each.name: each for each in config.sources}
    if not known:
        fail(NONE)
    if unknown := [name for name in names if name not in known]:
        fail(f"there is no source {unknown[0]!r} in the config file; there are: {', '.join(known)}")
    code, changed = 0, False
    for source in map(known.__getitem__, names or known):
        try:
            changed |= _fetch(config.index, source)
        except FetchFailed as error:
            show_error(f"{source.name}: {error}")
            code = BAD_INPUT
    if code:
        raise SystemExit(code)
    if changed:
        messages.print(THEN, style="dim")


def _fetch(settings: IndexSettings, source: SourceSettings) -> bool:
    """Fetch one, and tell what came of it; return whether its documents are others than before.

    Raises:
        SeedIndexError: as `fetch`.
    """
    if not isinstance(source, Fetchable):
        show_note(f"{source.name}: {NOT_HERE}")
        return False
    place = settings.seeds_path / source.place
    before = read(place)
    with messages.status(f"fetching {source.name} from {address_of(source)}"):
        state = fetch(settings, source, fetcher_of(source))
    show_skipped(state.skipped, notes=())
    output.print(Text.assemble((source.name, "bold"), f"  {summary(state)}, in {source.place}/"))
    return read(place) != before


def summary(state: FetchState) -> str:
    """Say what a source gave."""
    at = f" at {state.version[:VERSION_CHARS]}" if state.version else ""
    return f"{state.documents} document{'' if state.documents == 1 else 's'}{at}"


def show_sources(config: IndexConfig) -> None:
    """Tell how each source does."""
    for place, name in _left(config):
        told = f"{name} fetched what is in {place}/, and [[sources]] have it no more"
        show_note(f"{told}: delete that folder to be rid of it")
    for source in config.sources:
        state = state_of(config.index, source)
        said = "not fetched yet"
        if state.succeeded is not None:
            said = f"{summary(state)}, fetched {ago(state.succeeded)}"
        output.print(Text.assemble((f"source {source.name}", "bold"), f"  {said}"))
        if state.problem:
            show_note(f"{source.name}: {state.problem}")


def _left(config: IndexConfig) -> Iterator[tuple[str, str]]:
    """Yield the folders that no source keeps any more, each with the name of the one that did."""
    kept = {each.place: each.name for each in config.sources}
    seeds = config.index.seeds_path
    for where, folders, names in os.walk(seeds):
        folders[:] = [name for name in folders if not name.startswith(".")]
        place = Path(where).relative_to(seeds).as_posix()
        origins = read(Path(where)) if ORIGINS in names else None
        if origins and origins.source and kept.get(place) != origins.source:
            yield place, origins.source
