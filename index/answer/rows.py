"""The rows of a table and the items of a list that a question asks for, where they are many."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.answer.span import unmarked
from index.domain import BlockKind, Hit, Passage, Span, Unit
from index.model.reader import Reading
from index.store.generation import Generation

LISTED = frozenset({BlockKind.ROW, BlockKind.ITEM})
# Longer lists are gone through no further.
LONGEST_LIST = 300
# The reader means this row and no other: so sure it is of nearly all rows of the example documents
# that answer a question alone.
ALONE = 0.6


@dataclass(frozen=True, slots=True)
class Row:
    """A row or item, a unit of a passage by its number."""

    passage: Passage
    number: int

    @property
    def unit(self) -> Unit:
        """What it is."""
        return self.passage.units[self.number]

    def hit(self, best: Hit) -> Hit:
        """Return it as a hit, as likely as the `best` of its list."""
        inside = unmarked(self.passage.text, self.unit.span.within(self.passage.span))
        start = self.passage.span.start
        answer = Span(start + inside.start, start + inside.end)
        return replace(best, passage=self.passage, best_unit=self.number, answer=answer)


def list_around(hit: Hit, generation: Generation) -> list[Row]:
    """Return all rows or items of the list that a hit's best unit is of, or names the columns of.

    Of one kind and below the same header, with nothing between them, in order; none where it is no
    list.
    """
    passage = hit.passage
    number = hit.best_unit + _names_columns(passage, hit.best_unit)
    best = passage.units[number]
    if best.kind not in LISTED:
        return []
    numbers = generation.passages.of(passage.document)
    place = int(np.searchsorted(numbers, passage.id))
    text = generation.documents[passage.document].text

    def rows(places: range) -> Iterator[Row]:
        for each in places:
            other = generation.passages[int(numbers[each])]
            units = range(len(other.units))
            yield from (Row(other, n) for n in (units if places.step > 0 else reversed(units)))

    def joined(rows: Iterator[Row], *, down: bool) -> list[Row]:
        result: list[Row] = []
        edge = best
        for row in rows:
            unit = row.unit
            if (unit.span.start <= best.span.start) if down else (unit.span.end >= best.span.end):
                continue
            low, high = (edge, unit) if down else (unit, edge)
            gap = Span(low.span.end, high.span.start).of(text)
            alike = unit.kind is best.kind and unit.context == best.context
            if gap.strip() or not alike or len(result) == LONGEST_LIST:
                break
            result.append(row)
            edge = unit
        return result

    before = joined(rows(range(place, -1, -1)), down=False)
    after = joined(rows(range(place, len(numbers))), down=True)
    return [*reversed(before), Row(passage, number), *after]


def _names_columns(passage: Passage, number: int) -> bool:
    """Whether a unit is the header of the row that follows it."""
    unit, *below = passage.units[number : number + 2]
    if not below or not unit.kind is below[0].kind is BlockKind.ROW:
        return False
    row = unit.span.within(passage.span).of(passage.text)
    columns = " | ".join(cell.strip() for cell in row.split("|") if cell.strip())
    return below[0].context.endswith(columns)


def fitting(
    question: str, rows: Sequence[Row], generation: Generation
) -> tuple[list[Row], list[Row]]:
    """Return the rows that have every word of a question by which its rows differ, and any of them.

    None of the first where the words don't tell: where no row has all of them, or most rows do.
    """
    lexical = generation.lexicon
    held = []
    for row in rows:
        language = generation.documents[row.passage.document].language
        inside = row.unit.span.within(row.passage.span)
        held.append({*lexical.analyzer.words(inside.of(row.passage.text), language)})
    asked = {*lexical.words(question)}
    telling = asked & set().union(*held) - set(held[0]).intersection(*held)
    some = [row for row, words in zip(rows, held, strict=True) if telling & words]
    every = [row for row, words in zip(rows, held, strict=True) if telling and telling <= words]
    return (every if len(every) * 2 <= len(rows) else []), some


def certainty(reading: Reading, passage: Passage, number: int) -> float:
    """Return how sure the reader is that a unit of a passage is the answer (0 to 1).

    The answer begins in it, and ends in it: one that is a whole list ends in another.
    """
    inside = passage.units[number].span.within(passage.span)
    tokens = (reading.offsets[:, 0] >= inside.start) & (reading.offsets[:, 1] <= inside.end)
    return float(min(np.exp(each[tokens]).sum() for each in (reading.starts, reading.ends)))
