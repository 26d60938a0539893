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

MIN_ROWS = 2
DELIMITER_CELL = re.compile(r":?-+:?")
CELL_END = re.compile(r"(?<!\\)\|")


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


def blocks(text: str, rows: Sequence[Span]) -> list[Block]:
    """Turn the rows of one table, its header first, into blocks."""
    table = [cells(row.of(text)) for row in rows]
    delimited = len(table) > 1 and all(DELIMITER_CELL.fullmatch(cell) for cell in table[1])
    header, header_span = table[0], rows[0]
    body = list(zip(table, rows, strict=True))[2 if delimited else 1 :]
    result = [Block(BlockKind.ROW, header_span, "", header_span.start)]
    above: list[_Row] = []
    for row, span in body:
        inherited, anchor = _inherit(row, above, span, delimited=delimited)
        filled = tuple(cell for cell in row if cell)
        if not filled:
            continue
        above = [other for other in above if len(other.filled) > len(filled)]
        above.append(_Row(filled, inherited, anchor))
        names = [
            f"{name}: {value}" if name else value
            for name, value in zip(_pad(header, len(inherited)), inherited, strict=False)
            if value
        ]
        # The cells that fill the columns below the header by position can be named by it.
        columns = [name for name in header[len(inherited) :] if name]
        context = "; ".join([*names, " | ".join(columns)] if columns else names)
        result.append(Block(BlockKind.ROW, span, context, anchor))
    return result


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
