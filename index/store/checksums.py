"""Checksums of a generation's files: of a small one as a whole, of a big one block by block.

The hashes of a big file's blocks are in a file beside it, whose own hash the manifest has.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from errno import EINVAL
from pathlib import Path

from index.errors import REBUILD, IndexCorrupt, ResourcesMissing, SeedIndexError
from index.reading.opening import EXHAUSTED

# A smaller file is held in memory once its generation is opened; a bigger one would take too much.
BIG = 16 << 20
# A question reads a few kilobytes here and there: bigger blocks would be hashed for nothing,
# smaller ones would make the list of hashes long.
BLOCK = 8 << 10
# What the name of a file with the hashes of another's blocks ends in.
BLOCKS = ".blocks"
# Half a SHA-256 is more than chance, the only adversary here, will ever meet.
HASH_BYTES = 16
SIZE_BYTES = 8
# What is verified at a time where nobody waits for it, in bytes.
STEP = 16 << 20


def corrupt(file: Path, reason: str) -> IndexCorrupt:
    """Return the error for a file that isn't what a build wrote."""
    return IndexCorrupt(f"{file} {reason}; build the index again with `{REBUILD}`")


def unreadable(file: Path, error: OSError) -> SeedIndexError:
    """Return the error for a file that the system doesn't give: the file's fault, or its own."""
    if error.errno in EXHAUSTED:
        return ResourcesMissing(f"{file} can't be read: {error.strerror}")
    if isinstance(error, FileNotFoundError):
        return corrupt(file, "is missing")
    return corrupt(file, f"can't be read: {error.strerror or error}")


def altered(file: Path) -> IndexCorrupt:
    """Return the error for a file whose bytes are others than the manifest says."""
    return corrupt(file, "is damaged: its checksum is not the manifest's")


def open_file(file: Path) -> int:
    """Return a descriptor of a regular file, or of what a link to one leads to.

    A pipe would keep who opens it waiting, and a device need not end.

    Raises:
        OSError: it can't be opened, or is something else.
    """
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(EINVAL, "it is no file", str(file))
    return descriptor


def read_file(file: Path, limit: int = -1) -> bytes:
    """Return what is in a file; of a longer one than `limit`, if there is one, so many bytes.

    Raises:
        OSError: it can't be read.
    """
    with open(open_file(file), "rb") as stream:
        return stream.read(limit)


def hashed(file: Path) -> str:
    """Return the SHA-256 of a file.

    Raises:
        OSError: it can't be read.
    """
    with open(open_file(file), "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_block(file: Path, hashes: bytes, number: int, block: bytes | memoryview) -> None:
    """Verify a block of a big `file` by the `hashes` of all.

    Raises:
        IndexCorrupt: it is altered.
    """
    if _hash(block) != hashes[number * HASH_BYTES : (number + 1) * HASH_BYTES]:
        reason = "is damaged: the checksum of a block is not the one that was built"
        raise corrupt(file, reason)


def write_blocks(file: Path) -> Path:
    """Write the size of a file and the hashes of its blocks beside it; return where.

    Raises:
        OSError: the disk refuses.
    """
    hashes = file.with_name(file.name + BLOCKS)
    with file.open("rb") as source, hashes.open("wb") as target:
        target.write(file.stat().st_size.to_bytes(SIZE_BYTES, "little"))
        while block := source.read(BLOCK):
            target.write(_hash(block))
    return hashes


def size_and_hashes(written: bytes) -> tuple[int, bytes]:
    """Return what `write_blocks` wrote: the size of the file, and the hashes of its blocks."""
    return int.from_bytes(written[:SIZE_BYTES], "little"), written[SIZE_BYTES:]


def check_blocks(file: Path, written: bytes) -> Iterator[None]:
    """Verify a file by what `write_blocks` wrote, `STEP` bytes each turn.

    Raises:
        IndexCorrupt: a block is altered or missing.
        ResourcesMissing: the machine has no more files or memory to give.
    """
    size, hashes = size_and_hashes(written)
    try:
        with open(open_file(file), "rb") as stream:
            check_size(file, stream.fileno(), size)
            for number in range(len(hashes) // HASH_BYTES):
                check_block(file, hashes, number, stream.read(BLOCK))
                if number % (STEP // BLOCK) == 0:
                    yield
    except OSError as error:
        raise unreadable(file, error) from error


def check_size(file: Path, descriptor: int, size: int) -> None:
    """See to it that an open file is as long as it was.

    Raises:
        IndexCorrupt: it isn't.
        OSError: that can't be told.
    """
    now = os.fstat(descriptor).st_size
    if now != size:
        raise corrupt(file, f"is damaged: it has {now:,} bytes, not {size:,}")


def _hash(block: bytes | memoryview) -> bytes:
    return hashlib.sha256(block).digest()[:HASH_BYTES]
