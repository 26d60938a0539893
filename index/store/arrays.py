"""Files of a generation as arrays: mapped into memory, and never used before they are verified.

A small file is verified as a whole when its generation is opened, a big one block by block, each
when it is first used.
"""

import mmap
import os
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from index.store.checksums import BLOCK, BlockHashes, corrupt

Array = npt.NDArray[Any]
Numbers = npt.NDArray[np.int64]

# Bytes that are written at a time.
BUFFER = 1 << 20
# What of a big file stays in this process, in bytes, before it is left to the system's cache, from
# where it comes back without a disk; and what looking at one place may bring, a large page.
RESIDENT = 512 << 20
LARGE_PAGE = 2 << 20


def numbers(firsts: Numbers, lasts: Numbers) -> Numbers:
    """Return the numbers from each of `firsts` up to the one of `lasts` beside it, end to end."""
    counts = np.maximum(lasts - firsts, 0)
    begins = np.cumsum(counts) - counts
    return np.repeat(firsts - begins, counts) + np.arange(counts.sum())


class Rows:
    """A file as an array of rows, each one number, several, or a record; rows are verified.

    `rows[first:last]` is a view of the file, `rows.take(places)` a copy of single rows.
    """

    def __init__(self, file: Path, dtype: npt.DTypeLike, *width: int) -> None:
        """Map `file`, whose rows have `width` numbers; none stands for a row that is one number.

        Raises:
            IndexCorrupt: the file is no whole number of rows.
            OSError: it can't be read.
        """
        self._row = np.dtype(dtype).itemsize * int(np.prod(width, dtype=np.int64))
        size = file.stat().st_size
        if size % self._row:
            raise corrupt(file, f"is damaged: {size:,} bytes are no whole number of rows")
        self._map: mmap.mmap | None = None
        self._rows = np.zeros((0, *width), dtype)
        if size:
            with file.open("rb") as stream:
                self._map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
            self._rows = np.frombuffer(self._map, dtype).reshape(-1, *width)
        self._bytes = self._rows.view(np.uint8).reshape(-1, self._row)
        self._hashes = BlockHashes(file)
        self._verified = np.zeros(len(self._hashes), bool)
        self._resident = 0
        if self._hashes and self._map is not None:
            # What is read next is elsewhere.
            self._map.madvise(mmap.MADV_RANDOM)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, part: slice) -> Array:
        """Return rows that lie together.

        Raises:
            IndexCorrupt: a block that they lie in is altered.
        """
        first, last, step = part.indices(len(self._rows))
        if step != 1:
            message = "rows are read one after the other"
            raise ValueError(message)
        last = max(first, last)
        self._check(np.array([first]), np.array([last]))
        return self._rows[first:last]

    def take(self, places: Numbers) -> Array:
        """Return the rows at `places`.

        Raises:
            IndexCorrupt: a block that they lie in is altered.
        """
        self._check(places, places + 1)
        self._leave(len(places))
        return self._rows[places]

    def spans(self, firsts: Numbers, lasts: Numbers) -> Array:
        """Return the rows from each of `firsts` up to the one of `lasts` beside it, end to end.

        Raises:
            IndexCorrupt: a block that they lie in is altered.
        """
        self._check(firsts, lasts)
        self._leave(len(firsts))
        pairs = zip(firsts.tolist(), lasts.tolist(), strict=True)
        # As bytes: NumPy is slow to see that records are of one type.
        parts = [self._bytes[first:last] for first, last in pairs]
        joined = np.concatenate([self._bytes[:0], *parts])
        return joined.view(self._rows.dtype).reshape(-1, *self._rows.shape[1:])

    def _check(self, firsts: Numbers, lasts: Numbers) -> None:
        """Verify the blocks of ranges of rows, those that weren't."""
        if not self._hashes or self._map is None:
            return
        begins = firsts * self._row // BLOCK
        ends = -(-lasts * self._row // BLOCK)
        self._fetch(self._map, begins, ends)
        blocks = numbers(begins, ends)
        view = memoryview(self._map)
        for block in np.unique(blocks[~self._verified[blocks]]).tolist():
            begin = block * BLOCK
            self._hashes.check(block, view[begin : begin + BLOCK])
            self._verified[block] = True

    @staticmethod
    def _fetch(mapped: mmap.mmap, begins: Numbers, ends: Numbers) -> None:
        """Have the system read ranges of blocks all at once, not each when its turn comes."""
        for begin, end in {*zip((begins * BLOCK).tolist(), (ends * BLOCK).tolist(), strict=True)}:
            first = begin - begin % mmap.PAGESIZE
            if end > first:
                mapped.madvise(mmap.MADV_WILLNEED, first, min(end, len(mapped)) - first)

    def _leave(self, places: int) -> None:
        """Keep what this process holds of the file small, with so many `places` read next."""
        self._resident += places * LARGE_PAGE
        if self._resident > RESIDENT and self._hashes and self._map is not None:
            self._resident = places * LARGE_PAGE
            self._map.madvise(mmap.MADV_DONTNEED)


class RowsWriter:
    """Writes a file that `Rows` reads, part by part; `rows[first:last]` is what was written."""

    def __init__(self, file: Path, dtype: npt.DTypeLike, *width: int) -> None:
        """Write rows of `width` numbers of `dtype` to a new file.

        Raises:
            OSError: the disk refuses.
        """
        self._dtype = np.dtype(dtype)
        self._width = width
        self._row = self._dtype.itemsize * int(np.prod(width, dtype=np.int64))
        self._stream: BinaryIO = file.open("w+b", BUFFER)
        self.count = 0

    def __getitem__(self, part: slice) -> Array:
        """Return rows that lie together.

        Raises:
            OSError: the disk refuses.
        """
        first, last, _ = part.indices(self.count)
        self._stream.flush()
        data = os.pread(self._stream.fileno(), max(0, last - first) * self._row, first * self._row)
        return np.frombuffer(data, self._dtype).reshape(-1, *self._width)

    def add(self, rows: Array) -> None:
        """Write more rows.

        Raises:
            OSError: the disk refuses.
        """
        data = np.ascontiguousarray(rows, self._dtype)
        self._stream.write(data.data)
        self.count += data.nbytes // self._row

    def close(self) -> None:
        """Write what isn't yet.

        Raises:
            OSError: the disk refuses.
        """
        self._stream.close()
