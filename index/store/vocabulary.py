"""The words of an index in order, on disk, found without reading all of them."""

from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from index.store.arrays import Rows
from index.store.contents import Content

# One word of so many is kept in memory; the others between two of those are read when asked for.
RUN = 64
END = b"\n"


class Vocabulary:
    """Words numbered from 0 in the order of their UTF-8 bytes."""

    def __init__(self, content: Content) -> None:
        """Read what `write` wrote.

        Raises:
            IndexCorrupt: it is not what was built.
        """
        self._text = Rows(content, np.uint8)
        text = self._text[:]
        ends = np.flatnonzero(text == END[0])
        self._size = len(ends)
        firsts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])[: self._size]
        self._bounds = np.append(firsts[::RUN], len(text)).tolist()
        lasts = ends[::RUN].tolist()
        self._heads = [
            text[first:last].tobytes() for first, last in zip(self._bounds[:-1], lasts, strict=True)
        ]

    @staticmethod
    def write(file: Path, words: Iterable[str]) -> None:
        """Write `words`, in order and without line ends in them.

        Raises:
            OSError: the disk refuses.
        """
        with file.open("wb") as stream:
            stream.writelines(word.encode() + END for word in words)

    def __len__(self) -> int:
        return self._size

    def words(self) -> list[str]:
        """Return all words.

        Raises:
            IndexCorrupt: they are not what was built.
        """
        return self._text[:].tobytes().decode().split("\n")[:-1]

    def number(self, word: str) -> int | None:
        """Return the number of a word, or None where there is none of it.

        Raises:
            IndexCorrupt: it is not what was built.
        """
        wanted = word.encode()
        run = bisect_right(self._heads, wanted) - 1
        if run < 0:
            return None
        words = self._text[self._bounds[run] : self._bounds[run + 1]].tobytes().split(END)
        return run * RUN + words.index(wanted) if wanted in words[:-1] else None
