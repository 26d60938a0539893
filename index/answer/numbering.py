"""What was chosen as a member sees it: each quote once, numbered, with where else it stands."""

from collections.abc import Sequence
from dataclasses import replace

from index.answer.sameness import same
from index.domain import Citation, Hit, Span

Found = tuple[Hit, Citation]


def distinct(found: Sequence[Found], count: int) -> list[Citation]:
    """Return the first `count` quotes that don't repeat one before them, or one of its rows."""
    kept: list[Citation] = []
    for _, citation in found:
        shown = [row for before in kept for row in (before, *before.rows)]
        repeats = any(_place(citation) == _place(row) or same(citation, row) for row in shown)
        if len(kept) < count and not repeats:
            kept.append(citation)
    return kept


def numbered(kept: Sequence[Citation], others: Sequence[Found]) -> tuple[Citation, ...]:
    """Return citations numbered from 1, each with those of `others` that say the same elsewhere."""
    result = []
    for number, citation in enumerate(kept, start=1):
        places = {_place(citation)}
        also: list[Citation] = []
        for _, other in others:
            # Another sentence of what is quoted already stands nowhere else.
            inside = other.path == citation.path and citation.span.holds(other.bold_span)
            if _place(other) not in places and not inside and same(other, citation):
                places.add(_place(other))
                also.append(other)
        result.append(replace(citation, number=number, also=tuple(also)))
    return tuple(result)


def _place(citation: Citation) -> tuple[str, Span]:
    return citation.path, citation.bold_span
