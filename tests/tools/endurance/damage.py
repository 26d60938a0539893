"""What disks, copies and hands do to a file, and how that is undone."""

import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from tests.support.model import bare, for_a_script
from tests.tools.endurance.ground import Ground

Damage = Callable[[Path, random.Random], None]
Found = tuple[int, int, list[str]]
"""How often damage was noticed by who asked, how often otherwise alone, and what went wrong."""

Rounds = Callable[[Ground, int, random.Random], Found]
"""Does so many damages to the index of a ground."""


def flip(file: Path, dice: random.Random) -> None:
    """Change one byte in place; half of the time as a failing disk does, and the file looks old."""
    status = file.stat()
    at, bits = dice.randrange(status.st_size), dice.randrange(1, 256)
    with file.open("r+b") as stream:
        stream.seek(at)
        byte = stream.read(1)[0]
        stream.seek(at)
        stream.write(bytes([byte ^ bits]))
    if dice.random() < 1 / 2:
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def cut(file: Path, dice: random.Random) -> None:
    """Cut a file short in place."""
    os.truncate(file, dice.randrange(file.stat().st_size))


def zero(file: Path, dice: random.Random) -> None:
    """Make the rest of a file nothing but zeros, as after a power cut."""
    size = file.stat().st_size
    os.truncate(file, dice.randrange(size))
    os.truncate(file, size)


def grow(file: Path, dice: random.Random) -> None:
    """Write more at the end of a file."""
    with file.open("ab") as stream:
        stream.write(dice.randbytes(dice.randrange(1, 100)))


def scramble(file: Path, dice: random.Random) -> None:
    """Copy something else over a file, which is then another or a longer one."""
    file.write_bytes(dice.randbytes(dice.randrange(2 * file.stat().st_size)))


def pipe(file: Path, _dice: random.Random) -> None:
    """Put a named pipe in the place of a file: who opens it would wait without end."""
    file.unlink()
    os.mkfifo(file)


def device(file: Path, _dice: random.Random) -> None:
    """Put a link in the place of a file, to what has no end."""
    file.unlink()
    file.symlink_to("/dev/zero")


def folder(file: Path, _dice: random.Random) -> None:
    """Put a folder in the place of a file."""
    file.unlink()
    file.mkdir()


def remove(file: Path, _dice: random.Random) -> None:
    """Remove a file."""
    file.unlink()


IN_PLACE: tuple[Damage, ...] = (flip, cut, zero, grow, scramble)
INSTEAD: tuple[Damage, ...] = (pipe, device, folder, remove)


@contextmanager
def damaged(file: Path, damage: Damage, dice: random.Random) -> Iterator[None]:
    """Do a file damage while the block runs."""
    good = file.read_bytes()
    # Zeros in the place of zeros are none.
    while file.is_file() and file.read_bytes() == good:
        damage(file, dice)
    try:
        yield
    finally:
        if file.is_dir():
            shutil.rmtree(file)
        elif damage in INSTEAD:
            file.unlink(missing_ok=True)
        file.write_bytes(good)


@contextmanager
def in_blocks() -> Iterator[None]:
    """Let every file count as big, and be read and verified in blocks."""
    with (
        mock.patch("index.store.seal.BIG", 0),
        mock.patch("index.store.checksums.BLOCK", 512),
        mock.patch("index.store.contents.BLOCK", 512),
    ):
        yield


def both_ways(rounds: Rounds, count: int, seed: int) -> Found:
    """Do half of `count` damages to an index held in memory, half to one read in blocks."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    with tempfile.TemporaryDirectory() as folder:
        embedder = bare(for_a_script(Path(folder)))
        asked, otherwise, wrong = rounds(
            Ground(Path(folder) / "held", embedder), count - count // 2, dice
        )
        with in_blocks():
            more = rounds(Ground(Path(folder) / "blocks", embedder), count // 2, dice)
    return asked + more[0], otherwise + more[1], wrong + more[2]
