"""Pipe tables: every row is a block of its own that knows its header.

Two kinds are met. One has Markdown's delimiter line (`|---|`); there an empty cell is an empty
cell, but a row whose first cells are empty goes on with the row above. The other is a wiki table
flattened to text: cells that span several rows were dropped, so a row with fewer filled cells
than one above it has lost the leading cells of that row and inherits them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.domain import Block, BlockKind, Span
from index.reading.formats.bounds import NAME_CHARS

MIN_ROWS = 2
# So many rows of a header may stand above the delimiter line.
MAX_HEADER = 3
DELIMITER_CELL = re.compile(r":?-+:?")
CELL_END = re.compile(r"(?<!\\)\|")


# A sentence above a table that says what it shows.
POINTS = re.compile(
    r":$|\b(?:below|follow(?:ing|s)?|table|these|shows?|shown|lists?|listed|overview"
    r"|folgend\w*|unten|tabelle|zeigt|übersicht|suivante?s?|ci-dessous|tableau|siguientes?|tabla)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Row:
    """A row that others may go on with: its filled cells, what it inherits, where it starts."""

    filled: tuple[str, ...]
    inherited: tuple[str, ...]
    anchor: int


def is_row(line: str) -> bool:
    """Whether `line` can only be a row: it begins and ends with a pipe."""
    line = line.strip()
    return line.startswith("|") and line.endswith("|") and len(line) > 1


def cells(line: str) -> tuple[str, ...]:
    """The cells of a row, trimmed."""
    line = line.strip().removeprefix("|")
    line = line[:-1] if line.endswith("|") and not line.endswith("\\|") else line
    return tuple(cell.strip() for cell in CELL_END.split(line))


def blocks(text: str, rows: Sequence[Span], lead_in: str = "") -> list[Block]:
    """Turn the rows of one table, its header first, into blocks; `lead_in` stands above it."""
    table = [cells(row.of(text)) for row in rows]
    heads, first, delimited = _heads(table)
    header = names([table[number] for number in heads])
    kind = BlockKind.HEADER if delimited and first < len(table) else BlockKind.ROW
    result = [Block(kind, rows[n], above(lead_in), rows[0].start) for n in heads]
    body = list(zip(table[first:], rows[first:], strict=True))
    owners: list[_Row] = []
    for row, span in body:
        inherited, anchor = _inherit(row, owners, span, delimited=delimited)
        filled = tuple(cell for cell in row if cell)
        if not filled:
            continue
        owners = [other for other in owners if len(other.filled) > len(filled)]
        owners.append(_Row(filled, inherited, anchor))
        taken = [
            f"{name}: {value[:NAME_CHARS]}" if name else value[:NAME_CHARS]
            for name, value in zip(_pad(header, len(inherited)), inherited, strict=False)
            if value
        ]
        # The cells that fill the columns below the header by position can be named by it.
        columns = [name for name in header[len(inherited) :] if name]
        context = "; ".join([*taken, " | ".join(columns)] if columns else taken)
        result.append(Block(BlockKind.ROW, span, above(lead_in, context), anchor))
    return result


def _heads(table: Sequence[Sequence[str]]) -> tuple[list[int], int, bool]:
    """The rows of the header, the first one below it, and whether a line of dashes delimits it."""
    line = next((n for n, row in enumerate(table[: MAX_HEADER + 1]) if _is_delimiter(row)), 0)
    if not line:
        return [0], 1, False
    below = line + 1
    # What has no first cell, and no row above it to go on with, goes on with the header.
    if "" in table[line - 1][1:] and below < len(table) and not table[below][0]:
        return [*range(line), below], below + 1, True
    return list(range(line)), below, True


def above(lead_in: str, columns: str = "") -> str:
    """The context of rows: the names of their columns, and what leads in the table, if it does."""
    leads = lead_in.rstrip(":.") if POINTS.search(lead_in) else ""
    return " › ".join(part for part in (leads, columns) if part)[:NAME_CHARS]


def names(header: Sequence[Sequence[str]]) -> list[str]:
    """The names of the columns below one or more rows, an upper one of which spans those below."""
    parts: list[list[str]] = [[] for _ in range(max(map(len, header)))]
    for row in header:
        spanning = ""
        for column, cell in enumerate(row):
            spanning = cell or (spanning if row is not header[-1] else "")
            if spanning and spanning not in parts[column]:
                parts[column].append(spanning)
    return [" ".join(part)[:NAME_CHARS] for part in parts[:NAME_CHARS]]


def _is_delimiter(row: Sequence[str]) -> bool:
    return all(DELIMITER_CELL.fullmatch(cell) for cell in row)


def _inherit(
    row: Sequence[str], above: Sequence[_Row], span: Span, *, delimited: bool
) -> tuple[tuple[str, ...], int]:
    """The leading cells that `row` takes from the rows above it, and where those begin."""
    filled = [cell for cell in row if cell]
    leading = next((number for number, cell in enumerate(row) if cell), 0)
    if leading and above:
        parent = above[0]
        return (*parent.inherited, *parent.filled)[:leading], parent.anchor
    if delimited or row[-1]:
        return (), span.start
    owner = next((other for other in reversed(above) if len(other.filled) > len(filled)), None)
    if owner is None:
        return (), span.start
    return (*owner.inherited, *owner.filled[:-1]), owner.anchor


def _pad(header: Sequence[str], length: int) -> list[str]:
    return [*header, *([""] * max(0, length - len(header)))]
