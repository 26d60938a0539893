"""What there is to tell of an index that isn't open, by its newest manifest alone."""

from contextlib import suppress

from index.build.changes import find_changes
from index.errors import SourcesMissing, StoreError
from index.reading.files import scan
from index.settings import IndexSettings
from index.store.manifest import Manifest
from index.store.store import Store


def outdated(settings: IndexSettings) -> bool:
    """Whether the documents changed since the newest build; not if there are none and was none.

    Raises:
        SourcesMissing: there is no document any more.
    """
    manifest = newest(settings)
    try:
        return find_changes(scan(settings), manifest, settings, "").any
    except SourcesMissing:
        if manifest is None:
            return False
        raise


def unread(settings: IndexSettings) -> bool:
    """Whether there are files that the newest build couldn't read, but the next one may.

    Not where that build was rolled back from: another one would undo that.
    """
    manifest = newest(settings)
    rolled_back = Store.of(settings).rolled_back()
    return manifest is not None and not rolled_back and bool(manifest.passing)


def newest(settings: IndexSettings) -> Manifest | None:
    """Return the manifest of the newest build, rolled back from or not; None if none is whole."""
    store = Store.of(settings)
    with suppress(StoreError):
        return store.manifest(store.rolled_back() or store.current())
    return None
