"""A message as a piece of Markdown that stays within itself, whatever it holds.

Discord's markup is nearly Markdown. What would reach beyond the message, or make a part of the
document of it, is written so that it doesn't: headings, lines that divide, fences without an end.
"""

import re
from collections.abc import Iterator

CODE = re.compile(r"```(?:(?P<language>[\w+#.-]{0,20})\n)?(?P<code>.*?)```", re.DOTALL)
# What a quote or a list puts before a line.
INSIDE = r"(?P<inside>(?:[ \t]*(?:>|[-*+•](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*)"
HEADING = re.compile(rf"{INSIDE}#{{1,6}}(?:[ \t]+(?P<title>.*?))?[ \t]*#*[ \t]*")
SMALL = re.compile(rf"{INSIDE}-#[ \t]+")
# Also what underlines a heading, and begins the front matter of a document.
DIVIDES = re.compile(rf"{INSIDE}(?:=+|-+|_{{2,}}|~{{3,}}|[*\-_+ \t]{{3,}})[ \t]*")
# HTML goes on to its end, wherever that is; so do fences that nobody closes. Some take lines like
# these for headings, too.
BEGINS = re.compile(rf"{INSIDE}(?=<|=.*=[ \t]*$|~~~|!!!|\?\?\?|```[^`]*$)")
# What shows no preview in Discord.
ADDRESS = re.compile(r"<(https?://[^\s<>]+)>")


def message(text: str) -> str:
    """Return a message's text as Markdown; empty if there is none."""
    parts: list[str] = []
    end = 0
    for found in CODE.finditer(text):
        code = found["code"].strip("\n")
        if "\n" not in found[0] or not code.strip():
            continue
        parts += [*_lines(text[end : found.start()]), f"```{found['language'] or ''}", code, "```"]
        end = found.end()
    parts += _lines(text[end:])
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).strip("\n")


def title(text: str, otherwise: str) -> str:
    """Return a text as a heading, on one line."""
    line = " ".join(text.replace("`", "'").split()).strip("# ")
    return f"# {line or otherwise}"


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if DIVIDES.fullmatch(line):
            yield ""
        elif small := SMALL.match(line):
            yield from _lines(f"{small['inside']}{line[small.end() :]}")
        elif heading := HEADING.fullmatch(line):
            words = (heading["title"] or "").strip()
            # What is marked already may be anything, another heading included.
            marked = not words or "*" in words or "`" in words
            inside = heading["inside"]
            yield from _lines(inside + words) if marked else [f"{inside}**{words}**"]
        else:
            yield _tamed(ADDRESS.sub(r"\1", line))


def _tamed(line: str) -> str:
    if begins := BEGINS.match(line):
        line = f"{begins['inside']}\\{line[begins.end() :]}"
    return line
