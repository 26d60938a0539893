"""Text as Discord shows it: as it reads, whatever markup it holds, within its limits."""

import re
from itertools import takewhile
from unicodedata import bidirectional

from bot.render.fitting import MARKS, clip, fits, fitting, joined, size
from bot.render.links import CODE_LIMIT, DISCORD, RIGHT_TO_LEFT, invites
from index import HIDDEN

SPECIAL = re.compile(r"[\\*_~|`>#\[\]()<@:]")
LINE_START = re.compile(r"^(\s*)([-+]|\d+(?=\.))", re.MULTILINE)
# What some programs end a line with.
LINE_END = re.compile("\r\n?|[\v\f\x1c-\x1f\x85\u2028\u2029]")
ISOLATED = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
CODE = re.compile(rf"[^`\n]{{1,{CODE_LIMIT}}}")

BOLD = "**"
FENCE = "```"
# What no cut may go through.
TOKEN = re.compile(r"\\.|\*\*|<https?://[^\s<>]+>|`[^`\n]+`|.", re.DOTALL | re.IGNORECASE)


def plain(text: str) -> str:
    """Return `text` without what nobody sees and what would still change how others are shown.

    These are control characters, marks that reorder what stands around them, and signs of no
    width that hide something; what ends a line in the eyes of some programs becomes a space.
    """
    return HIDDEN.sub("", LINE_END.sub(" ", text))


def escape(text: str) -> str:
    """Return `text` so that Discord shows it as it reads, whatever it is made of."""
    text = SPECIAL.sub(r"\\\g<0>", plain(text))
    text = DISCORD.sub(r"\g<0>\\", text)
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
    return f"`{clipped}`" if can_be_code(clipped) else inline(text, limit)


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
    it at least goes, and at most five letters, those of `start`, `bold` and an escape, come back.
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
    # What was no list within a line would be one where a line begins.
    rest = LINE_START.sub(_escape_start, line[cut:].lstrip())
    return line[:cut].rstrip() + bold, start + bold + rest


def can_be_code(text: str) -> bool:
    """Whether a line can be set as code: an invitation would be seen in there."""
    return bool(CODE.fullmatch(text)) and not invites(text)
