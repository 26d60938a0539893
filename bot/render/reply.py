"""What every Discord message is put together from: pages within its limits, an embed, or text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import discord

from bot.render.fitting import (
    CONTENT_LIMIT,
    DESCRIPTION_LIMIT,
    TOLD_LIMIT,
    abridge,
    clip,
    fits,
    fitting,
    size,
)
from bot.render.markup import FENCE, divide, plain
from bot.render.quotes import worded
from index import Citation, ago

# Discord takes longer ones, but no page has room for them.
FOOTER_ROOM = 200
# Discord refuses a message without a sign to see.
NOTHING = "…"
# A line that begins or ends a block of code.
FENCED = re.compile(rf"{FENCE}[\w+#.-]*")

VERDICTS = {"helpful": "Helpful", "unhelpful": "Not helpful", "source": "Wrong source"}

ANSWER_COLOUR = discord.Colour(0x2E8B57)
NEAREST_COLOUR = discord.Colour(0xC98A1B)
NOTHING_COLOUR = discord.Colour(0x747F8D)
PLAIN_COLOUR = discord.Colour(0x3B6EA8)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message; `description` is for those who can't see a picture."""

    name: str
    data: bytes = field(repr=False)
    description: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One message: an embed, and the same as plain text for where embeds are forbidden.

    `pages` are the embed's descriptions and `texts` the plain messages; the first of them stands
    in `embed` and in `text`. `files` go with it.
    """

    embed: discord.Embed
    text: str
    citations: tuple[Citation, ...] = ()
    pages: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    files: tuple[Attachment, ...] = ()


def message(
    title: str,
    parts: Sequence[str],
    colour: discord.Colour,
    footer: str,
    citations: tuple[Citation, ...] = (),
) -> Reply:
    """Put a message together, as an embed and as text, on as many pages as its parts need."""
    footer = clip(plain(footer).strip(), FOOTER_ROOM)
    pages = paginate(parts, DESCRIPTION_LIMIT)
    embed = discord.Embed(title=title or None, description=pages[0], colour=colour)
    ending = numbered_footer(footer, 0, len(pages))
    if ending:
        embed.set_footer(text=ending)
    room = CONTENT_LIMIT - size(f"\n-# {footer} · page 999 of 999")
    messages = paginate(parts, room)
    texts = []
    for number, page in enumerate(messages):
        ending = numbered_footer(footer, number, len(messages))
        texts.append(f"{page}\n-# {ending}" if ending else page)
    return Reply(embed, texts[0], citations, tuple(pages), tuple(texts))


def numbered_footer(footer: str, page: int, count: int) -> str:
    """Return the footer of a page (from 0), which says so where there are several."""
    number = f"page {page + 1} of {count}" if count > 1 else ""
    return " · ".join(part for part in (footer, number) if part)


def turned(embed: discord.Embed, pages: Sequence[str], page: int) -> discord.Embed:
    """Return an embed of several pages with another of them in the place of its own."""
    other = embed.copy()
    other.description = pages[page]
    ending = (embed.footer.text or "").rpartition(" · ")[0]
    return other.set_footer(text=numbered_footer(ending, page, len(pages)))


def paginate(parts: Sequence[str], limit: int) -> list[str]:
    """Lay parts on pages of at most that size; there is always one.

    A part that fits on a page stands whole on one; a longer one is cut between its lines, a line
    that is longer than a page between its words.
    """
    pages: list[str] = []
    for part in filter(str.strip, parts):
        joined = f"{pages[-1]}\n\n{part}" if pages else part
        if fits(joined, limit):
            pages[-1:] = [joined]
        elif fits(part, limit):
            pages.append(part)
        else:
            pages += _cut(part, limit)
    return pages or [NOTHING]


def note(text: str) -> Reply:
    """Render one plain sentence."""
    return message("", [told(text)], NOTHING_COLOUR, "")


def told(text: str) -> str:
    """Return a sentence, whatever it names, as it reads and within any limit."""
    return worded(abridge(text, TOLD_LIMIT))


def built_ago(moment: datetime) -> str:
    """Return how old the index is, for a footer."""
    return f"index built {ago(moment)}"


@dataclass(slots=True)
class _Pages:
    """Pages that lines are laid on: those that are full, and the last one with the size it has.

    `opened` is the line that began the block of code in which the next line stands.
    """

    full: list[str] = field(default_factory=list)
    page: list[str] = field(default_factory=list)
    used: int = 0
    opened: str = ""

    def add(self, line: str) -> None:
        """Put a line on the page."""
        self.page.append(line)
        self.used += size(line) + 1

    def turn(self) -> None:
        """Begin a page; code that goes on is closed, and opened again where there is some yet."""
        if self.opened and self.page[-1] == self.opened:
            self.page.pop()
        elif self.opened:
            self.page.append(FENCE)
        self.full.append("\n".join(self.page))
        self.page, self.used = [], 0
        if self.opened:
            self.add(self.opened)


def _cut(part: str, limit: int) -> list[str]:
    """Lay the lines of a part on pages, those that are longer than a page in pieces.

    It ends: a line that doesn't fit is left with an empty page, which costs no line feed and so
    takes `limit` characters, and what is longer than that `divide` makes shorter.
    """
    pages = _Pages()
    for line in part.split("\n"):
        closing = len(f"\n{FENCE}") if pages.opened and line != FENCE else 0
        rest = line
        while not fits(rest, room := limit - pages.used - closing):
            if not pages.opened and room > limit // 2 and not fits(rest, limit):
                piece, rest = divide(rest, room)
                pages.add(piece)
            elif pages.opened and pages.page == [pages.opened]:
                # No page has room for such a line of code: it is none that `quotes` sets as such.
                end = max(1, fitting(rest, room))
                pages.add(rest[:end])
                rest = rest[end:]
            pages.turn()
        pages.add(rest)
        if FENCED.fullmatch(line):
            pages.opened = "" if pages.opened else line
    pages.turn()
    return [page.strip("\n") for page in pages.full if page.strip()]
