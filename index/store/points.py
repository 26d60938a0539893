"""Which points of a search engine the passages of a generation are.

A point is a content: what is embedded of a passage, and its words. Passages of the same content
share one, and from one generation to the next a content stays the point that it is. One that goes
and comes back is another point, since each has one time to live, from the generation that it was
`born` in to the one that it `died` in.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import numpy.typing as npt

from index.store.arrays import Array, Rows, RowsWriter
from index.store.contents import Files

POINTS = "points.bin"
# A content's hash in two halves, and when it was born.
POINT = np.dtype([("high", "<u8"), ("low", "<u8"), ("born", "<i8")])
CONTENT = ["high", "low"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

Ids = npt.NDArray[np.int64]


def instant(moment: datetime) -> int:
    """Return a moment in microseconds since 1970: what the lives of points are told in."""
    return (moment - EPOCH) // MICROSECOND


def point_id(row: Array) -> str:
    """Return the id of the point that a row of `POINT` is."""
    # Where a content is looked for the first half is enough; each of its lives has another second.
    return str(UUID(int=(int(row["high"]) << 64) | (int(row["low"]) ^ int(row["born"]))))


def _uuid(given: object) -> UUID | None:
    """Return an id as what ours are; None for what none of ours is."""
    try:
        return UUID(str(given))
    except ValueError:
        return None


class Points:
    """The point of each passage of a generation."""

    def __init__(self, files: Files) -> None:
        """Read what `PointsWriter` wrote.

        Raises:
            ValueError: there is no whole number of points.
            IndexCorrupt, OSError: as `Files.content`.
        """
        self.rows = Rows(files.content(POINTS), POINT)
        highs = self.rows[:]["high"]
        self._order = np.argsort(highs, kind="stable")
        self._highs = highs[self._order]

    def __len__(self) -> int:
        return len(self._order)

    def known(self, ids: Iterable[object]) -> list[UUID]:
        """Return those of the ids that points of the generation have, in order."""
        given = [each for each in map(_uuid, ids) if each]
        firsts, lasts = self._places(given)
        return [each for each, there in zip(given, lasts > firsts, strict=True) if there]

    def passages(self, ids: Sequence[UUID]) -> Ids:
        """Return the passages of some points, in order; none for a point that isn't one of them."""
        firsts, lasts = self._places(ids)
        places = [np.arange(first, last) for first, last in zip(firsts, lasts, strict=True)]
        found = self._order[np.concatenate([*places, np.zeros(0, np.int64)]).astype(np.int64)]
        return np.unique(found).astype(np.int64)

    def _places(self, ids: Sequence[UUID]) -> tuple[Ids, Ids]:
        """Where in `_order` the passages of each point begin, and where they end."""
        highs = np.array([each.int >> 64 for each in ids], np.uint64)
        firsts = np.searchsorted(self._highs, highs, "left")
        return firsts, np.searchsorted(self._highs, highs, "right")

    def contents(self) -> Array:
        """Return one row of `POINT` for each content, and as `passage` one that has it."""
        rows = self.rows[:]
        _, firsts = np.unique(rows[CONTENT], return_index=True)
        return np.sort(firsts)


class Alive:
    """The contents that are points already, with their births."""

    def __init__(self, rows: Array | None = None) -> None:
        """Take rows of `POINT`; none for no points."""
        rows = np.zeros(0, POINT) if rows is None else rows
        self._rows = np.sort(rows, order=CONTENT)
        self._highs = np.ascontiguousarray(self._rows["high"])

    def born(self, high: int, low: int) -> int | None:
        """Return when a content was born; None if it is no point."""
        place = int(np.searchsorted(self._highs, np.uint64(high)))
        while place < len(self._rows) and int(self._rows[place]["high"]) == high:
            if int(self._rows[place]["low"]) == low:
                return int(self._rows[place]["born"])
            place += 1
        return None


class PointsWriter:
    """Writes the points of a generation, passage by passage."""

    def __init__(self, folder: Path, tenant: str, born: int, alive: Alive) -> None:
        """Write into `folder`; what isn't `alive` is `born` with this generation of the `tenant`.

        Raises:
            OSError: the disk refuses.
        """
        self._rows = RowsWriter(folder / POINTS, POINT)
        self._tenant = tenant.encode()
        self._born = born
        self._alive = alive

    def counts(self) -> tuple[int, int]:
        """Return how many contents there are, and how many of them were born with this generation.

        Raises:
            OSError: the disk refuses.
        """
        rows = self._rows[:]
        _, firsts = np.unique(rows[CONTENT], return_index=True)
        return len(firsts), int((rows["born"][firsts] == self._born).sum())

    def add(self, key: bytes, words: Sequence[str]) -> None:
        """Write the point of the next passage, by the key of its embeddings and its words.

        Raises:
            OSError: the disk refuses.
        """
        said = hashlib.blake2b(digest_size=16)
        for part in (self._tenant, key, *(word.encode() for word in words)):
            said.update(len(part).to_bytes(4, "little") + part)
        digest = said.digest()
        high, low = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")
        born = self._alive.born(high, low)
        row = (high, low, self._born if born is None else born)
        self._rows.add(np.array([row], POINT))

    def close(self) -> None:
        """Write what isn't yet.

        Raises:
            OSError: the disk refuses.
        """
        self._rows.close()
