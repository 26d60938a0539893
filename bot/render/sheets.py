"""What was asked in vain as a sheet: CSV that a spreadsheet opens, and in which it runs nothing."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from bot.gaps import Gap
from bot.records import Span, Unanswered
from bot.records.statistics import date
from bot.render.markup import plain

# What became of a question that wasn't answered well, in words.
IN_VAIN = {
    "none": "not in the documents",
    "nearest": "with the closest passages alone",
    "bad": "rated badly",
}
# Of a message's file Discord takes 10 MB.
BYTES = 8_000_000
# A cell that begins so is a formula to some spreadsheet, whatever is around it.
FORMULA = tuple("=+-@|%＝＋－＠")
# By this a spreadsheet sees that it is UTF-8.
MARK = "\ufeff"


def listed(gaps: Sequence[Gap], server: int) -> bytes:
    """Return all questions that may be read, a row each, those that are alike one after the other.

    What doesn't fit into a message is left out, the rarest first.
    """
    rows = (
        (
            str(number),
            str(len(gap.questions)),
            IN_VAIN[each.kind],
            f"{date(each.moment):%Y-%m-%d %H:%M}",
            each.text,
            link(each, server),
        )
        for number, gap in enumerate(gaps, start=1)
        for each in gap.questions
    )
    return _sheet(("gap", "times asked", "what came of it", "UTC", "question", "message"), rows)


def counted(spans: Sequence[Span]) -> bytes:
    """Return how often what came of the questions of each day."""
    rows = (
        (
            f"{date(span.begin):%Y-%m-%d}",
            *(str(number) for number in (span.asked, span.answered)),
            *(str(span.kinds[kind]) for kind in IN_VAIN),
        )
        for span in spans
    )
    return _sheet(("date (UTC)", "asked", "answered", *IN_VAIN.values()), rows)


def link(question: Unanswered, server: int) -> str:
    """Return the address of the answer to a question."""
    return f"https://discord.com/channels/{server}/{question.channel}/{question.message}"


def _sheet(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    lines, used = [], 0
    for row in (head, *rows):
        written = StringIO()
        csv.writer(written, quoting=csv.QUOTE_ALL).writerow(map(_cell, row))
        line = written.getvalue().encode(errors="replace")
        used += len(line)
        if used > BYTES:
            break
        lines.append(line)
    return MARK.encode() + b"".join(lines)


def _cell(text: str) -> str:
    """Return a text on one line, and as one for spreadsheets as well."""
    text = " ".join(plain(text).split())
    return f"'{text}" if text.startswith(FORMULA) else text
