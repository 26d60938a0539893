"""Checksums of a generation's files: of a small one as a whole, of a big one block by block.

The hashes of a big file's blocks are in a file beside it, whose own hash the manifest has.
"""

import hashlib
from pathlib import Path

from index.errors import REBUILD, IndexCorrupt

# A file over this many bytes is verified block by block: all of it would take too long to open.
BIG = 64 << 20
# A question reads a few kilobytes here and there: bigger blocks would be hashed for nothing,
# smaller ones would make the list of hashes long.
BLOCK = 8 << 10
# What the name of a file with the hashes of another's blocks ends in.
BLOCKS = ".blocks"
# Half a SHA-256 is more than chance, the only adversary here, will ever meet.
HASH_BYTES = 16
SIZE_BYTES = 8


def corrupt(file: Path, reason: str) -> IndexCorrupt:
    """Return the error for a file that isn't what a build wrote."""
    return IndexCorrupt(f"{file} {reason}; build the index again with `{REBUILD}`")


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file.

    Raises:
        IndexCorrupt: it can't be read.
    """
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise corrupt(file, f"can't be read: {error.strerror}") from error


class BlockHashes:
    """The hashes of the blocks of a big file; none of a small one."""

    def __init__(self, file: Path) -> None:
        """Read what `write_blocks` wrote beside `file`, if that is big.

        Raises:
            OSError: it can't be read.
        """
        self._file = file
        hashes = file.with_name(file.name + BLOCKS)
        self._hashes = hashes.read_bytes()[SIZE_BYTES:] if hashes.exists() else b""

    def __len__(self) -> int:
        return len(self._hashes) // HASH_BYTES

    def check(self, number: int, block: bytes | memoryview) -> None:
        """Verify a block of the file.

        Raises:
            IndexCorrupt: it is altered.
        """
        if _hash(block) != self._hashes[number * HASH_BYTES : (number + 1) * HASH_BYTES]:
            reason = "is damaged: the checksum of a block is not the one that was built"
            raise corrupt(self._file, reason)


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


def check_size(hashes: Path) -> Path:
    """Return the file whose blocks have these `hashes`; it is there and as long as it was.

    Raises:
        IndexCorrupt: it isn't.
    """
    file = hashes.with_name(hashes.name.removesuffix(BLOCKS))
    if not file.is_file():
        raise corrupt(file, "is missing")
    with hashes.open("rb") as stream:
        size = int.from_bytes(stream.read(SIZE_BYTES), "little")
    if file.stat().st_size != size:
        raise corrupt(file, f"is damaged: it has {file.stat().st_size:,} bytes, not {size:,}")
    return file


def check_blocks(hashes: Path) -> None:
    """Verify every block of the file whose blocks have these `hashes`, verified before.

    Raises:
        IndexCorrupt: a block is altered.
    """
    file = check_size(hashes)
    blocks = BlockHashes(file)
    try:
        with file.open("rb") as stream:
            for number in range(len(blocks)):
                blocks.check(number, stream.read(BLOCK))
    except OSError as error:
        raise corrupt(file, f"can't be read: {error.strerror}") from error


def _hash(block: bytes | memoryview) -> bytes:
    return hashlib.sha256(block).digest()[:HASH_BYTES]
