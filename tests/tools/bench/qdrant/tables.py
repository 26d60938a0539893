"""What was measured, as tables of Markdown."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Row = dict[str, Any]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"


def times(row: Row) -> str:
    """Median and 99th percentile."""
    middle, slow = row["ms"]
    return f"{middle:.1f}, {slow:.1f}"


def filtered(row: Row) -> str:
    """What a filter lets through, in words."""
    if row["tenant"] is None:
        return "no filter"
    if row["dead"] is None:
        return f"{row['tenant']}, no lifetimes"
    return f"{row['tenant']}, {row['dead']:.0%} dead"


def cell(row: Row | None) -> str:
    """Recall of the nearest 10 and 50, and times; empty while that isn't measured."""
    return f"{row['recall@10']:.3f}, {row['recall@50']:.3f}; {times(row)} ms" if row else ""


def dense(rows: Sequence[Row]) -> Iterator[str]:
    """Recall by filter, bits and way; a column for each depth."""
    found: dict[tuple[object, ...], dict[int, Row]] = {}
    for row in rows:
        key = (row["passages"], filtered(row), row["bits"], row["way"])
        found.setdefault(key, {})[row["ef"]] = row
    depths = sorted({row["ef"] for row in rows})
    head = ["passages", "filter", "codes", "rescoring", *(f"ef {depth}" for depth in depths)]
    lines = []
    for (passages, name, bits, way), cells in found.items():
        shown = [cell(cells.get(depth)) for depth in depths]
        lines.append([f"{passages:,}", name, bits, way, *shown])
    yield from table(head, lines)


def sparse(rows: Sequence[Row]) -> Iterator[str]:
    """Time and overlap by filter and by which words are asked for."""
    head = ["passages", "filter", "words left out", "lose a word", "fetched", "the same 50", "ms"]
    lines = []
    for row in rows:
        share = row["without words in more than"]
        lines.append(
            [
                f"{row['passages']:,}",
                filtered(row),
                "none" if share == 1 else f"in more than {share:.0%}",
                f"{row['questions that lose a word']:.0%}",
                row["fetched"],
                f"{row['overlap@50']:.3f}",
                times(row),
            ]
        )
    yield from table(head, lines)


def tables(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of all tables; what has none is shown as it is."""
    searches = [row for row in rows if "way" in row and "ef" in row]
    words = [row for row in rows if "fetched" in row]
    if searches:
        yield from dense(searches)
        yield ""
    if words:
        yield from sparse(words)
        yield ""
    for row in rows:
        if row not in searches and row not in words:
            yield str(row)
