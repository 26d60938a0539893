"""Discord's limits of length, and how a text is measured and cut to keep them.

Discord counts characters on its servers and UTF-16 code units in its clients. The second is never
less, so it is what is counted here: a sign outside of the basic plane, such as an emoji, is two.
"""

import unicodedata
from bisect import bisect_right
from itertools import accumulate

CONTENT_LIMIT = 2000
# What is told in one message, escaped or not.
TOLD_LIMIT = 900
DESCRIPTION_LIMIT = 4096
TITLE_LIMIT = 256
AUTHOR_LIMIT = 256
FOOTER_LIMIT = 2048
EMBED_LIMIT = 6000
URL_LIMIT = 2048
CHOICE_LIMIT = 100
THREAD_LIMIT = 100

JOINER = "\N{ZERO WIDTH JOINER}"
SKIN_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
# More marks than this on one letter belong to no language.
MARKS = 16


def size(text: str) -> int:
    """Return how long a text is for Discord."""
    return len(text) if text.isascii() else len(text) + sum(sign > "\uffff" for sign in text)


def fits(text: str, limit: int) -> bool:
    """Whether a text is of that size at most, told at once of one that is far longer."""
    return len(text) <= limit and size(text) <= limit


def fitting(text: str, limit: int) -> int:
    """Return how many signs from the start of `text` are of that size together, or less."""
    if text.isascii():
        return max(0, min(len(text), limit))
    sizes = accumulate(2 if sign > "\uffff" else 1 for sign in text[: max(0, limit)])
    return bisect_right(list(sizes), limit)


def joined(text: str, at: int) -> bool:
    """Whether the sign at a place belongs to the one before it: an accent, a part of an emoji."""
    if not 0 < at < len(text):
        return False
    sign = text[at]
    attached = unicodedata.category(sign).startswith("M") or sign == JOINER or sign in SKIN_TONES
    return attached or text[at - 1] == JOINER


def whole(text: str, at: int) -> int:
    """Return a place not behind `at` where a text can be cut without parting what is joined."""
    back = (each for each in range(at, max(0, at - MARKS), -1) if not joined(text, each))
    return next(back, at)


def clip(text: str, limit: int) -> str:
    """Return `text`, cut at a space with an ellipsis where its size is over `limit`.

    What has markup is clipped before it gets that: a cut doesn't know what has to be closed.
    """
    if fits(text, limit):
        return text
    if limit < 1:
        return ""
    cut = text[: whole(text, fitting(text, limit - 1))]
    space = cut.rfind(" ", len(cut) * 2 // 3)
    return cut[: space if space > 0 else None].rstrip() + "…"


def abridge(text: str, limit: int) -> str:
    """Return `text`, cut in its middle where its size is over `limit`.

    An error names what is wrong at its beginning, and at its end what mends it.
    """
    if fits(text, limit):
        return text
    end = clip_start(text, limit // 3)
    return f"{clip(text, limit - size(end))} {end[1:].lstrip()}"


def clip_start(text: str, limit: int) -> str:
    """Return the end of `text`, with an ellipsis before it where its size is over `limit`."""
    if fits(text, limit):
        return text
    end = text[-limit:]
    start = len(end) - fitting(end[::-1], limit - 1)
    while joined(end, start):
        start += 1
    return "…" + end[start:]
