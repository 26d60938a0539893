"""A change of a document before it is made: what it would do."""

import hashlib
import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice

from bot.uploads.kept import Kind, Made
from bot.uploads.places import Place
from index import Document, SeedIndexError, preview

log = logging.getLogger(__name__)

# Of the lines that come, and of those that go, so many are shown, and so much of each.
SHOWN_LINES, SHOWN_CHARS = 3, 200
# Of more bytes than this no lines are compared.
COMPARED_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Lines:
    """How many lines of a text come and go, wherever they stand, and the first of them."""

    come: int
    go: int
    first: tuple[str, ...]
    last: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A change of the document at `path` (POSIX, relative to the folder of all documents).

    `data` is what it would hold, None if there would be none, `before` the hash of what it holds
    now, empty if there is none; sizes are in bytes. `lines` is None where either isn't text.
    `undone` is the change that it takes back. `link` is the address on the web that citations of
    it lead to, empty for none. `title` is what citations would call it, where that
    is known, and `warnings` say what speaks against it.
    """

    place: Place
    kind: Kind
    path: str
    data: bytes | None = field(repr=False)
    before: str
    size_before: int
    lines: Lines | None = None
    undone: Made | None = None
    link: str = ""
    title: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The size that it would have."""
        return len(self.data or b"")

    @property
    def after(self) -> str:
        """The hash of what it would hold, empty if there would be none."""
        return digest(self.data)


def digest(data: bytes | None) -> str:
    """Return the SHA-256 of what a file holds; empty where there is no file."""
    return "" if data is None else hashlib.sha256(data).hexdigest()


def compare(before: bytes | None, after: bytes | None) -> Lines | None:
    """Return which lines come and which go; None where one of the two isn't text.

    In time as long as they are: lines that only move are none of either.
    """
    old, new = _lines(before), _lines(after)
    if old is None or new is None:
        return None
    come, go = Counter(new) - Counter(old), Counter(old) - Counter(new)
    return Lines(come.total(), go.total(), _first(new, come), _first(old, go))


def tried(plan: Plan) -> Plan:
    """Return a plan with what reading the document would make of it."""
    try:
        found = preview(plan.place.settings, plan.path, plan.data or b"")
    except (SeedIndexError, OSError) as error:
        log.warning("%s: it can't be tried whether it can be read: %s", plan.path, error)
        return plan
    if isinstance(found, Document):
        return replace(plan, title=found.title, warnings=found.notes)
    # What may be over at the build says nothing of the document.
    unread = f"It can't be read, so nothing in it would be found: {found.reason}"
    return plan if found.passing else replace(plan, warnings=(unread,))


def _lines(data: bytes | None) -> list[str] | None:
    data = data or b""
    if len(data) > COMPARED_BYTES or b"\0" in data:
        return None
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return None


def _first(lines: list[str], among: Counter[str]) -> tuple[str, ...]:
    found = (line[:SHOWN_CHARS] for line in lines if line in among and line.strip())
    return tuple(islice(found, SHOWN_LINES))
