"""What stands where on a page of a PDF: its columns in the order they are read, and its tables."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

# Two segments stand in one row when they share this much of the lower one's height.
SHARED = 0.5
# A gutter is at least this many line heights wide.
GUTTER = 0.6
# Columns of running text have lines of this length, tables have a column that is narrower.
PROSE_CHARS = 20
# Narrow ones are running text where sentences end in them, and most lines are within one.
NARROW_CHARS = 10
WITHIN = 0.5
END_CHARS = 4
SENTENCE_END = re.compile(r"[.!?][\"”’»)]*(?=\s|$)")
MAX_PROSE_COLUMNS = 4
MIN_LINES = 3
MAX_CELLS = 40
MIN_ROWS = 2
MAX_ROWS = 500
# Rows this much closer than those of their table are one row whose cells are wrapped.
WRAPPED = 0.8
# The lines of one cell are at most this many line heights apart.
LEADING = 1.6
# How much larger than others a line is that is no text as they are.
LARGER = 1.15


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a line and its box, in points from the lower left corner of the page."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def height(self) -> float:
        """The height of the line, which grows with its letters."""
        return self.top - self.bottom


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a table, from the top, each with a cell for every column.

    `height` is that of a line.
    """

    rows: tuple[tuple[str, ...], ...]
    height: float


Lines = list[Segment]
Flow = Lines | Table
Row = list[Segment]
Gap = tuple[float, float]


def arrange(segments: Sequence[Segment]) -> Iterator[Flow]:
    """Yield the columns and tables of a page in the order they are read."""
    lines: Lines = []
    rows = group(segments)
    number = 0
    while number < len(rows):
        end, gutters = _band(rows, number)
        columns = _columns(rows[number:end], gutters)
        if _prose(columns):
            # Lines above that keep to one side belong to it.
            while lines and len(_narrowed(gutters, [lines[-1]])) == len(gutters):
                _place(columns, gutters, lines.pop())
            if lines:
                yield lines
                lines = []
            for column in columns:
                yield from arrange(column)
            number = end
            continue
        band, end = end, number + _without_tail(rows[number:end])
        # A last line of a cell that isn't the first stands close below its row.
        while number < end < band and _goes_on(rows[end - 1], rows[end], gutters):
            end += 1
        # In a table most rows have more than one cell.
        if sum(len(row) > 1 for row in rows[number:end]) * 2 > max(end - number, MIN_ROWS):
            if lines:
                yield lines
                lines = []
            yield _table(rows[number:end], gutters)
            number = end
        else:
            lines.append(joined(rows[number]))
            number += 1
    if lines:
        yield lines


def group(segments: Sequence[Segment]) -> list[Row]:
    """Group segments into rows, from the top, each from its left."""
    rows: list[Row] = []
    for segment in sorted(segments, key=lambda each: -each.top):
        if rows:
            first = rows[-1][0]
            shared = min(first.top, segment.top) - max(first.bottom, segment.bottom)
            if shared > SHARED * min(first.height, segment.height):
                rows[-1].append(segment)
                continue
        rows.append([segment])
    return [sorted(row, key=lambda each: each.left) for row in rows]


def joined(row: Row) -> Segment:
    """Return a row as one segment."""
    return Segment(
        " ".join(each.text for each in row),
        row[0].left,
        min(each.bottom for each in row),
        max(each.right for each in row),
        max(each.top for each in row),
    )


def _band(rows: Sequence[Row], start: int) -> tuple[int, list[Gap]]:
    """The end of the run of rows from `start` that leave the same gutters free, and these."""
    gutters = [
        (left.right, right.left)
        for left, right in pairwise(rows[start][:MAX_CELLS])
        if right.left - left.right >= GUTTER * left.height
    ]
    end = start + 1
    while gutters and end < min(len(rows), start + MAX_ROWS):
        narrowed = _narrowed(gutters, rows[end])
        # A line over several columns is none of theirs; a row of fewer cells may be.
        if not narrowed or (len(rows[end]) == 1 and len(narrowed) < len(gutters)):
            break
        gutters = narrowed
        end += 1
    return end, gutters


def _without_tail(rows: Sequence[Row]) -> int:
    """How many rows there are up to the last one with more than one cell."""
    return max((number for number, row in enumerate(rows, 1) if len(row) > 1), default=0)


def _goes_on(above: Row, row: Row, gutters: Sequence[Gap]) -> bool:
    """Whether a single cell that is no first one goes on with the row above."""
    close = above[0].top - row[0].top < LEADING * row[0].height
    return len(row) == 1 and close and row[0].left >= gutters[0][1] - 0.01


def _narrowed(gutters: Sequence[Gap], row: Row) -> list[Gap]:
    """What a row leaves free of gutters; those that it crosses are gone."""
    free = []
    for left, right in gutters:
        middle = (left + right) / 2
        inside = [each for each in row if each.left < right and each.right > left]
        begin = max([left, *(each.right for each in inside if each.left < middle)])
        end = min([right, *(each.left for each in inside if each.left >= middle)])
        if end - begin >= GUTTER * row[0].height:
            free.append((begin, end))
    return free


def _columns(rows: Sequence[Row], gutters: Sequence[Gap]) -> list[list[Segment]]:
    columns: list[list[Segment]] = [[] for _ in range(len(gutters) + 1)]
    for row in rows:
        for segment in row:
            _place(columns, gutters, segment)
    return columns


def _place(columns: list[list[Segment]], gutters: Sequence[Gap], segment: Segment) -> None:
    columns[sum(segment.left >= right - 0.01 for _, right in gutters)].append(segment)


def _prose(columns: Sequence[Sequence[Segment]]) -> bool:
    """Whether columns are read one after the other, not row by row."""
    return 1 < len(columns) <= MAX_PROSE_COLUMNS and all(map(_runs_on, columns))


def _runs_on(column: Sequence[Segment]) -> bool:
    """Whether a column is running text."""
    if len(column) < MIN_LINES:
        return False
    lines = [each.text for each in sorted(column, key=lambda each: -each.top)]
    wide = median(map(len, lines))
    if wide >= PROSE_CHARS:
        return True
    on = sum(
        below[0].islower() and not SENTENCE_END.search(line[-END_CHARS:])
        for line, below in pairwise(lines)
    )
    ends = any(map(SENTENCE_END.search, lines))
    return wide >= NARROW_CHARS and ends and on >= WITHIN * (len(lines) - 1)


def _table(rows: Sequence[Row], gutters: Sequence[Gap]) -> Table:
    distances = [above[0].top - below[0].top for above, below in pairwise(rows)]
    pitch = max(distances) if len(distances) < MIN_LINES else median(distances)
    table: list[list[str]] = []
    for number, row in enumerate(rows):
        cells = [" ".join(each.text for each in cell) for cell in _columns([row], gutters)]
        above = table[-1] if table else []
        filled = sum(map(bool, cells))
        wrapped = bool(above) and filled < sum(map(bool, above))
        # A line below an entry without a first cell goes on with it, as does one closer by.
        if wrapped and (not cells[0] or distances[number - 1] < WRAPPED * pitch):
            table[-1] = [f"{one} {more}".strip() for one, more in zip(above, cells, strict=True)]
        else:
            table.append(cells)
    height = median(each.height for row in rows for each in row)
    return Table(tuple(map(tuple, table)), height)
