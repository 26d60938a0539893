"""`.adoc`: AsciiDoc's headings, lists, tables and code; the text is the file's own."""

import re

from index.domain import Block, BlockKind, Document, Span
from index.reading.formats.decoding import decode
from index.reading.formats.extracted import one_line
from index.reading.formats.overlaid import Overlay
from index.settings import Limits

HEADING = re.compile(r"(={1,6})(\s+\S.*)$")
# What stands between two such lines is code, no text, or text.
CODE = re.compile(r"-{4,}|\.{4,}|\+{4,}|```.*")
COMMENT = re.compile(r"/{4,}")
TABLE = re.compile(r"\|={3,}")
# Lines that say something to the program alone.
LEFT_OUT = re.compile(
    r"//(?!/).*|\[.*\]|<<<|'''|\+|--|={4,}|\*{4,}|_{4,}|"
    r"(?:image|include|toc|video|audio|ifn?def|ifeval|endif)::.*"
)
ATTRIBUTE = re.compile(r":!?([\w-]+)!?:(?:\s+(.*))?")
ITEM = re.compile(r"\s*(\*{1,5}|\.{1,5}|-)(?=\s)")
CELL = re.compile(r"(?:(?<=\s)|^)(?:[\d.]+[+*])?[<^>.]*[adehlmsv]?\||(?<!\\)\|", re.MULTILINE)
COLUMNS = re.compile(r"cols\s*=\s*\"?([^\"\]]*)")
REPEATED = re.compile(r"(\d+)\*")
MAX_COLUMNS = 100


def read(path: str, data: bytes, _limits: Limits) -> Document:
    """Read an AsciiDoc file; what it includes is not read.

    Raises:
        UnreadableSource: the bytes are no text.
    """
    text, notes = decode(path, data)
    overlay = Overlay(text)
    lines = text.split("\n")
    at = number = 0
    attributes = ""
    while number < len(lines):
        line = lines[number].rstrip()
        ends = CODE.fullmatch(line) or COMMENT.fullmatch(line) or TABLE.fullmatch(line)
        if ends:
            close = line if not line.startswith("```") else "```"
            last = next(
                (
                    below
                    for below in range(number + 1, len(lines))
                    if lines[below].rstrip() == close
                ),
                len(lines),
            )
            start = at + len(lines[number]) + 1
            inside = lines[number + 1 : last]
            end = start + sum(len(each) + 1 for each in inside)
            if TABLE.fullmatch(line):
                overlay.blocks.extend(_rows(text[start:end], start, attributes))
            elif not COMMENT.fullmatch(line):
                overlay.code(start, min(end, len(text)))
            for each in lines[number : last + 1]:
                overlay.blank(each)
            number, at = last, end
            attributes = ""
        elif LEFT_OUT.fullmatch(line):
            attributes = line if line.startswith("[") else attributes
            overlay.blank(lines[number])
        else:
            overlay.lines.append(_line(overlay, lines[number], at))
            attributes = attributes if line.startswith(".") else ""
        if number < len(lines):
            at += len(lines[number]) + 1
        number += 1
    return overlay.document(path, data, "text/asciidoc", notes)


def _line(overlay: Overlay, line: str, at: int) -> str:
    """A line as Markdown has it, of the same length."""
    if heading := HEADING.match(line):
        return "#" * len(heading[1]) + heading[2].ljust(len(line) - len(heading[1]))
    if attribute := ATTRIBUTE.fullmatch(line.rstrip()):
        if attribute[1] == "author":
            overlay.author = one_line(attribute[2] or "")
        return " " * len(line)
    if item := ITEM.match(line):
        marker = item.end() - 1
        overlay.levels[at + marker] = len(item[1])
        return f"{' ' * marker}-{line[item.end() :]}"
    return line


def _rows(table: str, start: int, attributes: str) -> list[Block]:
    """The rows of a table, its cells one after the other, by the number of its columns."""
    signs = list(CELL.finditer(table))
    if not signs:
        return []
    ends = [*(sign.start() for sign in signs[1:]), len(table)]
    cells = [
        Span(sign.start(), sign.end() + len(table[sign.end() : end].rstrip()))
        for sign, end in zip(signs, ends, strict=True)
    ]
    first, _, rest = table.lstrip("\n").partition("\n")
    columns = _columns(attributes) or len(CELL.findall(first))
    if not columns:
        return []
    # A first row by itself, an empty line below it, is the header.
    named = "header" in attributes or (
        rest.startswith("\n") and len(CELL.findall(first)) == columns
    )
    header = ""
    blocks = []
    for number in range(0, len(cells), columns):
        row = cells[number : number + columns]
        span = Span(start + row[0].start, start + row[-1].end)
        head = named and number == 0 and len(cells) > columns
        kind = BlockKind.HEADER if head else BlockKind.ROW
        blocks.append(Block(kind, span, header, span.start))
        if head:
            header = " | ".join(filter(None, (_words(table, cell) for cell in row)))
    return blocks


def _columns(attributes: str) -> int:
    """How many columns the attributes of a table say it has; 0 where they don't."""
    given = COLUMNS.search(attributes)
    if given is None:
        return 0
    columns = 0
    for part in re.split("[,;]", given[1]):
        repeated = REPEATED.match(part.strip())
        columns += int(repeated[1][:3]) if repeated else 1
    return min(columns, MAX_COLUMNS)


def _words(table: str, cell: Span) -> str:
    return one_line(CELL.sub("", cell.of(table), count=1))
