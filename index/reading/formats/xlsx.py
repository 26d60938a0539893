"""`.xlsx`: every row of a sheet with the header of its table; a citation names the row."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element

from index.domain import BlockKind, Document
from index.reading.formats.extracted import Extract, one_line
from index.reading.formats.package import Package
from index.reading.formats.tables import MAX_HEADER, names
from index.settings import Limits

WORKBOOK = "xl/workbook.xml"
REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
# What a format shows as it is, and what stands for colours and conditions.
LITERAL = re.compile(r"\"[^\"]*\"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]")
# The formats that have a number alone: dates, times, and shares of a hundred.
BUILT_IN = {
    9: "0%", 10: "0.00%", 14: "d/m/y", 15: "d-m-y", 16: "d-m", 17: "m-y", 18: "h:m", 19: "h:m:s",
    20: "h:m", 21: "h:m:s", 22: "d/m/y h:m", 45: "m:s", 46: "h:m:s", 47: "m:s",
}  # fmt: skip
FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's days have no time zone
DAYS_1904 = 1462
MAX_DAYS = 2_958_466
# A number has no more digits than these; what is further behind came of calculating.
DIGITS = 15
MIN_HEADER = 2
FIGURE = re.compile(r"[-+]?[\d.,:-]+\s?%?")
SHARED = {"sharedStrings", "styles"}

Row = dict[int, str]


def read(path: str, data: bytes, limits: Limits) -> Document:
    """Read a workbook: what its visible sheets show, formulas as what they came to.

    Raises:
        UnreadableSource: it is damaged, encrypted, or no cell has a value.
        UnpacksTooLarge: it is larger than `max_unpacked_mb` when unpacked.
        NestedTooDeep: its elements are nested deeper than `max_nesting`.
    """
    package = Package(path, data, limits, ".xlsx", WORKBOOK)
    book = package.tree(WORKBOOK)
    related = {key: (kind, target) for key, kind, target in package.relations(WORKBOOK)}
    shared = {kind: target for kind, target in related.values() if kind in SHARED}
    values = _Values(book, {kind: package.tree(target) for kind, target in shared.items()})
    extract = Extract()
    hidden = []
    # A small file may name the same large sheet any number of times.
    added: set[str] = set()
    for entry in book.iterfind("sheets/sheet"):
        kind, target = related.get(entry.get("id", ""), ("", ""))
        name = one_line(entry.get("name", ""))
        if kind != "worksheet" or target in added:
            continue
        added.add(target)
        if entry.get("state", "visible") != "visible":
            hidden.append(name)
            continue
        sheet = package.tree(target)
        if rows := list(values.rows(sheet)):
            extract.heading(name, 2)
            _add(extract, rows, _spanning(sheet))
    notes = (f"hidden, left out: sheet {', '.join(hidden)}",) if hidden else ()
    title, author = package.about()
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return extract.document(path, data, media_type, title=title, author=author, notes=notes)


class _Values:
    """What the values of cells look like."""

    def __init__(self, book: Element, parts: Mapping[str, Element]) -> None:
        """Learn the texts that cells share, and the formats of their numbers."""
        strings = parts.get("sharedStrings")
        self._strings = [] if strings is None else [_text(each) for each in strings.iterfind("si")]
        settings = book.find("workbookPr")
        early = settings is not None and settings.get("date1904") in {"1", "true"}
        self._first_day = FIRST_DAY + timedelta(days=DAYS_1904 if early else 0)
        self._formats: list[str] = []
        styles = parts.get("styles")
        if styles is not None:
            own = {
                _number(each.get("numFmtId")): each.get("formatCode", "")
                for each in styles.iterfind("numFmts/numFmt")
            }
            self._formats = [
                LITERAL.sub("", (BUILT_IN | own).get(_number(each.get("numFmtId")), "")).lower()
                for each in styles.iterfind("cellXfs/xf")
            ]

    def rows(self, sheet: Element) -> Iterator[tuple[int, Row]]:
        """Yield the rows that have a value: the number (from 1), and the cells by their column."""
        merged = _merged(sheet)
        # By column: the value that goes on below, and the last row that has it.
        below: dict[int, tuple[int, str]] = {}
        number = 0
        for row in sheet.iterfind("sheetData/row"):
            number = _number(row.get("r")) or number + 1
            cells: Row = {}
            column = 0
            for cell in row.iterfind("c"):
                reference = REFERENCE.fullmatch(cell.get("r", ""))
                column = _column(reference[1]) if reference else column + 1
                if shown := self._shown(cell):
                    cells[column] = shown
            if not cells:
                continue
            below = {place: kept for place, kept in below.items() if kept[0] >= number}
            own = dict(cells)
            for place, (_, value) in below.items():
                cells.setdefault(place, value)
            for place, value in own.items():
                if (number, place) in merged:
                    below[place] = (merged[number, place], value)
            yield number, dict(sorted(cells.items()))

    def _shown(self, cell: Element) -> str:
        """What a cell shows; nothing where it has an error."""
        value = cell.findtext("v") or ""
        match cell.get("t", "n"):
            case "s":
                place = _number(value)
                return self._strings[place] if place < len(self._strings) else ""
            case "inlineStr":
                inline = cell.find("is")
                return "" if inline is None else _text(inline)
            case "b":
                return "TRUE" if value == "1" else "FALSE"
            case "n":
                style = _number(cell.get("s"))
                form = self._formats[style] if style < len(self._formats) else ""
                return self._figure(value, form)
            case "e":
                return ""
            case _:
                return one_line(value)

    def _figure(self, value: str, form: str) -> str:
        try:
            number = float(value)
        except ValueError:
            return one_line(value)
        if "%" in form:
            return f"{number * 100:.{DIGITS - 3}g}%"
        if re.search(r"[dyhs]", form) and 0 <= number < MAX_DAYS:
            moment = self._first_day + timedelta(seconds=round(number * 86_400))
            day = moment.strftime("%Y-%m-%d") if re.search(r"[dy]", form) else ""
            clock = moment.strftime("%H:%M:%S" if "s" in form else "%H:%M") if "h" in form else ""
            return f"{day} {clock}".strip() or moment.strftime("%M:%S")
        return f"{number:.{DIGITS}g}"


def _add(extract: Extract, rows: Sequence[tuple[int, Row]], spanning: Mapping[int, int]) -> None:
    """Add the rows of a sheet: an empty one ends a table, a single cell above one is its title."""
    table: list[tuple[int, Row]] = []
    for number, cells in rows:
        if table and number > table[-1][0] + 1:
            _add_table(extract, table, spanning)
            table = []
        table.append((number, cells))
    if table:
        _add_table(extract, table, spanning)


def _add_table(
    extract: Extract, rows: Sequence[tuple[int, Row]], spanning: Mapping[int, int]
) -> None:
    start = next((place for place, row in enumerate(rows) if len(row[1]) >= MIN_HEADER), len(rows))
    for number, cells in rows[:start]:
        extract.mark("row", number)
        extract.block(BlockKind.PARAGRAPH, next(iter(cells.values())))
    if start == len(rows):
        return
    columns = sorted({column for _, cells in rows[start:] for column in cells})
    table = [[cells.get(column, "") for column in columns] for _, cells in rows[start:]]
    heads = sum(number <= spanning.get(rows[start][0], 0) for number, _ in rows[start:])
    # Merged cells may also be data: that has numbers, and a header none.
    if _figures(table[:heads]) or not _figures(table[heads:]) or heads > MAX_HEADER:
        heads = 0
    # A first row with a number in it is data: such a table has no header.
    first = heads or int(not _figures(table[:1]))
    header = names(table[:first]) if first else []
    for place, (row, (number, _)) in enumerate(zip(table, rows[start:], strict=True)):
        kind = BlockKind.HEADER if place < heads else BlockKind.ROW
        extract.mark("row", number)
        extract.row(row, header if place >= first else (), kind=kind)


def _figures(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a cell of any of the rows is a number."""
    return any(FIGURE.fullmatch(cell) for row in rows for cell in row)


