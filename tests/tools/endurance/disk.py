"""The file system as seen by a process that fails, or by a disk that loses its power.

Every call that changes names or makes data safe is told of, and may be made to fail. What would be
left of a folder after a power cut can be laid out, in the worst way that is allowed: data that
wasn't flushed is gone, and each name that wasn't flushed is there or not.
"""

import builtins
import io
import os
import random
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

NAMES = ("fsync", "rename", "replace", "mkdir", "unlink", "rmdir")
WRITING = set("wax+")

Call = Callable[..., object]


@contextmanager
def told(
    folder: Path, before: Callable[[str], None], after: Callable[[str, Path], None]
) -> Iterator[None]:
    """Tell of each change below `folder` that this process makes in the block.

    `before` gets the name of the call and may raise; `after` also gets what it was made on.
    """

    def watched(name: str, function: Call) -> Call:
        def call(target: object, *args: object, **options: object) -> object:
            place = _place(target)
            folder_open = options.get("dir_fd")
            if isinstance(folder_open, int):
                place = _place(folder_open) / place
            inside = place.is_relative_to(folder)
            if inside:
                before(name)
            result = function(target, *args, **options)
            if inside:
                after(name, place)
            return result

        return call

    def opened(file: object, mode: str = "r", *args: object, **options: object) -> object:
        if WRITING & set(mode) and _place(file).is_relative_to(folder):
            before("open")
        return real_open(file, mode, *args, **options)

    real_open: Call = builtins.open
    with ExitStack() as patches:
        for name in NAMES:
            patches.enter_context(patch.object(os, name, watched(name, getattr(os, name))))
        for module in (builtins, io):
            patches.enter_context(patch.object(module, "open", opened))
        yield


def _place(target: object) -> Path:
    """The path of what a call is made on: a path, or the number of an open file."""
    if isinstance(target, int):
        return Path(f"/proc/self/fd/{target}").readlink()
    return Path(str(target))


@dataclass
class Disk:
    """What of a folder is safe: the data of files and the names in folders, by inode."""

    root: Path
    data: dict[int, bytes] = field(default_factory=dict)
    names: dict[int, dict[str, tuple[int, bool]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take all that is there for safe."""
        for path in [self.root, *self.root.rglob("*")]:
            self.note("fsync", path)

    def note(self, name: str, path: Path) -> None:
        """Take note of a call, if it made what is at `path` safe."""
        if name == "fsync":
            status = path.stat()
            if stat.S_ISDIR(status.st_mode):
                self.names[status.st_ino] = _entries(path)
            else:
                self.data[status.st_ino] = path.read_bytes()

    def after_a_cut(self, image: Path, stays: Callable[[], bool]) -> None:
        """Lay out in `image` what a power cut leaves; `stays` tells of each name not flushed."""
        folders = [self.root, *(path for path in self.root.rglob("*") if path.is_dir())]
        live = {path.stat().st_ino: _entries(path) for path in folders}

        def lay(inode: int, target: Path) -> None:
            target.mkdir()
            safe, now = self.names.get(inode, {}), live.get(inode, {})
            for name in sorted(safe.keys() | now.keys()):
                entry = (now if stays() else safe).get(name)
                if entry is not None:
                    number, is_folder = entry
                    if is_folder:
                        lay(number, target / name)
                    else:
                        (target / name).write_bytes(self.data.get(number, b""))

        lay(self.root.stat().st_ino, image)


def ways(seed: int) -> dict[str, Callable[[], bool]]:
    """Which of the names that aren't safe a power cut may leave."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    return {"no": lambda: False, "every": lambda: True, "some": lambda: dice.random() < 1 / 2}


def _entries(folder: Path) -> dict[str, tuple[int, bool]]:
    with os.scandir(folder) as found:
        return {each.name: (each.inode(), each.is_dir()) for each in found}
