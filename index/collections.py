"""The collections that the config file names, and the settings that the index of each has."""

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

from index.errors import CollectionUnknown
from index.reading import watching
from index.reading.files import walk
from index.reading.rules import below, chosen, ignored
from index.settings import (
    COLLECTIONS,
    OF,
    POINTER,
    SERVER,
    CollectionSettings,
    IndexSettings,
)

# The name of the index of everything, which is the only one where no collections are named.
EVERYTHING = ""
# The number of a server, as Discord writes it.
NUMBER = "[1-9][0-9]{0,18}"


def names(settings: IndexSettings, collections: Sequence[CollectionSettings]) -> list[str]:
    """Return the names of all collections in the order of the config file.

    One that stands for a collection in each server has as many names as servers have a folder or an
    index, none of which may be.
    """
    if not collections:
        return [EVERYTHING]
    found = []
    for collection in collections:
        if collection.each:
            servers = {
                *_servers_with_folders(settings.seeds_path, collection.folder),
                *_servers_with_indexes(settings.store_path, collection.name),
            }
            found += [f"{collection.name}{OF}{server}" for server in sorted(servers, key=int)]
        else:
            found.append(collection.name)
    return found


def settings_of(
    settings: IndexSettings, collections: Sequence[CollectionSettings], name: str
) -> IndexSettings:
    """Return the settings of the index of a name, also of that of a server without a folder.

    Raises:
        CollectionUnknown: there is none of that name.
    """
    if not collections and name == EVERYTHING:
        return settings
    collection = collection_of(collections, name)
    if collection is None:
        known = [f"{each.name}{OF}SERVER" if each.each else each.name for each in collections]
        raise CollectionUnknown(name, known)
    store = settings.store_path / COLLECTIONS / name
    folder = collection.folder.replace(SERVER, server_of(name))
    return settings.model_copy(
        update={"store": str(store), "folder": folder, "only": collection.only}
    )


def collection_of(
    collections: Sequence[CollectionSettings], name: str
) -> CollectionSettings | None:
    """Return the collection of a name; for that of a server, the one that stands for all."""
    for collection in collections:
        of_a_server = rf"{collection.name}{OF}{NUMBER}"
        if re.fullmatch(of_a_server, name) if collection.each else name == collection.name:
            return collection
    return None


def lacking_an_index(
    settings: IndexSettings, collections: Sequence[CollectionSettings], folder: str
) -> bool:
    """Whether an index that is to have what is in a folder was never built."""
    inner = PurePosixPath(folder)
    stores = [settings.store_path]
    if collections:
        stores = [
            settings_of(settings, collections, each.name).store_path
            for each in collections
            if not each.each and inner.is_relative_to(each.folder)
        ]
    return any(not (store / POINTER).exists() for store in stores)


def touched(
    settings: IndexSettings, collections: Sequence[CollectionSettings], changed: Collection[str]
) -> list[str]:
    """Return the names of those that may have changed with the paths that `watch` yields."""
    folders = {
        name: settings_of(settings, collections, name).folder
        for name in names(settings, collections)
    }
    those = watching.touched(changed, folders.values())
    return [name for name, folder in folders.items() if folder in those]


def uncollected(settings: IndexSettings, collections: Sequence[CollectionSettings]) -> list[str]:
    """Return the paths of documents that no collection has, so that nobody is shown them.

    It goes through all of the seeds folder.

    Raises:
        SettingsError: an ignore rule, or one of `only`, is no gitignore pattern.
        ResourcesMissing: the machine has no more files to give.
    """
    if not collections:
        return []
    left_out = ignored(settings)
    those: dict[str, list[GitIgnoreSpec | None]] = {}
    for name in names(settings, collections):
        one = settings_of(settings, collections, name)
        those.setdefault(one.folder, []).append(chosen(one))

    def has(folder: str, path: str) -> bool:
        rules = those.get(folder, ())
        return any(only is None or only.match_file(below(folder, path)) for only in rules)

    seeds = settings.seeds_path
    return [
        path
        for path in walk(settings.model_copy(update={"folder": ""}), lambda _error: None)
        if not any(has(folder, path) for folder in watching.above(path))
        and not left_out.match_file(path)
        and not (seeds / path).is_dir()  # a link; what is in there has paths of its own
    ]


def server_of(name: str) -> str:
    """Return the number of the server whose collection has that name; empty if it is no one's."""
    return name.partition(OF)[2]


def _servers_with_folders(seeds: Path, folder: str) -> Iterator[str]:
    """The servers for which there is a folder, by the path of all such, which `SERVER` is in."""
    parts = folder.split("/")
    place = next(number for number, part in enumerate(parts) if SERVER in part)
    before, *after = map(re.escape, parts[place].split(SERVER))
    named = re.compile(f"{before}(?P<server>{NUMBER}){'(?P=server)'.join(after)}")
    with suppress(OSError):
        for entry in seeds.joinpath(*parts[:place]).iterdir():
            found = named.fullmatch(entry.name)
            if found and (seeds / folder.replace(SERVER, found["server"])).is_dir():
                yield found["server"]


def _servers_with_indexes(store: Path, name: str) -> Iterator[str]:
    """The servers for which a collection has an index already."""
    named = re.compile(f"{name}{OF}({NUMBER})")
    with suppress(OSError):
        for entry in (store / COLLECTIONS).iterdir():
            found = named.fullmatch(entry.name)
            if found and (entry / POINTER).exists():
                yield found[1]
