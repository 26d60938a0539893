"""`.org`: Org mode's headings, lists, tables and code; the text is the file's own."""

import re

from index.domain import Document
from index.reading.formats.decoding import decode
from index.reading.formats.overlaid import Overlay
from index.settings import Limits

HEADING = re.compile(
    r"(\*{1,6})(\s+)((?:(?:TODO|DONE|NEXT|WAITING) )?(?:\[#[A-Z]\] )?)(.*?)(\s:[\w@#%:]+:)?$"
)
KEYWORD = re.compile(r"\s*#\+(\w+):\s*(.*)$")
BEGIN = re.compile(r"\s*#\+begin_(\w+)", re.IGNORECASE)
CODE = {"src", "example", "export"}
COMMENT = re.compile(r"\s*#(?:\s|$)")
DRAWER = re.compile(r"\s*:[A-Za-z_-]+:\s*$")
RULE = re.compile(r"\s*\|[-+|]+\|?\s*$")


def read(path: str, data: bytes, _limits: Limits) -> Document:
    """Read an Org file.

    Raises:
        UnreadableSource: the bytes are no text.
    """
    text, notes = decode(path, data)
    overlay = Overlay(text)
    at = start = 0
    # What ends the block or the drawer that is open.
    end = ""
    kept = False
    for line in text.split("\n"):
        below = at + len(line) + 1
        if end:
            if line.strip().lower() == end:
                if kept:
                    overlay.code(start, at)
                end = ""
            overlay.blank(line)
        elif begin := BEGIN.match(line):
            name = begin[1].lower()
            if name in CODE | {"comment"}:
                end, kept, start = f"#+end_{name}", name != "comment", below
            overlay.blank(line)
        elif DRAWER.match(line):
            end, kept = ":end:", False
            overlay.blank(line)
        else:
            overlay.lines.append(_line(overlay, line))
        at = below
    if end and kept:
        # What nobody closed is text.
        overlay.code(start, len(text))
    return overlay.document(path, data, "text/org", notes)


def _line(overlay: Overlay, line: str) -> str:
    """A line as Markdown has it, of the same length."""
    if heading := HEADING.match(line.rstrip()):
        stars, gap, state, label, tags = heading.groups(default="")
        shown = f"{'#' * len(stars)}{gap}{' ' * len(state)}{label}{' ' * len(tags)}"
        return shown.ljust(len(line))
    if keyword := KEYWORD.match(line):
        name = keyword[1].lower()
        overlay.title = overlay.title or (keyword[2].strip() if name == "title" else "")
        overlay.author = overlay.author or (keyword[2].strip() if name == "author" else "")
        return " " * len(line)
    if COMMENT.match(line) or line.strip().lower().startswith("#+end_"):
        return " " * len(line)
    return line.replace("+", "|") if RULE.match(line) else line
