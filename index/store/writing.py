"""What changes a store, which is done by one process at a time: the one that holds its lock."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from errno import EDQUOT, ENOSPC
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import GenerationMissing, IndexIncompatible, IndexLocked, StoreError
from index.store.durable import flush_folder, replace_text
from index.store.seal import LEFTOVER, MOMENT, NAME, UNFINISHED
from index.store.store import Check, Pointer, Store


@contextmanager
def writing(store: Store) -> Iterator["StoreWriter"]:
    """Hold the store's lock, which dies with its process.

    Raises:
        IndexLocked: another process is building.
        StoreError: the folder can't be written.
    """
    folder = store.folder
    try:
        store.generations.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "build.lock", timeout=0)
        lock.acquire()
    except Timeout:
        message = f"{folder}: another build is running; wait for it to end, then ask again"
        raise IndexLocked(message) from None
    except (FileExistsError, NotADirectoryError) as error:
        message = (
            f"{folder}: there is a file where the index should be; move it away, or set another "
            "`store` under [index]"
        )
        raise StoreError(message) from error
    except OSError as error:
        raise _refused(folder, error) from error
    try:
        yield StoreWriter(store)
    except OSError as error:
        raise _refused(folder, error) from error
    finally:
        lock.release()


def _refused(folder: Path, error: OSError) -> StoreError:
    """Say what the system refuses, where, and what mends it."""
    place = error.filename2 or error.filename or folder
    mend = "; make room there: a new index is written beside the old one"
    mend = mend if error.errno in {ENOSPC, EDQUOT} else ""
    return StoreError(f"{place}: the index can't be written: {error.strerror or error}{mend}")


class StoreWriter:
    """A store whose lock is held: `writing` gives it. Its methods raise OSError as disks do."""

    def __init__(self, store: Store) -> None:
        """Change `store`."""
        self._store = store

    def clear(self) -> None:
        """Remove what builds left that were stopped, and what older versions wrote."""
        current = self._store.trusted_name()
        for folder in self._store.generations.iterdir():
            left = LEFTOVER.fullmatch(folder.name) and not NAME.fullmatch(folder.name)
            if left and folder.name != current:
                shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def draft(self, created: datetime) -> Iterator[Path]:
        """Make a folder for a new generation, which nothing reads; it goes if filling it fails.

        `seal` makes a generation of it, which `publish` takes.
        """
        folder = self._store.generations / f"{created.strftime(MOMENT)}{UNFINISHED}"
        folder.mkdir()
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def publish(self, sealed: Path, keep: int) -> str:
        """Make the generation in the folder `sealed` current, and return its name.

        Of all generations those stay that `prune` lets stay.
        """
        name = sealed.stem
        sealed.rename(self._store.generations / name)
        flush_folder(self._store.generations)
        flush_folder(self._store.folder.parent)
        self._point(Pointer(name))
        self.prune(keep)
        return name

    def roll_back(self, check: Check, name: str = "") -> str:
        """Make the generation of that name current, or else the newest good one before.

        Returns its name.

        Raises:
            GenerationMissing: there is none of that name, or none before.
            StoreError: it is damaged, doesn't fit the settings, or the engine doesn't hold it.
        """
        folder, names = self._store.folder, self._store.names()
        current, newer = self._store.pointer()
        if name and name not in self._store.named():
            message = f"{folder}: there is no generation {name}; `python -m index list` has all"
            raise GenerationMissing(message)
        problems = []
        for target in [name] if name else reversed([older for older in names if older < current]):
            try:
                generation = self._store.read(target)
                check(generation.manifest)
                generation.engine.check()
            except StoreError as error:
                if name:
                    raise
                problems.append(str(error))
                continue
            # Rolling back twice still undoes the newest.
            newest = max(current, newer)
            self._point(Pointer(target, newest if target < newest else ""))
            return target
        reason = f": {problems[0]}" if problems else ""
        message = f"{folder}: there is no generation before {current} to go back to{reason}"
        raise GenerationMissing(message)

    def prune(self, keep: int) -> list[str]:
        """Remove all generations but the newest `keep`, the current one and one it replaced.

        What is damaged isn't counted, so it takes no good one's place; it goes when it is older
        than all that stay.

        Returns the names of those removed.
        """
        sealed, damaged = self._store.names(), set[str]()
        stay, whole = {*filter(None, self._store.pointer())}, 0
        for name in reversed(sealed):
            if whole == keep:
                break
            if self._is_whole(name):
                whole += 1
                stay.add(name)
            else:
                damaged.add(name)
        gone = [
            name
            for name in self._store.named()
            if name not in stay and (name < min(stay) or name in {*sealed} - damaged)
        ]
        for name in gone:
            # Renamed first: half a generation must never look like a whole one.
            leftover = self._store.generations / f"{name}{UNFINISHED}"
            (self._store.generations / name).rename(leftover)
            shutil.rmtree(leftover, ignore_errors=True)
        return gone

    def _is_whole(self, name: str) -> bool:
        """Whether a generation is as it was built; one of another version is taken to be."""
        try:
            self._store.verify(name)
        except IndexIncompatible:
            return True
        except StoreError:
            return False
        return True

    def _point(self, pointer: Pointer) -> None:
        replace_text(self._store.pointer_file, pointer.text)
