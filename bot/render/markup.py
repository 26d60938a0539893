"""Text as Discord shows it: as it reads, whatever markup it holds, within its limits."""

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from types import MappingProxyType

from index import Span

SPECIAL = re.compile(r"[\\*_~|`>#\[\]()<@:]")
LINE_START = re.compile(r"^(\s*)([-+]|\d+(?=\.))", re.MULTILINE)
# Invisible characters that reorder what follows them would reach beyond the quote.
DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
# What encloses code in its file, and what code is shown as: longer lines would be cut on pages.
FENCE = re.compile(r"\s*(?:`{3,}|~{3,})[^`~]*")
CODE = re.compile(r"[^`\n]{1,400}")
NO_CODE: Mapping[int, bool] = MappingProxyType({})

BOLD = "**"
# What no cut may go through.
TOKEN = re.compile(r"\\.|\*\*|.", re.DOTALL)


def escape(text: str) -> str:
    """Return `text` so that Discord shows it as it reads, whatever it is made of."""
    text = DIRECTION.sub("", text)
    text = SPECIAL.sub(r"\\\g<0>", text)
    return LINE_START.sub(_escape_start, text)


def _escape_start(match: re.Match[str]) -> str:
    if match[2].isdigit():
        return f"{match[1]}{match[2]}\\"
    return f"{match[1]}\\{match[2]}"


def clip(text: str, limit: int) -> str:
    """Return `text`, cut at a space with an ellipsis where it is over `limit` characters."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ", limit * 2 // 3)
    return cut[: space if space > 0 else None].rstrip() + "…"


def inline(text: str, limit: int) -> str:
    """Return `text` escaped, on one line, of at most `limit` characters."""
    words = " ".join(text.split())
    if len(whole := escape(words)) <= limit:
        return whole
    size = limit
    # With a letter more, since what is just as long as it may be would come back whole, and the
    # next shorter one lacks two.
    while len(result := escape(clip(f"{words}…", size))) > limit:
        # A letter takes two at most, so half of what is over goes without taking too much.
        size -= max(1, (len(result) - limit) // 2)
        if size < 1:
            return ""
    return result


def divide(line: str, limit: int) -> tuple[str, str]:
    """Cut a line of a message, at a space if it has one, into at most `limit` letters and a rest.

    A quote stays one, what is bold stays bold, and nothing escaped is parted from its backslash.
    The rest is the shorter for it where `limit` is 12 or more: at least `limit // 2 - 1` letters go
    and at most four, those of `start` and `bold`, come back.
    """
    start = "> " if line.startswith("> ") else ""
    room = limit - len(BOLD)
    space = line.rfind(" ", limit // 2, room)
    end = space if space > 0 else room
    # Not an end for the search itself: it would part the last backslash from what it escapes.
    tokens = list(takewhile(lambda token: token.end() <= end, TOKEN.finditer(line)))
    cut = tokens[-1].end()
    bold = BOLD if sum(token[0] == BOLD for token in tokens) % 2 else ""
    return line[:cut].rstrip() + bold, start + bold + line[cut:].lstrip()


def block_quote(text: str, bold: Span, limit: int | None = None, code: Sequence[Span] = ()) -> str:
    """Return `text` as a block quote with its part `bold` in bold.

    Where there is no limit, its parts `code` are set as such: line by line, since a page may end
    between two, and nothing is bold in a block of code. What is longer than `limit` is cut, the
    context of the bold part first; `room` shrinks with each try, until nothing is left. A NUL,
    which marks the bold part here and is nothing that Discord shows, stands as U+FFFD.
    """
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if limit is None:
        marked = f"{text[: bold.start]}\0{bold.of(text)}\0{text[bold.end :]}"
        numbers: dict[int, bool] = {}
        for span in code:
            first, last = (text.count("\n", 0, end) for end in (span.start, span.end))
            numbers |= {each: each in {first, last} for each in range(first, last + 1)}
        return "\n".join(_quote_lines(marked.split("\n"), numbers))
    room = limit
    while True:
        before, strong, after = text[: bold.start], bold.of(text), text[bold.end :]
        strong = clip(strong, max(room, 2))
        share = max(0, room - len(strong)) // 2
        if len(before) > share:
            before = "…" + before[len(before) - share :].lstrip() if share else ""
        after = clip(after, share) if share else ""
        lines = f"{before}\0{strong}\0{after}".split("\n")
        result = "\n".join(_quote_lines(lines))
        if len(result) <= limit or room < 2:  # noqa: PLR2004 - nothing left to cut
            return result if len(result) <= limit else ""
        room = room * 9 // 10


def _quote_lines(lines: Sequence[str], code: Mapping[int, bool] = NO_CODE) -> list[str]:
    """Escape and quote each line, closing and opening the bold at its ends.

    `code` has the numbers (from 0) of those that are set as code, and whether code begins or ends
    there: what encloses it is left out.
    """
    result = []
    inside = False
    for number, line in enumerate(lines):
        bare = line.replace("\0", "")
        shown = _as_code if number in code and bare.strip() else escape
        parts = []
        for place, part in enumerate(line.split("\0")):
            if place:
                inside = not inside
            core = part.strip()
            if inside and core:
                # The indentation of code is a part of it.
                left = "" if shown is _as_code else part[: len(part) - len(part.lstrip())]
                right = part[len(part.rstrip()) :]
                parts.append(f"{left}**{shown(part[len(left) :].rstrip())}**{right}")
            else:
                parts.append(shown(part))
        if not (code.get(number) and FENCE.fullmatch(bare)):
            result.append("> " + "".join(parts))
    return result


def _as_code(text: str) -> str:
    """Return a piece of a line of code as such; escaped where that can't be."""
    text = DIRECTION.sub("", text)
    return f"`{text}`" if CODE.fullmatch(text) else escape(text)
