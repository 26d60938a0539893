"""The lines at the head and the foot of every page of a PDF, which say nothing of its text."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from index.reading.formats.pdf_layout import LARGER, Row, Segment, group, joined

# Looked for in so many rows from the top and the bottom, in this share of the height of the text.
EDGE_ROWS = 3
EDGE_SHARE = 0.15
# On how many of the pages a line stands that is none of their text.
RUNNING_SHARE = 0.3
MIN_PAGES = 2
NUMBER = re.compile(r"(?<![\d.,])\d{1,4}(?![\d.,])")
PAGE_NUMBER = re.compile(r"[-–—]?\s*(?:\d{1,4}|[ivxl]{1,7})\s*[-–—]?")

Pages = Mapping[int, Sequence[Sequence[Segment]]]
# A line with its page's number left out, how far that is from the number in the file, its height.
Key = tuple[str, int | None, float]


def without_running_lines(pages: Pages) -> dict[int, list[list[Segment]]]:
    """Return the segments of each page, in each direction, without what runs over many."""
    everything = [each for page in pages.values() for each in page[0]]
    body = median(each.height for each in everything)
    low, high = min(each.bottom for each in everything), max(each.top for each in everything)
    depth = EDGE_SHARE * (high - low)
    edges = {
        number: [
            row
            for row in _outermost(page[0])
            if row[0].bottom > high - depth or row[0].top < low + depth
        ]
        for number, page in pages.items()
    }
    # A page that is there twice says nothing of what is on every page.
    distinct = {tuple(each.text for each in page[0]): number for number, page in pages.items()}
    counts = Counter(
        key
        for number in distinct.values()
        for key in {key for row in edges[number] for key in _keys(row, number, body)}
    )
    least = max(MIN_PAGES, math.ceil(RUNNING_SHARE * len(pages)))
    running = {key for key, count in counts.items() if count >= least}
    offsets = Counter(offset for _, offset, _ in running if offset is not None)
    printed = offsets.most_common(1)[0][0] if offsets else None
    result: dict[int, list[list[Segment]]] = {}
    for number, page in pages.items():
        dropped = [
            row
            for row in edges[number]
            if any(key in running for key in _keys(row, number, body))
            or (printed is not None and _ends_with(str(number + printed), joined(row).text))
        ]
        # The page's number says nothing that a citation doesn't.
        rest = [row for row in group(page[0]) if row not in dropped]
        dropped += [
            row for row in (rest[:1] + rest[-1:]) if PAGE_NUMBER.fullmatch(joined(row).text)
        ]
        gone = {segment for row in dropped for segment in row}
        kept = [[each for each in segments if each not in gone] for segments in page]
        result[number] = [segments for segments in kept if segments]
    return result


def _outermost(segments: Sequence[Segment]) -> list[Row]:
    rows = group(segments)
    return rows if len(rows) <= 2 * EDGE_ROWS else rows[:EDGE_ROWS] + rows[-EDGE_ROWS:]


def _keys(row: Row, page: int, body: float) -> Iterator[Key]:
    """What a row may have in common with one of another page: all, or all but the page's number."""
    line = joined(row)
    height = round(line.height, 1)
    yield line.text, None, height
    # "Chapter 1", "Chapter 2" count up as well.
    if line.height < LARGER * body:
        for number in NUMBER.finditer(line.text):
            rest = f"{line.text[: number.start()]}#{line.text[number.end() :]}"
            yield rest, int(number[0]) - page, height


def _ends_with(number: str, text: str) -> bool:
    """Whether a line begins or ends with the number of its page."""
    words = text.split()
    return len(words) > 1 and number in {words[0], words[-1]}
