"""The name that a store goes by on the servers of a search engine."""

import re
import secrets
from contextlib import suppress

from index.errors import StoreError
from index.store.durable import replace_text
from index.store.store import Store

# Where a store keeps it.
TENANT_FILE = "tenant"
NAME, FOLDER_CHARS = re.compile(r"[A-Za-z0-9_-]+"), 40


def tenant_of(store: Store) -> str:
    """Return the name that a store goes by, made up when it is first wanted.

    Raises:
        OSError: the disk refuses.
    """
    file = store.folder / TENANT_FILE
    with suppress(FileNotFoundError, UnicodeDecodeError):
        if NAME.fullmatch(name := file.read_text("ascii").strip()):
            return name
    name = _used(store) or _new(store)
    replace_text(file, name)
    return name


def _used(store: Store) -> str:
    """The name that the newest generation went by that had one; empty if none can be read."""
    for name in reversed(store.names()):
        with suppress(StoreError):
            if tenant := store.manifest(name).tenant:
                return tenant
    return ""


def _new(store: Store) -> str:
    """A name that no other store has, and that an owner knows again."""
    folder = re.sub(r"[^A-Za-z0-9_-]+", "", store.folder.name)[:FOLDER_CHARS]
    return f"{folder}-{secrets.token_hex(8)}"
