"""Strings on disk, end to end, each written once and asked for by its number."""

from pathlib import Path

import numpy as np

from index.store.arrays import Rows, RowsWriter
from index.store.contents import Files

# Behind the name of the file with the strings: where each begins.
STARTS = ".starts"


class Strings:
    """Strings numbered from 0."""

    def __init__(self, files: Files, name: str) -> None:
        """Read what `StringsWriter` wrote to the file of that name.

        Raises:
            IndexCorrupt, OSError: as `Files.content`.
        """
        self._text = Rows(files.content(name), np.uint8)
        self._starts = Rows(files.content(name + STARTS), np.int64)

    @property
    def whole(self) -> bool:
        """Whether both files are of the same strings."""
        return len(self._starts) > 0 and int(self._starts[len(self._starts) - 1 :][0]) == len(
            self._text
        )

    def __getitem__(self, number: int) -> str:
        """Return the string of a number.

        Raises:
            IndexCorrupt: it is not what was built.
        """
        first, last = self._starts[number : number + 2].tolist()
        return self._text[first:last].tobytes().decode()


class StringsWriter:
    """Writes what `Strings` reads."""

    def __init__(self, file: Path) -> None:
        """Write to a new file and one beside it.

        Raises:
            OSError: the disk refuses.
        """
        self._text = RowsWriter(file, np.uint8)
        self._starts = RowsWriter(file.with_name(file.name + STARTS), np.int64)
        self._starts.add(np.zeros(1, np.int64))
        self._known: dict[str, int] = {}

    def number(self, string: str) -> int:
        """Return the number of a string, writing it if it isn't the same as one before.

        Raises:
            OSError: the disk refuses.
        """
        if string not in self._known:
            self._known[string] = self._starts.count - 1
            self._text.add(np.frombuffer(string.encode(), np.uint8))
            self._starts.add(np.array([self._text.count]))
        return self._known[string]

    def forget(self) -> None:
        """Write strings again that were written before."""
        self._known = {}

    def close(self) -> None:
        """Write what isn't yet.

        Raises:
            OSError: the disk refuses.
        """
        self._text.close()
        self._starts.close()
