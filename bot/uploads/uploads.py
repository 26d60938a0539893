"""Documents that managers put into the folder of their collection, or take out of it.

Files remain the truth: whatever is done here is a change of one file, made at once or not at all,
and what was there before is kept for a while.
"""

import errno
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout

from bot.errors import NotTaken
from bot.uploads.folders import opened
from bot.uploads.kept import Author, Kept, Made
from bot.uploads.links import note_link
from bot.uploads.names import safe_folder, safe_name
from bot.uploads.places import Place
from bot.uploads.plans import Plan, compare, digest, tried
from bot.uploads.waiting import Waiting
from index import document_key

log = logging.getLogger(__name__)

FULL = {errno.ENOSPC, errno.EDQUOT}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
# Who changes a document in another process is waited for so long.
ALONE_SECONDS = 10.0
BUSY = "Another document is being changed at this moment. Please try again."
# So much of a name that is none is repeated.
NAMED = 100
CHANGED = (
    "The document {} has changed since I showed you what would come of it. Please begin again."
)
OTHERS = (
    "The document {} was changed by other hands since, so I leave it as it is. What it held before "
    "my last change is kept beside my records, where whoever runs me finds it."
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A document of a collection: its size in bytes, and the last change of it, where known."""

    path: str
    size: int
    change: Made | None


class Uploads:
    """Changes of documents. Every method may be called from any thread, and blocks."""

    def __init__(self, kept: Path, days: int) -> None:
        """Keep what is taken away in the folder `kept`, for so many days."""
        self._kept = kept
        self._days = days
        # One change after the other: they are rare, and each takes as long as a file is written.
        # What a change that is being made has written down must not be settled by others.
        self._changing = threading.Lock()
        self._elsewhere = FileLock(kept.with_name(f"{kept.name}.lock"), thread_local=False)
        self.waiting = Waiting()

    def plan_add(
        self, place: Place, name: str, data: bytes, folder: str = "", *, link: str = ""
    ) -> Plan:
        """Plan a new document, in a folder of the collection's, with the `link` that it is of.

        Raises:
            NotTaken: it may not be called that, there is one, or there is no room.
            SeedIndexError: the rules for names can't be read.
        """
        path = "/".join(filter(None, (*place.folder, safe_folder(folder), safe_name(name))))
        with _told(f"change {path}"):
            place.admit(path, data)
            if place.content(path) is not None:
                message = f"There is a document {path} already; `/documents replace` changes it."
                raise NotTaken(message)
            place.check_room(path, len(data))
        return tried(Plan(place, "add", path, data, "", 0, compare(None, data), link=link))

    def plan_replace(self, place: Place, name: str, data: bytes, document: str = "") -> Plan:
        """Plan what a document is to hold instead: what a file of that `name` does.

        The document is named as for `path`; by the name of the file, if it isn't.

        Raises:
            NotTaken: there is none, it is of another kind, it holds that already, or no room.
            SeedIndexError: as `plan_add`.
        """
        path = self.path(place, document or name)
        kind, other = (PurePosixPath(each).suffix.lower() for each in (path, name))
        if kind != other:
            message = (
                f"The document {path} can't become a {other or 'file without a suffix'}: the "
                "suffix says how it is read. Add the new one and remove the old one."
            )
            raise NotTaken(message)
        with _told(f"change {path}"):
            place.admit(path, data)
            now = _found(place, path)
            if now == data:
                message = f"The document {path} holds just that already."
                raise NotTaken(message)
            place.check_room(path, len(data))
        lines = compare(now, data)
        return tried(Plan(place, "replace", path, data, digest(now), len(now), lines))

    def plan_remove(self, place: Place, name: str) -> Plan:
        """Plan to remove a document, named by its path or key.

        Raises:
            NotTaken: there is none, or it is the only one.
            SeedIndexError: as `plan_add`.
        """
        path = self.path(place, name)
        with _told(f"change {path}"):
            place.admit(path, None)
            now = _found(place, path)
        return Plan(place, "remove", path, None, digest(now), len(now), compare(now, None))

    def plan_undo(self, place: Place) -> Plan:
        """Plan to take back the last change of a collection, whose ever it was.

        Raises:
            NotTaken: there is none, or the document was changed by other hands since.
            SeedIndexError: as `plan_add`.
        """
        with self._alone(), _told("read what I keep of changes"):
            kept = self._changes(place)
            change = kept.last()
            if change is None:
                message = f"In the last {self._days} days nothing was changed here by me."
                raise NotTaken(message)
            was = kept.was(change) if change.before else None
        with _told(f"change {change.path}"):
            if digest(was) != change.before:
                message = f"What {change.path} held before is no longer kept."
                raise NotTaken(message)
            now = place.content(change.path)
            if digest(now) != change.after:
                raise NotTaken(OTHERS.format(change.path))
            place.admit(change.path, was)
        size, lines = len(now or b""), compare(now, was)
        return Plan(place, "undo", change.path, was, change.after, size, lines, change)

    def take(self, plan: Plan, author: Author) -> None:
        """Make a change.

        Raises:
            NotTaken: the document was changed since it was planned, or the disk refuses.
            SeedIndexError: as `plan_add`.
        """
        place, data = plan.place, plan.data
        *folders, name = PurePosixPath(plan.path).parts
        with self._alone(), _told(f"change {plan.path}"):
            kept = self._changes(place)
            if plan.undone and plan.undone != kept.last():
                raise NotTaken(CHANGED.format(plan.path))
            place.admit(plan.path, data)
            if plan.kind in {"add", "replace"}:
                place.check_room(plan.path, plan.size)
            root = place.settings.seeds_path
            with opened(root, folders, make=data is not None) as folder:
                now = folder.read(name, place.largest)
                if digest(now) != plan.before:
                    raise NotTaken(CHANGED.format(plan.path))
                change = Made(
                    number=kept.next(),
                    kind=plan.kind,
                    path=plan.path,
                    author=author,
                    moment=time.time(),
                    before=plan.before,
                    after=plan.after,
                    size=plan.size,
                    undoes=plan.undone.number if plan.undone else 0,
                )
                kept.begin(change, now)
                try:
                    if plan.link:
                        note_link(folder, name, plan.after, plan.link)
                    if data is None:
                        folder.remove(name)
                    else:
                        folder.write(name, data, new=now is None)
                finally:
                    self._settle(place, kept)
            # The change is made, so what can't be forgotten now is forgotten later.
            with suppress(OSError):
                kept.tidy()

    def documents(self, place: Place) -> list[Listed]:
        """Return the documents of a collection, by path.

        Raises:
            NotTaken: they can't be looked at.
            SeedIndexError: as `plan_add`.
        """
        with self._alone(), _told("read what I keep of changes"):
            changes = {each.path: each for each in self._changes(place).changes()}
            return [
                # Of another size it was changed by other hands since.
                Listed(path, size, change if change and change.size == size else None)
                for path, size in place.documents()
                for change in [changes.get(path)]
            ]

    def path(self, place: Place, name: str) -> str:
        """Return the path of a document that is named by it, by the end of it, or by its key.

        Raises:
            NotTaken: there is none, or there are several.
            SeedIndexError: as `plan_add`.
        """
        name = name.strip()
        paths = [path for path, _ in place.documents()]
        for path in (name, "/".join((*place.folder, name))):
            if path in paths:
                return path
        found = [path for path in paths if path.endswith(f"/{name}") or document_key(path) == name]
        if not found or not name:
            raise _unknown(name)
        if len(found) > 1:
            message = f"Several documents are called {name}, such as {found[0]} and {found[1]}."
            raise NotTaken(message)
        return found[0]

    def tidy(self) -> None:
        """Forget what is kept and too old, of all collections; where that fails, the next time."""
        with suppress(OSError, NotTaken), self._alone():
            for folder in self._kept.iterdir():
                Kept(self._kept, folder.name, self._days).tidy()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let nobody change documents meanwhile, in this process or in another that shares records.

        Raises:
            NotTaken: somebody else is at it for long.
        """
        with self._changing, ExitStack() as stack:
            try:
                stack.enter_context(self._elsewhere.acquire(timeout=ALONE_SECONDS))
            except Timeout:
                raise NotTaken(BUSY) from None
            except OSError as error:
                # Where no lock can be written, nothing can be written down either.
                log.info("documents are looked at without a lock: %s", error)
            yield

    def _changes(self, place: Place) -> Kept:
        """What is kept of a collection, with nothing left undecided that can be decided."""
        kept = Kept(self._kept, place.collection, self._days)
        self._settle(place, kept)
        return kept

    def _settle(self, place: Place, kept: Kept) -> None:
        """Find out of the changes that were begun which were made."""
        for change in kept.begun():
            # What can't be told now can be told later.
            with suppress(OSError, NotTaken):
                if digest(place.content(change.path)) == change.before:
                    kept.drop(change)
                else:
                    kept.finish(change)


def _found(place: Place, path: str) -> bytes:
    """What a document holds.

    Raises:
        NotTaken: there is none, or it isn't read.
    """
    data = place.content(path)
    if data is None:
        raise _unknown(path)
    return data


def _unknown(name: str) -> NotTaken:
    message = f"There is no document {name[:NAMED]!r} in this collection; see `/documents list`."
    return NotTaken(message)


@contextmanager
def _told(doing: str) -> Iterator[None]:
    """Say in a sentence what the system refuses, and what it was for.

    Raises:
        NotTaken: it does.
    """
    try:
        yield
    except FileNotFoundError:
        message = f"I can't {doing}: it, or its folder, is no longer there. Please begin again."
        raise NotTaken(message) from None
    except FileExistsError:
        message = f"I can't {doing}: another file took its place. Please begin again."
        raise NotTaken(message) from None
    except OSError as error:
        log.warning("can't %s: %s", doing, error)
        message = f"I can't {doing}: {_reason(error)}."
        raise NotTaken(message) from error


def _reason(error: OSError) -> str:
    if error.errno in FULL:
        return "the disk is full. Whoever runs me has to make room"
    if error.errno in FORBIDDEN:
        return (
            "I may not write there. Whoever runs me has to let me write in the folder of "
            "documents, and beside my records"
        )
    return error.strerror or type(error).__name__