def _spanning(sheet: Element) -> dict[int, int]:
    """By the row in which merged cells begin, the last one that names what they go over."""
    spanning: dict[int, int] = {}
    for each in sheet.iterfind("mergeCells/mergeCell"):
        first, _, last = each.get("ref", "").partition(":")
        begin, end = REFERENCE.fullmatch(first), REFERENCE.fullmatch(last)
        if begin and end:
            row = int(begin[2])
            below = int(end[2]) + (begin[1] != end[1])
            spanning[row] = max(spanning.get(row, 0), below)
    return spanning


def _merged(sheet: Element) -> dict[tuple[int, int], int]:
    """Where cells that go over several rows begin: the row and the column, and the last row."""
    merged = {}
    for each in sheet.iterfind("mergeCells/mergeCell"):
        first, _, last = each.get("ref", "").partition(":")
        begin, end = REFERENCE.fullmatch(first), REFERENCE.fullmatch(last)
        if begin and end and int(end[2]) > int(begin[2]):
            merged[int(begin[2]), _column(begin[1])] = int(end[2])
    return merged


def _column(letters: str) -> int:
    """The number of a column, from 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _number(value: str | None) -> int:
    return int(value[:9]) if value and value[:9].isdecimal() else 0


def _text(element: Element) -> str:
    """The text of a string, its readings in another script left out."""
    runs = [*element.iterfind("t"), *element.iterfind("r/t")]
    return one_line("".join(run.text or "" for run in runs))
