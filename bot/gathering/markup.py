"""A message as a piece of Markdown that stays within itself, whatever it holds.

Discord's markup is nearly Markdown. What would reach beyond the message, or make a part of the
document of it, is written so that it doesn't: headings, lines that divide, fences without an end.
"""

import re

CODE = re.compile(r"```(?:(?P<language>[\w+#.-]{0,20})\n)?(?P<code>.*?)```", re.DOTALL)
# What a quote or a list puts before a line. It never looks back: a line of spaces would take ages.
INSIDE = re.compile(r"(?:[ \t]*+(?:>|[-*+•](?=[ \t])|\d{1,9}[.)](?=[ \t])))*+[ \t]*+")
HEADING = re.compile(r"#{1,6}(?:[ \t]+|$)")
SMALL = re.compile(r"-#[ \t]+")
# Also what underlines a heading, and begins the front matter of a document.
DIVIDES = re.compile(r"(?:=+|-+|_{2,}|~{3,}|[*\-_+ \t]{3,})[ \t]*")
# HTML goes on to its end, wherever that is; so do fences that nobody closes. Some take lines like
# these for headings, too.
BEGINS = re.compile(r"<|=.*=[ \t]*$|~~~|!!!|\?\?\?|```[^`]*$")
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
        parts += [
            *map(_line, text[end : found.start()].split("\n")),
            f"```{found['language'] or ''}",
            code,
            "```",
        ]
        end = found.end()
    parts += map(_line, text[end:].split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).strip("\n")


def title(text: str, otherwise: str) -> str:
    """Return a text as a heading, on one line."""
    line = " ".join(text.replace("`", "'").split()).strip("# ")
    return f"# {line or otherwise}"


def _line(line: str) -> str:
    while True:
        found = INSIDE.match(line)
        inside = found[0] if found else ""
        rest = line[len(inside) :]
        if not rest or DIVIDES.fullmatch(rest):
            return ""
        if small := SMALL.match(rest):
            line = inside + rest[small.end() :]
        elif heading := HEADING.match(rest):
            words = rest[heading.end() :].rstrip("# \t")
            if words and "*" not in words and "`" not in words:
                return f"{inside}**{words}**"
            # What is marked already may be anything, another heading included.
            line = inside + words
        else:
            rest = ADDRESS.sub(r"\1", rest)
            return inside + ("\\" if BEGINS.match(rest) else "") + rest
