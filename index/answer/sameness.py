"""Whether two quotes say the same, whether they say otherwise, and which of them is the later."""

import re
from collections.abc import Iterator

from index.domain import Citation
from index.text.words import Analyzer, fold

# What a sentence may be set in and still be the same: quotation marks around words, marks of
# emphasis, code, headings, lists, quotes and cells.
MARKS = re.compile(
    r"""(?<!\w)['"‘’“”„‚«»‹›*_`~]+|['"‘’“”„‚«»‹›*_`~]+(?!\w)|[“”„«»"`]|\||^\s*(?:[-+>•]|\#+)\s""",
    re.MULTILINE,
)
WORD = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W\d_]+|[%€$£°]")
# Two sentences that share this much of their words are about the same thing.
ALIKE = 0.6
ALIKE_WORDS = 4
CURRENCY = re.compile(r"([€$£])\s*(\d[\d.,]*)")
NUMBERS = (
    *("one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
# A year or an ordinal measures nothing.
MEASURED = re.compile(
    rf"(?<![\w.-])(?<!\d,)(?!(?:19|20)\d\d\b)(\d+(?:[.,]\d+)*|\b(?:{'|'.join(NUMBERS)})\b)[\s-]*"
    r"(?!(?:st|nd|rd|th)\b)([^\W\d_]{2,}|[%€$£])",
    re.IGNORECASE,
)
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
DATE = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?:[-_./](?P<month>0[1-9]|1[0-2])(?:[-_./](?P<day>[0-3]\d))?)?"
    r"(?!\d)"
)
NAMED_DATE = re.compile(
    rf"(?:(?<!\d)(?P<day>[0-3]?\d)(?:st|nd|rd|th)?\.?\s+)?\b(?P<month>{'|'.join(MONTHS)})"
    r"(?:\s+(?P<other>[0-3]?\d)(?:st|nd|rd|th)?,)?\s+(?P<year>(?:19|20)\d\d)(?!\d)",
    re.IGNORECASE,
)
# A heading may begin with the number of its section, so that of a document has a "v" or is the name
# of a folder.
VERSION = re.compile(r"(?<![^\W_])v?(\d+(?:\.\d+)+)|(?<![^\W_])v(\d+)\b")
MARKED_VERSION = re.compile(r"(?<![^\W_])v(\d+(?:\.\d+)*)\b|(?:^|(?<=/))(\d+(?:\.\d+)+)(?=/)")

# What a figure counts is no small word: "5 of them".
SMALL = Analyzer(["english"])

Moment = tuple[int, ...]


def bare(text: str) -> str:
    """Return what a text says without white space, quotation marks and markup."""
    return " ".join(MARKS.sub(" ", text.replace("’", "'")).split())


def same(one: Citation, other: Citation) -> bool:
    """Whether two quotes, or what is bold in them, are equal but for how they are set.

    The same words below different headings, or in different tables, are said of different things.
    """
    quotes = bare(one.quote) == bare(other.quote)
    if one.path == other.path:
        alike = quotes and one.headings == other.headings
    else:
        alike = quotes or bare(one.bold) == bare(other.bold)
        if one.headings and other.headings:
            alike = alike and one.headings[-1] == other.headings[-1]
    return alike and bare(one.context) == bare(other.context)


def contradict(one: Citation, other: Citation) -> bool:
    """Whether the bold parts of two documents answer with different words, or another figure.

    They do where they are much alike and yet not the same, or give another figure in the same
    unit: "180 euros", "210 euros".
    """
    if one.path == other.path or bare(one.bold) == bare(other.bold):
        return False
    words, others = (set(WORD.findall(fold(each.bold))) for each in (one, other))
    shared = len(words & others) / (len(words | others) or 1)
    return (min(len(words), len(others)) >= ALIKE_WORDS and shared >= ALIKE) or other_figure(
        one, other
    )


def other_figure(one: Citation, other: Citation) -> bool:
    """Whether two bold parts have figures in the same unit, and not the same ones."""
    figures, others = _figures(one.bold), _figures(other.bold)
    return any(figures[unit] != others[unit] for unit in figures.keys() & others.keys())


def replaces(one: Citation, other: Citation) -> bool:
    """Whether a bold part repeats the figures of another in a unit, and gives a further one."""
    figures, others = _figures(one.bold), _figures(other.bold)
    return any(figures[unit] > others[unit] for unit in figures.keys() & others.keys())


def names(one: Citation, other: Citation) -> bool:
    """Whether a quote names the document of another, as what amends it does."""
    title = bare(other.title).casefold()
    return (
        one.path != other.path and bool(title) and f" {title} " in f" {_spaced(one.quote, title)} "
    )


def later(one: Citation, other: Citation) -> str:
    """Return the date or version that makes the first the later of two; empty if it isn't.

    A document without a date is the earlier one only for what names it.
    """
    for moments in (_dates, _versions):
        mine, others = (max(moments(each), default=None) for each in (one, other))
        if mine and others and mine[0] != others[0]:
            return mine[1] if mine[0] > others[0] else ""
        if mine and not others and names(one, other):
            return mine[1]
    return ""


def newest(text: str) -> tuple[Moment, Moment]:
    """Return the version and the date that a heading names, to order it among its like."""
    versions = max(_versions_in(text, VERSION), default=((), ""))[0]
    return versions, max(_dates_in(text), default=((), ""))[0]


def _spaced(quote: str, title: str) -> str:
    """A quote in which a title can be found between spaces, whatever signs stand beside it."""
    plain = bare(quote).casefold()
    return re.sub(rf"\W*({re.escape(title)})(?!\w)\W*", r" \1 ", plain)


def _figures(text: str) -> dict[str, set[str]]:
    figures: dict[str, set[str]] = {}
    pairs = [(figure, fold(unit)) for figure, unit in MEASURED.findall(text)]
    pairs += [(figure, unit) for unit, figure in CURRENCY.findall(text)]
    for figure, unit in pairs:
        if not (unit.isalpha() and SMALL.is_small(unit)):
            plain = re.sub(r"[.,](?=\d{3}(?!\d))", "", figure).rstrip(".,").lower()
            plain = str(NUMBERS.index(plain) + 1) if plain in NUMBERS else plain
            figures.setdefault(unit.removesuffix("s"), set()).add(plain)
    return figures


def _dates(citation: Citation) -> Iterator[tuple[Moment, str]]:
    yield from _dates_in(citation.quote, named=True)
    for text in (citation.title, *citation.headings, citation.path, citation.date):
        yield from _dates_in(text)


def _dates_in(text: str, *, named: bool = False) -> Iterator[tuple[Moment, str]]:
    """Yield the dates in a text as they can be compared and as they stand there.

    A year alone is none in a sentence, where it may be anything.
    """
    for match in NAMED_DATE.finditer(text):
        month = MONTHS.index(match["month"].lower()) + 1
        day = match["day"] or match["other"] or 0
        yield (int(match["year"]), month, int(day)), match.group()
    for match in DATE.finditer(text):
        if match["month"] or not named:
            yield tuple(int(part or 0) for part in match.groups()), match.group()


def _versions(citation: Citation) -> Iterator[tuple[Moment, str]]:
    for text in (citation.title, *citation.headings, citation.path):
        yield from _versions_in(text, MARKED_VERSION)


def _versions_in(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[Moment, str]]:
    for match in pattern.finditer(text):
        version = match[1] or match[2]
        yield tuple(map(int, version.split("."))), match.group()
