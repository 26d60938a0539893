"""Which collections a command is about: the one that is named, or all of them, each by itself."""

from collections.abc import Callable

import click
from rich.text import Text

from index.collections import names, server_of, settings_of, uncollected
from index.config import IndexConfig
from index.errors import CollectionUnknown, SeedIndexError
from index.reading.files import walk
from index.settings import IndexSettings
from index.store.store import Store
from index.terminal import BAD_INPUT, output, show_error, show_note

# So many documents that nobody is shown are named.
NAMED = 3
NONE_YET = "no collection has documents yet"

collection_option = click.option(
    "--collection",
    metavar="NAME",
    help="Only this collection of the config file; that of a server is called NAME@SERVER.",
)


def one(config: IndexConfig, name: str | None) -> IndexSettings:
    """Return the settings of the collection of that name, or of the only index there is.

    Raises:
        CollectionUnknown: there is none of that name, or no name though there are several.
    """
    if name is None:
        known = names(config.index, config.collections)
        if len(known) != 1:
            raise CollectionUnknown(None, known)
        name = known[0]
    return settings_of(config.index, config.collections, name)


def chosen(config: IndexConfig, name: str | None) -> dict[str, IndexSettings]:
    """Return the settings of the collection of that name, or else of all; by their names.

    Collections of servers that have nothing in their folders and never had are none of them.

    Raises:
        CollectionUnknown: there is none of that name.
    """
    if name is not None:
        return {name: one(config, name)}
    found = {
        each: settings_of(config.index, config.collections, each)
        for each in names(config.index, config.collections)
    }
    return {each: own for each, own in found.items() if not (server_of(each) and unused(own))}


def unused(settings: IndexSettings) -> bool:
    """Whether there is neither an index nor anything to index."""
    files = walk(settings, lambda _error: None)
    return not Store.of(settings).pointer_file.exists() and next(files, None) is None


def over(config: IndexConfig, name: str | None, work: Callable[[IndexSettings], int]) -> None:
    """Do `work` for each of `chosen`, under a heading if not one was named; it gives an exit code.

    What fails for one is told, and it goes on with the next.

    Raises:
        SystemExit: not all gave 0; with the greatest.
        SeedIndexError: the only one failed.
    """
    found = chosen(config, name)
    if name is not None or not config.collections:
        worst = max(map(work, found.values()))
    else:
        worst = 0
        if not found:
            show_note(NONE_YET)
        for each, settings in found.items():
            heading(each)
            try:
                worst = max(worst, work(settings))
            except SeedIndexError as error:
                show_error(f"{each}: {error}")
                worst = BAD_INPUT
    if worst:
        raise SystemExit(worst)


def heading(name: str) -> None:
    """Tell that what follows is about a collection."""
    output.print(Text(name, "bold"))


def show_uncollected(config: IndexConfig) -> None:
    """Tell of documents that no collection has."""
    paths = uncollected(config.index, config.collections)
    if paths:
        more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
        first = ", ".join(paths[:NAMED])
        show_note(f"nobody is shown what is in no collection: {first}{more}")
