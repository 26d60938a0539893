"""Documents of every format that are as large as they are asked to be, each of one shape."""

import json
import random
import string
from collections.abc import Callable

from tests.support.formats import docx, odt, packed, pdf, pptx, xlsx

Make = Callable[[int], str | bytes]
"""Makes a document of about so many kilobytes, or of so many parts."""


def data(make: Make, size: int) -> bytes:
    """The bytes of a document."""
    made = make(size)
    return made.encode() if isinstance(made, str) else made


SENTENCE = "The gate of the garden is locked at dusk. "


def _word(kilobytes: int) -> str:
    letters = random.Random(7).choices(string.ascii_letters + string.digits, k=kilobytes * 1000)  # noqa: S311
    return f"The key is {''.join(letters)} and no other.\n"


def _times(unit: str, end: str = "\n") -> Make:
    """One unit again and again."""
    return lambda kilobytes: unit * (kilobytes * 1000 // len(unit)) + end


def _counted(unit: str, head: str = "", end: str = "") -> Make:
    """One unit again and again, with its number for the `#` in it."""

    def make(kilobytes: int) -> str:
        count = kilobytes * 1000 // (len(unit) + 3)
        return head + "".join(unit.replace("#", str(number)) for number in range(count)) + end

    return make


TEXTS: dict[str, Make] = {
    "a word": _word,
    "one line": _times(SENTENCE),
    "a line without an end": _times("word and "),
    "tiny lines": _times("a b\n"),
    "blank lines": _times("\n", "b\n"),
    "white space": _times(" ", "b\n"),
    "paragraphs": _times(f"{SENTENCE}\n\n"),
    "marks never closed": _times("*a "),
    "brackets": _times("["),
    "links": _times("[a](b) "),
    "comments never closed": _times("<!-- "),
    "ideographs": _times("図書館は月曜日に開いています"),
    "combining marks": lambda kilobytes: "a" + "\u0301" * kilobytes * 1000,
}
MARKDOWN: dict[str, Make] = {
    "headings": _counted("# Part #\n\nText # stands here.\n\n"),
    "headings alone": _counted("# Part #\n\n"),
    "items": _counted("- item number #\n", "These are needed:\n\n"),
    "a table": _counted("| cell # | value # |\n", "| a | b |\n| --- | --- |\n"),
    "a wide table": lambda kilobytes: "".join(
        part * kilobytes * 120 + "|\n" for part in ("| a ", "| - ", "| b ")
    ),
    "quotes in quotes": _times(">", " x\n"),
    "fences": _times("```\nx\n```\n"),
    "bold questions": _counted("**Is it #?**\n\nIt is #.\n\n"),
    "definitions": _counted("[l#]: http://x/#\n"),
}
OTHERS: dict[str, dict[str, Make]] = {
    "a.rst": {
        "headings": _counted("Part #\n=========\n\nText # stands here.\n\n"),
        "items": _counted("- item number #\n", "These are needed:\n\n"),
        "directives": _times(".. note::\n\n   text\n\n"),
    },
    "a.adoc": {
        "headings": _counted("== Part #\n\nText # stands here.\n\n"),
        "items": _counted("* item number #\n", ".Needed\n"),
        "a table": _counted("|cell # |value #\n", "|===\n", "|===\n"),
        "attributes": _counted(":a#: value\n", "", "\n{a1} text\n"),
    },
    "a.org": {
        "headings": _counted("* Part #\nText # stands here.\n"),
        "items": _counted("- item number #\n"),
        "a table": _counted("| cell # | value # |\n"),
    },
    "a.html": {
        "paragraphs": _counted("<p>Text # stands here.</p>"),
        "headings": _counted("<h2>Part #</h2><p>Text # stands here.</p>"),
        "items": _counted("<li>item number #</li>", "<ul>", "</ul>"),
        "a table": _counted("<tr><td>cell #<td>value #</tr>", "<table>", "</table>"),
        "a wide row": _counted("<td>cell #</td>", "<table><tr>", "</table>"),
        "text alone": _times(SENTENCE),
        "elements never closed": _counted("<li>item #"),
        "spans": _counted("<span>word #</span> "),
    },
    "a.xml": {
        "elements": _counted("<one id='#'><name>Part #</name></one>", "<all>", "</all>"),
        "text": _counted(SENTENCE, "<all><p>", "</p></all>"),
    },
    "a.csv": {
        "rows": _counted("cell #,value #\n", "a,b\n"),
        "a wide row": lambda kilobytes: "a,b\n" + "x," * kilobytes * 500 + "\n",
        "a cell": _counted("word ", 'a,b\nx,"', '"\n'),
        "quotes": _counted('""', 'a,b\nx,"', '"\n'),
    },
    "a.tsv": {"rows": _counted("cell #\tvalue #\n", "a\tb\n")},
    "a.json": {
        "records": lambda kilobytes: json.dumps(
            [{"name": f"Part {number}", "size": number} for number in range(kilobytes * 30)]
        ),
        "a value": lambda kilobytes: json.dumps({"text": SENTENCE * kilobytes * 24}),
        "keys": lambda kilobytes: json.dumps({f"k{n}": n for n in range(kilobytes * 60)}),
    },
    "a.jsonl": {"records": _counted('{"question": "Is it #?", "answer": "It is #."}\n')},
    "a.yaml": {"keys": _counted("key#: value\n"), "items": _counted("- item #\n", "all:\n")},
    "a.toml": {"keys": _counted("key# = 1\n"), "tables": _counted("[part#]\nsize = 1\n")},
    "a.ini": {"sections": _counted("[part#]\nsize = 1\n")},
    "a.py": {"functions": _counted("def f#(x):\n    return x\n\n\n"), "a line": _times("x = 1; ")},
    "a.eml": {
        "a text": _counted("Line # of the letter.\n", "Subject: Hello\n\n"),
        "a head": _counted("X-Head-#: value\n", "Subject: Hello\n", "\nText.\n"),
    },
    "a.vtt": {"cues": _counted("00:01.000 --> 00:02.000\n<v Ada>Line #.\n\n", "WEBVTT\n\n")},
    "a.srt": {"cues": _counted("1\n00:00:01,000 --> 00:00:02,000\nLine #.\n\n")},
    "chat.txt": {"messages": _counted("[02.05.24, 18:02:10] Mona: Is it #?\n")},
    "a.ipynb": {
        "cells": lambda kilobytes: json.dumps(
            {
                "cells": [
                    {"cell_type": "markdown", "metadata": {}, "source": f"# Part {n}\n\nText {n}."}
                    for n in range(kilobytes * 15)
                ],
                "metadata": {},
                "nbformat": 4,
                "nbformat_minor": 5,
            }
        )
    },
}
_ITEM = "<text:list-item><text:p>item #</text:p></text:list-item>"
_CELL = "<table:table-cell><text:p>cell #</text:p></table:table-cell>"
_CHAPTER = "<html><body><h1>Part {}</h1><p>Text stands here.</p></body></html>"


def _epub(chapters: int) -> bytes:
    numbers = range(chapters)
    items = "".join(f"<item id='c{n}' href='{n}.xhtml'/>" for n in numbers)
    spine = "".join(f"<itemref idref='c{n}'/>" for n in numbers)
    files = {f"{n}.xhtml": _CHAPTER.format(n) for n in numbers}
    return packed(
        files
        | {
            "META-INF/container.xml": "<container><rootfiles><rootfile full-path='a.opf'/>"
            "</rootfiles></container>",
            "a.opf": f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>",
        }
    )


def _pptx(slides: int) -> bytes:
    shape = "<p:sp><p:txBody><a:p><a:r><a:t>Slide {}</a:t></a:r></a:p></p:txBody></p:sp>"
    made = {f"s{n}": shape.format(n) for n in range(slides)}
    return pptx(made, order=tuple(made))


PACKED: dict[str, dict[str, Make]] = {
    "a.docx": {
        "paragraphs": lambda count: docx(
            "".join(f"<w:p><w:r><w:t>Text {n}.</w:t></w:r></w:p>" for n in range(count))
        ),
        "a table": lambda count: docx(
            "<w:tbl>"
            + "<w:tr><w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc></w:tr>" * count
            + "</w:tbl>"
        ),
        "a long text": lambda count: docx(f"<w:p><w:r><w:t>{SENTENCE * count}</w:t></w:r></w:p>"),
    },
    "a.odt": {
        "paragraphs": lambda count: odt("<text:p>Text stands here.</text:p>" * count),
        "items": lambda count: odt(f"<text:list>{_ITEM * count}</text:list>"),
        "a table": lambda count: odt(
            "<table:table>"
            + f"<table:table-row>{_CELL}</table:table-row>" * count
            + "</table:table>"
        ),
    },
    "a.xlsx": {
        "rows": lambda count: xlsx(
            {"A": {n: [("A", f"cell {n}"), ("B", n)] for n in range(1, count + 1)}}
        )
    },
    "a.epub": {"chapters": _epub},
    "a.pptx": {"slides": _pptx},
    "a.pdf": {
        "pages": lambda count: pdf([["The boat was built of larch."] * 30] * (1 + count // 30)),
        "lines": lambda count: pdf([["The boat was built of larch."] * count]),
        "a line": lambda count: pdf([["The boat was built of larch and oak. " * count]]),
    },
}
