"""Files of a generation as arrays of rows: read as they are asked for, and written."""

import os
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from index.store.contents import Content

Array = npt.NDArray[Any]
Numbers = npt.NDArray[np.int64]

# Bytes that are written at a time.
BUFFER = 1 << 20


class Rows:
    """A file as an array of rows, each one number, several, or a record."""

    def __init__(self, content: Content, dtype: npt.DTypeLike, *width: int) -> None:
        """Read rows of `width` numbers from `content`; none stands for a row that is one number.

        Raises:
            ValueError: there is no whole number of rows.
        """
        self._content = content
        self._dtype = np.dtype(dtype)
        self._width = width
        self._row = self._dtype.itemsize * int(np.prod(width, dtype=np.int64))
        if content.size % self._row:
            message = f"{content.size:,} bytes are no whole number of rows"
            raise ValueError(message)

    def __len__(self) -> int:
        return self._content.size // self._row

    def __getitem__(self, part: slice) -> Array:
        """Return rows that lie together.

        Raises:
            IndexCorrupt: they are not what was built.
        """
        first, last, step = part.indices(len(self))
        if step != 1:
            message = "rows are read one after the other"
            raise ValueError(message)
        (data,) = self._content.parts([(first * self._row, max(first, last) * self._row)])
        return self._array(data)

    def take(self, places: Numbers) -> Array:
        """Return the rows at `places`.

        Raises:
            IndexCorrupt: they are not what was built.
        """
        return self.spans(places, places + 1)

    def spans(self, firsts: Numbers, lasts: Numbers) -> Array:
        """Return the rows from each of `firsts` up to the one of `lasts` beside it, end to end.

        Raises:
            IndexCorrupt: they are not what was built.
        """
        ranges = zip((firsts * self._row).tolist(), (lasts * self._row).tolist(), strict=True)
        return self._array(b"".join(self._content.parts([*ranges])))

    def _array(self, data: bytes | memoryview) -> Array:
        return np.frombuffer(data, self._dtype).reshape(-1, *self._width)


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
