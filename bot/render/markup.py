"""Text as Discord shows it: as it reads, whatever markup it holds, within its limits."""

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from types import MappingProxyType
from unicodedata import bidirectional

from bot.render.fitting import MARKS, clip, clip_start, fits, fitting, joined, size
from index import HIDDEN, Span

SPECIAL = re.compile(r"[\\*_~|`>#\[\]()<@:]")
LINE_START = re.compile(r"^(\s*)([-+]|\d+(?=\.))", re.MULTILINE)
# Discord shows a card for an address like this wherever it stands in a message, with or without
# what makes a link of others.
INVITE = re.compile(r"discord(?:app)?\.(?:gg|com/invite|com/template|new)(?=/)", re.IGNORECASE)
# What some programs end a line with.
LINE_END = re.compile("\r\n?|[\v\f\x1c-\x1f\x85\u2028\u2029]")
RIGHT_TO_LEFT = {"R", "AL", "AN"}
ISOLATED = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
# What encloses code in its file, and what code is shown as: longer lines would be cut on pages.
FENCE = re.compile(r"\s*(?:`{3,}|~{3,})[^`~]*")
CODE = re.compile(r"[^`\n]{1,400}")
NO_CODE: Mapping[int, bool] = MappingProxyType({})

BOLD = "**"
# What no cut may go through.
TOKEN = re.compile(r"\\.|\*\*|.", re.DOTALL)


def plain(text: str) -> str:
    """Return `text` without what nobody sees and what would still change how others are shown.

    These are control characters, marks that reorder what stands around them, and signs of no
    width that hide something; what ends a line in the eyes of some programs becomes a space.
    """
    return HIDDEN.sub("", LINE_END.sub(" ", text))


def escape(text: str) -> str:
    """Return `text` so that Discord shows it as it reads, whatever it is made of."""
    text = SPECIAL.sub(r"\\\g<0>", plain(text))
    text = INVITE.sub(r"\g<0>\\", text)
    return LINE_START.sub(_escape_start, text)


def _escape_start(match: re.Match[str]) -> str:
    if match[2].isdigit():
        return f"{match[1]}{match[2]}\\"
    return f"{match[1]}\\{match[2]}"


def inline(text: str, limit: int) -> str:
    """Return `text` escaped, on one line, of at most that size; it is clipped before."""
    # Not much of the rest is looked at: it may be a file's name or the whole of a file.
    words = " ".join(plain(text[: 4 * limit]).split())
    return within(f"{words}…" if len(text) > 4 * limit else words, limit)


def within(text: str, limit: int) -> str:
    """Return `text` escaped, of at most that size; it is clipped before, so no escape is cut."""
    if fits(text, limit) and fits(whole := escape(text), limit):
        return whole
    room = limit
    # With a letter more, since what is just as long as it may be would come back whole, and the
    # next shorter one lacks two.
    while size(result := escape(clip(f"{text}…", room))) > limit:
        # A letter takes two at most, so half of what is over goes without taking too much.
        room -= max(1, (size(result) - limit) // 2)
    return result


def code(text: str, limit: int) -> str:
    """Return `text` set as code, on one line, of at most that size; escaped where it can't be."""
    clipped = clip(" ".join(plain(text[: 4 * limit]).split()), limit - 2)
    return f"`{clipped}`" if _can_be_code(clipped) else inline(text, limit)


def row(*parts: str) -> str:
    """Put parts that are marked up into one line, in an order that none of them changes.

    Letters that are written from right to left turn the signs and numbers beside them.
    """
    return " · ".join(isolated(part) for part in parts if part)


def isolated(text: str) -> str:
    """Return `text` so that it has no part in the order of what stands around it."""
    if text.isascii() or RIGHT_TO_LEFT.isdisjoint(map(bidirectional, text)):
        return text
    return text.join(ISOLATED)


def divide(line: str, limit: int) -> tuple[str, str]:
    """Cut a line of a message, at a space if it has one, into one of that size and a rest.

    A quote stays one, what is bold stays bold, nothing escaped is parted from its backslash, and no
    accent from its letter. The rest is the shorter for it where `limit` is 24 or more: a quarter of
    it at least goes, and at most four letters, those of `start` and `bold`, come back.
    """
    start = "> " if line.startswith("> ") else ""
    room = fitting(line, limit - len(BOLD))
    space = line.rfind(" ", fitting(line, limit // 2), room)
    end = space if space > 0 else room
    # Not an end for the search itself: it would part the last backslash from what it escapes.
    tokens = list(takewhile(lambda token: token.end() <= end, TOKEN.finditer(line)))
    for _ in range(MARKS):
        if joined(line, tokens[-1].end()) and len(tokens) > 1:
            tokens.pop()
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
        share = max(0, room - size(strong)) // 2
        before = clip_start(before, share) if share else ""
        after = clip(after, share) if share else ""
        lines = f"{before}\0{strong}\0{after}".split("\n")
        result = "\n".join(_quote_lines(lines))
        if size(result) <= limit or room < 2:  # noqa: PLR2004 - nothing left to cut
            return result if size(result) <= limit else ""
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
    text = plain(text)
    return f"`{text}`" if _can_be_code(text) else escape(text)


def _can_be_code(text: str) -> bool:
    """Whether a line can be set as code: an invitation would be seen in there."""
    return bool(CODE.fullmatch(text)) and not INVITE.search(text)
